"""Tests of pytest_mlreqs.history.server."""

import sys

import pytest

from pytest_mlreqs import history
from pytest_mlreqs.history import HistoryError
from pytest_mlreqs.history import server as history_server
from tests.history.test_history import RUN, like, together

sqlalchemy = pytest.importorskip("sqlalchemy")


def test_runs_are_kept(tmp_path):
    """A run comes back as it was, with those that belong with it only."""
    url = f"sqlite:///{tmp_path / 'h.sqlite'}"
    assert history.opened(url).remember(RUN) == [RUN]
    history.opened(url).remember(like(series="s"))
    history.opened(url).remember(like(quantity="peak"))
    other = like(machine="other", value=2.0)
    assert history.opened(url).remember(other) == [RUN, other]


def test_writers_at_the_same_time(tmp_path):
    """Eight processes of fifty runs lose none, also where none of them has made the table."""
    together(f"sqlite:///{tmp_path / 'h.sqlite'}?timeout=60")


def test_what_is_told_has_no_password(tmp_path):
    """A server that is not there is told in a sentence, without the password."""
    url = f"sqlite:///{tmp_path / 'no' / 'h.sqlite'}"
    with pytest.raises(HistoryError, match=r"h\.sqlite cannot be used: unable to open"):
        history.opened(url).remember(RUN)
    server = history.opened(url)
    server._engine.url = sqlalchemy.engine.make_url("sqlite://me:secret@server/db")
    with pytest.raises(HistoryError, match=r"me:\*\*\*@server") as told:
        server.remember(RUN)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense://x", "does not understand the URL"),
        ("oracle+oracledb://me:secret@server", "needs a driver: No module named 'oracledb'"),
    ],
)
def test_urls_that_cannot_be(url, words):
    """A URL without sense, or without its driver, is told in a sentence."""
    with pytest.raises(HistoryError, match=words) as told:
        history.opened(url)
    assert "secret" not in str(told.value)


def test_without_sqlalchemy(monkeypatch):
    """Without the extra, that is what is named."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    monkeypatch.setattr(history_server, "available", lambda: False)
    with pytest.raises(HistoryError, match=r'pip install "pytest-mlreqs\[sql\]"'):
        history.opened("postgresql://server/db")
