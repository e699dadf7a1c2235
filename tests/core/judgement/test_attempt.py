"""A requirement that measures the machine is judged while no other one does."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest

from pytest_mlreqs.core.judgement import attempt as module
from pytest_mlreqs.core.judgement.attempt import attempt
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.core.terms import Terms


class Size(Requirement, frozen=True, kw_only=True):
    """Bound the number of rows."""

    def check(self, X):
        """Count them."""
        if not X:
            raise Fault("no rows")
        yield at_most("rows", len(X), 3, how="by len")

    def plant(self, X):
        """A row too many."""
        yield Planted("a row too many", {"X": [0] * 4})


class Alone(Size, frozen=True, kw_only=True):
    """The same, as if it measured the machine."""

    alone = True


@pytest.fixture
def waits(monkeypatch):
    """Replaces the wait for others by one that tells something, and goes as the test says."""

    def replace(*, note="", lost=False, gap=None):
        asked = []

        @contextlib.contextmanager
        def quiet(timeout_s, say):
            asked.append(timeout_s)
            say("waits")
            if gap is not None:
                raise gap
            yield SimpleNamespace(note=note, lost=lost)

        monkeypatch.setattr(module, "quiet", quiet)
        return asked

    return replace


def attempted(requirement, rows=3, **options):
    """The attempt on so many rows, in this process."""
    terms = Terms(isolation="none", timeout_s=5)
    return attempt(requirement, {"X": [0] * rows}, terms, name="it", **options)


@pytest.mark.parametrize("kind", [Size, Alone])
def test_the_verdict(waits, kind):
    """It has the name of the requirement, and nothing is planted unless that is wanted."""
    waits()
    verdict, trials = attempted(kind(), 4)
    assert (verdict.name, verdict.state, trials) == ("it", "violated", ())


@pytest.mark.parametrize("kind", [Size, Alone])
def test_proofs(waits, kind):
    """A violation is planted where nothing broke the check, satisfied or not."""
    waits()
    for rows in (3, 4):
        _, (trial,) = attempted(kind(), rows, proving=True)
        assert trial.proof().noticed
    verdict, trials = attempted(kind(), 0, proving=True)
    assert (verdict.fault, trials) == ("no rows", ())


def test_who_waits(waits):
    """What measures the machine waits, for as long as a check may take, and says for what."""
    asked, said = waits(), []
    attempted(Size(), say=said.append)
    assert (asked, said) == ([], [])
    attempted(Alone(), say=said.append)
    assert (asked, said) == ([5], ["it waits"])


def test_how_it_was_measured(waits):
    """What is to be said of the wait is told with each measurement."""
    waits(note="after others")
    (measured,) = attempted(Alone())[0].measurements
    assert measured.how == "by len; after others"


def test_another_check_that_measured_meanwhile(waits):
    """Nothing is decided then, as what was measured is worth nothing."""
    waits(lost=True)
    verdict, _ = attempted(Alone(), 4)
    assert verdict.state == "undecided"
    assert "another check measured meanwhile" in verdict.measurements[0].text


def test_a_machine_that_is_not_to_be_had(waits):
    """It is undecided, and nothing was tried."""
    waits(gap=Undecided("somebody measures for an hour", "the machine"))
    verdict, trials = attempted(Alone(), proving=True)
    assert (verdict.name, verdict.kind, verdict.state, trials) == ("it", "alone", "undecided", ())
    assert "somebody measures for an hour" in verdict.measurements[0].text
