"""What the acceptance tests share: projects with a tiny kind, so that runs are fast."""

import os
import sys

# Tests start hundreds of processes. What one of them has compiled, the next ones take as it is,
# though the environment may say, as images for containers do, that nothing is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Tests run side by side, and none of them is about how fast a pool of threads is. Before NumPy is
# imported, and for the processes that tests start, too.
for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(pool, "1")

import hypothesis.internal.observability  # (what its plugin imports at each end)
import pandas  # noqa: F401
import pytest
import sklearn  # noqa: F401

import pytest_mlreqs.doors.session  # noqa: F401
from pytest_mlreqs.core import isolation, threads
from pytest_mlreqs.declare.catalogue import Catalogue
from tests.entropy import start_again

# pytester forgets what a run in this process imported. All kinds are imported beforehand, so that
# the next run does not get a second copy of them (NumPy cannot be loaded twice).
for kind in Catalogue().names():
    Catalogue().load(kind)

# How long an example takes is the machine's affair, and no property of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

SIZE = '''
import pytest
from pytest_mlreqs import Planted, Requirement, at_most, undecided


class Size(Requirement, frozen=True, kw_only=True):
    """Bound the number of rows."""

    max_rows: int

    def check(self, X):
        if X is None:
            yield undecided("rows of X", "there is no X")
        else:
            rows = len(X)
            yield at_most("rows of X", rows, self.max_rows, "rows", how="by len", hint="take fewer")

    def plant(self, X):
        yield Planted("one row too many", {"X": [0] * (self.max_rows + 1)})


def pytest_mlreqs_kinds():
    return [Size]
'''

FIXTURE = """

@pytest.fixture
def X():
    return [1, 2, 3]
"""


@pytest.fixture(autouse=True)
def _apart(monkeypatch):
    """Let no test of Polars, whose threads stay in this process, take away others' isolation."""
    monkeypatch.setattr(isolation, "apart_is_safe", lambda: isolation.CAN_FORK)


@pytest.fixture(autouse=True)
def _same_noise():
    """Let the noise of models be the same whichever tests have run before."""
    start_again()


@pytest.fixture
def forkable(monkeypatch):
    """Let calls be made in forks whatever threads other tests have started in this process."""
    monkeypatch.setattr(threads, "lost_by_a_fork", lambda: False)


@pytest.fixture
def project(pytester):
    """Lay out a project with the kind `size`, and with `X` of three rows unless told otherwise."""

    def make(toml, files=None, *, conftest=FIXTURE):
        pytester.makefile(".toml", pyproject=toml)
        pytester.makeconftest(SIZE + conftest)
        for name, text in (files or {}).items():
            path = pytester.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return pytester

    return make
