"""Three doors, one behaviour."""

import pytest

TOML = "[tool.mlreqs.size]\nmax_rows = 2\n"
SAID = [
    "*rows of X is 3 rows, limit 2 rows",
    "  measured: by len",
    "  try:      take fewer",
]


@pytest.mark.parametrize(
    "test",
    [
        "@pytest.mark.mlreqs\ndef test_it(): pass",
        "@pytest.mark.mlreqs('size')\ndef test_it(X): pass",
        "@pytest.mark.mlreqs('size', max_rows=2)\ndef test_it(): pass",
        "@pytest.mark.mlreqs\nclass TestIt:\n    def test_it(self): pass",
        "@pytest.mark.mlreqs\nclass TestIt(unittest.TestCase):\n    def test_it(self): pass",
        "def test_it(mlreqs): mlreqs.enforce('size')",
        "def test_it(mlreqs, X): mlreqs.enforce('size', X=X, max_rows=2)",
    ],
)
def test_same_words(project, test):
    """Item, marker and fixture fail with the same measurement in the same words."""
    made = project(TOML, {"test_a.py": f"import pytest, unittest\n{test}\n"})
    result = made.runpytest()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([*SAID, *SAID])


def test_satisfied(project):
    """Where the requirement is met, all three pass."""
    test = (
        "import pytest\n@pytest.mark.mlreqs\ndef test_a(): pass\n"
        "def test_b(mlreqs): assert mlreqs.enforce('size').satisfied\n"
    )
    result = project("[tool.mlreqs.size]\nmax_rows = 3\n", {"test_a.py": test}).runpytest()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["requirements: 1 declared, 1 satisfied"])


def test_check_returns(project):
    """`check` returns the verdict and fails nothing, and the verdict is false unless satisfied."""
    test = (
        "def test_a(mlreqs):\n"
        "    verdict = mlreqs.check('size')\n"
        "    assert verdict.state == 'violated' and not verdict\n"
        "    assert verdict.measurements[0].value == 3\n"
        "    assert mlreqs.check('size', X=[1])\n"
    )
    project(TOML, {"test_a.py": test}).runpytest("test_a.py").assert_outcomes(passed=1)


def test_candidates(project):
    """Every check in a loop is on record."""
    test = "def test_a(mlreqs):\n    for n in range(5): mlreqs.check('size', X=[0] * n)\n"
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    lines = [line for line in result.outlines if "rows of X is" in line]
    assert len(lines) == 5


def test_own_failure_first(project):
    """A marked test that fails by itself says so, and is not judged."""
    test = "import pytest\n@pytest.mark.mlreqs\ndef test_a(): assert 1 == 2\n"
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2"])
    result.stdout.no_fnmatch_line("*rows of X*")


def test_expected_failure(project):
    """An expected failure may be the requirement's."""
    test = "import pytest\n@pytest.mark.xfail\n@pytest.mark.mlreqs\ndef test_a(): pass\n"
    project(TOML, {"test_a.py": test}).runpytest("test_a.py").assert_outcomes(xfailed=1)


def test_parametrized_subject(project):
    """A marked test judges the subject it was given."""
    test = (
        "import pytest\n@pytest.mark.mlreqs\n@pytest.mark.parametrize('X', [[1], [1, 2, 3]])\n"
        "def test_a(X): pass\n"
    )
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(passed=1, failed=1)


def test_several_marks(project):
    """Marks add up, and one failure tells all of them."""
    test = (
        "import pytest\npytestmark = pytest.mark.mlreqs('size')\n"
        "@pytest.mark.mlreqs('size', id='small', max_rows=1)\ndef test_a(): pass\n"
    )
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["size?small?: rows of X*limit 1 rows", "size: rows of X*limit 2*"])


def test_without_a_table(pytester, project):
    """A marker or a call needs no table, if it says everything."""
    test = (
        "import pytest\n@pytest.mark.mlreqs('size', max_rows=2)\ndef test_a(X): pass\n"
        "def test_b(mlreqs): mlreqs.enforce('size', X=[1], max_rows=2)\n"
    )
    made = project("", {"test_a.py": test})
    result = made.runpytest()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["requirements: 2 declared, 1 satisfied, 1 violated"])
    made.runpytest("-n2").stdout.fnmatch_lines(
        ["requirements: 2 declared, 1 satisfied, 1 violated"]
    )


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("'sise'", "there is no kind 'sise'; did you mean 'size'?"),
        ("'size', rows=3", "has no option 'rows'; did you mean 'max_rows'?"),
        ("'size', max_rows='3'", "option 'max_rows' must be a whole number, got '3'"),
        ("max_rows=3", "options need a kind*"),
        ("'size', 3", "takes one kind, and options by name"),
        ("'size[[]big]'", "'size[[]big]' is not declared*"),
    ],
)
def test_wrong_marks(project, mark, words):
    """A wrong marker is an error of its file, with its line and the nearest valid name."""
    test = f"import pytest\n\n@pytest.mark.mlreqs({mark.replace('[[]', '[')})\ndef test_a(): pass\n"
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"test_a.py:3: @pytest.mark.mlreqs: *{words}"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("'sise'", "there is no kind 'sise'; did you mean 'size'?"),
        ("'size', Y=3", "has no option 'Y'*"),
    ],
)
def test_wrong_calls(project, call, words):
    """A wrong call of the fixture raises, with the nearest valid name."""
    test = f"def test_a(mlreqs): mlreqs.check({call})\n"
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*RequirementError: *{words}"])


def test_missing_subject_of_a_mark(project):
    """A subject that a marked test does not have is an error with the lines to write."""
    test = "import pytest\n@pytest.mark.mlreqs\ndef test_a(): pass\n"
    result = project(TOML, {"test_a.py": test}, conftest="").runpytest("test_a.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["No fixture supplies the subject 'X'.*"])
