"""A check is judged by what it measures, and nothing that a subject does raises from `judge`."""

from __future__ import annotations

import sys

import pytest

from pytest_mlreqs.core.judgement.judge import judge
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms

GOOD = at_most("good", 1, 2)
BAD = at_most("bad", 3, 2)

EVERYWHERE = pytest.mark.parametrize("isolation", ["process", "none"])


class Asked(Requirement, frozen=True, kw_only=True):
    """Does what its subject says."""

    def check(self, work):
        """Hand the work over."""
        return work()


def asked(work, isolation="none", **terms):
    """Judge what the work yields."""
    terms = Terms(isolation=isolation, timeout_s=5, max_memory_mib=500, **terms)
    return judge(Asked(), {"work": work}, terms)


@EVERYWHERE
def test_judge_gathers_measurements(isolation):
    """The measurements arrive in the order of the check, under the kind's name."""
    made = asked(lambda: iter([GOOD, BAD]), isolation)
    assert made.measurements == (GOOD, BAD)
    assert (made.name, made.kind, made.fault) == ("asked", "asked", None)
    assert made.seconds > 0


def test_judge_takes_a_name():
    """A requirement with an id is judged under its own name."""
    made = judge(Asked(), {"work": lambda: [GOOD]}, Terms(isolation="none"), name="asked[one]")
    assert (made.name, made.kind) == ("asked[one]", "asked")


@EVERYWHERE
def test_a_check_may_return_a_list(isolation):
    """A check that returns its measurements is as good as one that yields them."""
    assert asked(lambda: [GOOD], isolation).state == "satisfied"


@EVERYWHERE
@pytest.mark.parametrize("nothing", [None, []])
def test_a_check_that_measures_nothing_is_undecided(isolation, nothing):
    """A check that returns nothing has decided nothing, and nothing was broken."""
    made = asked(lambda: nothing, isolation)
    assert (made.state, made.fault) == ("undecided", None)


@EVERYWHERE
def test_a_check_that_yields_something_else_is_an_error(isolation):
    """What is no measurement is named in the error, and what came before it is kept."""
    made = asked(lambda: iter([GOOD, True]), isolation)
    assert made.error == "check of asked yielded bool, not a measurement"
    assert made.measurements == (GOOD,)


@EVERYWHERE
@pytest.mark.parametrize(
    ("error", "state", "sentence"),
    [
        (ValueError("no"), "error", "the check itself broke: ValueError: no"),
        (SystemExit(2), "error", "the check itself broke: SystemExit: 2"),
        (DeclarationError("write it"), "error", "write it"),
        (Fault("no rows"), "violated", "no rows"),
        (MemoryError("1 GiB"), "undecided", "there was not enough memory: MemoryError: 1 GiB"),
        (Undecided("one class"), "undecided", "asked: undecided because one class"),
        (Undecided("one class", "AUC"), "undecided", "AUC: undecided because one class"),
    ],
)
def test_nothing_raises_from_judge(isolation, error, state, sentence):
    """Whatever a check raises ends in the verdict: who is to blame makes its state."""

    def work():
        yield GOOD
        raise error

    made = asked(work, isolation)
    assert (made.measurements[0], made.state) == (GOOD, state)
    texts = [m.text for m in made.measurements[1:]]
    assert sentence in " ".join([*texts, made.fault or "", made.error or ""])


@EVERYWHERE
@pytest.mark.parametrize("error", [ValueError("no"), Undecided("no rows"), MemoryError()])
def test_a_violation_before_an_error_stays_one(isolation, error):
    """What was found violated is violated, whatever ends the check afterwards."""

    def work():
        yield BAD
        raise error

    made = asked(work, isolation)
    assert (made.state, made.telling()) == ("violated", (BAD,))


def test_a_check_that_lacks_a_subject_is_an_error():
    """A subject that is not there breaks the check and not the session."""
    assert "work" in judge(Asked(), {}, Terms(isolation="none")).error


@pytest.mark.skipif(sys.platform != "linux", reason="checks run in a child process on Linux only")
def test_process_keeps_the_session_as_it_is():
    """With `isolation = "process"` a check changes nothing here; with "none" it does."""
    seen = []

    def work():
        seen.append(1)
        yield GOOD

    asked(work, "process")
    assert seen == []
    asked(work, "none")
    assert seen == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="checks run in a child process on Linux only")
def test_terms_reach_the_child():
    """The time limit of the terms ends the check, which decides nothing more."""

    def work():
        while True:
            pass

    made = judge(Asked(), {"work": work}, Terms(timeout_s=0.3))
    (gap,) = made.telling()
    assert gap.text.startswith("asked: undecided because the check did not finish within 0.3 s")


@pytest.mark.skipif(sys.platform != "linux", reason="checks run in a child process on Linux only")
def test_a_violation_before_the_limit_stays_one():
    """What was found violated before the time was over is violated."""

    def work():
        yield BAD
        while True:
            pass

    made = judge(Asked(), {"work": work}, Terms(timeout_s=0.3))
    assert (made.state, made.telling(), made.fault) == ("violated", (BAD,), None)


@EVERYWHERE
def test_output_is_passed_on(isolation, capsys):
    """What a check prints appears where a test's output is captured."""
    asked(lambda: print("fitting") or [GOOD], isolation)
    assert capsys.readouterr().out.split() == ["fitting"]


class Alone(Asked, frozen=True, kw_only=True):
    """Measures the machine."""

    alone = True


@pytest.mark.parametrize(("kind", "seen"), [(Alone, False), (Asked, True)])
def test_tracers_rest_while_the_machine_is_measured(kind, seen):
    """Coverage and debuggers do not watch such a check, and go on afterwards."""
    called = []

    def tracer(frame, event, arg):
        called.append(frame.f_code.co_name)

    def examined():
        yield GOOD

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        judge(kind(), {"work": examined}, Terms(isolation="none"))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert ("examined" in called) is seen
