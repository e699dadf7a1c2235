"""A kind of requirement names itself, its subjects and its options."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.provided import PROVIDED
from pytest_mlreqs.core.requirement import Planted, Requirement


class ModelSize(Requirement, frozen=True, kw_only=True):
    """The model is small."""

    max_mib: Annotated[float, msgspec.Meta(gt=0)]
    why: str = ""

    def check(self, model, X):
        """Hold the size to its limit."""
        yield at_most("size", len(model) + len(X), self.max_mib, "MiB")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Latency", "latency"),
        ("ForbiddenFeatures", "forbidden_features"),
        ("Top5Accuracy", "top5_accuracy"),
        ("P95", "p95"),
        ("Already_snake", "already_snake"),
    ],
)
def test_kind_is_the_class_name_in_snake_case(name, kind):
    """The word in TOML follows from the name of the class alone."""
    assert type(name, (Requirement,), {}, frozen=True).kind() == kind


def test_subjects_are_the_parameters_of_check():
    """The parameters of `check` name the subjects, in order and without `self`."""
    assert ModelSize.subjects() == ("model", "X")


class Overlap(Requirement, frozen=True, kw_only=True):
    """No row is in both."""

    most: int | None = None

    def needs(self):
        """The other rows only where they are limited."""
        return (*super().needs(), *(() if self.most is None else ("others",)))

    def check(self, rows, others=None):
        """Hold the number of rows to its limit."""


def test_needs_are_the_parameters_without_a_default():
    """A subject that has a default is needed only where the kind says so."""
    assert ModelSize(max_mib=3).needs() == ("model", "X")
    assert Overlap.subjects() == ("rows", "others")
    assert Overlap().needs() == ("rows",)
    assert Overlap(most=1).needs() == ("rows", "others")


def test_no_option_names_a_fixture():
    """A subject is supplied by the fixture of its name, unless the kind says so."""
    assert Overlap(most=1).supplied() == {}


@pytest.mark.parametrize("name", PROVIDED)
def test_what_is_provided_is_no_subject(name):
    """What the house provides is neither examined nor supplied by a fixture, but for the body."""

    class Named(Requirement, frozen=True, kw_only=True):
        pass

    Named.check = eval(f"lambda self, model, {name}: None")
    assert Named.subjects() == ("model",)
    assert Named().needs() == (("model", "body") if name == "body" else ("model",))


def test_options_are_fields():
    """The fields of the class are the options, with their defaults."""
    fields = {field.name: field.required for field in msgspec.structs.fields(ModelSize)}
    assert fields == {"max_mib": True, "why": False}
    assert ModelSize(max_mib=3).why == ""


def test_class_variables_are_no_options():
    """What a kind tells about itself cannot be set in its table."""
    assert msgspec.structs.fields(Requirement) == ()
    assert ModelSize.rubric == ()


def test_options_go_by_name():
    """Options are given by name, never by position."""
    with pytest.raises(TypeError):
        ModelSize(3)


def test_requirements_are_frozen():
    """A check cannot change the limit that it holds a subject to."""
    requirement = ModelSize(max_mib=3)
    with pytest.raises(AttributeError):
        requirement.max_mib = 4


def test_planted_violations_are_frozen():
    """A planted violation says what it is and cannot be changed afterwards."""
    planted = Planted("predict sleeps", {"model": object()})
    with pytest.raises(AttributeError):
        planted.what = "nothing"
