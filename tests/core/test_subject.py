"""Annotated parameters of a kind get subjects with manners; all others what a fixture supplies."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from pytest_mlreqs.core.judgement.judge import judge
from pytest_mlreqs.core.judgement.proving import prove
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.core.subject import Subject
from pytest_mlreqs.core.terms import Terms

HERE = Terms(isolation="none")


class Word(Subject):
    """A word that knows what it was made of."""

    def __init__(self, *made_of):
        self.made_of = made_of

    @classmethod
    def of(cls, value, name, requirement, subjects):
        """Nothing can be told of an empty word."""
        if not value:
            raise Undecided(f"{name} is empty; give it letters", hint="write some")
        return cls(value, name, requirement, subjects)


class Annotated(Requirement, frozen=True, kw_only=True):
    """Hands back what it is given."""

    def check(self, word: Word, other: Word | None = None, raw: Any = 3, odd: Nowhere = 4):  # noqa: F821
        """All that it is given."""
        return [word, other, raw, odd]


class Lengths(Requirement, frozen=True, kw_only=True):
    """Bounds a word."""

    most: int = 3

    def check(self, word: Word):
        """Its length."""
        yield at_most("letters", len(word.made_of[0]), self.most)

    def plant(self, word: Word):
        """Too many letters."""
        yield Planted("a long word", {"word": word.made_of[0] * 9})


def test_annotated_parameters_get_objects():
    """An object is made of the value, its name, the requirement and all subjects."""
    kind = Annotated()
    word, other, raw, odd = kind.check("a", "b", raw="c")
    assert word.made_of == (
        "a",
        "word",
        kind,
        {"self": kind, "word": "a", "other": "b", "raw": "c"},
    )
    assert (other.made_of[:2], raw, odd) == (("b", "other"), "c", 4)


def test_a_default_of_none_stays_none():
    """A subject that is not asked for is no object of its class."""
    assert Annotated().check(word="a")[1:] == [None, 3, 4]


def test_an_object_is_not_made_twice():
    """What is one already is handed over as it is."""
    word = Word("a")
    assert Annotated().check(word)[0] is word


def test_the_signature_stays():
    """The parameters still name the subjects."""
    names = list(inspect.signature(Annotated.check).parameters)
    assert names == ["self", "word", "other", "raw", "odd"]
    assert Annotated.subjects() == ("word", "other", "raw", "odd")


def test_a_subject_that_tells_nothing_is_undecided():
    """What the making of an object cannot tell makes the requirement undecided, with its hint."""
    made = judge(Lengths(), {"word": ""}, HERE)
    (gap,) = made.measurements
    assert (made.state, gap.hint) == ("undecided", "write some")
    assert gap.text == "lengths: undecided because word is empty; give it letters"


def test_planted_subjects_are_made_as_well():
    """What is planted is what a fixture would supply, and noticed."""
    (trial,) = prove(Lengths(), {"word": "ab"}, HERE)
    assert trial.proof().noticed


def test_nothing_is_planted_into_what_tells_nothing():
    """Where a subject says that nothing can be told, the proof says so."""
    (trial,) = prove(Lengths(), {"word": ""}, HERE)
    assert (trial.proof().noticed, trial.fault) == (False, "word is empty; give it letters")


def test_what_lacks_a_subject_says_so():
    """A subject that nobody supplies is named."""
    with pytest.raises(TypeError, match="word"):
        Annotated().check()
