"""The catalogue knows every kind by name, and every built-in kind is complete."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from pytest_mlreqs.core.provided import PROVIDED, parameters
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.rubric import places
from pytest_mlreqs.declare import config, options
from pytest_mlreqs.declare.catalogue import Catalogue
from tests import pages

BUILT_IN = Catalogue().names()
HEADINGS = ("Why", "Declare", "Measures", "Verdict", "Cannot see")


class Roundness(Requirement, frozen=True, kw_only=True):
    """Scores are probabilities.

    More of it here.
    """

    rubric = "model 3"
    max_error: Annotated[float, msgspec.Meta(gt=0, description="the largest gap")]
    bins: Annotated[int, msgspec.Meta(ge=2, description="how many bins")] = 10
    groups: Annotated[list[str], msgspec.Meta(description="columns that make groups")] = []  # noqa: RUF012
    label: str | None = None
    strict: bool = False

    def check(self, model, X, y):
        """Measure nothing."""


class Bare(Requirement, frozen=True, kw_only=True):
    def check(self, train):
        """Measure nothing."""


Bare.__doc__ = None


def test_the_names_are_all_kinds():
    """Kinds from elsewhere stand behind the built-in ones, in the order they came."""
    assert Catalogue([Roundness, Bare]).names() == [*BUILT_IN, "roundness", "bare"]


def test_load():
    """A kind is loaded by its name."""
    assert Catalogue([Roundness, Bare]).load("bare") is Bare


def test_load_of_an_unknown_kind():
    """There is no kind that nobody supplied, and none beside the modules of kinds."""
    for kind in ("roundness_", "requirement", "__init__"):
        with pytest.raises(KeyError, match=kind):
            Catalogue([Roundness]).load(kind)


def test_summary():
    """The summary of a kind is the first line of its page."""
    catalogue = Catalogue([Roundness, Bare])
    assert catalogue.summary("roundness") == "Scores are probabilities."
    assert catalogue.summary("bare") == "(no description)"


def test_explain_word_for_word():
    """The page of a kind has its docstring, its subjects and every option with its default."""
    assert Catalogue([Roundness]).explain("roundness").splitlines() == [
        "roundness   (ML Test Score: model 3)",
        "====================================",
        "",
        "Scores are probabilities.",
        "",
        "More of it here.",
        "",
        "Subjects",
        "    model",
        "    X",
        "    y",
        "",
        "Options",
        "    max_error: a number above 0 (required)",
        "        the largest gap",
        "    bins: a whole number of at least 2 (default 10)",
        "        how many bins",
        "    groups: a list of strings (default [])",
        "        columns that make groups",
        "    label: a string (default none)",
        "    strict: true or false (default false)",
    ]


def test_explain_of_a_subject_that_only_some_options_need():
    """A subject with a default is marked on the page."""
    cls = type("Split", (Bare,), {"check": lambda self, X, others=None: None}, frozen=True)
    page = Catalogue([cls]).explain("split")
    assert "Subjects\n    X\n    others (where an option needs it)\n" in page


def test_explain_without_a_rubric():
    """A kind without a place in the ML Test Score is headed by its name alone."""
    assert Catalogue([Bare]).explain("bare").startswith("bare\n====\n\n(no description)\n")


def test_explain_with_several_places_in_the_rubric():
    """A kind may fill several places of the ML Test Score."""
    cls = type("Drift", (Bare,), {"rubric": ("data 1", "monitoring 2")}, frozen=True)
    heading = Catalogue([cls]).explain("drift").splitlines()[0]
    assert heading == "drift   (ML Test Score: data 1, monitoring 2)"


def test_a_kind_with_a_place_that_does_not_exist():
    """A kind from elsewhere is refused whose place in the ML Test Score there is not."""
    cls = type("Drift", (Bare,), {"rubric": ("monitoring 8",)}, frozen=True)
    with pytest.raises(ValueError, match="the kind 'drift' has a rubric, and 'monitoring 8' is no"):
        Catalogue([cls])


def test_a_kind_may_be_given_twice():
    """Two plugins that supply the same class do not conflict."""
    assert Catalogue([Bare, Bare]).names() == [*BUILT_IN, "bare"]


def test_two_kinds_of_one_name():
    """Two classes of one name conflict."""
    other = type("Bare", (Bare,), {}, frozen=True)
    with pytest.raises(ValueError, match=r"the kind 'bare' \(Bare\) exists already"):
        Catalogue([Bare, other])


@pytest.mark.skipif(not BUILT_IN, reason="there are no built-in kinds yet")
def test_a_built_in_kind_cannot_be_replaced():
    """A kind from elsewhere cannot take the name of a built-in one."""
    name = BUILT_IN[0].title().replace("_", "")
    with pytest.raises(ValueError, match="exists already"):
        Catalogue([type(name, (Bare,), {}, frozen=True)])


@pytest.mark.parametrize("name", ["Subjects", "Accept", "Tests", "Isolation", "Undecided"])
def test_a_kind_cannot_be_named_like_a_setting(name):
    """A kind that nobody could declare, as its name is a setting, is refused."""
    with pytest.raises(ValueError, match=repr(name.lower())):
        Catalogue([type(name, (Bare,), {}, frozen=True)])


@pytest.mark.parametrize("thing", [object(), int, "Bare", Bare()])
def test_what_is_no_kind(thing):
    """Whatever is no class of a requirement is refused as it is."""
    with pytest.raises(TypeError, match=re.escape(f"gave {thing!r}, which is no Requirement")):
        Catalogue([thing])


def test_a_kind_without_a_check():
    """A class that checks nothing is no kind."""
    with pytest.raises(TypeError, match=r"the kind 'idle' \(Idle\) has no check method"):
        Catalogue([type("Idle", (Requirement,), {}, frozen=True)])


@pytest.mark.parametrize("word", ["id", "uses", "timeout_s"])
def test_a_kind_cannot_have_an_option_of_all_kinds(word):
    """An option that could not be set, as the word means something in every table, is refused."""
    cls = msgspec.defstruct("Odd", [(word, str, "")], bases=(Bare,), frozen=True, kw_only=True)
    with pytest.raises(
        TypeError, match=f"the kind 'odd' has an option '{word}', which every kind has already"
    ):
        Catalogue([cls])


# --- every built-in kind --------------------------------------------------------------------------


@pytest.fixture(params=BUILT_IN)
def kind(request):
    """Each built-in kind by name."""
    return request.param


def test_built_in_kinds_are_named_like_their_modules(kind):
    """The class in a module of a kind carries the module's name."""
    cls = Catalogue().load(kind)
    assert cls.kind() == kind
    assert cls.__module__ == f"pytest_mlreqs.requirements.{kind}"


def test_built_in_kinds_have_a_page(kind):
    """The page of a kind tells why, how to declare it, what it measures and what it cannot see."""
    page = Catalogue().load(kind).__doc__ or ""
    assert Catalogue().summary(kind).endswith(".")
    missing = [word for word in HEADINGS if not re.search(rf"^\s*{word}\b", page, re.MULTILINE)]
    assert missing == []
    assert f"tool.mlreqs.{kind}" in page or f"mlreqs.{kind}" in page


def test_built_in_pages_are_written(kind):
    """Nothing is left of what the skeleton of a kind asks its author to write."""
    source = inspect.getsource(inspect.getmodule(Catalogue().load(kind)))
    gaps = [line.strip() for line in source.splitlines() if "TODO" in line]
    assert not gaps, "still to be written:\n" + "\n".join(gaps)


def test_what_pages_show_can_be_declared(kind, tmp_path):
    """What the page of a kind shows is no misspelt or impossible declaration of it."""
    path = tmp_path / "pyproject.toml"
    path.write_text(pages.example(kind), encoding="utf-8")
    declared = config.read(path, Catalogue()).declarations
    assert {one.requirement.kind() for one in declared} == {kind}


def test_built_in_kinds_have_a_place_in_the_rubric(kind):
    """A kind names its items of the ML Test Score."""
    rubric = Catalogue().load(kind).rubric
    assert isinstance(rubric, tuple)
    assert places(rubric)


def test_built_in_options_are_described(kind):
    """Every option says what it means, and its type can be put in words."""
    fields = msgspec.structs.fields(Catalogue().load(kind))
    assert [field.name for field in fields if not options.description(field.type)] == []
    page = Catalogue().explain(kind)
    assert [field.name for field in fields if f"    {field.name}: " not in page] == []
    assert "another type" not in page


def test_built_in_kinds_plant_violations(kind):
    """A kind plants violations of itself, and needs no other subjects for that."""
    cls = Catalogue().load(kind)
    assert cls.subjects()
    assert set(parameters(cls.plant)) <= {*cls.subjects(), *PROVIDED}


def test_built_in_kinds_have_tests(kind):
    """Every kind has a test file of its own."""
    assert (Path(__file__).parents[1] / "requirements" / f"test_{kind}.py").is_file()
