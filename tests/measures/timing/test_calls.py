"""Tests of pytest_mlreqs.measures.timing.calls, on a clock that only moves when told to."""

import dataclasses
import gc
import itertools

import numpy as np
import pytest

from pytest_mlreqs.measures.timing import calls
from pytest_mlreqs.measures.timing.visits import Visits
from tests import machines
from tests.machines import MS

pytestmark = pytest.mark.usefixtures("two_cores")


class Machine(machines.Machine):
    """A clock, and a model whose calls move it.

    `plan` gives for each call the milliseconds of work and of waiting for a core. `pool` is how
    many threads work, and `others` how long those beside the calling one have no core, in shares of
    its work; `neighbours` how many cores of the two are at work for other processes; a model that
    is `asleep` waits for another machine while some thread of this process takes a twentieth of the
    time.
    """

    def __init__(self, plan, *, pool=1, others=0.0, neighbours=0.0, counted=True, asleep=False):
        super().__init__(others=others, neighbours=neighbours)
        self.plan = iter(plan)
        self.pool = pool
        self.asleep = asleep
        self.counts_waiting = counted
        self.closed = False

    def __call__(self, given):
        work, waiting = next(self.plan)
        self.now += int((work + waiting) * MS)
        self.cpu += 0 if self.asleep else int(work * MS)
        self.queued += int(waiting * MS)

    def process(self):
        return self.cpu * self.pool + self.now // 20 * self.asleep

    def waited(self):
        return self.queued if self.counts_waiting else 0

    def all_waited(self):
        return int(self.queued + self.others * self.cpu) if self.counts_waiting else 0

    def sleep(self, seconds):
        self.slept += seconds
        self.now += int(1e3 * seconds * MS)

    def __exit__(self, *_):
        self.closed = True


def hold(machine, budgets=None, **options):
    """The verdicts on endless rows."""
    rows = ((position, None) for position in itertools.count())
    settings = {"max_calls": 1000, "max_seconds": 100, **options}
    return calls.judge(machine, rows, budgets or {0.95: 20.0}, clock=machine, **settings)


def always(work, waiting=0.0):
    """The same for every call."""
    return itertools.repeat((work, waiting))


def test_fast_enough():
    """Calls at half the budget pass as soon as that is known."""
    timed = hold(Machine(always(10)))[0.95]
    assert timed.ok is True
    assert timed.value == pytest.approx(10)
    assert timed.interval == pytest.approx((10, 10))
    assert timed.samples.count <= 105


def test_too_slow():
    """Calls beyond twice the budget fail, once a second burst after a pause says so too."""
    machine = Machine(always(41))
    timed = hold(machine)[0.95]
    assert timed.ok is False
    assert timed.value == pytest.approx(41)
    assert machine.slept == 0.5
    assert "two bursts" in timed.samples.how()


def test_a_little_too_slow():
    """Calls beyond the budget, but not by far, fail once bursts ten seconds apart say so."""
    machine = Machine(always(25))
    timed = hold(machine)[0.95]
    assert timed.ok is False
    assert machine.slept == 17.5
    assert "five bursts" in timed.samples.how()


def test_a_slower_host_is_outwaited():
    """Calls that are slow for some seconds only, while nobody waits for a core, break nothing."""
    machine = Machine(always(None))
    machine.plan = iter(lambda: (25 if machine.now < 9_000 * MS else 15, 0), None)
    timed = hold(machine)[0.95]
    assert (timed.ok, timed.why) == (None, "a later burst of calls did not confirm it")


def test_calls_after_a_pause_do_not_count():
    """What a pause has made cold is made warm again, for calls that are short."""

    class Cold(Machine):
        """Takes long for five calls after a pause."""

        def sleep(self, seconds):
            super().sleep(seconds)
            self.plan = itertools.chain([(999, 0)] * 5, self.plan)

    timed = hold(Cold(always(41)))[0.95]
    assert (timed.ok, timed.samples.wall_ms[2]) == (False, 41)
    machine = Machine(always(60))
    assert hold(machine)[0.95].samples.count * 60 == machine.cpu / MS


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
    assert timed.value == pytest.approx(10)
    assert timed.samples.waited == pytest.approx(50 / 60)


def test_busy_machine_refutes_nothing():
    """A model over its budget is not failed while the thread had to wait for a core."""
    timed = hold(Machine(always(40, waiting=20)))[0.95]
    assert timed.ok is None
    assert timed.why == "the machine was busy (waited 33 % for a core)"


def test_busy_machine_excuses_not_everything():
    """Beyond three times the budget no busy machine is an excuse."""
    assert hold(Machine(always(61, waiting=20)))[0.95].ok is False


@pytest.mark.parametrize(
    ("times", "neighbours", "ok"),
    [(1.5, 0.4, False), (1.5, 0.9, None), (2.1, 1.0, False), (0.9, 1.0, True)],
)
def test_neighbours_excuse_a_little(times, neighbours, ok):
    """While others take over a quarter of the cores, a budget is broken twice or not at all."""
    timed = hold(Machine(always(20 * times), neighbours=neighbours))[0.95]
    assert timed.ok is ok
    assert timed.samples.taken == pytest.approx(neighbours / 2, abs=0.02)
    assert ("others took" in timed.samples.how()) is (neighbours > 0.5)
    if ok is None:
        assert timed.why == "the machine was busy (others took 45 % of its cores)"


def test_a_busy_machine_is_asked_for_as_long_as_it_takes():
    """On a busy machine calls go on until it is known by how much the budget is broken."""
    plan = itertools.cycle([(1, 0)] * 8 + [(25, 0), (90, 0)])
    alone, among = (hold(Machine(plan, neighbours=one))[0.95] for one in (0.0, 1.0))
    assert alone.ok is among.ok is False
    assert among.samples.count > alone.samples.count


def test_who_works_for_a_call_is_no_neighbour():
    """A call that waits for a service on the same machine is not excused by what that does."""
    timed = hold(Machine(always(30), asleep=True, neighbours=1.0))[0.95]
    assert timed.ok is False


def test_slow_calls_need_not_be_many():
    """A few calls are enough to fail a model whose calls take seconds, whatever the time limit."""
    timed = hold(Machine(always(5000)), max_seconds=3)[0.95]
    assert timed.ok is False
    assert timed.samples.count == 10


def test_a_pool_is_judged_by_wall_time(monkeypatch):
    """When more than the calling thread works, its waiting says nothing of the others."""
    monkeypatch.setattr(calls, "pools", lambda: "openblas 2")
    timed = hold(Machine(always(10, waiting=50), pool=2))[0.95]
    assert timed.samples.pooled
    assert timed.value == pytest.approx(60)
    assert timed.ok is None
    assert "threads work along (2.0 x its CPU time; pools: openblas 2)" in timed.samples.how()


@pytest.mark.parametrize(("others", "ok"), [(0.0, False), (0.2, False), (1.0, None)])
def test_a_pool_without_cores_refutes_nothing(others, ok):
    """What the other threads of a pool wait for is held against no model, however slow it seems."""
    timed = hold(Machine(always(600), pool=2, others=others))[0.95]
    assert timed.ok is ok
    assert timed.samples.waited == pytest.approx(others / (others + 2))
    if ok is None:
        assert timed.why == "the machine was busy (waited 33 % for a core)"


def test_short_calls_share_a_look_at_the_counters():
    """Reading the counters takes longer than a short call, so many calls share one reading."""

    class Counted(Machine):
        looks = 0

        def waited(self):
            self.looks += 1
            return super().waited()

    machine = Counted(always(0.01))
    assert hold(machine, {0.95: 0.02})[0.95].ok is True
    assert machine.now / (0.01 * MS) > 100
    assert machine.looks < 60


def test_waiting_among_short_calls_is_that_of_the_longest():
    """Of calls that share a reading, the one that took longest is taken to have waited."""
    plan = itertools.cycle([(0.01, 0)] * 30 + [(0.01, 8)])
    timed = hold(Machine(plan), {0.95: 0.02})[0.95]
    assert timed.samples.wall_ms[2] == pytest.approx(8.01)
    assert timed.samples.times_ms[-1] == pytest.approx(0.01)
    assert timed.ok is True


def test_uncounted_waiting():
    """Where the kernel does not count waiting, wall time is judged."""
    timed = hold(Machine(always(10, waiting=50), counted=False))[0.95]
    assert timed.ok is False
    assert timed.samples.waited is None


def test_nobody_counts():
    """Where neither waiting nor load is counted, nothing is said of them."""
    calls = hold(Machine(always(10)))[0.95].samples
    told = {None: "frozen; wrong", 1.5: "frozen, load average 1.5; wrong"}
    for load, words in told.items():
        assert words in dataclasses.replace(calls, waited=None, load=load).how()


def test_unconfirmed():
    """One slow burst that a second one does not confirm is no violation."""
    plan = itertools.chain([(40, 0)] * 25, always(1))
    timed = hold(Machine(plan))[0.95]
    assert timed.ok is None
    assert timed.why == "a later burst of calls did not confirm it"


def test_too_few_calls():
    """At the most calls allowed it is undecided, and says how many more it takes to pass."""
    timed = hold(Machine(always(10)), max_calls=50)[0.95]
    assert timed.ok is None
    assert timed.why == (
        "0 of 50 calls were over it; to pass takes about 52 more within it, to fail 11 more over it"
    )
    assert timed.option == "max_calls = 120"


def test_time_runs_out():
    """At the most seconds allowed it is undecided too."""
    timed = hold(Machine(always(10)), max_seconds=0.3)[0.95]
    assert timed.ok is None
    assert timed.samples.count == 30
    assert timed.option == "max_seconds = 1.2"


def test_waiting_takes_no_time_of_the_burst():
    """On a busy machine a burst may last longer, so that it has as many calls as on an idle one."""
    timed = hold(Machine(always(10, waiting=50)), max_seconds=2)[0.95]
    assert timed.ok is True
    assert timed.samples.seconds > 2


def test_a_burst_is_no_blink():
    """To fail takes two bursts of at least 50 ms each, however clear it seems."""
    timed = hold(Machine(always(0.5)), {0.95: 0.1})[0.95]
    assert timed.ok is False
    assert timed.samples.seconds >= 2 * 0.05
    assert hold(Machine(always(0.5)), {0.95: 0.1}, max_calls=99)[0.95].ok is None


def test_error_rate_is_shared():
    """Two budgets in one requirement each get half of the error rate, and need more calls."""
    one = hold(Machine(always(10)))[0.95]
    two = hold(Machine(always(10)), {0.9: 20.0, 0.95: 20.0})[0.95]
    assert two.samples.count > one.samples.count


def test_slow_rows_are_known():
    """The five slowest rows are named once each, the slowest first."""
    machine = Machine(itertools.cycle([(1, 0)] * 9 + [(40, 0), (1, 0), (50, 0)]))
    rows = ((position % 12, None) for position in itertools.count())
    timed = calls.judge(machine, rows, {0.5: 20}, max_calls=500, max_seconds=9, clock=machine)
    assert timed[0.5].samples.slowest[:2] == ((11, 50.0), (9, 40.0))
    assert len(timed[0.5].samples.slowest) == 5


def test_a_sleeping_call_is_no_pool():
    """A call that waits for another machine has its waiting subtracted, though others tick."""
    timed = hold(Machine(always(10, waiting=5), asleep=True))[0.95]
    assert timed.ok is True
    assert not timed.samples.pooled
    assert timed.value == pytest.approx(10)


def test_waiting_around_a_call_is_not_within():
    """Waiting that the counter saw just outside of the call does not make it take no time."""

    class Outside(Machine):
        def waited(self):
            self.queued += 30 * MS
            return self.queued

    timed = hold(Outside(always(10)))[0.95]
    assert timed.value == pytest.approx(10)
    assert timed.samples.waited == 0


def test_a_busy_second_burst_confirms_nothing():
    """The gate is held to the burst that confirms, too."""
    timed = hold(Machine(itertools.chain([(40, 0)] * 25, always(40, waiting=20))))[0.95]
    assert timed.ok is None
    assert timed.why == "the machine was busy (waited 33 % for a core)"


def test_a_verdict_that_all_calls_contradict():
    """Where p50 passes early and then drifts over its budget, neither is claimed."""
    plan = itertools.chain([(1, 0)] * 40, always(30))
    timed = hold(Machine(plan), {0.5: 20.0, 0.95: 25.0})
    assert timed[0.5].ok is None
    assert timed[0.5].why == "earlier and later calls disagree"
    assert timed[0.95].ok is False


def test_facts_are_shared():
    """All quantiles rest on the same calls, with elapsed times beside the judged ones."""
    timed = hold(Machine(always(10, waiting=1)), {0.5: 20.0, 0.95: 20.0})
    made = timed[0.5].samples
    assert made is timed[0.95].samples
    assert made.times_ms == pytest.approx([10] * made.count)
    assert made.wall_ms == pytest.approx((11, 11, 11))
    assert (made.bursts, made.cpu_ratio) == (1, 1.0)
    assert made.seconds == pytest.approx(made.count * 0.011)


def test_garbage_is_frozen_and_thawed():
    """While calls are timed the session's objects are frozen; afterwards nothing is."""
    seen = []

    class Watching(Machine):
        def __call__(self, given):
            if not seen:
                seen.append((gc.get_freeze_count() > 0, gc.isenabled()))
            super().__call__(given)

    hold(Watching(always(40)))
    assert set(seen) == {(True, True)}
    assert gc.get_freeze_count() == 0


def test_what_was_frozen_stays_frozen():
    """Objects that the user froze are not thawed behind their back."""
    gc.freeze()
    try:
        hold(Machine(always(10)))
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_counters_are_given_back():
    """The clock is closed even if the model raises."""
    machine = Machine([])
    with pytest.raises(StopIteration):
        hold(machine)
    assert machine.closed
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize(("work", "ok"), [(10, True), (41, None)])
def test_calls_that_somebody_watches(watched, work, ok):
    """What slows calls down, and cannot be told to rest, is held against none of them."""
    timed = hold(Machine(always(work)))[0.95]
    assert (timed.ok, timed.why) == (ok, "" if ok else watched)


class Keeping(Machine):
    """Takes its time for rows that it has not seen, and a tenth of a millisecond for others."""

    def __init__(self, work):
        super().__init__(itertools.repeat((work, 0)))
        self.known = set()

    def __call__(self, given):
        key = int(given[0, 0])
        if key in self.known:
            self.plan = itertools.chain([(0.1, 0)], self.plan)
        self.known.add(key)
        super().__call__(given)


@pytest.mark.parametrize(
    ("rows", "work", "ok"), [(8, 60, None), (8, 15, None), (1_000, 60, False), (1_000, 10, True)]
)
def test_answers_that_are_kept(rows, work, ok):
    """Repeated rows tell of a cache: new ones are judged, if there are enough of them."""
    visits = Visits(np.arange(2 * rows).reshape(rows, 2), 1)
    machine = Keeping(work)
    settings = {"max_calls": 1_000, "max_seconds": 100, "clock": machine}
    timed = calls.judge(machine, visits, {0.95: 20.0}, **settings)[0.95]
    assert (timed.ok, timed.few) == (ok, ok is None)
    assert ("with 8 different rows" in timed.samples.how()) is (rows == 8)
    if ok is None:
        assert timed.why.startswith("answers seem to be kept: ")


def test_rows_that_come_again():
    """Few rows are enough for a model that keeps nothing."""
    visits = Visits(np.arange(16).reshape(8, 2), 1)
    machine = Machine(always(10))
    settings = {"max_calls": 1_000, "max_seconds": 100, "clock": machine}
    timed = calls.judge(machine, visits, {0.95: 20.0}, **settings)[0.95]
    assert (timed.ok, timed.samples.different) == (True, 8)
