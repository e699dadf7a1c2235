"""A model is held to how long another one takes, which is any fixture of the user's."""

import pytest

CONFTEST = """
import time
import pytest

class Model:
    def __init__(self, ms):
        self.ms = ms
    def predict(self, X):
        time.sleep(self.ms / 1e3)
        return [0] * len(X)

@pytest.fixture
def model(): return Model({ms})

@pytest.fixture
def champion(): return Model(4)

@pytest.fixture
def X(): return [1, 2, 3]
"""
KINDS = {
    "latency": 'max_ratio = 2\nrelative_to = "{}"\n',
    "compute_regression": 'max_slowdown = 2\nrelative_to = "{}"\nmax_calls = 40\n',
}


def toml(name, kind="latency"):
    """A table that compares the model with what `name` is."""
    return f"[tool.mlreqs.{kind}]\n" + KINDS[kind].format(name)


@pytest.mark.parametrize(("ms", "state"), [(4, "satisfied"), (16, "violated")])
def test_a_fixture(project, ms, state):
    """A model may take so many times as long as the fixture does, and the message names it."""
    made = project(toml("champion"), conftest=CONFTEST.format(ms=ms))
    result = made.runpytest()
    result.assert_outcomes(**{"passed" if state == "satisfied" else "failed": 1})
    result.stdout.fnmatch_lines([f"{state} *latency *predict over champion is *, limit 2"])


def test_on_a_marked_test(project):
    """A marker names a fixture too, which is built for its test; `mlreqs.check` takes an object."""
    test = (
        "import pytest\n"
        "@pytest.mark.mlreqs('latency', max_ratio=2, relative_to='champion')\n"
        "def test_a(): pass\n"
        "def test_b(mlreqs, champion):\n"
        "    options = {'max_ratio': 2, 'relative_to': 'champion'}\n"
        "    assert mlreqs.check('latency', model=champion, **options)\n"
        "    assert not mlreqs.check('latency', previous=champion, **options)\n"
    )
    made = project("", {"test_a.py": test}, conftest=CONFTEST.format(ms=16))
    result = made.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["latency: predict over champion is *, limit 2"])


def test_it_can_fail(project):
    """A model that does its work many times over is noticed beside the fixture."""
    made = project(toml("champion"), conftest=CONFTEST.format(ms=4))
    made.runpytest("--mlreqs-prove").stdout.fnmatch_lines(["1 of 1 requirements can fail here"])


def test_run_by_run(project):
    """Runs that are compared with the fixture are kept apart from those with anything else."""
    made = project(toml("champion", "compute_regression"), conftest=CONFTEST.format(ms=4))
    for n in (1, 2):
        result = made.runpytest("-Wdefault")
        result.stdout.fnmatch_lines([f"*undecided because this is run {n} of the 5 *"])
    made.makefile(".toml", pyproject=toml("previous", "compute_regression"))
    made.makeconftest(
        CONFTEST.format(ms=4) + "\n@pytest.fixture\ndef previous(): return Model(4)\n"
    )
    result = made.runpytest("-Wdefault")
    result.stdout.fnmatch_lines(["*undecided because this is run 1 of the 5 *"])


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_fixture_that_is_not_there(project, kind):
    """It is an error with the name that was most likely meant, not a pass."""
    made = project(toml("champoin", kind), conftest=CONFTEST.format(ms=4))
    result = made.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["No fixture supplies the subject 'champoin'; did you mean 'champion'?"]
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_misspelt_word(project, kind):
    """A misspelt word stops the run, with file, line and the word that was meant."""
    made = project(toml("preprocesing", kind), conftest=CONFTEST.format(ms=4))
    result = made.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    words = "relative_to is 'preprocesing'; did you mean 'preprocessing'?"
    result.stderr.fnmatch_lines([f"*pyproject.toml:3: [[]tool.mlreqs.{kind}] {words}"])


def test_named_twice(project):
    """Two fixtures for one model are refused."""
    made = project(toml("champion") + 'uses = { previous = "model" }\n', conftest=CONFTEST)
    result = made.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    words = "an option says already that 'champion' is its 'previous'"
    result.stderr.fnmatch_lines([f"*pyproject.toml:4: [[]tool.mlreqs.latency.uses] {words}"])
