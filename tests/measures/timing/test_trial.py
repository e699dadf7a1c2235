"""Tests of pytest_mlreqs.measures.timing.trial, by samples that are made up, on a clock that is."""

import itertools
import random

import numpy as np
import pytest

from pytest_mlreqs.measures.timing.burst import Limit, Plan, Sampler
from pytest_mlreqs.measures.timing.trial import judge
from pytest_mlreqs.measures.timing.visits import Visits
from pytest_mlreqs.testing import FakeClock


class Around:
    """What the machine did to samples: whatever a test says."""

    queued = 0
    pooled = False

    def __init__(self, margin=1.0, busy=""):
        self.margin = margin
        self._busy = busy

    def busy(self):
        return self._busy

    def look(self):
        """There is nothing to see."""

    look_around = look


class Samples(Sampler):
    """Each takes the next milliseconds of a plan, which are what is held to all limits."""

    def __init__(self, plan, clock, limits, machine):
        self.plan, self.clock, self.limits, self.machine = plan, clock, limits, machine
        self.ms = []
        self.keys = set()

    def take(self, most, keys):
        self.keys |= set(keys)
        for ms in itertools.islice(self.plan, min(most, 1)):
            self.clock.sleep(ms / 1e3)
            self.ms.append(ms)
            return 1
        return 0

    def values(self, key, *, pooled=False):
        return self.ms

    def tally(self, key, margin=1.0):
        most = margin * self.limits[key].most
        return len(self.ms), sum(ms > most for ms in self.ms)


class Coins(Samples):
    """Takes no time; each bit of what is planned is whether one of the limits is broken."""

    def tally(self, key, margin=1.0):
        return len(self.ms), sum(ms >> key & 1 for ms in self.ms)

    def values(self, key, *, pooled=False):
        return [ms >> key & 1 for ms in self.ms]


class Trial:
    """Bursts of samples that are held to limits; `machines` are those of one burst after another.

    Attributes:
        answers: by limit.
        bursts: those that count.
        slept: seconds.
    """

    def __init__(self, plan, limits=None, *, machines=(), visits=None, of=Samples, **options):
        self.limits = limits or {"a": Limit(20.0)}
        self.clock = FakeClock()
        around = itertools.chain(machines, itertools.repeat(Around()))
        plan = plan(self.clock) if callable(plan) else iter(plan)
        made = []

        def sampler(clock):
            made.append(of(plan, clock, self.limits, next(around)))
            return made[-1]

        settings = {"samples": 1_000, "seconds": 100, "option": "max_calls", **options}
        self.answers = judge(
            self.limits, sampler, Plan(**settings), lambda bursts, counted: bursts,
            clock=self.clock, visits=visits,
        )  # fmt: skip
        self.bursts = next(iter(self.answers.values())).samples
        work = sum(sum(one.ms) for one in made)
        self.slept = round(self.clock.wall() / 1e9 - work / 1e3, 1)

    @property
    def told(self):
        """The answer to the only question."""
        (answer,) = self.answers.values()
        return answer


def always(ms):
    """The same for every sample."""
    return itertools.repeat(ms)


@pytest.mark.parametrize(("ms", "ok"), [(5, True), (20, True), (20.1, False), (90, False)])
def test_known_answers(ms, ok):
    """What keeps its limit, up to the limit itself, is known to; what is beyond as well."""
    told = Trial(always(ms)).told
    assert (told.ok, told.why, told.value, told.interval) == (ok, "", ms, (ms, ms))


@pytest.mark.parametrize(("ms", "slept"), [(20, 0), (41, 0.5), (25, 17.5)])
def test_what_is_broken_is_confirmed(ms, slept):
    """By far: half a second later; by less: again and again, until ten seconds have gone by."""
    assert Trial(always(ms)).slept == slept


def test_one_confirmation_may_be_enough():
    """A limit may say that what breaks it at all does so by far."""
    trial = Trial(always(21), {"a": Limit(20.0, by_far=1.0)})
    assert (trial.told.ok, trial.slept, len(trial.bursts)) == (False, 0.5, 2)


@pytest.mark.parametrize(
    ("seconds", "ms", "slept"),
    [(1, 1, 0.5), (3, 1, 2.5), (6, 1, 7.5), (9, 1, 17.5), (8, 1, 7.5), (10, 25, 7.5)],
)
def test_confirming_takes_no_more_time_than_two_bursts(seconds, ms, slept):
    """A limit is confirmed as often as there is time for a pause and a burst, once at least."""
    trial = Trial(always(ms), {"a": Limit(ms / 1.2)}, seconds=seconds)
    assert (trial.told.ok, trial.slept) == (False, slept)


def test_what_is_not_confirmed():
    """What only some bursts say is undecided."""
    for slow in (40, 80):
        told = Trial([25] * slow + [1] * 1_000, unconfirmed="nobody confirmed it").told
        assert (told.ok, told.why) == (None, "nobody confirmed it")


def test_each_limit_is_confirmed_by_itself():
    """What is kept, or broken by far, takes no part in what is asked again."""
    trial = Trial(always(30), {"far": Limit(10.0), "near": Limit(25.0), "kept": Limit(30.0)})
    assert {key: told.ok for key, told in trial.answers.items()} == {
        "far": False, "near": False, "kept": True,
    }  # fmt: skip
    first, second, *others = [burst.keys for burst in trial.bursts]
    assert (first, second, others) == ({"far", "near", "kept"}, {"far", "near"}, [{"near"}] * 3)


@pytest.mark.parametrize(("ms", "warm"), [(41, 5), (49.9, 5), (50, 0)])
def test_samples_after_a_pause_do_not_count(ms, warm):
    """What a pause has made cold is made warm again, if samples are short."""

    def cold(clock):
        for number in itertools.count():
            yield 999 if warm and 40 <= number < 45 else ms

    trial = Trial(cold, {"a": Limit(20.0)})
    assert (trial.told.ok, max(map(max, (one.ms for one in trial.bursts)))) == (False, ms)


@pytest.mark.parametrize(("ms", "ok"), [(20, True), (41, None), (61, False)])
def test_a_busy_machine(ms, ok):
    """It excuses what breaks the limit by no more than it may have done; in any of the bursts."""
    for machines in ([Around(3.0, "busy")], [Around(), Around(), Around(3.0, "busy")]):
        told = Trial(always(ms), machines=machines).told
        assert (told.ok, told.why) == (ok, "busy" if ok is None else "")


@pytest.mark.parametrize(("patient", "more"), [(True, True), (False, False)])
def test_a_busy_machine_is_asked_for_as_long_as_it_takes(patient, more):
    """Samples go on until it is known whether the machine excuses what is broken, if they may."""
    near = [41] * 20 + [61] * 20 + [61] * 5_000
    machines = [Around(3.0, "busy")]
    trial = Trial(near, machines=machines, patient=patient)
    assert (len(trial.bursts[0].ms) > 40) is more


def test_too_few_samples():
    """What is missing to either answer is told, and the option that gives it."""
    told = Trial(always(10), {"a": Limit(20.0, 0.95)}, samples=50).told
    assert told.why == (
        "0 of 50 calls were over it; to pass takes about 52 more within it, to fail 11 more over it"
    )
    assert (told.ok, told.option) == (None, "max_calls = 120")
    assert Trial(always(10), {"a": Limit(20.0, 0.95)}, samples=50, option="").told.option == ""


def test_too_little_time():
    """Where the time was over, more of it is what is missing, if that is within reach."""
    limits = {"a": Limit(20.0, 0.95)}
    told = Trial(always(10), limits, seconds=0.3, name="rounds").told
    assert told.why.startswith("0 of 30 rounds were over it; to pass takes about 72 more")
    assert (told.ok, told.option) == (None, "max_seconds = 1.2")
    assert Trial(always(10), limits, seconds=0.3, reach=101).told.option == ""


@pytest.mark.parametrize("options", [{"seconds": 0.2}, {"samples": 20}])
def test_an_option_that_is_obeyed_is_enough(options):
    """With what it asks for, the same samples are judged."""
    limits = {"a": Limit(20.0, 0.95)}
    asked = float(Trial(always(10), limits, **options).told.option.partition(" = ")[2])
    name = next(iter(options))
    again = Trial(always(10), limits, **{name: type(options[name])(asked)})
    assert again.told.ok is True


@pytest.mark.parametrize(("samples", "least"), [(3, 1), (5, 5)])
def test_the_least_samples(samples, least):
    """Some samples are taken however long they take; the time decides after them."""
    trial = Trial(always(900), seconds=2.7, least=least)
    assert len(trial.bursts[0].ms) == samples


def test_a_blink():
    """What breaks a limit for so short a time only breaks nothing."""
    told = Trial(always(0.5), {"a": Limit(0.1)}, blink_ns=50_000_000)
    assert (told.told.ok, len(told.bursts[0].ms)) == (False, 100)


def test_slow_samples_are_looked_at_more_often():
    """After `slow_s` every fifth sample is looked at."""
    counts = [len(Trial(always(200), slow_s=one).bursts[0].ms) for one in (1.0, 100.0)]
    assert counts == [10, 40]


def test_earlier_and_later_samples_disagree():
    """An answer that was reached early, and that all samples contradict, is none."""
    limits = {"a": Limit(20.0), "b": Limit(20.0, 0.95)}
    answers = Trial([1] * 40 + [30] * 5_000, limits).answers
    assert (answers["a"].ok, answers["a"].why) == (None, "earlier and later calls disagree")
    assert answers["b"].ok is False


@pytest.mark.parametrize(("ms", "ok"), [(10, True), (41, None)])
def test_samples_that_somebody_watches(watched, ms, ok):
    """What slows samples down, and cannot be told to rest, breaks no limit."""
    told = Trial(always(ms)).told
    assert (told.ok, told.why) == (ok, "" if ok else watched)


@pytest.mark.parametrize(("rows", "ok"), [(8, None), (1_000, True)])
def test_answers_that_are_kept(rows, ok):
    """What is kept with rows that came before has to be kept with new ones."""
    visits = Visits(np.arange(float(rows)).reshape(rows, 1), 1)
    plan = (15 if at < rows else 0.1 for at, _ in enumerate(visits))
    told = Trial(plan, {"a": Limit(20.0, 0.95)}, visits=visits).told
    assert (told.ok, told.few, told.why.startswith("answers seem to be")) == (ok, not ok, not ok)


def test_the_bound_on_errors_is_shared_out():
    """Of more limits each takes more samples."""
    one, many = (
        Trial(always(1), dict.fromkeys(range(limits), Limit(20.0)), first=1, step=1)
        for limits in (1, 1_000)
    )
    assert len(one.bursts[0].ms) == 8
    assert len(many.bursts[0].ms) > 16


@pytest.mark.parametrize(("quantile", "limits"), [(0.5, 1), (0.5, 5), (0.95, 1)])
def test_error_rate(quantile, limits):
    """A quantile right at its limit is hardly ever called anything; one well beyond is known.

    In few runs; `benchmarks/error_rates.py` makes many.
    """
    passed, failed = errors(quantile, limits, 1.0, 60)
    assert passed + failed <= 3
    assert errors(quantile, limits, 3.0, 20) == (0, 20)
    assert errors(quantile, limits, 0.1, 20) == (20, 0)


def errors(quantile, limits, times, runs, samples=400):
    """Of how many runs some limit is said to be kept, and of how many some is said to be broken.

    Args:
        quantile: that is held.
        limits: how many, each of samples of its own.
        times: by which samples are beyond the limit as often as they may be.
        runs: how many.
        samples: in a burst, at most.
    """
    passed = failed = 0
    asked = dict.fromkeys(range(limits), Limit(0.5, quantile))
    for seed in range(runs):
        generator = random.Random(f"{seed} {quantile} {limits} {times}")
        over = min(1.0, times * (1 - quantile))
        coins = (
            sum((generator.random() < over) << at for at in range(limits))
            for _ in itertools.count()
        )
        trial = Trial(coins, asked, of=Coins, samples=samples)
        oks = {answer.ok for answer in trial.answers.values()}
        passed += True in oks
        failed += False in oks
    return passed, failed
