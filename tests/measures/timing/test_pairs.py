"""Tests of pytest_mlreqs.measures.timing.pairs, on a clock that only moves when told to."""

import itertools

import numpy as np
import pytest

from pytest_mlreqs.measures.timing.pairs import judge, sample
from pytest_mlreqs.measures.timing.visits import Visits
from tests.machines import Machine

pytestmark = pytest.mark.usefixtures("two_cores")


def held(machine, own, reference, limit=1.5, **options):
    """The ratio of two works on that machine."""
    works = machine.works("own", own), machine.works("reference", reference)
    settings = {"max_calls": 1_000, "max_seconds": 100, **options}
    return judge(*works, ((n, None) for n in itertools.count()), limit, clock=machine, **settings)


def always(milliseconds):
    """The same for every call."""
    return itertools.repeat(milliseconds)


@pytest.mark.parametrize(("own", "ok"), [(2.0, True), (3.0, True), (3.1, False), (8.0, False)])
def test_known_answers(own, ok):
    """A call of so many times the reference keeps the limit of 1.5 or breaks it."""
    told = held(Machine(), always(own), always(2.0))
    assert (told.ok, told.why) == (ok, "")
    assert told.value == pytest.approx(own / 2)
    assert (told.samples.own_ms, told.samples.reference_ms) == pytest.approx((own, 2))
    assert told.samples.waited == 0


def test_a_violation_is_confirmed():
    """What breaks the limit is called twice, half a second apart; what keeps it once."""
    slow, fast = Machine(), Machine()
    assert held(slow, always(9.0), always(2.0)).samples.count == 80
    assert slow.slept == 0.5
    assert held(fast, always(2.0), always(2.0)).samples.count == 40
    assert fast.slept == 0
    passing = itertools.chain([9.0] * 40, always(2.0))
    assert held(Machine(), passing, always(2.0)).why == "a second burst of calls did not confirm it"


@pytest.mark.parametrize(("own", "ok"), [(2.6, True), (3.4, False)])
def test_a_machine_that_changes_its_speed(own, ok):
    """Where the machine gets slower and faster, by a factor of five, the ratio does not move."""
    pace = (1 + 4 * (n // 150 % 2) for n in itertools.count())
    told = held(Machine(pace), always(own), always(2.0))
    assert told.ok is ok
    assert told.value == pytest.approx(own / 2, rel=0.01)


def test_they_take_turns_in_random_order():
    """Of each pair now one comes first and now the other."""
    machine = Machine()
    held(machine, always(2.0), always(2.0))
    pairs = [tuple(machine.order[n : n + 2]) for n in range(0, len(machine.order), 2)]
    assert all(set(pair) == {"own", "reference"} for pair in pairs)
    assert 10 < sum(pair[0] == "own" for pair in pairs) < 30


def test_a_busy_machine_refutes_only_by_a_margin():
    """While the thread waits for a core, a limit is broken by a fifth or not at all."""
    told = held(Machine(waiting=1.0), always(3.2), always(2.0))
    assert told.ok is None
    assert told.why == "the machine was busy (waited 28 % for a core)"
    assert held(Machine(waiting=1.0), always(4.0), always(2.0)).ok is False
    assert held(Machine(waiting=1.0), always(2.0), always(2.0)).ok is True


def test_a_busy_machine_is_asked_for_as_long_as_it_takes():
    """While the machine is busy, calls go on until it is known by how much the limit is broken."""
    near = itertools.cycle([3.5, 3.7])
    told = held(Machine(waiting=1.0), itertools.chain([3.5] * 20, near), always(2.0))
    assert told.ok is None
    assert told.samples.count > 80
    slow = itertools.chain([3.5, 3.7] * 20, always(3.7))
    told = held(Machine(waiting=1.0), slow, always(2.0))
    assert told.ok is False
    assert told.samples.count > 80


def test_a_pool_beside_a_reference_without_one():
    """While the threads of a pool have no core, nothing is held against the call they work for."""
    busy = {"pools": ("own",), "others": 0.5}
    told = held(Machine(**busy), always(20.0), always(2.0))
    assert (told.ok, told.samples.shaken) == (None, True)
    assert told.why == "the machine was busy (waited 19 % for a core)"
    assert held(Machine(**busy), always(2.0), always(2.0)).ok is True


@pytest.mark.parametrize(
    ("pools", "others"), [(("own",), 0.0), (("own", "reference"), 0.5), ((), 0.0)]
)
def test_a_pool_that_is_no_excuse(pools, others):
    """With a core for each thread, or with a reference of the same kind, a slow call is slow."""
    told = held(Machine(pools=pools, others=others), always(20.0), always(2.0))
    assert (told.ok, told.samples.shaken) == (False, False)


@pytest.mark.parametrize(
    ("own", "pools", "ok"),
    [(5.0, ("own",), None), (6.1, ("own",), False), (5.0, (), False), (3.0, ("own",), True)],
)
def test_neighbours_of_a_pool(own, pools, ok):
    """While others have cores that a pool would, its ratio has to be broken twice."""
    machine = Machine(pools=pools, neighbours=1)
    told = held(machine, always(10 * own), always(20.0))
    assert (told.ok, told.samples.shaken) == (ok, bool(pools))
    if ok is None:
        assert told.why.startswith("the machine was busy (others took ")


def test_too_few_calls():
    """What is not known in the calls there are is undecided, and how many more it takes is told."""
    told = held(Machine(), itertools.cycle([2.0, 4.0]), always(2.0), max_calls=100)
    assert told.ok is None
    assert told.why.startswith("50 of 100 calls were over it; to pass takes about ")


def test_time_runs_out():
    """A burst ends when its time is over."""
    told = held(Machine(), itertools.cycle([2.0, 4.0]), always(2.0), max_seconds=0.1)
    assert told.samples.count < 30


def sampled(machine, own, reference, **options):
    """The ratio of two works on that machine, held to no limit."""
    works = machine.works("own", own), machine.works("reference", reference)
    rows = ((n, None) for n in itertools.count())
    return sample(*works, rows, clock=machine, **{"max_calls": 300, "max_seconds": 100, **options})


def test_a_sample_makes_all_pairs():
    """Without a limit all pairs are made, however clear the ratio is, and nothing is judged."""
    machine = Machine(waiting=0.5)
    seen = sampled(machine, itertools.repeat(3.0), itertools.repeat(2.0))
    assert (seen.value, seen.samples.count, seen.ok, seen.why) == (1.5, 300, None, "")
    assert seen.interval == (1.5, 1.5)
    assert seen.samples.waited == pytest.approx(1 / 6)
    assert machine.slept == 0
    assert seen.samples.pairs() == (
        "300 pairs of calls in random order, 3 ms and 2 ms at the median, "
        "garbage collector frozen, waited 17 % for a core"
    )


def test_a_sample_ends_in_time():
    """After `max_seconds` no pair is begun."""
    machine = Machine()
    seen = sampled(machine, itertools.repeat(30.0), itertools.repeat(20.0), max_seconds=1)
    assert seen.samples.count == 20


@pytest.mark.parametrize(("own", "ok"), [(2, True), (5, None)])
def test_calls_that_somebody_watches(watched, own, ok):
    """What slows calls down, and cannot be told to rest, is held against no ratio."""
    seen = held(Machine(), always(own), always(2))
    assert (seen.ok, seen.why) == (ok, "" if ok else watched)


def test_a_sample_that_somebody_watches(watched):
    """A ratio that is held to no limit says that it is unlike others."""
    machine = Machine()
    works = machine.works("own", always(5)), machine.works("reference", always(2))
    rows = ((n, None) for n in itertools.count())
    assert sample(*works, rows, max_calls=50, max_seconds=9, clock=machine).why == watched


@pytest.mark.parametrize(("rows", "ok"), [(6, None), (1_000, True)])
def test_answers_that_are_kept(rows, ok):
    """A model that keeps its answers is as quick as another one with rows that are new, or not."""
    machine, visits = Machine(), Visits(np.arange(float(rows)).reshape(rows, 1), 1)
    own = machine.works("own", itertools.chain([2.5] * rows, always(0.1)))
    reference = machine.works("reference", always(2))
    settings = {"max_calls": 500, "max_seconds": 100, "clock": machine}
    seen = judge(own, reference, visits, 1.5, **settings)
    assert (seen.ok, seen.few) == (ok, ok is None)


@pytest.mark.parametrize(("again", "kept"), [(0.1, True), (2.3, False)])
def test_a_sample_of_answers_that_are_kept(again, kept):
    """A ratio that is much less with rows that came before is unlike others, and says so."""
    machine, visits = Machine(), Visits(np.arange(8.0).reshape(8, 1), 1)
    own = machine.works("own", itertools.chain([2.5] * 8, always(again)))
    reference = machine.works("reference", always(2))
    seen = sample(own, reference, visits, max_calls=60, max_seconds=9, clock=machine)
    assert (seen.few, "answers seem to be kept" in seen.why) == (kept, kept)
