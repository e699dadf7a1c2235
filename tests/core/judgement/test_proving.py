"""A requirement is proven able to fail when it notices each violation that it plants."""

from __future__ import annotations

import sys

import pytest

from pytest_mlreqs.core.judgement.proving import Proof, prove
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Fault, undecided
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.core.terms import Terms

EVERYWHERE = pytest.mark.parametrize("isolation", ["process", "none"])


class Unplanted(Requirement, frozen=True, kw_only=True):
    """The size keeps to a limit."""

    limit: float = 2

    def check(self, size, unit):
        """Hold the size to the limit."""
        if size is None:
            raise Fault("the size is lost")
        if size == 0:
            return
        yield at_most("size", size, self.limit) if size > 0 else undecided("size", "it is negative")


def planting(*sizes, before=None):
    """The kind above with one violation for each of the sizes."""

    def plant(self, size):
        for other in sizes:
            yield Planted(f"size {other}", {"size": other})
        if before is not None:
            raise before

    return type("Planting", (Unplanted,), {"plant": plant}, frozen=True)()


def proofs(requirement, isolation="none", **subjects):
    """Prove the requirement on a size of 1 mm."""
    terms = Terms(isolation=isolation, timeout_s=5, max_memory_mib=500)
    trials = prove(requirement, {"size": 1, "unit": "mm", **subjects}, terms)
    return tuple(trial.proof() for trial in trials)


@EVERYWHERE
def test_noticed(isolation):
    """A planted violation that is found violated is noticed, in the words of the requirement."""
    assert proofs(planting(9), isolation) == (Proof("size 9", True, "size is 9, limit 2"),)


@EVERYWHERE
def test_unnoticed(isolation):
    """A planted violation that still passes is not noticed."""
    assert proofs(planting(1.5), isolation) == (Proof("size 1.5", False, "size is 1.5, limit 2"),)


def test_planting_without_a_subject_that_no_option_needs():
    """A violation is planted without the subjects that nobody had to supply."""

    def plant(self, size, others=None):
        yield Planted("more", {"size": 9 if others is None else 0})

    assert proofs(type("Planting", (Unplanted,), {"plant": plant}, frozen=True)()) == (
        Proof("more", True, "size is 9, limit 2"),
    )


def test_undecided_is_not_noticed():
    """A requirement that cannot tell has not noticed."""
    said = "size: undecided because it is negative"
    assert proofs(planting(-1)) == (Proof("size -1", False, said),)


def test_nothing_measured_is_not_noticed():
    """A requirement that measures nothing of the harmed subject has not noticed."""
    assert proofs(planting(0)) == (Proof("size 0", False, "it measured nothing"),)


@EVERYWHERE
def test_a_violation_that_breaks_the_check_is_not_noticed(isolation):
    """A harmed subject that breaks the check shows nothing about the requirement."""
    assert proofs(planting(None), isolation) == (Proof("size None", False, "the size is lost"),)


@EVERYWHERE
@pytest.mark.parametrize(
    ("size", "noticed", "said"),
    [
        (9, True, "size is 9, limit 2"),
        (1, False, "there was not enough memory: MemoryError: "),
    ],
)
def test_what_was_noticed_before_a_limit_stands(isolation, size, noticed, said):
    """A check that a limit ends has noticed what it found before; else it has noticed nothing."""

    def check(self, size, unit):
        yield at_most("size", size, self.limit)
        raise MemoryError("no room")

    def plant(self, unit):
        yield Planted("more", {"size": size})

    made = type("Heavy", (Unplanted,), {"check": check, "plant": plant}, frozen=True)()
    (proof,) = proofs(made, isolation)
    assert (proof.noticed, proof.said.startswith(said)) == (noticed, True)


@EVERYWHERE
def test_several_violations(isolation):
    """Each planted violation is proven on its own, in the order of the plant."""
    found = proofs(planting(9, 1, None, 5), isolation)
    assert [(proof.what, proof.noticed) for proof in found] == [
        ("size 9", True), ("size 1", False), ("size None", False), ("size 5", True),
    ]  # fmt: skip


def test_no_plant_method():
    """A kind without a plant proves nothing, and says so."""
    said = "the kind unplanted has no plant method"
    assert proofs(Unplanted()) == (Proof("nothing", False, said),)


def test_no_violation_planted():
    """A plant that yields nothing proves nothing, and says so."""
    assert proofs(planting()) == (Proof("nothing", False, "plant yielded no violation"),)


@EVERYWHERE
def test_a_plant_that_raises(isolation):
    """A plant that breaks down is a violation that was not noticed, and the last one."""
    good, broken = proofs(planting(9, before=ValueError("no seed")), isolation)
    assert good.noticed
    assert (broken.what, broken.noticed) == ("a violation", False)
    assert broken.said.startswith("the check itself broke: ValueError: no seed (test_proving.py:")


def test_a_plant_with_a_subject_that_is_not_there():
    """A plant that asks for an unknown subject is told by its name."""

    def plant(self, colour):
        yield Planted("red", {})

    kind = type("Coloured", (Unplanted,), {"plant": plant}, frozen=True)
    (proof,) = proofs(kind())
    assert not proof.noticed
    assert "missing 1 required positional argument: 'colour'" in proof.said


def test_unharmed_subjects_are_the_users_own():
    """What the plant does not harm is checked as it is."""

    def plant(self, unit):
        yield Planted(f"{unit} as feet", {"unit": "ft"})

    kind = type("Unit", (Unplanted,), {"plant": plant}, frozen=True)
    assert proofs(kind(), size=7) == (Proof("mm as feet", True, "size is 7, limit 2"),)


@pytest.mark.skipif(sys.platform != "linux", reason="checks run in a child process on Linux only")
def test_a_violation_that_kills_the_process():
    """A plant that takes its process down is told like a check that does."""

    class Fatal(Unplanted, frozen=True, kw_only=True):
        """Exits when it plants."""

        def plant(self):
            """Plant an exit."""
            import os

            yield Planted("an exit", {"size": os._exit(4)})

    (proof,) = proofs(Fatal(), "process")
    assert (proof.what, proof.noticed) == ("a violation", False)
    assert "os._exit(4)" in proof.said
