"""Three doors, one behaviour."""

import pytest

from pytest_mlreqs.measures.memory.peak import resettable

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


def test_several_checks_of_a_kind_in_one_test(project):
    """Each call of the fixture has a verdict of its own in the closing line."""
    test = (
        "def test_a(mlreqs):\n"
        "    for rows in ([1], [1, 2], [1, 2, 3]):\n"
        "        mlreqs.check('size', X=rows, max_rows=2)\n"
    )
    result = project("", {"test_a.py": test}).runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["requirements: 3 declared, 2 satisfied, 1 violated"])


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


NINE = pytest.mark.skipif(pytest.version_tuple < (9,), reason="subtests came with pytest 9")


@pytest.mark.parametrize(
    "mark", ["kind='size'", "kind='size', max_rows=2", "'size', id='new', max_rows=2"]
)
def test_spellings(project, mark):
    """The kind may be given by name, as `--markers` has it, and an id makes a requirement new."""
    test = f"import pytest\n@pytest.mark.mlreqs({mark})\ndef test_a(): pass\n"
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["size*: rows of X is 3 rows, limit 2 rows"])


def test_id_names_a_declared_one(project):
    """A marker with an id means the declared requirement of that id, and no other."""
    toml = "".join(f"[[tool.mlreqs.size]]\nid = 'm{n}'\nmax_rows = {n}\n" for n in (2, 9))
    test = (
        "import pytest\n@pytest.mark.mlreqs('size', id='m9')\ndef test_a(): pass\n"
        "@pytest.mark.mlreqs('size[m2]')\ndef test_b(): pass\n"
        "def test_c(mlreqs): assert not mlreqs.check('size[m2]')\n"
        "def test_d(mlreqs): mlreqs.check('size')\n"
    )
    result = project(toml, {"test_a.py": test}).runpytest("test_a.py")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["*RequirementError: there are several 'size': size?m2?, size?m9?; name one of them"]
    )


def test_mark_added_later(project):
    """A marker that a conftest.py adds to collected tests is judged as any other."""
    late = (
        "\n@pytest.fixture\ndef X(): return [1, 2, 3]\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items: item.add_marker(pytest.mark.mlreqs('size'))\n"
    )
    made = project(TOML, {"test_a.py": "def test_a(): pass\n"}, conftest=late)
    made.runpytest("test_a.py").assert_outcomes(failed=1)


def test_mark_on_one_parameter(project):
    """A marker on one parameter is about that one; the others need none of its subjects."""
    test = (
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, pytest.param(2, marks=pytest.mark.mlreqs)])\n"
        "def test_a(n): pass\n"
    )
    made = project(TOML, {"test_a.py": test}, conftest="")
    made.runpytest("test_a.py").assert_outcomes(passed=1, errors=1)


@NINE
def test_subtests(project):
    """A marked test with subtests is judged once, and checks within subtests are on record."""
    test = (
        "import pytest\n"
        "@pytest.mark.mlreqs\ndef test_a(subtests):\n"
        "    for n in range(3):\n        with subtests.test(n=n): pass\n"
        "def test_b(subtests, mlreqs):\n"
        "    for n in range(3):\n"
        "        with subtests.test(n=n): mlreqs.enforce('size', X=[0] * (n + 1))\n"
    )
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    lines = [line.split()[0] for line in result.outlines if " @ test_" in line]
    assert lines == ["satisfied", "satisfied", "violated", "violated"]
    result.stdout.fnmatch_lines(["FAILED test_a.py::test_a*", "SUBFAILED(n=2) test_a.py::test_b*"])


def test_wrong_mark_under_xdist(project):
    """A wrong marker is an error with its line in the controller's output too."""
    test = "import pytest\n\n@pytest.mark.mlreqs('sise')\ndef test_a(): pass\n"
    result = project(TOML, {"test_a.py": test}).runpytest("test_a.py", "-n1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    words = "there is no kind 'sise'; did you mean 'size'?"
    result.stdout.fnmatch_lines([f"test_a.py:3: @pytest.mark.mlreqs: {words}"])


def test_given_subjects_are_not_fetched(project):
    """A subject that the call gives needs no fixture; one that it does not give is fetched."""
    test = (
        "def test_a(mlreqs): assert mlreqs.check('size', X=[1])\n"
        "def test_b(mlreqs): mlreqs.check('size')\n"
    )
    result = project(TOML, {"test_a.py": test}, conftest="").runpytest("test_a.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*fixture 'X' not found*", "FAILED test_a.py::test_b*"])


def test_any_name_for_a_subject(project):
    """No name of a subject or option is taken by the call itself."""
    kind = (
        "\nclass Odd(Requirement, frozen=True, kw_only=True):\n"
        "    def check(self, requirement):\n"
        "        yield at_most('rows', len(requirement), 2)\n"
        "def pytest_mlreqs_kinds(): return [Size, Odd]\n"
    )
    test = "def test_a(mlreqs): assert mlreqs.check('odd', requirement=[1])\n"
    made = project(TOML, {"test_a.py": test}, conftest=kind)
    made.runpytest("test_a.py").assert_outcomes(passed=1)


BODY = """
import os
from pytest_mlreqs import Requirement, at_most

class Loudness(Requirement, frozen=True, kw_only=True):
    alone = True
    most: int = 3

    def check(self, body):
        os.environ.pop("LOUDNESS", None)
        body()
        yield at_most("loudness", int(os.environ.get("LOUDNESS", 5)), self.most)

def pytest_mlreqs_kinds():
    return [Loudness]
"""


def test_the_body_of_a_test(project):
    """A kind that judges a body gets that of the marked test, with the fixtures the test has."""
    test = (
        "import os, pytest\n"
        "runs = []\n"
        "@pytest.fixture(params=[1, 2])\ndef volume(request): return request.param\n"
        "@pytest.mark.mlreqs('loudness')\n"
        "def test_quiet(volume):\n    runs.append(volume)\n"
        "    if volume == 1: os.environ['LOUDNESS'] = '1'\n"
        "def test_body_came_first(): assert runs == [1, 2]\n"
        "@pytest.mark.mlreqs('loudness')\nclass TestOf:\n    def test_a(self): pass\n"
        "@pytest.mark.mlreqs('loudness')\ndef test_broken(): assert False\n"
    )
    config = "[tool.pytest.ini_options]\nfilterwarnings = ['ignore']\n"
    made = project(config, {"test_a.py": test}, conftest=BODY)
    result = made.runpytest("test_a.py")
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines(
        ["FAILED test_a.py::test_quiet[[]2] - *loudness is 5, limit 3", "FAILED *TestOf::test_a*",
         "FAILED *test_broken - assert False"]
    )  # fmt: skip


@pytest.mark.skipif(not resettable(), reason="needs Linux")
def test_speed_and_memory_of_a_body(project):
    """The time and the memory of a test's own body are held to limits by its marker."""
    test = (
        "import time, pytest\n"
        "@pytest.mark.mlreqs('latency', of='body', max_p50_ms=2)\n"
        "def test_slow(): time.sleep(0.05)\n"
        "@pytest.mark.mlreqs('memory', of='body', max_peak_mib=8)\n"
        "def test_greedy(): assert b'1' * (40 << 20)\n"
        "@pytest.mark.mlreqs('latency', of='body', max_p50_ms=1_000)\n"
        "@pytest.mark.mlreqs('memory', of='body', max_peak_mib=8)\n"
        "def test_modest(): assert b'1'\n"
    )
    result = project("", {"test_a.py": test}).runpytest("test_a.py", "-rA")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*p50 of the test's body is * ms *limit 2 ms",
            "*peak of the test's body is * MiB, limit 8 MiB",
            "PASSED *::test_modest",
        ]
    )


def test_a_body_at_hand(project):
    """The fixture takes a function for the body, and asks for one where it is missing."""
    test = (
        "import os\n"
        "def test_a(mlreqs):\n"
        "    mlreqs.enforce('loudness', body=lambda: os.environ.update(LOUDNESS='2'))\n"
        "def test_b(mlreqs): mlreqs.enforce('loudness')\n"
    )
    result = project("", {"test_a.py": test}, conftest=BODY).runpytest("test_a.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*RequirementError: 'loudness' judges a body here: *body=lambda*"])


def test_a_body_in_the_configuration(project):
    """In a table there is no test whose body could be judged: a usage error says so."""
    result = project("[tool.mlreqs.loudness]\n", conftest=BODY).runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*pyproject.toml:1: [[]tool.mlreqs.loudness] judges the body of a test, *mark.mlreqs*"]
    )


def test_what_measures_the_machine_is_last(project):
    """Requirements that need quiet run after the others, in the order of their tables."""
    other = (BODY.replace("Loudness", "Size").replace("alone = True", "") + BODY).replace(
        "check(self, body)", "check(self, X, body=int)"
    )
    kinds = other.replace("return [Loudness]", "return [Loudness, Size]")
    data = "import pytest\n@pytest.fixture\ndef X(): return [1]\n"
    tables = "[tool.mlreqs.loudness]\n[tool.mlreqs.size]\n"
    result = project(tables, conftest=kinds + data).runpytest("-v")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*::size FAILED*", "*::loudness FAILED*"])


OVERLAP = """

class Overlap(Requirement, frozen=True, kw_only=True):
    most: int | None = None

    def needs(self):
        return ("X",) if self.most is None else ("X", "X_train")

    def check(self, X, X_train=None):
        yield at_most("rows", len(X) + len(X_train or ()), self.most or 9)


def pytest_mlreqs_kinds():
    return [Size, Overlap]


@pytest.fixture
def X():
    return [1]
"""


def test_a_subject_that_an_option_needs(project):
    """It is asked for only with that option, taken from the caller, and refused without it."""
    test = (
        "import pytest\n"
        "def test_a(mlreqs): assert mlreqs.check('overlap')\n"
        "def test_b(mlreqs): assert not mlreqs.check('overlap', most=2, X_train=[1, 2])\n"
        "def test_c(mlreqs): mlreqs.check('overlap', X_train=[1, 2])\n"
        "@pytest.mark.mlreqs('overlap', most=2)\ndef test_d(): pass\n"
    )
    made = project("[tool.mlreqs.overlap]\n", {"test_a.py": test}, conftest=OVERLAP)
    result = made.runpytest()
    result.assert_outcomes(passed=3, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*fixture 'X_train' not found*",
            "*RequirementError: 'overlap' examines no 'X_train' with these options",
        ]
    )
