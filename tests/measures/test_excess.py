"""Tests of pytest_mlreqs.measures.excess."""

import pytest

from pytest_mlreqs.measures import excess, sites
from pytest_mlreqs.measures.work import Work


@pytest.fixture(autouse=True)
def no_memray(monkeypatch):
    """Lines are told by `sites`."""
    monkeypatch.setattr(sites, "available", lambda: False)


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        ([(40, 80 << 20), (20, 40 << 20)], "predict in batches of 20 rows"),
        ([(40, 80 << 20), (20, 79 << 20)], "call takes it for few rows too: look at what it"),
        ([(40, 80 << 20)], "predict in smaller batches"),
        ([], "call takes it for few rows too"),
    ],
)
def test_what_to_try_first(seen, hint):
    """Smaller batches where they help, or where nobody knows better."""
    rows = list(range(40))
    work = Work("call", len, [(0, rows)], rows)
    told, details = excess.told(work, rows, lambda: seen, 40 << 20)
    assert told.startswith(hint)
    assert details[0] == "rows  MiB"
    assert details[-1] == sites.EXTRA


def test_a_training():
    """What takes no rows is not tried with fewer of them."""
    told, details = excess.told(Work("train", len, []), (1, 2), pytest.fail, 40 << 20)
    assert told == "look for copies of data in train"
    assert details == (sites.EXTRA,)
