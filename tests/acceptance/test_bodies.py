"""The body of a marked test is judged with all that the test has, and only if it has passed."""

import pytest

AGAIN = """
import os
from pytest_mlreqs import Requirement, at_most

class Again(Requirement, frozen=True, kw_only=True):
    most: int = 3

    def check(self, body):
        os.environ.pop("LEVEL", None)
        body()
        body()
        yield at_most("level", int(os.environ.get("LEVEL", "0")), self.most)

def pytest_mlreqs_kinds():
    return [Again, Size]
"""
MARKED = "import os, pytest, unittest\nAGAIN = pytest.mark.mlreqs('again')\n"
X = "\n@pytest.fixture\ndef X(): return [1, 2, 3]\n"


def run(project, test, *arguments, conftest=""):
    """Run a file of marked tests."""
    made = project("", {"test_a.py": MARKED + test}, conftest=AGAIN + conftest)
    return made.runpytest("test_a.py", *arguments)


CASE = """
class TestIt(unittest.TestCase):
    def setUp(self):
        self.rows = [1, 2]
    def tearDown(self):
        del self.rows
    @AGAIN
    def test_good(self):
        assert self.rows == [1, 2]
    @AGAIN
    def test_loud(self):
        os.environ["LEVEL"] = str(len(self.rows) + 7)
"""


def test_a_method_of_a_test_case(project):
    """It is judged between its set-up and its tear-down."""
    result = run(project, CASE)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["again: level is 9, limit 3"])
    result.stdout.fnmatch_lines(["requirements: 2 declared, 1 satisfied, 1 violated"])


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("def test_a(self): assert 1 == 2", "failed"),
        ("def test_a(self): self.skipTest('no')", "skipped"),
        ("@unittest.skip('no')\n    def test_a(self): pass", "skipped"),
        ("@unittest.expectedFailure\n    def test_a(self): assert 1 == 2", "xfailed"),
        ("def setUp(self): assert 1 == 2\n    def test_a(self): pass", "failed"),
    ],
)
def test_a_method_that_did_not_pass(project, body, outcome):
    """Of unittest too: what failed by itself, was skipped or expected to fail is not judged."""
    case = f"class TestIt(unittest.TestCase):\n    @AGAIN\n    {body}\n"
    if "setUp" in body:
        case = case.replace("    @AGAIN\n", "").replace(
            "    def test_a", "    @AGAIN\n    def test_a"
        )
    result = run(project, case)
    result.assert_outcomes(**{outcome: 1})
    assert "requirements" not in result.stdout.str()


def test_a_violation_of_a_method_that_is_expected_to_fail(project):
    """An expected failure may be the requirement's, of unittest too."""
    loud = "@AGAIN\n    def test_loud"
    result = run(project, CASE.replace(loud, f"@unittest.expectedFailure\n    {loud}"))
    result.assert_outcomes(passed=1, xfailed=1)


@pytest.mark.parametrize("passes", [True, False])
def test_an_async_method_of_a_test_case(project, passes):
    """Its subjects are judged once it has passed; its body cannot be."""
    test = (
        "class TestIt(unittest.IsolatedAsyncioTestCase):\n"
        "    @pytest.mark.mlreqs('size', max_rows=2)\n"
        f"    async def test_a(self): assert {passes}\n"
    )
    result = run(project, test, conftest=X)
    result.assert_outcomes(failed=1)
    assert ("size: rows of X is 3 rows, limit 2 rows" in result.stdout.str()) is passes


def test_an_async_body(project):
    """An async body is refused when it is collected, with its line and another way."""
    test = "@AGAIN\nasync def test_a(): pass\ndef test_b(): pass\n"
    result = run(project, test)
    result.assert_outcomes(errors=1)
    words = "*mlreqs.enforce('again', body=lambda: asyncio.run(...), ...)"
    told = f"test_a.py:3: @pytest.mark.mlreqs: the body of an async test cannot be judged; {words}"
    result.stdout.fnmatch_lines([told])


def test_in_a_class(project):
    """Fixtures and set-up of a class are there, whatever the test is parametrized by."""
    test = (
        "class TestIt:\n"
        "    def setup_method(self): self.x = 3\n"
        "    def teardown_method(self): del self.x\n"
        "    @pytest.fixture(autouse=True)\n"
        "    def other(self): self.y = 4; yield; del self.y\n"
        "    @AGAIN\n"
        "    @pytest.mark.parametrize('n', [1, 2])\n"
        "    @pytest.mark.parametrize('tmp_path', ['a'], indirect=False)\n"
        "    def test_a(self, n, tmp_path, monkeypatch):\n"
        "        assert self.x + self.y == 7 and tmp_path == 'a'\n"
        "        monkeypatch.setenv('LEVEL', str(2 * n))\n"
    )
    result = run(project, test)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_a.py::TestIt::test_a[[]a-2] - *level is 4, limit 3"])


def test_what_it_prints(project):
    """`capsys` sees what the body prints, each time, and nothing of it is on the terminal."""
    test = (
        "@AGAIN\ndef test_a(capsys):\n"
        "    print('a word')\n    assert capsys.readouterr().out == 'a word\\n'\n"
        "@AGAIN\ndef test_b(): print('another')\n"
    )
    result = run(project, test)
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*a word*")
    result.stdout.no_fnmatch_line("*another*")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("assert 1 == 2", "failed"),
        ("pytest.skip('no')", "skipped"),
        ("pytest.xfail('no')", "xfailed"),
    ],
)
def test_a_body_that_did_not_pass(project, body, outcome):
    """A body that fails is reported once, as the test's own; what is skipped is not judged."""
    result = run(project, f"@AGAIN\ndef test_a():\n    {body}\n", "-rA")
    result.assert_outcomes(**{outcome: 1})
    assert "requirements" not in result.stdout.str()
    assert result.stdout.str().count("E       assert 1 == 2") == (outcome == "failed")


@pytest.mark.parametrize("last", ["raise OSError('taken')", "pytest.skip('taken')", "assert 0"])
def test_a_body_that_cannot_be_repeated(project, last):
    """A body that passes once only is told to do so, whichever way it ends later."""
    test = f"runs = []\n@AGAIN\ndef test_a():\n    runs.append(1)\n    if len(runs) > 1: {last}\n"
    result = run(project, test)
    result.assert_outcomes(failed=1)
    words = (
        "again: the test's body passed, but raised when it was run again: *: it must bear to "
        "be repeated, *"
    )
    result.stdout.fnmatch_lines([words])


def test_time_and_memory_of_a_test_case(project):
    """The kinds that measure a body measure that of a method, too."""
    test = (
        "import time\n"
        "class TestIt(unittest.TestCase):\n"
        "    def setUp(self): self.pause = 0.02\n"
        "    @pytest.mark.mlreqs('latency', of='body', max_p50_ms=2)\n"
        "    def test_a(self): time.sleep(self.pause)\n"
        "    @pytest.mark.mlreqs('latency', of='body', max_p50_ms=2_000)\n"
        "    @pytest.mark.mlreqs('memory', of='body', max_peak_mib=512)\n"
        "    def test_b(self): assert self.pause\n"
    )
    result = run(project, test, "-Wdefault")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["latency: p50 of the test's body is * ms *limit 2 ms"])


def test_a_body_beside_declared_models(project):
    """What is declared of models, once or several times, is not held against a body."""
    test = (
        "import pytest\n"
        "@pytest.mark.mlreqs('memory', of='body', max_peak_mib=50)\n"
        "def test_a(): pass\n"
        "@pytest.mark.mlreqs('latency', of='body', max_p50_ms=2_000)\n"
        "def test_b(): pass\n"
        "@pytest.mark.mlreqs('latency[b]', of='body', max_p50_ms=2_000)\n"
        "def test_c(): pass\n"
    )
    toml = (
        "[tool.mlreqs.memory]\nmax_load_mib = 300\nrows = 3\n"
        "[[tool.mlreqs.latency]]\nid = 'a'\nmax_p95_ms = 0.000_1\n"
        "[[tool.mlreqs.latency]]\nid = 'b'\nmax_load_ms = 300\n"
    )
    result = project(toml, {"test_a.py": test}).runpytest("test_a.py")
    result.stdout.fnmatch_lines(
        ["*test_a.py:6*'latency' *of = \"body\" times a test, which has no*"]
    )
    test = test.rpartition("@")[0]
    result = project(toml, {"test_a.py": test}).runpytest("test_a.py::test_a", "test_a.py::test_b")
    result.assert_outcomes(passed=2)


def test_what_belongs_to_this_process(project):
    """A body whose fixtures know no other thread or process is judged in this one, if asked."""
    test = (
        "import sqlite3\n"
        "@pytest.fixture\n"
        "def base():\n"
        "    connection = sqlite3.connect(':memory:')\n"
        "    yield connection\n"
        "    connection.close()\n"
        "@pytest.mark.mlreqs('again', isolation='none')\n"
        "def test_a(base, capfd):\n"
        "    print(*base.execute('SELECT 7').fetchone())\n"
        "    assert capfd.readouterr().out == '7\\n'\n"
    )
    run(project, test).assert_outcomes(passed=1)
