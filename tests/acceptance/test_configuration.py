"""Which file is read, and what happens when it is wrong."""

import pytest

GOOD = "[tool.mlreqs.size]\nmax_rows = 3\n"
BAD = """[tool.mlreqs]
timeout_s = -1
undecidd = "fail"
[tool.mlreqs.subjects]
model = "nowhere:load"
frame = "rows.cvs"
[tool.mlreqs.size]
max_row = 3
max_rows = "three"
[tool.mlreqs.latency]
p95 = 20
max_p50_ms = 0
rows = true
[tool.mlreqs.forbidden_feature]
columns = []
"""
REAL = """
[tool.mlreqs]
subjects = { model = "scoring:predict", X = "scoring:ROWS" }
latency = { max_p50_ms = 5_000 }
"""
SCORING = "ROWS = [[1], [2]]\ndef predict(X): return [0] * len(X)\n"
TEST = "def test_a(): pass\n"
PROBLEMS = """\
2: [tool.mlreqs] option 'timeout_s' must be a number above 0, got -1
3: [tool.mlreqs] has no requirement or setting 'undecidd'; did you mean 'undecided'?
5: [tool.mlreqs.subjects] model = 'nowhere:load': there is no module 'nowhere'*
6: [tool.mlreqs.subjects] frame = 'rows.cvs' is neither *
8: [tool.mlreqs.size] has no option 'max_row'; did you mean 'max_rows'?
9: [tool.mlreqs.size] option 'max_rows' must be a whole number, got 'three'
11: [tool.mlreqs.latency] has no option 'p95'; did you mean 'max_p95_ms'?
12: [tool.mlreqs.latency] option 'max_p50_ms' must be a number above 0, got 0
13: [tool.mlreqs.latency] option 'rows' must be a whole number of at least 1, got true
14: [tool.mlreqs.forbidden_feature] is no requirement; did you mean 'forbidden_features'?
""".splitlines()


@pytest.mark.parametrize("arguments", [(), ("-n1",), ("--co", "-q")])
def test_all_problems_at_once(project, arguments):
    """Ten mistakes give ten lines and the exit code for wrong usage, before any test runs."""
    result = project(BAD, {"test_a.py": "def test_a(): pass\n"}).runpytest(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"ERROR: pyproject.toml:{problem}".replace("[", "[[]") for problem in PROBLEMS]
    )
    lines = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert len(lines) == len(PROBLEMS) == 10
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    result.stdout.no_fnmatch_line("*passed*")


@pytest.mark.parametrize("option", ["--help", "--markers", "--version"])
def test_help_still_works(project, option):
    """A broken table does not keep anybody from reading the help."""
    assert project(BAD).runpytest(option).ret == 0


def test_help_is_there(project):
    """The options and the marker explain themselves."""
    made = project(GOOD)
    made.runpytest("--help").stdout.fnmatch_lines(["*--mlreqs-config=PATH*", "*--mlreqs-prove*"])
    made.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.mlreqs(kind, *"])


@pytest.mark.parametrize("beside", ["pytest.ini", "tox.ini", "setup.cfg"])
def test_other_configuration_beside(project, beside):
    """The table is read though pytest itself is configured by another file."""
    section = {"pytest.ini": "[pytest]\n", "tox.ini": "[pytest]\n", "setup.cfg": "[tool:pytest]\n"}
    result = project(GOOD, {beside: section[beside]}).runpytest()
    result.stdout.fnmatch_lines(["mlreqs: pyproject.toml (1 requirement)"])
    result.assert_outcomes(passed=1)


def test_native_table(project):
    """A native [tool.pytest] table, or none at all, makes no difference."""
    result = project(GOOD + "[tool.ruff]\n").runpytest()
    result.assert_outcomes(passed=1)


def test_configuration_elsewhere(project):
    """With `-c`, requirements come from the nearest pyproject.toml above the root directory."""
    files = {"ci/pytest.ini": "[pytest]\n", "tests/test_a.py": TEST, "scoring.py": SCORING}
    result = project(REAL, files).runpytest("-c", "ci/pytest.ini", "--rootdir", ".")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["mlreqs: pyproject.toml (1 requirement)"])


def test_stray_configuration_in_tests(project):
    """A pytest.ini in tests/ moves the root directory there, and the table above still holds."""
    files = {"tests/pytest.ini": "[pytest]\n", "tests/test_a.py": TEST, "scoring.py": SCORING}
    result = project(REAL, files).runpytest("tests")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["requirements: 1 declared, 1 satisfied"])


def test_monorepo(project):
    """A service's own table holds for `pytest services/a`, the root's for the whole."""
    service = REAL + "[tool.pytest.ini_options]\n"
    files = {"services/a/pyproject.toml": service, "services/a/scoring.py": SCORING}
    made = project(GOOD, files)
    result = made.runpytest("services/a")
    result.stdout.fnmatch_lines(["mlreqs: services/a/pyproject.toml (1 requirement)"])
    result.assert_outcomes(passed=1)
    made.runpytest().stdout.fnmatch_lines(["mlreqs: pyproject.toml (1 requirement)"])


def test_given_file(project):
    """`--mlreqs-config` takes another file, as seen from where pytest was started."""
    made = project(GOOD, {"ci/strict.toml": "[tool.mlreqs.size]\nmax_rows = 1\n"})
    result = made.runpytest("--mlreqs-config", "ci/strict.toml")
    result.stdout.fnmatch_lines(["mlreqs: ci/strict.toml (1 requirement)"])
    result.assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.toml", "none.toml: cannot be read: No such file or directory"),
        ("empty.toml", "empty.toml: there is no [[]tool.mlreqs] in it"),
        ("broken.toml", "broken.toml: is not valid TOML: *"),
    ],
)
def test_given_file_is_wrong(project, name, words):
    """A file that is missing, or without the table, or no TOML, stops the run."""
    made = project(GOOD, {"empty.toml": "", "broken.toml": "[tool.mlreqs\n"})
    result = made.runpytest("--mlreqs-config", name)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {words}"])


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="[tool.pytest] came with pytest 9")
def test_native_table_of_pytest_9(project):
    """A native [tool.pytest] table configures pytest, and the requirements are found beside it."""
    made = project(GOOD + "[tool.pytest]\ntestpaths = ['checks']\n", {"checks/test_a.py": TEST})
    result = made.runpytest()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["mlreqs: pyproject.toml (1 requirement)"])


def test_given_to_pytest(project):
    """`-c pyproject.toml` beside a pytest.ini changes nothing."""
    made = project(GOOD, {"pytest.ini": "[pytest]\n"})
    made.runpytest("-c", "pyproject.toml").assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [(), ("-n1",)])
def test_seen_from_the_working_directory(project, monkeypatch, arguments):
    """Paths on the command line and in the output are as seen from the working directory."""
    files = {"ci/strict.toml": "[tool.mlreqs.size]\nmax_rows = 1\n", "tests/test_a.py": TEST}
    made = project(GOOD, files)
    monkeypatch.chdir(made.path / "tests")
    given = ("--mlreqs-config", "../ci/strict.toml", "--mlreqs-json", "out/r.json")
    result = made.runpytest(*given, *arguments)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["mlreqs: ../ci/strict.toml (1 requirement)", "  declared: ../ci/strict.toml:1"]
    )
    assert (made.path / "tests" / "out" / "r.json").is_file()


def test_given_file_is_missing_under_xdist(project):
    """With workers too, a missing file is one line before anything runs."""
    result = project(GOOD).runpytest("-n1", "--mlreqs-config", "none.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: none.toml: cannot be read: No such file or directory"])


def test_page_is_there_when_needed(project):
    """The page of a kind can be read while its table is wrong: that is when it is needed."""
    assert project(BAD).runpytest("--mlreqs-explain", "latency").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("name", ["size", "size[typo]"])
def test_exception_for_nothing(project, name):
    """An exception whose name no requirement has is a mistake, as any other misspelt name."""
    ids = "".join(f"[[tool.mlreqs.size]]\nid = '{i}'\nmax_rows = 2\n" for i in ("a", "b"))
    accept = f'[tool.mlreqs.accept]\n"{name}" = {{ reason = "r", until = 2999-12-31 }}\n'
    result = project(ids + accept).runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: pyproject.toml:8: *{name.replace('[', '[[]')}*"])
