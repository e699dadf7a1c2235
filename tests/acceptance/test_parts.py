"""A requirement with parts is one test for each of them, and is checked once."""

import json

import pytest

TOML = "[tool.mlreqs.sides]\nmax_cm = 4\n"
KIND = '''

@pytest.fixture(scope="session")
def measure():
    return {"left": 3, "right": 5}


class Sides(Requirement, frozen=True, kw_only=True):
    """Bound each side."""

    max_cm: int

    def parts(self):
        return ("left", "right")

    def check(self, measure):
        with open("checked.txt", "a") as file:
            file.write("once ")
        if "broken" in measure:
            raise RuntimeError("no ruler")
        from dataclasses import replace
        for side, cm in measure.items():
            yield replace(at_most(f"{side} side", cm, self.max_cm, "cm"), part=side)

    def plant(self, measure):
        yield Planted("a long left side", {"measure": {"left": 9, "right": 1}}, parts=("left",))
        yield Planted("long sides", {"measure": {"left": 9, "right": 9}})


def pytest_mlreqs_kinds():
    return [Sides]
'''


@pytest.fixture
def sides(project):
    """A project with a requirement of two parts, and a test that is given."""

    def make(test="", toml=TOML, conftest=KIND):
        return project(toml, {"test_a.py": test} if test else None, conftest=conftest)

    return make


def checks(made):
    """How often it was checked."""
    file = made.path / "checked.txt"
    return file.read_text().count("once") if file.exists() else 0


def test_each_part_is_a_test(sides):
    """Each part passes or fails by its own measurements, and the check runs once."""
    made = sides()
    result = made.runpytest("-v")
    result.stdout.fnmatch_lines(
        [
            "mlreqs: pyproject.toml (2 requirements)",
            "*::sides[[]left[]] PASSED*",
            "*::sides[[]right[]] FAILED*",
            "right side is 5 cm, limit 4 cm",
            "requirements: 2 declared, 1 satisfied, 1 violated",
        ]
    )
    result.stdout.no_fnmatch_line("left side is 3 cm, limit 4 cm")
    assert checks(made) == 1


def test_one_part_alone(sides):
    """A part is run by its node id, and the other is named as not checked."""
    made = sides()
    result = made.runpytest("pyproject.toml::sides[left]")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*not checked: sides[[]right[]]"])


def test_ids_and_parts(sides):
    """With an id, both are in the name."""
    toml = (
        '[[tool.mlreqs.sides]]\nid = "a"\nmax_cm = 4\n[[tool.mlreqs.sides]]\nid = "b"\nmax_cm=9\n'
    )
    made = sides(toml=toml)
    result = made.runpytest("-v")
    result.stdout.fnmatch_lines(["*sides[[]a-right[]] FAILED*", "*sides[[]b-right[]] PASSED*"])
    assert checks(made) == 2


def test_accepted_part(sides):
    """An exception may be for one part, and a part that is misspelt is told."""
    accept = '[tool.mlreqs.accept]\n"sides[{}]" = {{ reason = "old", until = 2999-01-01 }}\n'
    result = sides(toml=TOML + accept.format("right")).runpytest()
    result.assert_outcomes(passed=1, xfailed=1)


def test_an_error_is_one_of_all_parts(sides):
    """A check that breaks leaves no part green."""
    broken = KIND.replace('"right": 5}', '"right": 5, "broken": 1}')
    result = sides(conftest=broken).runpytest()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no ruler*"])


def test_proving(sides):
    """Each part is proven by what was planted for it, and each violation is tried once."""
    made = sides()
    result = made.runpytest("--mlreqs-prove", "--mlreqs-json=out.json")
    result.stdout.fnmatch_lines(["2 of 2 requirements can fail here"])
    verdicts = json.loads((made.path / "out.json").read_text())["verdicts"]
    assert {v["name"]: len(v["proofs"]) for v in verdicts} == {"sides[left]": 2, "sides[right]": 1}
    assert {m["part"] for v in verdicts for m in v["measurements"]} == {"left", "right"}
    assert checks(made) == 3


@pytest.mark.parametrize(
    ("test", "failed"),
    [
        ("import pytest\n@pytest.mark.mlreqs\ndef test_a(): pass", 1),
        ("import pytest\n@pytest.mark.mlreqs('sides', max_cm=9)\ndef test_a(): pass", 0),
        ("def test_a(mlreqs): mlreqs.enforce('sides')", 1),
        ("def test_a(mlreqs): assert mlreqs.check('sides', measure={'left': 1})", 0),
    ],
)
def test_other_doors(sides, test, failed):
    """A marker and the fixture judge all parts at once."""
    result = sides(test).runpytest("test_a.py", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=failed, passed=1 - failed)


def test_under_xdist(sides):
    """Parts that run in several processes come together in one report."""
    result = sides().runpytest("-n2")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["requirements: 2 declared, 1 satisfied, 1 violated"])
