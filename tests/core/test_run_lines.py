"""Lines that a check runs in its own process count for coverage.py."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from pytest_mlreqs.core import run_lines
from pytest_mlreqs.core.isolation import CAN_FORK, run_apart
from pytest_mlreqs.models.copies import Copies

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="checks are forked on Linux only")


class Data:
    """What was run, as coverage.py keeps it."""

    def __init__(self, branch):
        self.branch, self.entered = branch, {}

    def has_arcs(self):
        """Whether branches count."""
        return self.branch

    def measured_files(self):
        """The files of which anything is known."""
        return {"model.py"}

    def lines(self, file):
        """The lines that were run."""
        return [1, 2]

    def arcs(self, file):
        """The pairs of lines that were run one after the other."""
        return [(-1, 1), (1, 2)]

    def add_lines(self, found):
        """Enter lines."""
        self.entered["lines"] = found

    def add_arcs(self, found):
        """Enter pairs of lines."""
        self.entered["arcs"] = found


class Coverage:
    """Records what is run."""

    session = None

    def __init__(self, *, data_file=".coverage", branch=False, source=None, **options):
        self.options = {"run:branch": branch, "run:source": source}
        self.data, self.data_file, self.does = Data(branch), data_file, []

    @classmethod
    def current(cls):
        """The one that is recording."""
        return cls.session

    def get_option(self, name):
        """One of the settings; those that a version does not know raise."""
        return self.options[name]

    def get_data(self):
        """What was run."""
        return self.data

    def start(self):
        """Begin."""
        self.does.append("start")

    def stop(self):
        """End."""
        self.does.append("stop")


@pytest.fixture(params=[False, True], ids=["lines", "branches"])
def session(request, monkeypatch):
    """The recorder of the session."""
    monkeypatch.setitem(sys.modules, "coverage", SimpleNamespace(Coverage=Coverage))
    recorder = Coverage(branch=request.param, source=["shop"])
    monkeypatch.setattr(Coverage, "session", recorder)
    return recorder


def test_lines_come_back(session):
    """What was run in the process of a check is entered in the session, after its last word."""
    expected = {"arcs": [(-1, 1), (1, 2)]} if session.data.branch else {"lines": [1, 2]}
    run_apart(lambda: [1], timeout_s=5, max_memory_mib=500)
    assert session.data.entered == {how: {"model.py": found} for how, found in expected.items()}
    assert session.does == []  # what the child stops is its own copy


def test_a_check_that_breaks_has_run_too(session):
    """The lines of a check that ends with an exception count as well."""
    run_apart(lambda: 1 / 0, timeout_s=5, max_memory_mib=500)
    assert session.data.entered


def test_the_recorder_is_set_as_that_of_the_session(session):
    """The child records the same files, into memory, and the session's own is stopped there."""
    recorder = run_lines.record()
    assert recorder.options == session.options
    assert recorder.data_file is None
    assert (session.does, recorder.does) == (["stop"], ["start"])


@pytest.mark.usefixtures("forkable")
def test_copies_of_a_check(session):
    """What a copy of the process of a check has run comes back as well."""
    copies = Copies(forks=True)
    assert copies.run(lambda: 1) == 1
    assert session.data.entered


def test_nobody_records(monkeypatch):
    """Where coverage.py is not in use, nothing is recorded and nothing is imported."""
    monkeypatch.delitem(sys.modules, "coverage", raising=False)
    assert run_lines.record() is None
    assert run_lines.recorded(None) is None
    assert "coverage" not in sys.modules


MODEL = "def rows(X):\n    if len(X) > 2:\n        return len(X)\n    return 0\n"
KIND = '''
import pytest
from pytest_mlreqs import Requirement, at_most

class Size(Requirement, frozen=True, kw_only=True):
    """Bound the number of rows."""
    max_rows: int

    def check(self, X):
        import model
        yield at_most("rows of X", model.rows(X), self.max_rows)

def pytest_mlreqs_kinds():
    return [Size]

@pytest.fixture
def X():
    import model
    return [1, 2, 3]
'''


def test_pytest_cov(pytester):
    """pytest-cov counts the lines of a check."""
    pytest.importorskip("pytest_cov")
    pytester.makeconftest(KIND)
    pytester.makepyfile(model=MODEL)
    pytester.makefile(".toml", pyproject="[tool.mlreqs]\nsize = { max_rows = 5 }\n")
    result = pytester.runpytest_subprocess("--cov=model", "--cov-report=term-missing")
    result.stdout.re_match_lines([r"model.py +4 +1 +75% +4"])


def test_pytest_testmon(pytester):
    """pytest-testmon runs a requirement again when what its check ran has changed."""
    pytest.importorskip("testmon")
    pytester.makeconftest(KIND)
    made = pytester.makepyfile(model=MODEL)
    pytester.makefile(".toml", pyproject="[tool.mlreqs]\nsize = { max_rows = 5 }\n")
    pytester.runpytest_subprocess("--testmon").assert_outcomes(passed=1)
    pytester.runpytest_subprocess("--testmon").assert_outcomes(deselected=1)
    made.write_text(MODEL.replace("return len(X)", "return len(X) + 10"))
    pytester.runpytest_subprocess("--testmon").assert_outcomes(failed=1)
