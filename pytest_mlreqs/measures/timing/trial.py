"""trial: are limits kept? Samples are taken in bursts until that is known, or cannot be.

The bound on errors is shared out evenly among the limits (Bonferroni), so that it holds for all of
them together. It holds for samples whose chance to be above a limit does not depend on those
before, which an untidy machine breaks. So what says that a limit is broken has to say so again in
further bursts of samples, after longer and longer pauses, and each time on a machine that leaves
the samples alone, or by more than a busy one makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.machine.rest import at_rest
from pytest_mlreqs.measures.statistics.sequential import at_quantile, quantile_interval
from pytest_mlreqs.measures.timing.burst import Burst, Key, Limit, Plan, Sampler
from pytest_mlreqs.measures.timing.visits import Visits, with_new_rows

ALPHA = 0.01
PAUSES_S = (0.5, 2.0, 5.0, 10.0)  # before each burst that is to confirm a broken limit
WARM_SAMPLES = 5  # after a pause
_COLD_NS = 50_000_000  # of samples that take longer, what is cold in the beginning is little

Record = TypeVar("Record")
Other = TypeVar("Other")
Some = TypeVar("Some", bound=Sampler[Any])


@dataclass(frozen=True, slots=True)
class Answer(Generic[Record]):
    """One limit, and what samples say of it.

    Attributes:
        value: the quantile of all of them.
        interval: its 95 % interval, or None for few samples.
        ok: within the limit, beyond it, or None where it is undecided.
        why: why it is undecided, or empty.
        samples: what they were.
        option: which one would give what is missing, where one would: `max_seconds = 40`.
        few: whether more different rows are what is missing.
    """

    value: float
    interval: tuple[float, float] | None
    ok: bool | None
    why: str
    samples: Record
    option: str = ""
    few: bool = False

    def of(self, samples: Other) -> Answer[Other]:
        """The same, with another record of the samples."""
        return Answer(self.value, self.interval, self.ok, self.why, samples, self.option, self.few)


def judge(
    limits: Mapping[Key, Limit], sampler: Callable[[Clock], Some], plan: Plan,
    record: Callable[[list[Some], bool], Record], *,
    clock: Clock | None = None, visits: Visits | None = None, cold_ms: Sequence[float] = (),
) -> dict[Key, Answer[Record]]:  # fmt: skip
    """Take bursts of samples until each limit is known to be kept or broken.

    If samples are independent, the probability that any of the answers is wrong is at most `ALPHA`.
    What is broken is confirmed after each of `PAUSES_S`, while two times the seconds of a burst
    last, or only after the first of them if it is broken by far.

    Args:
        limits: that are held together.
        sampler: a new one, for the samples of one burst.
        plan: for each burst.
        record: what there is to tell of all samples, and whether the kernel counts waiting.
        clock: for tests.
        visits: draw the rows of samples, and tell which are new, if anything does.
        cold_ms: what calls took that were made before and do not count.
    """
    alpha, samplers, bursts = ALPHA / len(limits), list[Some](), list[Burst[Key]]()
    with at_rest(clock) as (counters, excused):

        def take_burst(of: Mapping[Key, Limit]) -> None:
            samplers.append(sampler(counters))
            bursts.append(Burst(of, samplers[-1], alpha, plan))
            bursts[-1].run(counters, visits)

        began = counters.wall()
        take_burst(limits)
        for broken in _later(counters, began, limits, bursts) if plan.confirms else ():
            warming, scrap = _cold(bursts[-1]), sampler(counters)
            while warming > 0 and (made := scrap.take(warming, broken)):
                warming -= made
            take_burst(broken)
        samples = record(samplers, counters.counts_waiting)
    excused = next(filter(None, (one.excuse(excused) for one in samplers)), "")
    return {
        key: _answer(key, limit, bursts, samples, excused, visits, cold_ms)
        for key, limit in limits.items()
    }


def _answer(
    key: Key, limit: Limit, bursts: Sequence[Burst[Key]], samples: Record, excused: str,
    visits: Visits | None, cold_ms: Sequence[float],
) -> Answer[Record]:  # fmt: skip
    values, fresh = together(key, bursts)
    ordered, q = sorted(values), limit.quantile
    (ok, why), option = _verdict(key, bursts), ""
    value = at_quantile(ordered, q)
    if bursts[0].known[key] is None:
        why, option = bursts[0].missing(key)
    elif ok is not None and ok is not (value <= limit.most):
        ok, why = None, f"earlier and later {bursts[0].plan.name} disagree"
    elif ok is False and excused:
        ok, why = None, excused
    answer = Answer(value, quantile_interval(ordered, q), ok, why, samples, option)
    if not ok or not visits:
        return answer
    alpha, different = bursts[0].alpha, visits.different
    ok, why = with_new_rows(
        values, fresh, limit.most, q, alpha, different, cold_ms, unit=limit.unit
    )
    return replace(answer, ok=ok, why=why, few=ok is None)


def _verdict(key: Key, bursts: Sequence[Burst[Key]]) -> tuple[bool | None, str]:
    first, *others = (burst for burst in bursts if key in burst.limits)
    ok = first.known[key]
    enough = others or not first.plan.confirms
    if ok is True or (enough and all(burst.refutes(key) for burst in (first, *others))):
        return ok, ""
    last = others[-1] if others else first
    return None, last.sampler.machine.busy() or last.plan.unconfirmed


def together(key: Key, bursts: Sequence[Burst[Key]]) -> tuple[list[float], list[bool]]:
    """What is held to a limit in all bursts, in order, and which of it is of new rows."""
    pooled = any(burst.sampler.machine.pooled for burst in bursts)
    each = [(burst.sampler.values(key, pooled=pooled), burst.fresh) for burst in bursts]
    values = [value for values, _ in each for value in values]
    return values, [new for values, fresh in each for new in fresh[: len(values)]]


def _later(
    clock: Clock, began: int, limits: Mapping[Key, Limit], bursts: Sequence[Burst[Key]]
) -> Iterator[dict[Key, Limit]]:
    """Pause, and yield what is to be confirmed by a burst, until there is nothing left.

    All bursts and pauses take no more time than two bursts may; the caller that makes one adds it.
    """
    last, longest, still = began, 0, dict(limits)
    for pause in PAUSES_S:
        several = len(bursts) > 1
        still = {
            key: limit
            for key, limit in still.items()
            if bursts[-1].refutes(key)
            and not (several and all(burst.refutes(key, limit.by_far) for burst in bursts))
        }
        if not still:
            return
        now = clock.wall()
        longest = max(longest, now - last)
        if (
            pause != PAUSES_S[0]
            and now + longest + pause * 1e9 > began + 2e9 * bursts[0].plan.seconds
        ):
            return
        clock.sleep(pause)
        last = clock.wall()
        yield still


def _cold(burst: Burst[Key]) -> int:
    """How many samples need to be taken after a pause before they count, as caches are cold."""
    return WARM_SAMPLES if burst.elapsed < _COLD_NS * burst.count else 0
