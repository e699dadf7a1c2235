"""What is nobody's violation is an error to pytest, behind every door, and never a pass."""

import pytest

KIND = '''

class Broken(Requirement, frozen=True, kw_only=True):
    """Ends in the way that the option says."""

    how: str

    def check(self, X):
        yield at_most("rows of X", 1, 2)
        if self.how == "late":
            yield at_most("columns of X", 3, 2)
        if self.how == "declared":
            raise DeclarationError("X is no table; write X = 'data:rows'")
        if self.how == "undecided":
            raise Undecided("there are too few rows", "columns of X")
        raise TypeError("complex numbers")

    def plant(self, X):
        yield Planted("nothing", {})


def pytest_mlreqs_kinds():
    return [Broken]
'''
HEAD = "from pytest_mlreqs import DeclarationError, Undecided\n"
SAID = {
    "declared": "X is no table; write X = 'data:rows'",
    "ours": "the check itself broke: TypeError: complex numbers (conftest.py:*",
}


@pytest.fixture
def broken(project):
    """A project whose one requirement ends in the given way."""

    def make(how, toml="[tool.mlreqs.broken]\nhow = '{}'\n", files=None):
        fixture = "\n@pytest.fixture\ndef X(): return [1, 2, 3]\n"
        return project(toml.format(how), files, conftest=fixture + HEAD + KIND)

    return make


@pytest.mark.parametrize("arguments", [(), ("-n1",)], ids=["serial", "xdist"])
@pytest.mark.parametrize("how", SAID)
def test_collected(broken, how, arguments):
    """A check that breaks, or a declaration that does not work, is an ERROR and not checked."""
    result = broken(how).runpytest(*arguments)
    result.assert_outcomes(errors=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "error *broken * rows of X is 1, limit 2",
            f" *{SAID[how]}",
            "*= ERRORS =*",
            f"{SAID[how]}",
            "  checked:  not to the end, through no fault of the subject",
            "ERROR pyproject.toml::broken - CheckError: *",
            "requirements: 1 declared, 0 satisfied; not checked: broken (error)",
        ]
    )


def test_marker_and_fixture(broken):
    """Behind the marker and the fixture it is an error of the test."""
    tests = (
        "import pytest\n"
        "@pytest.mark.mlreqs('broken', how='declared')\n"
        "def test_marked(X): pass\n"
        "def test_enforced(mlreqs, X): mlreqs.enforce('broken', how='ours')\n"
        "def test_asked(mlreqs, X): assert mlreqs.check('broken', how='ours').state == 'error'\n"
    )
    result = broken("ours", "[tool.other]\n", {"test_a.py": tests}).runpytest()
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["*broken: X is no table*", "*broken: the check itself broke*"])


def test_a_violation_comes_first(broken):
    """A check that finds a violation and then breaks is a failure that tells both."""
    result = broken("late").runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["columns of X is 3, limit 2", "  error:    the check itself broke: TypeError: *"]
    )


def test_undecided(broken):
    """A check that says that it cannot tell is undecided, whatever it measured before."""
    result = broken("undecided").runpytest("-W", "default")
    result.assert_outcomes(skipped=1, warnings=1)
    result.stdout.fnmatch_lines(["*columns of X: undecided because there are too few rows"])


def test_nothing_is_proven_of_it(broken):
    """Where the check does not work, no violation is planted."""
    result = broken("ours").runpytest("--mlreqs-prove")
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*planted*")


def test_errors_are_no_accepted_exceptions(broken):
    """An accepted exception covers violations, and no check that could not be made."""
    accept = "[tool.mlreqs.accept]\nbroken = {{ reason = 'r', until = 2999-12-31 }}\n"
    toml = "[tool.mlreqs.broken]\nhow = '{}'\n" + accept
    broken("ours", toml).runpytest().assert_outcomes(errors=1)
