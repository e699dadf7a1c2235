"""What runs measure enters the history once, whatever happens to the run."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from pytest_mlreqs.history import file, pending
from tests.history.test_history import FIRST, FIRST_RUN, sql

TOML = '[tool.mlreqs]\nhistory = "h.sqlite"\n[tool.mlreqs.size]\nmax_rows = 9\n'
# A kind that compares with runs before; it knows no history, and writes none.
GROWTH = '''
from pytest_mlreqs import reported


class Growth(Requirement, frozen=True, kw_only=True):
    """Bound how many times as many rows there are as in the run before."""

    max_times: float = 2.0

    def check(self, X, past):
        now = reported("rows", len(X), id="rows", of="X")
        yield now
        before = past.runs("rows", "X")
        if before:
            times = len(X) / before[-1].value
            yield at_most("growth of X", times, self.max_times, id="growth", of="X")
        else:
            yield undecided("growth of X", "this is the first run", id="growth", of="X")

    def plant(self, X):
        yield Planted("ten times as many rows", {"X": X * 10})


def pytest_mlreqs_kinds():
    return [Size, Growth]


@pytest.fixture
def X():
    import os

    return [0] * int(os.environ.get("ROWS", 3))
'''
# What plugins do that try a test again: of all attempts but the last, what failed has the outcome
# "rerun". Some tell what came after it in the same attempt, and some do not.
RETRY = """

from _pytest.runner import runtestprotocol


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    for attempt in range(3):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = [report for report in reports if report.failed]
        if failed and attempt < 2:
            failed[0].outcome = "rerun"
            reports = reports[: None if {whole} else reports.index(failed[0]) + 1]
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        if not failed:
            break
    return True
"""
# What others do: they try again before the test has a report, which tells of the last attempt.
WITHIN = """

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    for _ in range(2 if call.when == "call" and report.failed else 0):
        group = pytest.Class.from_parent(item.session, name="nobody")
        item.ihook.pytest_runtest_teardown(item=item, nextitem=group)
        item._initrequest()
        item.ihook.pytest_runtest_setup(item=item)
        again = lambda: item.ihook.pytest_runtest_call(item=item)
        report.outcome = "failed" if pytest.CallInfo.from_call(again, "call").excinfo else "passed"
    return report
"""
FLAKY = """

@pytest.fixture
def X():
    import pathlib

    attempts = pathlib.Path("attempts")
    attempts.write_text(attempts.read_text() + "x" if attempts.exists() else "x")
    return [0] * (12 - len(attempts.read_text()))
"""


TEARDOWN = """

@pytest.fixture(autouse=True)
def _end(X):
    yield
    assert len(X) < 11
"""


def kept(path):
    """Series, quantity and value of each row, oldest first."""
    if not path.exists():
        return []
    return sql(path, "SELECT series, quantity, value FROM runs ORDER BY id")


@pytest.fixture
def files(project):
    """A project with some more files in it, and those that a run leaves behind."""

    def made(*arguments, **asked):
        made = project(*arguments, **asked)
        before = set(made.path.rglob("*"))
        return made, lambda: {
            path.relative_to(made.path).as_posix()
            for path in set(made.path.rglob("*")) - before
            if not {"__pycache__", ".pytest_cache"} & set(path.parts)
        }

    return made


def test_nothing_is_left_behind(files):
    """Where nothing reads the past and no history is declared, none is made."""
    made, left = files("[tool.mlreqs.size]\nmax_rows = 9\n")
    made.runpytest().assert_outcomes(passed=1)
    assert left() == set()


def test_a_declared_history_has_every_number(files):
    """With `history` in [tool.mlreqs] whatever is measured is kept, with where and when it was."""
    made, left = files(TOML)
    for _ in range(2):
        made.runpytest().assert_outcomes(passed=1)
    assert left() == {"h.sqlite"}
    assert kept(made.path / "h.sqlite") == [("size", "rows of X", 3.0)] * 2
    columns = "unit, low, high, waited, length(machine) > 9, length(at), revision"
    (row, _) = sql(made.path / "h.sqlite", f"SELECT {columns} FROM runs")
    assert row[:6] == ("rows", None, None, 0.0, 1, 25)


def test_a_table_has_a_history_of_its_own(files):
    """`history` and `series` in one table are for that requirement alone."""
    made, left = files(
        '[[tool.mlreqs.size]]\nid = "a"\nmax_rows = 9\nhistory = "a.sqlite"\nseries = "churn"\n'
        '[[tool.mlreqs.size]]\nid = "b"\nmax_rows = 9\n'
    )
    made.runpytest().assert_outcomes(passed=2)
    assert left() == {"a.sqlite"}
    assert kept(made.path / "a.sqlite") == [("churn size[a]", "rows of X", 3.0)]


@pytest.mark.parametrize(("declared", "place"), [
    ("", ".mlreqs/history.sqlite"), ('history = "mine.sqlite"\n', "mine.sqlite"),
])  # fmt: skip
def test_a_kind_of_ones_own_reads_its_past(files, monkeypatch, declared, place):
    """A parameter `past` is all that a kind needs; its numbers are kept without being asked to."""
    made, left = files(f"[tool.mlreqs.growth]\n{declared}", conftest=GROWTH)
    told = []
    for rows in (3, 4, 40):
        monkeypatch.setenv("ROWS", str(rows))
        told.append(made.runpytest("-Wdefault").parseoutcomes())
    assert [min(outcome) for outcome in told] == ["skipped", "passed", "failed"]
    assert place in left()
    rows = [value for _, what, value in kept(made.path / place) if what == "rows of X"]
    assert rows == [3, 4, 40]


def test_what_is_planted_is_not_kept(files):
    """A run that plants violations adds nothing, and notices them beside the past there is."""
    made, _left = files("[tool.mlreqs.growth]\n", conftest=GROWTH)
    made.runpytest("-Wdefault")
    before = kept(made.path / ".mlreqs" / "history.sqlite")
    result = made.runpytest("--mlreqs-prove")
    result.stdout.fnmatch_lines(["1 of 1 requirements can fail here"])
    assert kept(made.path / ".mlreqs" / "history.sqlite") == before != []


def test_workers(files):
    """Under xdist each number is kept once, by the process where all reports arrive."""
    tables = "".join(f'[[tool.mlreqs.size]]\nid = "{n}"\nmax_rows = {n}\n' for n in range(6))
    made, left = files(f'[tool.mlreqs]\nhistory = "h.sqlite"\n{tables}')
    made.runpytest("-n", "2").assert_outcomes(passed=3, failed=3)
    assert left() == {"h.sqlite"}
    expected = [(f"size[{n}]", "rows of X", 3.0) for n in range(6)]
    assert sorted(kept(made.path / "h.sqlite")) == expected


@pytest.mark.parametrize(
    ("retry", "arguments"),
    [
        (RETRY.format(whole=True), ()),
        (RETRY.format(whole=False), ()),
        (RETRY.format(whole=True), ("-n", "2")),
        (WITHIN, ()),
    ],
    ids=["whole", "cut", "workers", "within"],
)
def test_a_test_that_is_tried_again(files, retry, arguments):
    """It counts once, with what its last attempt measured; so does its verdict."""
    made, _ = files(TOML, conftest=FLAKY + retry)
    result = made.runpytest(*arguments, "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["requirements: 1 declared, 1 satisfied"])
    assert kept(made.path / "h.sqlite") == [("size", "rows of X", 9.0)]


def test_a_test_whose_end_is_tried_again(files):
    """What was measured counts once as well, where the failure came after it."""
    late = TEARDOWN + RETRY.format(whole=True)
    made, _ = files(TOML.replace("9", "99"), conftest=FLAKY + late)
    made.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=2)  # pytest counts attempts
    assert kept(made.path / "h.sqlite") == [("size", "rows of X", 10.0)]


def test_a_run_that_stops_at_the_first_failure(files):
    """What was measured until then is kept."""
    made, _ = files(
        '[tool.mlreqs]\nhistory = "h.sqlite"\n'
        + "".join(f'[[tool.mlreqs.size]]\nid = "{n}"\nmax_rows = {n}\n' for n in (9, 1, 8))
    )
    made.runpytest("-x").assert_outcomes(passed=1, failed=1)
    assert [series for series, _, _ in kept(made.path / "h.sqlite")] == ["size[9]", "size[1]"]


KILLED = """
import os
import signal

@pytest.fixture(params=[1, 2, 3])
def X(request):
    yield [0] * request.param
    if request.param == 2:
        os.kill(os.getpid(), signal.{})
"""


@pytest.mark.parametrize(("word", "rows"), [("SIGINT", [1, 2]), ("SIGKILL", [1])])
def test_a_run_that_is_interrupted(files, word, rows):
    """What was measured until then is kept; if the process is killed, of tests that are over."""
    if not hasattr(signal, word):
        pytest.skip("this system has no such signal")
    made, _ = files(TOML, conftest=KILLED.format(word))
    made.runpytest_subprocess("-p", "no:cacheprovider")
    assert [value for *_, value in kept(made.path / "h.sqlite")] == rows


def test_sessions_at_the_same_time(files):
    """Two runs at once keep all that both measured."""
    tables = "".join(f'[[tool.mlreqs.size]]\nid = "{n}"\nmax_rows = 9\n' for n in range(5))
    made, _ = files(f'[tool.mlreqs]\nhistory = "h.sqlite"\n{tables}')
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    runs = [subprocess.Popen(command, cwd=made.path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(60) for run in runs] == [0, 0]
    expected = sorted((f"size[{n}]", "rows of X", 3.0) for n in range(5)) * 2
    assert sorted(kept(made.path / "h.sqlite")) == sorted(expected)


@contextlib.contextmanager
def read_only(folder):
    """A folder that nobody may write to."""
    folder.chmod(0o555)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write to whatever there is")
        yield
    finally:
        folder.chmod(0o755)


def unwritable(path):
    """Let all writers of a file meet another one that does not come to its end."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return contextlib.closing(other)


def test_a_history_that_can_only_be_read(files, monkeypatch):
    """It is compared with, and the run says that it is no part of it; the verdict stands."""
    monkeypatch.setattr(file, "_WAIT_S", 0.05)
    made, _ = files("[tool.mlreqs.growth]\n", conftest=GROWTH)
    made.runpytest("-Wdefault")
    path = made.path / ".mlreqs" / "history.sqlite"
    before = kept(path)
    with unwritable(path):
        result = made.runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            ("history: *history.sqlite cannot be used: database is locked; *is not in it"),
            "requirements: 1 declared, 1 satisfied",
        ]
    )
    assert kept(path) == before


def test_a_read_only_folder(files):
    """A history in a folder that nobody may write to is compared with, and left as it is."""
    made, _ = files("[tool.mlreqs.growth]\n", conftest=GROWTH)
    made.runpytest("-Wdefault")
    folder = made.path / ".mlreqs"
    (folder / "history.sqlite").chmod(0o444)
    before = kept(folder / "history.sqlite")
    with read_only(folder):
        result = made.runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["history: *; what this run measured is not in it"])
    assert kept(folder / "history.sqlite") == before


def test_a_history_that_is_something_else(files):
    """It is left as it is: what would compare is undecided, and what measures is judged."""
    made, left = files(
        '[tool.mlreqs]\nhistory = "h.sqlite"\n[tool.mlreqs.size]\nmax_rows = 9\n'
        "[tool.mlreqs.growth]\n",
        {"h.sqlite": "a text " * 1000},
        conftest=GROWTH,
    )
    result = made.runpytest("-Wdefault")
    result.assert_outcomes(passed=1, skipped=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*growth: undecided because *h.sqlite cannot be used: file is not a database",
            "history: *h.sqlite cannot be used: file is not a database; what this run measured *",
        ]
    )
    assert (made.path / "h.sqlite").read_text() == "a text " * 1000
    assert left() == set()


def test_a_history_of_the_first_version(files):
    """Its runs are those before this one, and stay in it."""
    made, _ = files("[tool.mlreqs.growth]\n", conftest=GROWTH)
    (made.path / ".mlreqs").mkdir()
    path = made.path / ".mlreqs" / "history.sqlite"
    sql(path, *FIRST, FIRST_RUN.replace("'r'", "'growth'").format("rows of X", 0))
    made.runpytest().assert_outcomes(passed=1)
    assert kept(path) == [
        ("growth", "rows of X", 2.0),
        ("growth", "rows of X", 3.0),
        ("growth", "growth of X", 1.5),
    ]


CALLS = """
def test_calls(mlreqs):
    for rows in ([1], [1, 2]):
        mlreqs.check("size", X=rows, max_rows=9, history="h.sqlite")
"""


def test_calls_in_one_test(files):
    """Each call of the fixture has a series of its own: it may be about another model."""
    made, _ = files("", {"test_it.py": CALLS})
    made.runpytest("test_it.py").assert_outcomes(passed=1)
    place = "size @ test_it.py::test_calls"
    assert kept(made.path / "h.sqlite") == [
        (place, "rows of X", 1.0),
        (f"{place} (2)", "rows of X", 2.0),
    ]


def test_a_history_that_does_not_answer(files, monkeypatch):
    """The run waits for it once, for as long as is bearable, and then goes on without."""
    monkeypatch.setattr(pending, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(file.InFile, "append", lambda *_: time.sleep(0.3))
    made, _ = files(
        '[tool.mlreqs]\nhistory = "h.sqlite"\n'
        + "".join(f'[[tool.mlreqs.size]]\nid = "{n}"\nmax_rows = 9\n' for n in range(5))
    )
    result = made.runpytest()
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["history: the history has not answered for 0.05 s; what this *"])
