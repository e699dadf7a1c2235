"""Who is to blame when a check has had its time: the subject that hangs, or nobody."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core.isolation.calls import Sight
from pytest_mlreqs.core.isolation.limit import TimeLimit

LIMIT_S = 60.0


class Check:
    """A check on a fake clock; `does` says what it does at a time."""

    def __init__(self, does, *, work=1.0, waits=0.0):
        self.now, self.does, self.work, self.waits = 0.0, does, work, waits

    def run(self):
        """Let its time pass; returns the limit when it was over."""
        limit = TimeLimit(
            LIMIT_S,
            lambda: self.does(self.now),
            lambda: self.work * self.now,
            lambda: self.waits * self.now,
            lambda: self.now,
        )
        while not limit.over():
            self.now += max(limit.look_in_s(), 0.001)
        return limit


def one_call(since, *, subject=True):
    """What is seen of one call that does not end."""
    return lambda now: Sight(now, since, 0.0, subject) if now >= since else Sight(now)


def calls_of(seconds):
    """What is seen of calls that take that long, one after the other."""
    return lambda now: Sight(now, now // seconds * seconds or 0.001, 0.0, True)


@pytest.mark.parametrize("since", [0.2, 20, 45])
def test_a_call_without_processor_time_hangs(since):
    """A call that has used none for half of the time of a check hangs, whenever it began."""
    check = Check(one_call(since), work=0.0005)
    limit = check.run()
    assert limit.hang == "idle"
    assert check.now == pytest.approx(max(LIMIT_S, since + LIMIT_S / 2), abs=8)


@pytest.mark.parametrize("since", [0.2, 20, 45])
def test_a_call_that_takes_longer_than_a_check_may_hangs(since):
    """A call that is at work hangs when it has taken as long as the whole check may."""
    check = Check(one_call(since))
    limit = check.run()
    assert (limit.hang, check.now) == ("busy", pytest.approx(since + LIMIT_S, abs=0.2))


@pytest.mark.parametrize("seconds", [0.015, 1, 10, 29])
@pytest.mark.parametrize("work", [1.0, 0.005, 0.0])
def test_many_calls_are_nobodys_fault(seconds, work):
    """A check that makes one call after the other asks for too much, with or without work."""
    check = Check(calls_of(seconds), work=work)
    assert check.run().hang is None
    assert LIMIT_S <= check.now <= LIMIT_S + seconds + 0.2


def test_the_call_at_the_end_may_come_back():
    """A call that ends after all is not accused, and the check is over then."""
    check = Check(lambda now: Sight(now, 10 if now < 66 else 66, 0.0, True))
    assert (check.run().hang, check.now) == (None, pytest.approx(66, abs=0.2))


@pytest.mark.parametrize("waits", [0.1, 0.5, 20])
def test_time_without_a_core_is_not_the_subjects(waits):
    """What a call takes is counted without the waiting for a core; nothing goes on for ever."""
    check = Check(one_call(0.5), waits=waits, work=0.5)
    limit = check.run()
    assert limit.hang == ("busy" if waits == 0.1 else None)
    assert check.now <= 2 * LIMIT_S + 0.2


@pytest.mark.parametrize(("waits", "hang"), [(0.3, "idle"), (0.9, None)])
def test_what_gets_no_core_is_not_idle(waits, hang):
    """A call that uses no processor time because others have it is not said to hang."""
    assert Check(one_call(0.5), waits=waits, work=0.0).run().hang == hang


def test_own_work_is_no_call():
    """While a check works by itself nobody hangs."""
    check = Check(Sight)
    assert (check.run().hang, check.now) == (None, LIMIT_S)


@pytest.mark.parametrize(("work", "hang"), [(0.0, "idle"), (0.01, None)])
def test_a_call_that_cannot_be_seen(work, hang):
    """Where a copy of the check's process makes the call, only its processor time is known."""
    check = Check(Sight, work=work)
    assert (check.run().hang, check.now) == (hang, LIMIT_S)


def test_a_library_at_work_is_not_the_subject():
    """What a check computes with the help of a library is no call into a subject."""
    check = Check(one_call(0.2, subject=False))
    assert (check.run().hang, check.now) == (None, LIMIT_S)


def test_code_that_keeps_python_from_looking():
    """Native code that lets nobody look at it hangs if it uses no processor time."""
    assert Check(lambda now: Sight(1.0), work=0.0).run().hang == "idle"
    assert Check(lambda now: Sight(1.0), work=1.0).run().hang is None
    assert Check(lambda now: Sight(1.0, 0.5, 0.0, True), work=1.0).run().hang == "busy"


def test_a_session_that_was_stopped_has_seen_nothing():
    """A session that could not look for a while accuses nobody of having been idle."""
    check = Check(one_call(0.2), work=0.0)
    limit = TimeLimit(
        LIMIT_S, lambda: check.does(check.now), lambda: 0.0, lambda: check.now, lambda: check.now
    )
    for check.now in (1, 2, 59.0):
        assert not limit.over()
    check.now = 62
    assert not limit.over()
    assert limit.hang is None
