"""Subjects from TOML are ordinary session fixtures."""

import joblib
import pytest

ROWS = """
calls = []

def load():
    calls.append(1)
    return [0] * 2 * len(calls)

THINGS = [1, 2]

class Rows(list):
    def __init__(self):
        super().__init__([1])

def score(X):
    return X

def broken():
    raise OSError("no artefact")

def leaves():
    raise SystemExit(3)
"""
TOML = '[tool.mlreqs.subjects]\nX = "{}"\n[tool.mlreqs.size]\nmax_rows = 3\n'


@pytest.mark.parametrize(
    "target", ["rows_:load", "rows_:THINGS", "rows_:Rows", "data.csv", "X.joblib"]
)
def test_built(project, target):
    """Objects, factories, classes and files become subjects, from the project's folder."""
    made = project(TOML.format(target), {"rows_.py": ROWS, "data.csv": "a\n1\n2\n"}, conftest="")
    joblib.dump([1, 2, 3], made.path / "X.joblib")
    made.runpytest().assert_outcomes(passed=1)


def test_as_a_user_has_it(project):
    """The plain `pytest` command finds modules of the project and of its src folder."""
    made = project(TOML.format("inner.rows_:load"), {"src/inner/rows_.py": ROWS}, conftest="")
    made.runpytest_subprocess().assert_outcomes(passed=1)


def test_functions_that_take_rows_are_subjects(project):
    """A function that needs an argument is not called but is the subject itself."""
    test = "def test_score(X): assert X([1]) == [1]\n"
    made = project(TOML.format("rows_:score"), {"rows_.py": ROWS, "test_a.py": test}, conftest="")
    made.runpytest("test_a.py").assert_outcomes(passed=1)


def test_built_once(project):
    """A subject is built once a session, for requirements and ordinary tests alike."""
    test = "def test_a(X): assert len(X) == 2\ndef test_b(X): assert len(X) == 2\n"
    made = project(TOML.format("rows_:load"), {"rows_.py": ROWS, "test_a.py": test}, conftest="")
    made.runpytest().assert_outcomes(passed=3)


def test_overridden_and_extended(project):
    """A conftest.py may replace a subject, or build on it."""
    extend = "\n@pytest.fixture\ndef X(X): return [*X, 9]\n"
    test = "def test_a(X): assert X == [1, 2, 9]\n"
    made = project(
        TOML.format("rows_:THINGS"), {"rows_.py": ROWS, "test_a.py": test}, conftest=extend
    )
    made.runpytest().assert_outcomes(passed=2)


def test_missing(project):
    """A subject that no fixture supplies is an error with the lines to write, and not a pass."""
    result = project("[tool.mlreqs.size]\nmax_rows = 3\n", conftest="").runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "No fixture supplies the subject 'X'. Define it in conftest.py beside the tests,",
            "    [[]tool.mlreqs.subjects]",
            '    X = "package.module:name" *',
            "requirements: 1 declared, 0 satisfied; not checked: size (error)",
        ]
    )


@pytest.mark.parametrize(("target", "words"), [("broken", "no artefact"), ("leaves", "SystemExit")])
def test_loader_that_breaks(project, target, words):
    """A loader that raises or exits is an error of its requirement; the rest still runs."""
    files = {"rows_.py": ROWS, "test_a.py": "def test_a(): pass\n"}
    result = project(TOML.format(f"rows_:{target}"), files, conftest="").runpytest()
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines([f"ERROR pyproject.toml::size*{words}*"])


def test_refused_pickle(project):
    """A pickle that would run code is refused in one sentence, and does not run."""

    class Payload:
        def __reduce__(self):
            return (exec, ("open('ran', 'w').close()",))

    made = project(TOML.format("X.joblib"), {"X.joblib": ""}, conftest="")
    joblib.dump(Payload(), made.path / "X.joblib")
    result = made.runpytest()
    result.assert_outcomes(errors=1)
    assert not (made.path / "ran").exists()
    result.stdout.fnmatch_lines(["*exec*", "*trust = *"])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("rows_:laod", "rows_ has no 'laod'; did you mean 'load'?"),
        ("rows:load", "there is no module 'rows'*did you mean 'rows_'?"),
        ("dta.csv", "there is no file 'dta.csv'; did you mean 'data.csv'?"),
        ("ftp://localhost/predict", "*is neither an import path *"),
    ],
)
def test_wrong_targets(project, target, words):
    """What cannot be imported or found stops the run with the nearest valid name; nothing runs."""
    raising = "raise RuntimeError('imported')\n" + ROWS
    made = project(TOML.format(target), {"rows_.py": raising, "data.csv": "a\n"}, conftest="")
    result = made.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: pyproject.toml:2: [[]tool.mlreqs.subjects] X*{words}*"])


def test_in_workers(project):
    """Workers of xdist import from the project's folder as well, though nothing is installed."""
    made = project(TOML.format("inner.rows_:load"), {"src/inner/rows_.py": ROWS}, conftest="")
    made.runpytest_subprocess("-n1").assert_outcomes(passed=1)


def test_skipped_subject(project):
    """A subject that skips leaves its requirement unchecked, which is said and is no error."""
    skip = "\n@pytest.fixture\ndef X(): pytest.skip('no GPU here')\n"
    result = project("[tool.mlreqs.size]\nmax_rows = 3\n", conftest=skip).runpytest()
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["requirements: 1 declared, 0 satisfied; not checked: size"])
