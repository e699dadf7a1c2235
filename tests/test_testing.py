"""What `pytest_mlreqs.testing` tells the author of a kind."""

import datetime
import subprocess
import sys
from typing import Annotated

import msgspec
import pytest

from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.testing import (
    FakeClock,
    assert_error,
    assert_planted_noticed,
    assert_refused,
    assert_satisfied,
    assert_undecided,
    assert_violated,
    check,
)

ENDS = {
    "fault": Fault("X is lost"),
    "open": Undecided("X is empty: give it rows"),
    "declared": DeclarationError("X is no list"),
    "ours": ZeroDivisionError("ours"),
}


class Size(Requirement, frozen=True, kw_only=True):
    """Few rows."""

    most: Annotated[int, msgspec.Meta(ge=1, description="rows at most")] = 3
    planted: int = 9

    def check(self, X, clock, project, label, others=None):
        """Hold the rows to the limit."""
        clock.sleep(3_600)
        for row in X:
            if row in ENDS:
                raise ENDS[row]
        yield at_most(f"rows of {label} in {project}", len(X), self.most)

    def plant(self, X):
        """Too many rows."""
        if self.planted:
            yield Planted(f"{self.planted} rows", {"X": range(self.planted)})


def test_verdicts():
    """Each state is told, with what was measured."""
    (found,) = assert_satisfied(check(Size(), X="abc", clock=FakeClock(), project="x"), "limit 3")
    assert found.value == 3
    (found,) = assert_violated(check(Size(), X="abcd", clock=FakeClock()), "is 4, limit 3")
    assert found.ok is False
    assert assert_violated(check(Size(), X=["fault"], clock=FakeClock()), "X is lost") == ()
    assert_undecided(check(Size(), X=["open"], clock=FakeClock()), "X is empty: give it rows")
    assert_error(check(Size(), X=["declared"], clock=FakeClock()), "X is no list")


def test_a_fault_of_the_kind():
    """What a kind gets wrong itself is raised where its author sees it."""
    with pytest.raises(ZeroDivisionError, match="ours"):
        check(Size(), X=["ours"], clock=FakeClock())


@pytest.mark.parametrize(
    ("demand", "rows", "words"),
    [
        (assert_satisfied, "abcd", "not satisfied: size is violated\n  rows of size in "),
        (assert_violated, "abc", "not violated: size is satisfied\n  rows of size in "),
        (assert_undecided, ["fault"], "not undecided: size is violated\n  X is lost"),
        (assert_error, ["open"], "not error: size is undecided\n  size: undecided because X is "),
    ],
)
def test_another_verdict(demand, rows, words):
    """A test that expects another verdict says which one came, and why."""
    verdict = check(Size(), X=rows, clock=FakeClock())
    with pytest.raises(AssertionError) as caught:
        demand(verdict)
    assert str(caught.value).startswith(words)


def test_other_words():
    """A verdict that does not say what it should fails, and shows what it says."""
    verdict = check(Size(), X="abcd", clock=FakeClock(), project="/")
    with pytest.raises(AssertionError) as caught:
        assert_violated(verdict, "limit 3", "columns")
    told = "nothing says 'columns': size is violated\n  rows of size in / is 4, limit 3"
    assert str(caught.value) == told


def test_no_measurement():
    """A check that measures nothing is undecided, and the message says so."""
    idle = type("Idle", (Size,), {"check": lambda self, X: None}, frozen=True)()
    with pytest.raises(AssertionError, match="idle is undecided\n  nothing was measured"):
        assert_satisfied(check(idle, X=[]))


def test_refused():
    """Options are refused in the words that users read, as a whole and each."""
    assert_refused(Size, "option 'most' must be a whole number of at least 1, got 0", most=0)
    assert_refused(Size, "has no option 'mots'; did you mean 'most'?", mots=1)
    assert_refused(Size, "examines no subject 'clock'", uses={"clock": "sundial"})
    with pytest.raises(AssertionError, match=r"size accepts \{'most': 5\}"):
        assert_refused(Size, "", most=5)
    with pytest.raises(AssertionError, match="says 'rows':\n  option 'most' must be"):
        assert_refused(Size, "rows", most=0)


def test_planted():
    """Planted violations are told when all of them are noticed."""
    assert assert_planted_noticed(Size(), X="abc", clock=FakeClock()) == ("9 rows",)


@pytest.mark.parametrize(
    ("requirement", "rows", "words"),
    [
        (Size(planted=2), "abc", r"not noticed:\n  2 rows: rows of size in .* is 2, limit 3"),
        (Size(planted=0), "abc", r"not noticed:\n  nothing: plant yielded no violation"),
        (Size(), "abcd", "nothing can be planted: size is violated"),
    ],
)
def test_planted_in_vain(requirement, rows, words):
    """What is not noticed, never planted, or violated before proves nothing."""
    with pytest.raises(AssertionError, match=words):
        assert_planted_noticed(requirement, X=rows, clock=FakeClock())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "size examines X, too"),
        ({"X": [], "model": 1}, "size examines no model, but X, others"),
    ],
)
def test_other_subjects(given, words):
    """Subjects that are missing or too much are a mistake of the test, and say so."""
    with pytest.raises(TypeError, match=words):
        check(Size(), clock=FakeClock(), **given)


def test_a_project(tmp_path):
    """Any folder can be the one that paths start from."""
    verdict = check(Size(), X="abcd", clock=FakeClock(), project=tmp_path)
    assert_violated(verdict, f"in {tmp_path} is")


def test_the_fake_clock():
    """It moves as somebody sleeps, by all it tells alike, and a microsecond with each look."""
    clock = FakeClock(datetime.datetime(2027, 5, 1, tzinfo=datetime.timezone.utc))
    start, seconds = clock.wall(), clock.seconds()
    clock.sleep(86_400)
    assert clock.wall() - start == 86_400_000_000_000 + 2_000
    assert clock.seconds() - seconds == pytest.approx(86_400, abs=1e-4)
    assert clock.now().date() == datetime.date(2027, 5, 2)
    with clock as counters:
        assert counters.counts_waiting
        told = (counters.thread, counters.process, counters.waited, counters.all_waited)
        assert [one() for one in told] == [0, 0, 0, 0]
        assert counters.worked() == 0.0


def test_nothing_heavy_is_imported():
    """The module is there at once: neither pytest nor pandas comes with it."""
    code = "import pytest_mlreqs.testing, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pytest", "pandas", "numpy", "sklearn"} & set(done.stdout.split())
