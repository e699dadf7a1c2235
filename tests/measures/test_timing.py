"""Tests of pytest_mlreqs.measures.timing, on a clock that only moves when told to."""

import gc
import itertools

import pytest

from pytest_mlreqs.measures import timing

MS = 1_000_000


class Machine:
    """A clock, and a model whose calls move it.

    `plan` gives for each call the milliseconds of work and of waiting for a core.
    """

    def __init__(self, plan, *, pool=1, counted=True):
        self.plan = iter(plan)
        self.pool = pool
        self.counted = counted
        self.now = self.cpu = self.queued = 0
        self.slept = 0.0
        self.closed = False

    def __call__(self, given):
        work, waiting = next(self.plan)
        self.now += int((work + waiting) * MS)
        self.cpu += int(work * MS)
        self.queued += int(waiting * MS)

    def wall(self):
        return self.now

    def thread(self):
        return self.cpu

    def process(self):
        return self.cpu * self.pool

    def waited(self):
        return self.queued if self.counted else None

    def sleep(self, seconds):
        self.slept += seconds

    def close(self):
        self.closed = True


def hold(machine, budgets=None, **options):
    """The verdicts on endless rows."""
    rows = ((position, None) for position in itertools.count())
    settings = {"max_calls": 1000, "max_seconds": 100, **options}
    return timing.hold(machine, rows, budgets or {0.95: 20.0}, clock=machine, **settings)


def always(work, waiting=0.0):
    """The same for every call."""
    return itertools.repeat((work, waiting))


def test_fast_enough():
    """Calls at half the budget pass as soon as that is known."""
    timed = hold(Machine(always(10)))[0.95]
    assert timed.ok is True
    assert timed.value_ms == pytest.approx(10)
    assert timed.interval_ms == pytest.approx((10, 10))
    assert len(timed.burst.rows) <= 105


def test_too_slow():
    """Calls at twice the budget fail, once a second burst after a pause says so too."""
    machine = Machine(always(40))
    timed = hold(machine)[0.95]
    assert timed.ok is False
    assert timed.value_ms == pytest.approx(40)
    assert machine.slept == 0.5


def test_exactly_at_the_budget():
    """A call that takes the whole budget is within it."""
    assert hold(Machine(always(20)))[0.95].ok is True


def test_tail_is_seen():
    """One slow call in ten breaks p95 and leaves p50 alone, though the mean is far below."""
    plan = itertools.cycle([(1, 0)] * 9 + [(40, 0)])
    timed = hold(Machine(plan), {0.5: 20.0, 0.95: 20.0})
    assert (timed[0.5].ok, timed[0.95].ok) == (True, False)


def test_waiting_is_not_the_models():
    """Time without a core is subtracted, so that a busy machine does not fail a fast model."""
    timed = hold(Machine(always(10, waiting=50)))[0.95]
    assert timed.ok is True
    assert timed.value_ms == pytest.approx(10)
    assert timed.burst.waiting == pytest.approx(50 / 60)


def test_busy_machine_refutes_nothing():
    """A model over its budget is not failed while the thread had to wait for a core."""
    timed = hold(Machine(always(40, waiting=20)))[0.95]
    assert timed.ok is None
    assert timed.why == "the machine is busy: 33% of the time was spent waiting for a core"


def test_busy_machine_excuses_not_everything():
    """Beyond three times the budget no busy machine is an excuse."""
    assert hold(Machine(always(61, waiting=20)))[0.95].ok is False


def test_a_pool_is_judged_by_wall_time():
    """When more than the calling thread works, its waiting says nothing of the others."""
    timed = hold(Machine(always(10, waiting=50), pool=2))[0.95]
    assert timed.burst.pooled
    assert timed.value_ms == pytest.approx(60)
    assert timed.ok is None


def test_uncounted_waiting():
    """Where the kernel does not count waiting, wall time is judged."""
    timed = hold(Machine(always(10, waiting=50), counted=False))[0.95]
    assert timed.ok is False
    assert timed.burst.waiting is None


def test_unconfirmed():
    """One slow burst that a second one does not confirm is no violation."""
    plan = itertools.chain([(40, 0)] * 5, always(1))
    timed = hold(Machine(plan))[0.95]
    assert timed.ok is None
    assert timed.why == "a first burst of calls was over the budget and a second one was not"


def test_too_few_calls():
    """At the most calls allowed it is undecided, and says how many more it takes to pass."""
    timed = hold(Machine(always(10)), max_calls=50)[0.95]
    assert timed.ok is None
    assert timed.why.startswith("50 calls are too few to tell; to pass takes ")


def test_time_runs_out():
    """At the most seconds allowed it is undecided too."""
    timed = hold(Machine(always(10)), max_seconds=0.3)[0.95]
    assert timed.ok is None
    assert len(timed.burst.rows) == 30


def test_a_burst_is_no_blink():
    """A verdict needs at least 50 ms of calls, however clear it seems."""
    timed = hold(Machine(always(1)), {0.95: 0.1})[0.95]
    assert timed.ok is False
    assert timed.burst.seconds >= 0.05


def test_error_rate_is_shared():
    """Two budgets in one requirement each get half of the error rate, and need more calls."""
    one = hold(Machine(always(10)))[0.95]
    two = hold(Machine(always(10)), {0.9: 20.0, 0.95: 20.0})[0.95]
    assert len(two.burst.rows) > len(one.burst.rows)


def test_slow_rows_are_known():
    """Each call keeps the position of its row."""
    plan = itertools.cycle([(1, 0)] * 9 + [(40, 0)])
    burst = hold(Machine(plan))[0.95].burst
    slow = [row for row, ms in zip(burst.rows, burst.times, strict=True) if ms > 20]
    assert slow
    assert all(row % 10 == slow[0] % 10 for row in slow)


def test_garbage_is_frozen_and_thawed():
    """While calls are timed the session's objects are frozen; afterwards nothing is."""
    seen = []

    class Watching(Machine):
        def __call__(self, given):
            seen.append((gc.get_freeze_count() > 0, gc.isenabled()))
            super().__call__(given)

    hold(Watching(always(40)))
    assert set(seen) == {(True, True)}
    assert gc.get_freeze_count() == 0


def test_counters_are_given_back():
    """The clock is closed even if the model raises."""
    machine = Machine([])
    with pytest.raises(StopIteration):
        hold(machine)
    assert machine.closed
    assert gc.get_freeze_count() == 0


def test_the_real_clock():
    """On this machine the counters move forward, and waiting is counted on Linux only."""
    clock = timing.Clock()
    try:
        before = clock.wall(), clock.thread(), clock.process()
        sum(range(200_000))
        assert all(
            b > a
            for a, b in zip(before, (clock.wall(), clock.thread(), clock.process()), strict=True)
        )
        assert clock.waited() is None or clock.waited() >= 0
    finally:
        clock.close()
