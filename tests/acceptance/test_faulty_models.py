"""A model that breaks turns one test red, and nothing else."""

import pytest

from pytest_mlreqs.core.isolation import CAN_FORK

CONFTEST = '''
import ctypes, os, time
import numpy, pandas, pytest
from pytest_mlreqs import Requirement, none_of
from pytest_mlreqs.models.scoring import scorer


class Sound(Requirement, frozen=True, kw_only=True):
    """The model keeps its contract."""

    def check(self, model, X):
        scorer(model).probed(X)
        yield none_of("faults", [])


def pytest_mlreqs_kinds():
    return [Sound]


def spoils(X):
    X["a"] = 0
    return numpy.zeros(len(X))


MODELS = {
    "raises": lambda X: 1 / 0,
    "short": lambda X: numpy.zeros(1),
    "nan": lambda X: numpy.array([1.0, numpy.nan, 2.0]),
    "sleeps": lambda X: time.sleep(1000),
    "exits": lambda X: os._exit(3),
    "leaves": lambda X: exit(4),
    "crashes": lambda X: ctypes.string_at(0),
    "spoils": spoils,
    "prints": lambda X: print("x" * 1_000_001) or numpy.zeros(len(X)),
    "greedy": lambda X: numpy.ones(10 * 2**27)[: len(X)],
    "fine": lambda X: numpy.zeros(len(X)),
}
FRAME = pandas.DataFrame({"a": [1, 2, 3]})


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


@pytest.fixture
def X():
    return FRAME
'''
TOML = "[tool.mlreqs]\ntimeout_s = 2\nmax_memory_mib = 2048\nsound = {}\n"
TEST = "from conftest import FRAME\ndef test_others(): assert list(FRAME['a']) == [1, 2, 3]\n"
SAID = {
    "raises": "<lambda> raised ZeroDivisionError: division by zero (conftest.py:*",
    "short": "<lambda> returned 1 prediction for 3 rows",
    "nan": "<lambda> returned NaN for 1 of 3 rows (row 1)",
    "sleeps": "it hangs: one call has used no processor time for * s, * it was at conftest.py:*",
    "exits": "the check did not come back: its process was ended by os._exit(3)*",
    "leaves": "<lambda> raised SystemExit: 4 *",
    "crashes": "the process crashed (SIGSEGV); it was at conftest.py:*",
    "spoils": "spoils changed its input: column 'a' is not the same afterwards; *",
    "prints": "<lambda> wrote 1.0 MB of output in one call on 3 rows",
}
GREEDY = "*<lambda> raised MemoryError: *; a check may use 2048 MiB: allow more (max_memory_mib)"
IN_WORKERS = ["raises", "exits", "leaves", "crashes"]  # what would end a worker, or its session


@pytest.mark.skipif(not CAN_FORK, reason="elsewhere a check shares the session's process")
@pytest.mark.parametrize(
    ("arguments", "names"), [((), list(SAID)), (("-n1",), IN_WORKERS)], ids=["serial", "xdist"]
)
def test_one_red_test_each(pytester, arguments, names):
    """Each fault is one failure with a sentence that says so; every other test still runs."""
    pytester.makefile(".toml", pyproject=TOML)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_others=TEST)
    result = pytester.runpytest_subprocess(
        "-k", " or ".join([*names, "fine", "others"]), *arguments
    )
    result.assert_outcomes(failed=len(names), passed=2, deselected=None)
    for name in names:
        sentence = SAID[name].replace("[", "[[]")
        result.stdout.fnmatch_lines_random([f"*sound?{name}?*", sentence])
    result.stdout.fnmatch_lines(["requirements: 1 declared, 0 satisfied, 1 violated"])


@pytest.mark.skipif(not CAN_FORK, reason="elsewhere no memory limit is set")
def test_more_memory_than_a_check_may_use(pytester):
    """A model that needs more memory than a check may use is undecided, and told the option."""
    pytester.makefile(".toml", pyproject=TOML)
    pytester.makeconftest(CONFTEST)
    result = pytester.runpytest_subprocess("-k", "greedy")
    result.assert_outcomes(skipped=1, warnings=1, deselected=len(SAID) + 1)
    result.stdout.fnmatch_lines([GREEDY])


def test_without_isolation(pytester):
    """In the session's own process exceptions and broken promises are still one red test each."""
    pytester.makefile(".toml", pyproject=TOML + "isolation = 'none'\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_others=TEST)
    names = ["raises", "short", "nan", "leaves", "spoils"]
    result = pytester.runpytest_subprocess("-k", " or ".join([*names, "others"]))
    result.assert_outcomes(failed=len(names), passed=1, deselected=len(SAID) - len(names) + 2)
    for name in names:
        result.stdout.fnmatch_lines_random([SAID[name].replace("[", "[[]")])
