"""What becomes of a verdict, and the last line of every run."""

import pytest

TOML = "[tool.mlreqs.size]\nmax_rows = {}\n"
ACCEPT = '[tool.mlreqs.accept]\nsize = {{ reason = "new data in May", until = {} }}\n'
NONE = "\n@pytest.fixture\ndef X(): return None\n"


def test_satisfied(project):
    """A satisfied requirement passes."""
    result = project(TOML.format(3)).runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "satisfied *size * rows of X is 3 rows, limit 3 rows",
            "requirements: 1 declared, 1 satisfied",
        ]
    )


def test_violated(project):
    """A violated requirement fails, and its first line is in the short summary."""
    result = project(TOML.format(2)).runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "rows of X is 3 rows, limit 2 rows",
            "  declared: pyproject.toml:1",
            "FAILED pyproject.toml::size - *rows of X is 3 rows, limit 2 rows",
            "requirements: 1 declared, 0 satisfied, 1 violated",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_undecided(project):
    """An undecided requirement is skipped with a loud warning: it neither passed nor failed."""
    result = project(TOML.format(3), conftest=NONE).runpytest("-rs", "-W", "default")
    result.assert_outcomes(skipped=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*UndecidedWarning: size: rows of X: undecided because there is no X",
            "requirements: 1 declared, 0 satisfied, 1 undecided",
        ]
    )


@pytest.mark.parametrize("where", ["[tool.mlreqs]\nundecided = 'fail'\n", ""])
def test_undecided_fails_on_request(project, where):
    """With `undecided = "fail"`, for all or for one, it fails."""
    own = "" if where else "undecided = 'fail'\n"
    made = project(where + TOML.format(3) + own, conftest=NONE)
    made.runpytest().assert_outcomes(failed=1)


def test_undecided_where_warnings_are_errors(project):
    """Where warnings are errors an undecided requirement fails, in its own words."""
    result = project(TOML.format(3), conftest=NONE).runpytest("-W", "error")
    result.assert_outcomes(failed=1)
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("arguments", [(), ("-n1",)])
def test_accepted(project, arguments):
    """An accepted violation is expected to fail until its day, with its reason."""
    made = project(TOML.format(2) + ACCEPT.format("2999-12-31"))
    result = made.runpytest("-rx", *arguments)
    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*rows of X is 3 rows, limit 2 rows (accepted until 2999-12-31: new data in May)",
            "requirements: 1 declared, 0 satisfied, 1 accepted",
        ]
    )


def test_accepted_too_long(project):
    """Past its day an exception is none, and the failure says so."""
    result = project(TOML.format(2) + ACCEPT.format("2020-12-31")).runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  accepted: until 2020-12-31, which has passed: new data in May"])


def test_accepted_without_need(project):
    """An exception for what is satisfied again fails, so that it is removed."""
    result = project(TOML.format(3) + ACCEPT.format("2999-12-31")).runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["size is satisfied, so its exception is no longer needed"])


def test_runxfail(project):
    """With `--runxfail` an accepted violation fails as any expected failure does."""
    made = project(TOML.format(2) + ACCEPT.format("2999-12-31"))
    made.runpytest("--runxfail").assert_outcomes(failed=1)


def test_accepted_for_one_parameter(project):
    """An exception may hold for one of several subjects."""
    fixture = "\n@pytest.fixture(params=[5, 9], ids=['a', 'b'])\n"
    fixture += "def X(request): return [0] * request.param\n"
    accept = '[tool.mlreqs.accept]\n"size[a]" = { reason = "r", until = 2999-12-31 }\n'
    result = project(TOML.format(2) + accept, conftest=fixture).runpytest()
    result.assert_outcomes(xfailed=1, failed=1)


def test_stopped_early(project):
    """What a stop at the first failure left out is named."""
    toml = "[[tool.mlreqs.size]]\nid = 'a'\nmax_rows = 2\n"
    toml += "[[tool.mlreqs.size]]\nid = 'b'\nmax_rows = 9\n"
    result = project(toml).runpytest("-x")
    result.stdout.fnmatch_lines(
        ["requirements: 2 declared, 0 satisfied, 1 violated; not checked: size?b?"]
    )


def test_quiet(project):
    """With -q the closing line stays and the section goes."""
    result = project(TOML.format(3)).runpytest("-q")
    result.stdout.fnmatch_lines(["requirements: 1 declared, 1 satisfied", "1 passed*"])
    result.stdout.no_fnmatch_line("*= requirements =*")


def test_nothing_without_requirements(project):
    """A project without requirements hears nothing."""
    result = project("", {"test_a.py": "def test_a(): pass\n"}).runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*requirements*:*")


SEVERAL = "".join(f"[[tool.mlreqs.size]]\nid = 'm{n}'\nmax_rows = {n}\n" for n in (2, 3, 4))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("-n2",), "3 declared, 2 satisfied, 1 violated"),
        (("-k", "m3"), "3 declared, 1 satisfied; not checked: size?m2?, size?m4?"),
        (("--deselect", "pyproject.toml::size[m2]"), "3 declared, 2 satisfied; *: size?m2?"),
        (("test_a.py",), "3 declared, 0 satisfied; not checked: size?m2?, size?m3?, size?m4?"),
    ],
)
def test_closing_line(project, arguments, line):
    """The closing line counts what ran and names what did not, however it was selected."""
    made = project(SEVERAL, {"test_a.py": "def test_a(): pass\n"})
    made.runpytest(*arguments).stdout.fnmatch_lines([f"requirements: {line}"])


def test_closing_line_after_last_failed(project):
    """`--lf` runs the failed requirement alone, and the line names the rest."""
    made = project(SEVERAL)
    made.runpytest()
    line = "requirements: 3 declared, 0 satisfied, 1 violated; not checked: size?m3?, size?m4?"
    made.runpytest("--lf").stdout.fnmatch_lines([line])


WARNS = """
from pytest_mlreqs import Measurement

class Warns(Requirement, frozen=True, kw_only=True):
    "Warns."

    def check(self, X):
        yield Measurement(name="x", text="x is fine", ok=True, warning="but look at 'y'")

def pytest_mlreqs_kinds():
    return [Size, Warns]

@pytest.fixture
def X(): return []
"""


@pytest.mark.parametrize(
    ("argument", "outcomes"),
    [("-Wdefault", {"passed": 1, "warnings": 1}), ("-Werror", {"failed": 1})],
)
def test_warning(project, argument, outcomes):
    """What a person should look at is a warning, and fails only where warnings are errors."""
    result = project("[tool.mlreqs.warns]\n", conftest=WARNS).runpytest(argument)
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines(["*warns: but look at 'y'*"])


def test_closing_line_after_an_error(project):
    """A requirement with an id whose subject cannot be built is named with its id."""
    made = project(SEVERAL, conftest="\n@pytest.fixture\ndef X(): raise OSError('no disk')\n")
    line = "requirements: 3 declared, 0 satisfied; not checked: size?m2? (error), *"
    made.runpytest().stdout.fnmatch_lines([line])


def test_every_run_starts_anew(project):
    """Two runs in one process count the same: nothing is left of the first."""
    made = project(SEVERAL)
    line = "requirements: 3 declared, 2 satisfied, 1 violated"
    for _ in range(2):
        made.runpytest().stdout.fnmatch_lines([line])
