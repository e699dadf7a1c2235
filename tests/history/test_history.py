"""Tests of pytest_mlreqs.history, and of the file that it is kept in."""

import contextlib
import dataclasses
import multiprocessing
import os
import sqlite3
import sys

import pytest

from pytest_mlreqs import history
from pytest_mlreqs.core.limits import reported
from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.core.past import Observation
from pytest_mlreqs.history import HistoryError, Recorded, file, since
from pytest_mlreqs.history.file import InFile
from pytest_mlreqs.measures.machine import fingerprint

RUN = Observation(
    id="peak", of="predict of 40 rows", value=1.5, interval=(1.4, 1.6), unit="MiB", waited=0.02,
    series="r", machine="this machine", revision="a" * 40, at="2026-11-01T03:00:00+00:00",
)  # fmt: skip
OF = ("r", "peak", "predict of 40 rows")


def like(**other):
    """An observation that differs in some fields."""
    return dataclasses.replace(RUN, **other)


def write(place, process, rows):
    """Append so many runs, each with a value of its own."""
    for row in range(rows):
        run = like(value=1.0 + 1000 * process + row, revision=str(process))
        history.opened(place).append([run])


def together(place, processes=8, rows=6):
    """What there is after so many processes have written at the same time."""
    context = multiprocessing.get_context("spawn" if sys.platform != "linux" else "fork")
    writers = [context.Process(target=write, args=(place, n, rows)) for n in range(processes)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * processes
    found = history.opened(place).read(*OF)
    expected = {1.0 + 1000 * n + row for n in range(processes) for row in range(rows)}
    assert sorted(run.value for run in found) == sorted(expected)
    for process in range(processes):
        own = [run.value for run in found if run.revision == str(process)]
        assert own == sorted(own)


def sql(path, *sentences):
    """Do something to a database, and return what the last sentence finds."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for sentence in sentences:
            found = connection.execute(sentence).fetchall()
        connection.commit()
    return found


# As the first version made it.
FIRST = (
    """CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, series TEXT NOT NULL, quantity TEXT NOT NULL,
    machine TEXT NOT NULL, revision TEXT NOT NULL, at TEXT NOT NULL,
    value REAL NOT NULL, error REAL NOT NULL, waited REAL NOT NULL)""",
    "PRAGMA application_id = 1835823729",
    "PRAGMA user_version = 1",
)
FIRST_RUN = """INSERT INTO runs (series, quantity, machine, revision, at, value, error, waited)
    VALUES ('r', '{}', 'm', 'aaaaaaa', '2026-11-01T03:00:00+00:00', 2.0, {}, 0.25)"""
SLOWDOWN = "predict of 1 row over previous"


def test_observations_are_kept(tmp_path):
    """An observation comes back as it was, in a file that is made with its folder."""
    place = InFile(str(tmp_path / "new" / "h.sqlite"))
    later = like(value=1.6, interval=None, unit="")
    place.append([RUN])
    place.append([later])
    assert place.read(*OF) == [RUN, later]


def test_all_or_nothing(tmp_path):
    """Where one of several observations cannot be kept, none is."""
    place = InFile(str(tmp_path / "h.sqlite"))
    with pytest.raises(HistoryError, match="NOT NULL"):
        place.append([RUN, like(value=None)])
    assert place.read(*OF) == []


def test_observations_of_others(tmp_path):
    """Those of another requirement or quantity stay apart; those of other machines do not."""
    place = InFile(str(tmp_path / "h.sqlite"))
    others = (like(series="s"), like(id="growth"), like(of="predict of 1 row"), like(of=""))
    place.append([RUN, *others, like(machine="other")])
    assert place.read(*OF) == [RUN, like(machine="other")]
    assert place.read("r", "peak", "") == [like(of="")]


def test_reading_leaves_nothing_behind(tmp_path):
    """To read where there is no history, or a file that is empty, makes nothing."""
    assert InFile(str(tmp_path / "new" / "h.sqlite")).read(*OF) == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "h.sqlite").touch()
    assert InFile(str(tmp_path / "h.sqlite")).read(*OF) == []
    assert (tmp_path / "h.sqlite").read_bytes() == b""


@pytest.mark.parametrize(("quantity", "id", "of"), [
    (SLOWDOWN, "ratio", SLOWDOWN),
    ("peak of predict of 40 rows", "peak", "predict of 40 rows"),
])  # fmt: skip
@pytest.mark.parametrize("add", [False, True])
def test_files_of_the_first_version(tmp_path, quantity, id, of, add):
    """They are read on, before and after this version has added to them, and lose nothing."""
    path = tmp_path / "h.sqlite"
    sql(path, *FIRST, FIRST_RUN.format(quantity, 0.01))
    before = sql(path, "SELECT * FROM runs")
    place = InFile(str(path))
    now = like(id=id, of=of)
    if add:
        place.append([now])
    old, *new = place.read("r", id, of)
    assert (old.value, old.waited, old.machine, old.revision) == (2.0, 0.25, "m", "aaaaaaa")
    assert old.error == pytest.approx(0.01)
    assert new == ([now] if add else [])
    columns = "id, series, quantity, machine, revision, at, value, error, waited"
    assert sql(path, f"SELECT {columns} FROM runs")[:1] == before


def test_the_first_version_goes_on(tmp_path):
    """It may add to a file that this one has added to: both read all of it."""
    path = tmp_path / "h.sqlite"
    place = InFile(str(path))
    now = like(id="ratio", of=SLOWDOWN, value=3.0)
    place.append([now])
    sql(path, FIRST_RUN.format(SLOWDOWN, 0))
    assert [run.value for run in place.read("r", "ratio", SLOWDOWN)] == [3.0, 2.0]
    assert sql(path, "PRAGMA user_version") == [(1,)]


def test_words_of_the_first_version_are_no_others(tmp_path):
    """What is called now as another quantity was in the first version stays apart from it."""
    place = InFile(str(tmp_path / "h.sqlite"))
    place.append([like(id="predict", of="1 row over previous")])
    assert place.read("r", "ratio", SLOWDOWN) == []


def test_writers_at_the_same_time(tmp_path):
    """Eight processes of many runs lose none, also in a file that none of them has made."""
    place = tmp_path / "h.sqlite"
    together(str(place))
    assert sql(place, "PRAGMA integrity_check") == [("ok",)]


def _foreign(path):
    sql(path, "CREATE TABLE runs (mine TEXT)")


def _later(path):
    InFile(str(path)).append([RUN])
    sql(path, "PRAGMA user_version = 7")


def _cut(path):
    InFile(str(path)).append([RUN] * 200)
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
@pytest.mark.parametrize("use", [lambda it: it.append([RUN]), lambda it: it.read(*OF)])
def test_what_is_no_history(tmp_path, make, words, use):
    """A file of somebody else, of another format or damaged is refused, and left as it is."""
    path = tmp_path / "h.sqlite"
    make(path)
    before = path.read_bytes()
    with pytest.raises(HistoryError, match=words):
        use(InFile(str(path)))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["h.sqlite"]


def test_a_history_that_cannot_be_used_is_undecided():
    """A kind that catches nothing is undecided for that reason, and no error."""
    assert issubclass(HistoryError, Undecided)


def test_a_writer_that_does_not_finish(tmp_path, monkeypatch):
    """Whoever waits too long for another writer says so, and writes nothing."""
    monkeypatch.setattr(file, "_WAIT_S", 0.05)
    path = str(tmp_path / "h.sqlite")
    InFile(path).append([RUN])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryError, match="database is locked"):
        InFile(path).append([RUN])
    assert InFile(path).read(*OF) == [RUN]  # who only reads need not wait
    other.execute("ROLLBACK")
    other.close()
    InFile(path).append([RUN])
    assert len(InFile(path).read(*OF)) == 2


def test_a_writer_that_was_killed(tmp_path):
    """What a writer has left in the middle is taken back, and the rest is there."""
    path = tmp_path / "h.sqlite"
    InFile(str(path)).append([RUN])
    script = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 1')\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "c.execute('UPDATE runs SET value = 9')\n"
        "c.execute('CREATE TABLE much (text)')\n"
        "c.executemany('INSERT INTO much VALUES (?)', [('a' * 5000,)] * 50)\n"
        "os._exit(1)\n"
    )
    os.spawnl(os.P_WAIT, sys.executable, sys.executable, "-c", script, str(path))
    assert (tmp_path / "h.sqlite-journal").exists()
    assert InFile(str(path)).read(*OF) == [RUN]


def test_a_folder_that_cannot_be_made(tmp_path):
    """A folder that cannot be made, as a file is in its place, is told in a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="cannot be used: "):
        InFile(str(tmp_path / "file" / "h.sqlite")).append([RUN])


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no such folder")
def test_a_folder_that_nobody_may_write_to():
    """A folder that nobody may write to is told in a sentence; nothing is in it to be read."""
    place = InFile("/proc/self/h.sqlite")
    with pytest.raises(HistoryError, match="unable to open database file"):
        place.append([RUN])
    assert place.read(*OF) == []


def test_a_file_that_is_read_only(tmp_path):
    """A history that may only be read is read, and that it cannot be written is told."""
    path = tmp_path / "h.sqlite"
    InFile(str(path)).append([RUN])
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write to whatever there is")
    with pytest.raises(HistoryError, match="readonly"):
        InFile(str(path)).append([RUN])
    assert InFile(str(path)).read(*OF) == [RUN]


def test_a_name_with_signs(tmp_path):
    """A path may have any characters."""
    path = tmp_path / "a?b#c%20d" / "h.sqlite"
    InFile(str(path)).append([RUN])
    assert path.is_file()
    assert InFile(str(path)).read(*OF) == [RUN]


def test_a_relative_place(tmp_path, monkeypatch):
    """A relative path starts from the project's folder, wherever the tests are started."""
    monkeypatch.chdir("/")
    history.opened("kept/h.sqlite", str(tmp_path)).append([RUN])
    assert (tmp_path / "kept" / "h.sqlite").is_file()
    history.opened(str(tmp_path / "other.sqlite"), "/nowhere").append([RUN])
    assert (tmp_path / "other.sqlite").is_file()


def test_a_place_from_the_environment(tmp_path, monkeypatch):
    """A variable of the environment says where; one that is missing is named."""
    monkeypatch.setenv("MLREQS_PLACE", str(tmp_path))
    history.opened("$MLREQS_PLACE/h.sqlite").append([RUN])
    assert (tmp_path / "h.sqlite").is_file()
    with pytest.raises(HistoryError, match="the environment has no MLREQS_NOWHERE"):
        history.opened("${MLREQS_NOWHERE}/h.sqlite")


def test_recorded(tmp_path, monkeypatch):
    """What is handed to a check reads its own series, and knows where and at which commit it is."""
    monkeypatch.setenv("GITHUB_SHA", "a" * 40)
    InFile(str(tmp_path / "h.sqlite")).append([RUN, like(series="s")])
    past = Recorded("h.sqlite", str(tmp_path), "r")
    assert past.runs("peak", "predict of 40 rows") == [RUN]
    now = past.now(reported("peak", 2.0, id="peak"))
    assert (now.series, now.machine, now.revision) == ("r", fingerprint.machine(), "a" * 40)


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
