"""`--mlreqs-prove`: every requirement is shown to be able to fail, or the run is red."""

import pytest

TOML = "[tool.mlreqs.size]\nmax_rows = 3\n"
BLIND = """
@pytest.fixture
def X():
    return [1]

class Blind(Requirement, frozen=True, kw_only=True):
    "Sees nothing."

    def check(self, X):
        yield at_most("rows", 0, 9)

    def plant(self, X):
        yield Planted("a hundred rows", {"X": [0] * 100})

class Unplanted(Requirement, frozen=True, kw_only=True):
    "Plants nothing."

    def check(self, X):
        yield at_most("rows", 0, 9)

def pytest_mlreqs_kinds():
    return [Size, Blind, Unplanted]
"""


@pytest.mark.parametrize("arguments", [(), ("-n1",)])
def test_noticed(project, arguments):
    """A requirement that notices the planted violation passes, and is counted."""
    result = project(TOML).runpytest("--mlreqs-prove", *arguments)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*planted: one row too many: noticed", "1 of 1 requirements can fail here"]
    )


def test_unnoticed(project):
    """A check that cannot see what was planted fails, and says what that was."""
    result = project(TOML + "[tool.mlreqs.blind]\n", conftest=BLIND).runpytest("--mlreqs-prove")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "cannot fail here: a planted violation went unnoticed (a hundred rows)",
            "  it said:  rows is 0, limit 9",
            "1 of 2 requirements can fail here",
        ]
    )


def test_no_plant(project):
    """A kind that plants nothing is not proven, and fails."""
    result = project("[tool.mlreqs.unplanted]\n", conftest=BLIND).runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the kind unplanted has no plant method"])


def test_violated(project):
    """What is violated stays red, though it was shown to be able to fail."""
    result = project(TOML.replace("3", "2")).runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["rows of X is 3 rows, limit 2 rows", "1 of 1 requirements can*"])


def test_not_asked(project):
    """Without the option nothing is planted."""
    project(TOML).runpytest().stdout.no_fnmatch_line("*planted*")


def test_all_doors(project):
    """Requirements of markers and calls are proven as collected ones are."""
    test = (
        "import pytest\n@pytest.mark.mlreqs('size', max_rows=5)\ndef test_a(): pass\n"
        "def test_b(mlreqs): mlreqs.enforce('size', X=[1])\n"
    )
    result = project(TOML, {"test_a.py": test}).runpytest("--mlreqs-prove")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["3 of 3 requirements can fail here"])
