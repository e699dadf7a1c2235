"""Tests of pytest_mlreqs.measures.costs.rounds, on a clock that only moves when told to."""

import itertools

import numpy as np
import pytest

from pytest_mlreqs.measures.costs.rounds import Question, judge
from pytest_mlreqs.measures.timing.visits import Visits
from tests.machines import Machine

MINE = (0, "ms")
BOTH = ("full", "less")
pytestmark = pytest.mark.usefixtures("two_cores")


def _asked(name, work):
    """The same work, if it is given what was made for it."""

    def call(given):
        assert given == f"for {name}"
        work(given)

    return call


def held(machine, questions, times, **options):
    """The answers where each run takes so many milliseconds."""
    runs = {name: _asked(name, machine.works(name, given)) for name, given in times.items()}
    inputs = itertools.repeat(lambda name: f"for {name}")
    return judge(runs, inputs, questions, clock=machine, **{"max_seconds": 100, **options})


def without(limit=2.0, *, relative=False):
    """What a call saves without something."""
    return Question(("full",), ("full",), limit, ("less",), relative=relative)


def always(milliseconds):
    """The same for every call."""
    return itertools.repeat(milliseconds)


def saved(full, less, limit=2.0, machine=None, *, relative=False, **options):
    """The answer for a call that takes so long with and without something."""
    machine = machine or Machine()
    times = {"full": full, "less": less}
    return held(machine, {MINE: without(limit, relative=relative)}, times, **options)[MINE]


@pytest.mark.parametrize(("less", "ok"), [(9.0, True), (8.0, True), (7.9, False), (1.0, False)])
def test_what_is_saved(less, ok):
    """A part costs what the call takes more with it than without; the limit itself is kept."""
    told = saved(always(10.0), always(less))
    assert (told.ok, told.why) == (ok, "")
    assert told.value == told.samples.cost_ms == pytest.approx(10 - less)
    assert told.samples.whole_ms == pytest.approx(10)
    assert told.interval == pytest.approx((10 - less, 10 - less))


@pytest.mark.parametrize(("less", "ok"), [(8.0, True), (7.5, True), (7.4, False), (1.0, False)])
def test_a_share(less, ok):
    """A share is of the whole call, and holds on a machine that is ten times as slow."""
    for slowness in (1.0, 10.0):
        told = saved(always(10.0), always(less), 0.25, Machine(always(slowness)), relative=True)
        assert told.ok is ok
        assert told.value == pytest.approx(1 - less / 10)
        assert told.samples.cost_ms == pytest.approx(slowness * (10 - less))


def test_parts_are_added_up():
    """What several runs take is one cost, of a whole that may be of other runs."""
    question = Question(("a", "b"), ("a", "b", "c"), 0.5, relative=True)
    times = {"a": always(2.0), "b": always(1.0), "c": always(9.0)}
    told = held(Machine(), {MINE: question}, times)[MINE]
    assert (told.ok, told.value, told.samples.whole_ms) == (True, 0.25, 12)


def test_a_cost_may_be_negative():
    """A call that is slower without something says so, and keeps its limit."""
    told = saved(always(5.0), always(6.0))
    assert (told.ok, told.value) == (True, -1)


def test_a_violation_is_confirmed():
    """What breaks its limit by far is asked twice, half a second apart; what keeps it once."""
    machine = Machine()
    assert saved(always(9.0), always(2.0), machine=machine).samples.count == 40
    assert machine.slept == 0.5
    machine = Machine()
    assert saved(always(3.0), always(2.0), machine=machine).samples.count == 20
    assert machine.slept == 0
    better = itertools.chain([9.0] * 20, always(2.0))
    told = saved(better, always(2.0))
    assert (told.ok, told.why) == (None, "a later burst of rounds did not confirm it")


def test_a_violation_by_little_is_confirmed_for_longer():
    """What breaks its limit by little is asked until ten seconds later; a share twice."""
    machine = Machine()
    told = saved(always(5.0), always(2.0), machine=machine)
    assert (told.ok, told.samples.count, machine.slept) == (False, 100, 17.5)
    machine = Machine()
    told = saved(always(5.0), always(2.0), 0.5, machine, relative=True)
    assert (told.ok, told.samples.count, machine.slept) == (False, 40, 0.5)
    better = itertools.chain([5.0] * 80, always(2.0))
    told = saved(better, always(2.0))
    assert (told.ok, told.why) == (None, "a later burst of rounds did not confirm it")


def test_what_is_known_drops_out():
    """A question that is answered takes no more runs, while another one goes on."""
    machine = Machine()
    questions = {(0, "ms"): Question(("a",), ("a",), 2.0), (1, "ms"): Question(("b",), ("b",), 2.0)}
    times = {"a": always(1.0), "b": itertools.cycle([1.0, 3.0])}
    told = held(machine, questions, times, max_rounds=200)
    assert (told[0, "ms"].ok, told[1, "ms"].ok) == (True, None)
    assert (machine.order.count("a"), machine.order.count("b")) == (20, 200)
    assert told[1, "ms"].why.startswith("100 of 200 rounds were over it; to pass takes about ")
    assert machine.slept == 0


def test_runs_take_turns_in_random_order():
    """Of each round now one run comes first and now the other."""
    machine = Machine()
    saved(always(3.0), always(2.0), machine=machine)
    pairs = [tuple(machine.order[n : n + 2]) for n in range(0, len(machine.order), 2)]
    assert all(set(pair) == {"full", "less"} for pair in pairs)
    assert 5 <= sum(pair[0] == "full" for pair in pairs) <= 15


def test_a_busy_machine_refutes_only_by_far():
    """While the thread waits for a core, only what is threefold the limit breaks it."""
    told = saved(always(5.0), always(1.0), machine=Machine(waiting=1.0))
    assert (told.ok, told.why) == (None, "the machine was busy (waited 25 % for a core)")
    assert told.samples.waited == pytest.approx(0.25)
    assert saved(always(8.0), always(1.0), machine=Machine(waiting=1.0)).ok is False
    assert saved(always(2.0), always(1.0), machine=Machine(waiting=1.0)).ok is True


def test_neighbours_on_the_other_cores():
    """What others do on the other cores excuses what is less than twice the limit, but no more."""
    told = saved(always(45.0), always(10.0), 20.0, machine=Machine(neighbours=1))
    assert (told.ok, told.why) == (None, "the machine was busy (others took 49 % of its cores)")
    assert saved(always(60.0), always(10.0), 20.0, machine=Machine(neighbours=1)).ok is False
    assert saved(always(45.0), always(10.0), 20.0, machine=Machine(neighbours=0.4)).ok is False


def test_a_busy_machine_is_asked_for_as_long_as_it_takes():
    """Beside neighbours, what breaks its limit by far in most rounds is known in the end."""
    plan = itertools.cycle([90.0, 90.0, 45.0])
    told = saved(plan, always(10.0), 20.0, machine=Machine(neighbours=1))
    assert told.ok is False
    assert told.samples.count > 60


@pytest.mark.parametrize("relative", [True, False])
def test_a_pool_that_waits(relative):
    """Where other threads work along and have no core, nothing is broken, by whatever factor."""
    options = {"relative": relative, "limit": 0.5 if relative else 2.0}
    machine = Machine(pools=BOTH, others=0.5)
    told = saved(always(90.0), always(1.0), machine=machine, **options)
    assert (told.ok, told.why) == (None, "the machine was busy (waited 20 % for a core)")
    assert saved(always(90.0), always(1.0), machine=Machine(pools=BOTH), **options).ok is False


def test_a_busy_machine_and_a_share():
    """While the thread waits, a share is broken by what no busy machine makes of it."""
    busy = {"relative": True, "limit": 0.5}
    assert saved(always(10.0), always(4.5), machine=Machine(waiting=9), **busy).ok is None
    assert saved(always(10.0), always(3.9), machine=Machine(waiting=9), **busy).ok is False


def test_time_runs_out():
    """A burst ends when its time is over, and says what it knows by then."""
    told = saved(always(10.0), itertools.cycle([7.0, 9.0]), max_seconds=0.2)
    assert told.ok is None
    assert told.samples.count < 15
    assert saved(always(10.0), always(9.0), max_seconds=0.3).ok is True


def test_how():
    """How it was measured names the bound on errors, and among how many it is shared."""
    assert saved(always(10.0), always(9.0)).samples.how() == (
        "20 rounds in random order, 10 ms as a whole at the median, garbage collector frozen, "
        "waited 0 % for a core; wrong verdicts at most 1 %"
    )
    questions = {(n, "ms"): without() for n in range(3)}
    told = held(Machine(), questions, {"full": always(3.0), "less": always(2.0)})
    assert (
        told[2, "ms"]
        .samples.how()
        .endswith("wrong verdicts at most 1 % for all 3 budgets together")
    )


def test_many_questions_need_more_evidence():
    """The bound on errors is divided: of a thousand questions each takes more rounds."""
    questions = {(n, "ms"): without() for n in range(1_000)}
    told = held(Machine(), questions, {"full": always(3.0), "less": always(2.0)}, max_rounds=16)
    assert {one.ok for one in told.values()} == {None}
    told = held(Machine(), {MINE: without()}, {"full": always(3), "less": always(2)}, max_rounds=16)
    assert told[MINE].ok is True


@pytest.mark.parametrize(("less", "ok"), [(9, True), (5, None)])
def test_rounds_that_somebody_watches(watched, less, ok):
    """What slows runs down, and cannot be told to rest, is held against no column."""
    times = {"full": itertools.repeat(10), "less": itertools.repeat(less)}
    cost = held(Machine(), {MINE: without()}, times)[MINE]
    assert (cost.ok, cost.why) == (ok, "" if ok else watched)


@pytest.mark.parametrize(("rows", "ok"), [(6, None), (1_000, True)])
def test_answers_that_are_kept(rows, ok):
    """What a part costs with rows that came before says nothing of new ones."""
    machine, visits = Machine(), Visits(np.arange(float(rows)).reshape(rows, 1), 1)
    times = {"full": [10.0] * rows, "less": [8.5 if ok else 5.0] * rows}
    runs = {name: machine.works(name, itertools.chain(given, itertools.repeat(0.1)))
            for name, given in times.items()}  # fmt: skip
    inputs = ((lambda name: f"for {name}") for _ in visits)
    settings = {"max_seconds": 100, "clock": machine, "visits": visits}
    cost = judge(runs, inputs, {MINE: without()}, **settings)[MINE]
    assert (cost.ok, cost.few) == (ok, ok is None)
