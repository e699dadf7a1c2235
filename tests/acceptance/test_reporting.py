"""Evidence: the JSON report, JUnit properties, the hook."""

import json
from xml.etree import ElementTree

import msgspec
import pytest

from pytest_mlreqs.report.json_format import Document

TOML = (
    "[[tool.mlreqs.size]]\nid = 'a'\nmax_rows = 2\n[[tool.mlreqs.size]]\nid = 'b'\nmax_rows = 9\n"
)
ODD = """
import numpy
from pytest_mlreqs import Measurement

class Odd(Requirement, frozen=True, kw_only=True):
    "Yields what NumPy yields."

    def check(self, X):
        yield at_most("share", numpy.float32(numpy.nan), numpy.int64(1))
        yield Measurement(name="names", text="names", ok=numpy.True_, value=numpy.array(["a"]))

def pytest_mlreqs_kinds():
    return [Size, Odd]

def pytest_mlreqs_verdict(item, verdict):
    with open("verdicts.txt", "a") as file:
        print(item.name, verdict.state, file=file)
"""


def report(made, *arguments):
    """The JSON report of a run."""
    made.runpytest("--mlreqs-json", "out/r.json", "--junitxml", "j.xml", *arguments)
    return json.loads((made.path / "out" / "r.json").read_text())


@pytest.mark.parametrize("arguments", [(), ("-n2",)])
def test_json(project, arguments):
    """The report holds every verdict with its measurements, under xdist too."""
    document = report(project(TOML), *arguments)
    assert msgspec.convert(document, Document).verdicts
    assert document["format"] == 2
    assert document["configuration"] == "pyproject.toml"
    assert document["not_checked"] == []
    counts = {"declared": 2, "satisfied": 1, "accepted": 0, "undecided": 0, "violated": 1}
    assert document["counts"] == counts
    small, big = sorted(document["verdicts"], key=lambda verdict: verdict["name"])
    assert (small["state"], big["state"]) == ("violated", "satisfied")
    assert small["node"] == "pyproject.toml::size[a]"
    assert small["declared"] == "pyproject.toml:1"
    (measurement,) = small["measurements"]
    assert measurement == {
        "id": "rows",
        "of": "X",
        "name": "rows of X",
        "text": "rows of X is 3 rows, limit 2 rows",
        "ok": False,
        "value": 3,
        "unit": "rows",
        "limit": {"value": 2, "direction": "at_most", "unit": "rows", "option": ""},
        "interval": None,
        "how": "by len",
        "hint": "take fewer",
        "warning": "",
        "part": "",
        "waited": None,
        "evidence": [],
    }


@pytest.mark.parametrize("arguments", [(), ("-n1",)])
def test_plain_numbers(project, arguments):
    """What NumPy gives crosses to xdist's controller, JSON and JUnit as plain values."""
    made = project("[tool.mlreqs.odd]\n", conftest="\n@pytest.fixture\ndef X(): return []\n" + ODD)
    (verdict,) = report(made, *arguments)["verdicts"]
    assert [m["value"] for m in verdict["measurements"]] == [None, ["a"]]
    assert verdict["state"] == "violated"


def test_junit(project):
    """Each measurement is a property of its test case, passed or failed."""
    made = project(TOML)
    report(made)
    cases = ElementTree.parse(made.path / "j.xml").iter("testcase")
    found = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in cases
    }
    assert found == {
        f"size[{id}]": {
            f"mlreqs.size[{id}].rows.X": "3",
            f"mlreqs.size[{id}].rows.X.limit": limit,
            f"mlreqs.size[{id}].rows.X.unit": "rows",
            f"mlreqs.size[{id}].state": state,
        }
        for id, limit, state in (("a", "2", "violated"), ("b", "9", "satisfied"))
    }


def test_no_requirements(pytester):
    """A report asked for in a project without requirements is an empty one."""
    pytester.makepyfile("def test_a(): pass")
    pytester.runpytest("--mlreqs-json", "r.json").assert_outcomes(passed=1)
    assert json.loads((pytester.path / "r.json").read_text())["verdicts"] == []


def test_hook(project):
    """Plugins hear of every verdict."""
    made = project(TOML, conftest="\n@pytest.fixture\ndef X(): return [1, 2, 3]\n" + ODD)
    made.runpytest()
    assert (made.path / "verdicts.txt").read_text() == "size[a] violated\nsize[b] satisfied\n"


TELLING = """
from pytest_mlreqs import Fault, Measurement

class Telling(Requirement, frozen=True, kw_only=True):
    "Tells everything."

    def check(self, X):
        yield at_most("first", 3, 2, "ms", interval=(2.5, 4), how="by hand", hint="less",
                      worst=["row 1", "row 7"])
        yield at_most("fine", 1, 2)
        yield at_most("second", 9, 2, "ms")

def pytest_mlreqs_kinds():
    return [Size, Telling]
"""
STRANGE = """
class Surrogates(Requirement, frozen=True, kw_only=True):
    "Names a column as it came from a file name."

    def check(self, X):
        yield at_most("share of \\udcff", 2, 1, worst=["\\udcff"])

class Raises(Requirement, frozen=True, kw_only=True):
    "Breaks with such a name."

    def check(self, X):
        raise Fault("no column \\udcff")

class Breaks(Requirement, frozen=True, kw_only=True):
    "Breaks with such a name, through no fault of the subject."

    def check(self, X):
        raise ValueError("no column \\udcff")

class Controls(Requirement, frozen=True, kw_only=True):
    "Names a column with control characters."

    def check(self, X):
        yield at_most("share of \\x00\\x1b[31m", 2, 1)

class Enormous(Requirement, frozen=True, kw_only=True):
    "Counts further than Python writes out."

    def check(self, X):
        yield Measurement(name="atoms", text="atoms", ok=False, value=10**5000)

def pytest_mlreqs_kinds():
    return [Size, Telling, Surrogates, Raises, Breaks, Controls, Enormous]
"""
X = "\n@pytest.fixture\ndef X(): return [1, 2, 3]\n"


def test_layout(project):
    """The headline comes first, then the evidence of each broken limit, then the place."""
    result = project("[tool.mlreqs.telling]\n", conftest=X + TELLING).runpytest()
    result.stdout.fnmatch_lines(
        [
            "first is 3 ms (95 % interval 2.5 to 4), limit 2 ms (and 1 more)",
            "  measured: by hand",
            "  worst:    row 1; row 7",
            "  try:      less",
            "  second is 9 ms, limit 2 ms",
            "  declared: pyproject.toml:1",
        ],
        consecutive=True,
    )


def test_same_report_under_xdist(project):
    """Workers or not, the JSON report is the same but for order and seconds."""
    made = project(TOML)

    def comparable(document):
        del document["time"]
        for verdict in document["verdicts"]:
            del verdict["seconds"]
        document["verdicts"].sort(key=lambda verdict: verdict["node"])
        return document

    assert comparable(report(made)) == comparable(report(made, "-n2"))


@pytest.mark.parametrize("arguments", [(), ("-n1",)], ids=["serial", "xdist"])
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("surrogates", "failed"),
        ("raises", "failed"),
        ("breaks", "errors"),
        ("controls", "failed"),
        ("enormous", "failed"),
    ],
)
def test_strange_text(project, kind, outcome, arguments):
    """Whatever a subject puts into names and messages, the run is red and its files readable."""
    made = project(f"[tool.mlreqs.{kind}]\n", conftest=X + TELLING + STRANGE)
    result = made.runpytest("--mlreqs-json", "r.json", "--junitxml", "j.xml", *arguments)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    result.assert_outcomes(**{outcome: 1})
    counts = json.loads((made.path / "r.json").read_text())["counts"]
    assert counts["violated"] == (outcome == "failed")
    assert len(list(ElementTree.parse(made.path / "j.xml").iter("testcase"))) == 1


def test_report_that_cannot_be_written(project):
    """A report that cannot be written is told in one line, and the run keeps its red colour."""
    result = project(TOML).runpytest("--mlreqs-json", ".")
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.INTERNAL_ERROR)
    text = result.stdout.str() + result.stderr.str()
    assert "--mlreqs-json" in text
    assert "Traceback" not in text
