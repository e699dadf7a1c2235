"""Requirements are collected wherever people expect them, whatever they type."""

import sys
import textwrap
from pathlib import Path

import pytest

KIND = textwrap.dedent(
    '''
    from pytest_mlreqs import Requirement, at_most

    class Size(Requirement, frozen=True, kw_only=True):
        """Bound the number of rows."""

        max_rows: int

        def check(self, X):
            yield at_most("rows of X", len(X), self.max_rows, "rows")

    class Width(Requirement, frozen=True, kw_only=True):
        """Bound the number of columns."""

        max_columns: int

        def check(self, X):
            yield at_most("columns of X", len(X[0]), self.max_columns, "columns")

    def pytest_mlreqs_kinds():
        return [Size, Width]
    '''
)
FIXTURES = """
import pytest

@pytest.fixture(scope="module")
def X():
    return [[1], [2], [3]]
"""
UNIT = "def test_unit(X): pass\n"
TOML = "[tool.mlreqs]\nsize = { max_rows = 3 }\nwidth = { max_columns = 1 }\n"


def ini(folder):
    """The table with `testpaths`."""
    return f"{TOML}[tool.pytest.ini_options]\ntestpaths = ['{folder}']\n"


LAYOUTS = {
    "tests": {"pyproject.toml": TOML, "tests/conftest.py": FIXTURES, "tests/unit/test_u.py": UNIT},
    "testpaths": {
        "pyproject.toml": ini("tests"),
        "tests/conftest.py": FIXTURES,
        "tests/unit/test_u.py": UNIT,
    },
    "package": {
        "pyproject.toml": TOML,
        "tests/__init__.py": "",
        "tests/conftest.py": FIXTURES,
        "tests/unit/__init__.py": "",
        "tests/unit/test_u.py": UNIT,
    },
    "deep": {
        "pyproject.toml": ini("src/pkg/tests"),
        "src/pkg/tests/conftest.py": FIXTURES,
        "src/pkg/tests/test_u.py": UNIT,
    },
    "root conftest": {
        "pyproject.toml": TOML,
        "conftest.py": FIXTURES,
        "tests/unit/test_u.py": UNIT,
    },
    "no tests": {"pyproject.toml": TOML, "conftest.py": FIXTURES},
}
# What is typed, and how many of the two requirements and of the one unit test run.
CALLS = {
    "": (2, 1),
    "tests": (2, 1),
    "tests/unit": (0, 1),
    "pyproject.toml": (2, 0),
    "pyproject.toml::size": (1, 0),
    "tests pyproject.toml": (2, 1),
    "pyproject.toml tests": (2, 1),
    "pyproject.toml::size tests/unit": (1, 1),
    "-n1": (2, 1),
    "-n1 tests": (2, 1),
    "-k size": (1, 0),
    "-m mlreqs": (2, 0),
    "-m mlreqs(kind='width')": (1, 0),
    "--deselect pyproject.toml::size": (1, 1),
    "--import-mode=append": (2, 1),
    "--import-mode=importlib": (2, 1),
    "--doctest-modules --import-mode=importlib": (2, 1),
    "--keep-duplicates tests tests": (2, 2),
}


ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_other_tests(monkeypatch):
    """Let modules called `tests...` of a project not meet those of this suite."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if Path(one).resolve() != ROOT])


@pytest.fixture
def lay(pytester):
    """Write the files of a project, whose root conftest.py brings the kinds."""

    def write(files):
        for name, text in {**files, "conftest.py": KIND + files.get("conftest.py", "")}.items():
            path = pytester.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return pytester

    return write


def outcome(pytester, *arguments):
    """How many requirements and how many other tests passed."""
    result = pytester.runpytest("-p", "no:cacheprovider", "-rA", *arguments)
    passed = [line.split(" - ")[0] for line in result.outlines if line.startswith("PASSED ")]
    ours = [line for line in passed if "pyproject.toml::" in line]
    assert result.parseoutcomes().get("passed", 0) == len(passed)
    assert not {"failed", "error", "errors"} & set(result.parseoutcomes()), result.stdout.str()
    return len(ours), len(passed) - len(ours)


def cells():
    """The combinations of layout and call that make sense; xdist, which is slow, in three."""
    for layout, files in LAYOUTS.items():
        for call in CALLS:
            has_tests = "tests/unit/test_u.py" in files
            if (has_tests or "tests" not in call) and (
                "-n" not in call or layout in ("testpaths", "deep")
            ):
                if "append" in call and layout in ("tests", "testpaths", "deep"):
                    continue  # where two files are called conftest, pytest itself gives up
                yield layout, call


@pytest.mark.parametrize(("layout", "call"), list(cells()))
def test_matrix(lay, layout, call):
    """Whatever the layout and whatever is typed, the expected requirements and tests run."""
    ours, others = CALLS[call]
    if layout == "no tests":
        others = 0
    pytester = lay(LAYOUTS[layout])
    arguments = call.split(" ") if call else []
    assert outcome(pytester, *arguments) == (ours, others)


def test_from_the_tests_folder(lay, monkeypatch):
    """`cd tests; pytest` runs the requirements too."""
    pytester = lay(LAYOUTS["tests"])
    monkeypatch.chdir(pytester.path / "tests")
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(passed=3)


def test_left_out_is_named(lay):
    """Where requirements are not selected the last line names them."""
    result = lay(LAYOUTS["tests"]).runpytest("tests/unit")
    result.stdout.fnmatch_lines(["requirements: 2 declared, 0 satisfied; not checked: size, width"])


def test_last_failed(lay):
    """`--lf` runs again what failed, and only that."""
    pytester = lay({**LAYOUTS["tests"], "pyproject.toml": TOML.replace("rows = 3", "rows = 2")})
    pytester.runpytest().assert_outcomes(failed=1, passed=2)
    pytester.runpytest("--lf").assert_outcomes(failed=1)
    pytester.runpytest("--stepwise").assert_outcomes(failed=1, passed=1)


def test_collect_only(lay):
    """`--collect-only -q` prints ids that can be pasted back."""
    result = lay(LAYOUTS["tests"]).runpytest("--co", "-q")
    result.stdout.fnmatch_lines(["pyproject.toml::size", "pyproject.toml::width"])
    result.stdout.no_fnmatch_line("requirements:*")


@pytest.mark.parametrize("scope", ["session", "package", "module", "class", "function"])
def test_fixture_scopes(project, scope):
    """A subject may be a fixture of any scope."""
    fixture = f"\n@pytest.fixture(scope='{scope}')\ndef X(): return [1]\n"
    made = project("[tool.mlreqs.size]\nmax_rows = 3\n", conftest=fixture)
    made.runpytest().assert_outcomes(passed=1)


def test_parametrized_subject(project):
    """A parametrized subject gives one test for each of its values."""
    fixture = "\n@pytest.fixture(params=[2, 4], ids=['few', 'many'])\n"
    fixture += "def X(request): return [0] * request.param\n"
    made = project("[tool.mlreqs.size]\nmax_rows = 3\n", conftest=fixture)
    result = made.runpytest("-v")
    result.stdout.fnmatch_lines(["pyproject.toml::size?few? PASSED*", "*::size?many? FAILED*"])
    result.stdout.fnmatch_lines(["requirements: 1 declared, 0 satisfied, 1 violated"])


def test_several_of_a_kind(project):
    """An array of tables gives tests with ids, each of which can be run alone."""
    toml = (
        "[[tool.mlreqs.size]]\nid = 'small'\nmax_rows = 1\n"
        "[[tool.mlreqs.size]]\nid = 'big'\nmax_rows = 9\nuses = { X = 'rows' }\n"
    )
    conftest = (
        "\n@pytest.fixture\ndef X(): return [1, 2]\n@pytest.fixture\ndef rows(): return [0] * 9\n"
    )
    made = project(toml, conftest=conftest)
    made.runpytest().assert_outcomes(failed=1, passed=1)
    made.runpytest("pyproject.toml::size[big]").assert_outcomes(passed=1)
    made.runpytest("-k", "small").assert_outcomes(failed=1, deselected=1)


def test_located_in_the_table(project):
    """A requirement stands at the line of its table, whatever `python_functions` says."""
    made = project("# one\n# two\n[tool.mlreqs.size]\nmax_rows = 3\n")
    items, _ = made.inline_genitems("-o", "python_functions=check_*")
    assert [item.location[:2] for item in items] == [("pyproject.toml", 2)]


@pytest.mark.parametrize("scope", ["session", "package", "module", "class", "function"])
def test_fixture_scopes_beside_the_tests(lay, scope):
    """A fixture of any scope in tests/conftest.py serves requirements and tests alike."""
    files = {**LAYOUTS["tests"], "tests/conftest.py": FIXTURES.replace("module", scope)}
    assert outcome(lay(files)) == (2, 1)


def test_testpaths_are_globs(lay):
    """A bare `pytest` runs the requirements though `testpaths` names no folder but a glob."""
    files = {"svc/a/tests/conftest.py": FIXTURES, "svc/a/tests/test_u.py": UNIT}
    assert outcome(lay({"pyproject.toml": ini("svc/*/tests"), **files})) == (2, 1)


@pytest.mark.parametrize("node", ["ci/strict.toml::size", "ci/strict.toml"])
def test_id_in_another_file(lay, node):
    """The id of a requirement that `--mlreqs-config` brought can be pasted back."""
    files = {**LAYOUTS["tests"], "ci/strict.toml": "[tool.mlreqs.size]\nmax_rows = 3\n"}
    result = lay(files).runpytest("-rA", "--mlreqs-config", "ci/strict.toml", node)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["PASSED ci/strict.toml::size"])


@pytest.mark.parametrize("call", ["", "tests", "tests/unit", "-n1"])
def test_kinds_beside_the_tests(pytester, call):
    """A kind in tests/conftest.py is known wherever pytest loads that file at its start."""
    for name, text in {
        **LAYOUTS["tests"],
        "tests/conftest.py": KIND + FIXTURES,
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = pytester.runpytest(*call.split())
    assert result.ret == pytest.ExitCode.OK, result.stderr.str()


def test_one_parameter(project):
    """The id of one parametrized requirement can be pasted back."""
    fixture = "\n@pytest.fixture(params=[2, 4], ids=['few', 'many'])\n"
    fixture += "def X(request): return [0] * request.param\n"
    made = project("[tool.mlreqs.size]\nmax_rows = 3\n", conftest=fixture)
    made.runpytest("pyproject.toml::size[few]").assert_outcomes(passed=1)


def test_verbose_line(lay):
    """With -v a requirement is one plain line, without the place of its code."""
    result = lay(LAYOUTS["tests"]).runpytest("-v")
    result.stdout.fnmatch_lines(["pyproject.toml::size PASSED*"])
    result.stdout.no_fnmatch_line("pyproject.toml::* <- *")


@pytest.mark.parametrize("option", ["--fixtures", "--fixtures-per-test", "--setup-plan"])
def test_what_only_looks(lay, option):
    """Options that only look at the tests work with requirements among them."""
    result = lay(LAYOUTS["tests"]).runpytest(option)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


@pytest.mark.parametrize(
    "call", ["src/pkg/tests {}", "{} src/pkg/tests", "src/pkg/tests/test_u.py {}"]
)
def test_named_beside_tests_further_down(lay, call):
    """To name the file beside tests two folders down takes no fixture away from them."""
    assert outcome(lay(LAYOUTS["deep"]), *call.format("pyproject.toml").split()) == (2, 1)


def test_last_failed_with_ids(project):
    """`--lf` finds a requirement that has an id, and one of a parametrized subject."""
    fixture = "\n@pytest.fixture(params=[2, 4], ids=['few', 'many'])\n"
    fixture += "def X(request): return [0] * request.param\n"
    ids = "".join(f"[[tool.mlreqs.size]]\nid = 'm{n}'\nmax_rows = {n}\n" for n in (3, 9))
    made = project(ids, conftest=fixture)
    made.runpytest().assert_outcomes(failed=1, passed=3)
    made.runpytest("--lf").assert_outcomes(failed=1)
