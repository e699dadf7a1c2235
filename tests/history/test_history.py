"""Tests of pytest_mlreqs.history."""

import dataclasses
import multiprocessing
import os
import sqlite3
import sys

import pytest

from pytest_mlreqs import history
from pytest_mlreqs.history import HistoryError, InFile, InMemory, Run, since

RUN = Run("r", "predict", "this machine", "a" * 40, "2026-11-01T03:00:00+00:00", 1.5, 0.01, 0.02)


def like(**other):
    """A run that differs in some fields."""
    return dataclasses.replace(RUN, **other)


def write(place, process, rows):
    """Write so many runs, each with a value of its own."""
    kept = history.opened(place)
    for row in range(rows):
        kept.remember(like(value=1.0 + 1000 * process + row, revision=str(process)))


def together(place, processes=8, rows=50):
    """What there is after so many processes have written at the same time."""
    context = multiprocessing.get_context("spawn" if sys.platform != "linux" else "fork")
    writers = [context.Process(target=write, args=(place, n, rows)) for n in range(processes)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * processes
    found = history.opened(place).remember(like(value=0.5))
    expected = {1.0 + 1000 * n + row for n in range(processes) for row in range(rows)}
    assert sorted(run.value for run in found[:-1]) == sorted(expected)
    for process in range(processes):
        own = [run.value for run in found if run.revision == str(process)]
        assert own == sorted(own)


def test_runs_are_kept(tmp_path):
    """A run comes back as it was, in a file that is made with its folder."""
    place = str(tmp_path / "new" / "h.sqlite")
    assert InFile(place).remember(RUN) == [RUN]
    later = like(value=1.6)
    assert InFile(place).remember(later) == [RUN, later]


def test_runs_of_others(tmp_path):
    """Runs of another requirement or quantity stay apart; those of other machines do not."""
    place = InFile(str(tmp_path / "h.sqlite"))
    for run in (RUN, like(series="s"), like(quantity="peak"), like(machine="other")):
        found = place.remember(run)
    assert found == [RUN, like(machine="other")]


def test_writers_at_the_same_time(tmp_path):
    """Eight processes of fifty runs lose none, also in a file that none of them has made."""
    place = tmp_path / "h.sqlite"
    together(str(place))
    with sqlite3.connect(place) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (401,)
    connection.close()


def _foreign(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE runs (mine TEXT)")
    connection.commit()
    connection.close()


def _later(path):
    InFile(str(path)).remember(RUN)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.commit()
    connection.close()


def _cut(path):
    kept = InFile(str(path))
    for _ in range(200):
        kept.remember(RUN)
    path.write_bytes(path.read_bytes()[:9000])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("this is no database, but a text of some length\n" * 40),
         "h.sqlite cannot be used: file is not a database"),
        (_foreign, "h.sqlite is a database of something else"),
        (_later, "h.sqlite has format 7, and this version knows 1"),
        (_cut, "h.sqlite cannot be used: database disk image is malformed"),
    ],
)  # fmt: skip
def test_what_is_no_history(tmp_path, make, words):
    """A file of somebody else, of another format or damaged is refused, and left as it is."""
    path = tmp_path / "h.sqlite"
    make(path)
    before = path.read_bytes()
    with pytest.raises(HistoryError, match=words):
        InFile(str(path)).remember(RUN)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["h.sqlite"]


def test_a_writer_that_does_not_finish(tmp_path, monkeypatch):
    """Whoever waits too long for another writer says so, and writes nothing."""
    monkeypatch.setattr(history, "_WAIT_S", 0.05)
    place = str(tmp_path / "h.sqlite")
    InFile(place).remember(RUN)
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryError, match="database is locked"):
        InFile(place).remember(RUN)
    other.execute("ROLLBACK")
    other.close()
    assert len(InFile(place).remember(RUN)) == 2


def test_a_folder_that_cannot_be_made(tmp_path):
    """A folder that cannot be made, as a file is in its place, is told in a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="cannot be used: "):
        InFile(str(tmp_path / "file" / "h.sqlite")).remember(RUN)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no such folder")
def test_a_folder_that_nobody_may_write_to():
    """A folder that nobody may write to is told in a sentence."""
    with pytest.raises(HistoryError, match="unable to open database file"):
        InFile("/proc/self/h.sqlite").remember(RUN)


def test_a_file_that_is_read_only(tmp_path):
    """A history that may only be read is told in a sentence, and stays."""
    path = tmp_path / "h.sqlite"
    InFile(str(path)).remember(RUN)
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write to whatever there is")
    with pytest.raises(HistoryError, match="readonly"):
        InFile(str(path)).remember(RUN)


def test_in_memory():
    """Runs that nobody keeps come back as others do."""
    kept = InMemory([RUN])
    assert kept.remember(like(value=2)) == [RUN, like(value=2)]


def test_a_relative_place(tmp_path, monkeypatch):
    """A relative path starts from the project's folder, wherever the tests are started."""
    monkeypatch.chdir("/")
    history.opened("kept/h.sqlite", str(tmp_path)).remember(RUN)
    assert (tmp_path / "kept" / "h.sqlite").is_file()
    history.opened(str(tmp_path / "other.sqlite"), "/nowhere").remember(RUN)
    assert (tmp_path / "other.sqlite").is_file()


def test_a_place_from_the_environment(tmp_path, monkeypatch):
    """A variable of the environment says where; one that is missing is named."""
    monkeypatch.setenv("MLREQS_PLACE", str(tmp_path))
    history.opened("$MLREQS_PLACE/h.sqlite").remember(RUN)
    assert (tmp_path / "h.sqlite").is_file()
    with pytest.raises(HistoryError, match="the environment has no MLREQS_NOWHERE"):
        history.opened("${MLREQS_NOWHERE}/h.sqlite")


def test_since():
    """An anchor is a day, the beginning of a commit's name, or the very first run."""
    runs = [
        like(at=f"2026-11-0{day}T03:00:00+00:00", revision=letter * 40)
        for day, letter in ((1, "a"), (2, "b"), (3, "c"), (4, "b"))
    ]
    assert since(runs, None) == runs
    assert since(runs, "2026-11-03") == runs[2:]
    assert since(runs, "bbbbbbb") == runs[1:]
    assert since(runs, "ddddddd") == []
