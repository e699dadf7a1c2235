"""A kind names its places in the ML Test Score."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core.rubric import PLACES, places


def test_there_are_28_places():
    """Four sections have seven tests each."""
    assert len(set(PLACES)) == 28
    assert {"data 1", "monitoring 6", "infrastructure 7"} <= set(PLACES)


@pytest.mark.parametrize(
    ("rubric", "found"),
    [
        ((), ()),
        ("", ()),
        ("data 4", ("data 4",)),
        (("data 1", "monitoring 2"), ("data 1", "monitoring 2")),
        ("our own rules, page 3", ("our own rules, page 3",)),
    ],
)
def test_places(rubric, found):
    """Several are a tuple, and one may be a text, of another rubric even."""
    assert places(rubric) == found


@pytest.mark.parametrize("place", ["monitoring 8", "data 0", "infra 1", "Data 1", "data1", 6])
def test_what_is_no_place(place):
    """A place that does not exist is named, with how to write one."""
    with pytest.raises(
        ValueError, match=f"^{place!r} is no place of the ML Test Score: write data"
    ):
        places(("data 1", place))
