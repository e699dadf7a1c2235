"""Kinds from elsewhere, and the pages of all kinds."""

import json

import pytest

KIND = """
from typing import Annotated
from msgspec import Meta
from pytest_mlreqs import Requirement, at_most

class Tiny(Requirement, frozen=True, kw_only=True):
    "Few rows."

    max_rows: Annotated[int, Meta(ge=1, description="the most rows")] = 5

    def check(self, X):
        yield at_most("rows", len(X), self.max_rows)

def pytest_mlreqs_kinds():
    return [Tiny]
"""
TOML = "[tool.mlreqs.tiny]\nmax_rows = 2\n[tool.mlreqs.size]\nmax_rows = 9\n"


def test_from_conftest_and_plugin(project, monkeypatch):
    """A kind from conftest.py and one from an installed plugin stand side by side."""
    made = project(
        TOML,
        {
            "site/tiny_plugin.py": KIND,
            "site/tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
            "site/tiny-1.0.dist-info/entry_points.txt": "[pytest11]\ntiny = tiny_plugin\n",
        },
    )
    monkeypatch.setenv("PYTHONPATH", str(made.path / "site"))
    result = made.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["rows is 3, limit 2", "*2 declared, 1 satisfied, 1 violated"])


def test_list(project):
    """`--mlreqs-list` names the kinds and what is declared, and runs nothing."""
    result = project("[tool.mlreqs.size]\nmax_rows = 9\n").runpytest("--mlreqs-list")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "  latency *",
            "  size * Bound the number of rows.",
            "declared in pyproject.toml:",
            "  size  (pyproject.toml:1)",
        ]
    )


@pytest.mark.parametrize("kind", ["size", "latency", "forbidden_features"])
def test_explain(project, kind):
    """`--mlreqs-explain` prints the page of any kind, with its options."""
    result = project("").runpytest("--mlreqs-explain", kind)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"{kind}*", "Subjects", "Options"])


def test_explain_a_method(project):
    """`--mlreqs-explain` prints the note of a method, too, and `--mlreqs-list` names it."""
    result = project("").runpytest("--mlreqs-explain", "sequential_test")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["sequential_test   (method note)", "Error rate"])
    listed = project("").runpytest("--mlreqs-list")
    listed.stdout.fnmatch_lines(["methods *", "  sequential_test * How calls are judged*"])


@pytest.mark.parametrize(
    ("word", "near"), [("latencey", "latency"), ("sequential test", "sequential_test")]
)
def test_explain_unknown(project, word, near):
    """An unknown page is told with the nearest there is, of a kind or of a method."""
    result = project("").runpytest("--mlreqs-explain", word)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*there is no page {word!r}; did you mean {near!r}?"])


def test_schema(project):
    """`--mlreqs-schema` prints JSON that knows every kind, though the table itself is wrong."""
    result = project("[tool.mlreqs.tiny]\nmax_row = 9\n", conftest=KIND).runpytest(
        "--mlreqs-schema"
    )
    assert result.ret == 0
    text = "\n".join(line for line in result.outlines if line[:1] in ("{", " ", "}"))
    kinds = json.loads(text)["properties"]["tool"]["properties"]["mlreqs"]["properties"]
    assert {"tiny", "latency", "subjects"} <= set(kinds)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("class Latency(Requirement):\n    def check(self): pass", "*'latency'*exists already"),
        ("class Empty(Requirement):\n    pass", "*'empty'*has no check method"),
        ("Empty = 3", "*gave 3, which is no Requirement class"),
    ],
)
def test_impossible_kinds(project, code, words):
    """A kind that is none, or whose name is taken, stops the run."""
    name = code.split("(")[0].removeprefix("class ").split(" =")[0]
    extra = f"\n{code}\ndef pytest_mlreqs_kinds(): return [{name}]\n"
    result = project("[tool.mlreqs]\n", conftest=extra).runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {words}"])


def test_explain_shows_the_options(project):
    """The page of a kind names its subjects, and each option with its bounds and meaning."""
    result = project("", conftest=KIND).runpytest("--mlreqs-explain", "tiny")
    result.stdout.fnmatch_lines(
        [
            "tiny",
            "Few rows.",
            "Subjects",
            "    X",
            "Options",
            "    max_rows: a whole number of at least 1 (default 5)",
            "        the most rows",
        ]
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("timeout_s: int = 1\n    def check(self): pass", "*has an option 'timeout_s'*"),
        ("def check(self): pass", "*'accept' (Accept) is a setting"),
    ],
)
def test_reserved_words(project, code, words):
    """A kind cannot take the words that all kinds share."""
    name = "Accept" if "setting" in words else "Empty"
    extra = (
        f"\nclass {name}(Requirement):\n    {code}\ndef pytest_mlreqs_kinds(): return [{name}]\n"
    )
    result = project("[tool.mlreqs]\n", conftest=extra).runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {words}"])


def test_impossible_kind_in_a_project_without_a_table(project):
    """Where only a marker asks for kinds, an impossible one is a usage error all the same."""
    test = "import pytest\n@pytest.mark.mlreqs('size', max_rows=3)\ndef test_a(X): pass\n"
    extra = "\ndef pytest_mlreqs_kinds(): return [3]\n"
    result = project("", {"test_a.py": test}, conftest=extra).runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "INTERNALERROR" not in result.stdout.str()


LABELLED = """
from pytest_mlreqs import Requirement, none_of

class Named(Requirement, frozen=True, kw_only=True):
    "Says how it is called."

    def check(self, X, label):
        yield none_of("label", [label])

def pytest_mlreqs_kinds():
    return [Size, Named]

@pytest.fixture(params=["a", "b"])
def X(request):
    return []
"""
TEST = """
import pytest

@pytest.mark.mlreqs("named[one]")
def test_it():
    pass
"""


def test_a_kind_is_told_its_name(project):
    """A check learns under which name it is judged, other for each parameter and test."""
    toml = '[[tool.mlreqs.named]]\nid = "one"\n'
    made = project(toml, {"tests/test_a.py": TEST.replace("():", "(X):")}, conftest=LABELLED)
    result = made.runpytest()
    result.assert_outcomes(failed=4)
    found = {line for line in result.outlines if line.startswith("label: ")}
    assert found == {"label: named[one-a]", "label: named[one-b]"}
    for name in "ab":
        result.stdout.fnmatch_lines(
            f"named[[]one]: label: named[[]one] @ tests/test_a.py::test_it[[]{name}]"
        )
