"""open_loop: how long calls take that arrive at a rate, whether the last one was answered or not.

A loop that waits for each answer before it sends the next call asks a slow service less often, and
so hardly sees that it is slow (coordinated omission; Tene, wrk2). Here calls are due at times drawn
beforehand, each is sent from a thread of its own if all others wait, and its latency is counted
from when it was due: behind one slow answer all are late. Arrivals are those of many users who know
nothing of each other (a Poisson process, as in MLPerf LoadGen's server scenario); evenly spaced
ones would never meet in a queue.

Calls in a queue depend on each other, so n of them tell less than n independent ones. They are
judged as n / m, where m is the autocorrelation time: of their latencies, with half as much again
added for what a short run does not see, or of being over the budget, if that is more. With calls
that are independent m apart, n of them are m interleaved independent sequences, and the evidence of
`sequential`, taken to the power 1 / m, is the geometric mean of theirs. That is at most their mean,
which reaches 1/alpha with a probability of at most alpha (Markov). So one looks once, at the end. m
itself is an estimate, and not believed where n / m is below 40. Simulated (one server, exponential,
lognormal and constant service, busy 10 to 95 % of the time, 200 to 1,000 calls, the budget right at
p50, p90, p95 or p99) verdicts were wrong in at most 0.7 % of runs, and all of these were passes.

What comes less than about ten times in a run, such as a pause every few seconds, is not seen so:
then the runs without it pass.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from pytest_mlreqs.core.tracers import excuse, resting
from pytest_mlreqs.measures.machine.machine import busy, margin
from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.statistics.sequential import (
    at_quantile,
    calls_to_fail,
    calls_to_pass,
    decide,
    enough,
    quantile_interval,
)
from pytest_mlreqs.measures.timing.budgets import LEAST_CALLS
from pytest_mlreqs.measures.timing.calls import Calls, Rows
from pytest_mlreqs.measures.timing.sending import MOST_AT_ONCE, Clock, Sent, arrivals
from pytest_mlreqs.measures.timing.trial import ALPHA, PAUSES_S, Answer
from pytest_mlreqs.measures.timing.visits import Visits, with_new_rows

_UNSEEN = 1.5
_SAME = 0.05  # of the budget
_STRETCHES = 8
_T_99 = 3.143  # 1 % quantile of Student's t with 6 degrees of freedom: 7 steps between stretches


def hold(
    call: Callable[[Any], Any], rows: Rows, budgets_ms: Mapping[float, float], *,
    rate_per_s: float, max_calls: int, max_seconds: float, clock: Clock | None = None,
) -> dict[float, Answer[Calls]]:  # fmt: skip
    """Send calls at a rate and judge whether every quantile (0.95) is within its budget.

    `rows` gives position and fresh input of one call after the other, without end. One burst lasts
    `max_seconds` or takes `max_calls`, whichever is less, and is not cut short when all looks well;
    then the answers are waited for. The probability that any verdict is wrong is at most 1 %,
    if calls depend on each other only by queueing (see above). A budget is broken if two bursts say
    so: by their share of calls over it, counted from when they were sent, so that it cannot be the
    sender who was late; or because latency grew all the time, as the service does not keep up.
    """
    alpha = ALPHA / len(budgets_ms)
    different = rows.different if isinstance(rows, Visits) else 0
    count = max(1, min(max_calls, int(rate_per_s * max_seconds)))
    with clock or Clock() as counters, frozen_garbage(), resting() as awake:
        bursts = [_Burst(call, rows, arrivals(count, rate_per_s, seed=0), counters)]
        first = bursts[0]
        if any(first.refutes(q, budget, alpha) for q, budget in budgets_ms.items()):
            counters.sleep(PAUSES_S[0])
            bursts.append(_Burst(call, rows, arrivals(count, rate_per_s, seed=1), counters))
    calls = _together(bursts, rate_per_s, counted=counters.counts_waiting)
    ordered = calls.times_ms
    timed = {}
    for q, budget in budgets_ms.items():
        value = at_quantile(ordered, q)
        few = math.ceil(max(together(burst.latency, budget) for burst in bursts))
        interval = quantile_interval(ordered[few // 2 :: few], q)  # as wide as fewer calls make it
        (ok, why), option = _verdict(q, budget, alpha, bursts), ""
        if ok is None and not why:
            why, needed = _missing(q, budget, alpha, first)
            fewer = max_calls < rate_per_s * max_seconds
            option = enough(*(("max_calls", needed) if fewer else
                              ("max_seconds", needed / rate_per_s)))  # fmt: skip
        if ok is not None and ok is not (value <= budget):
            ok, why = None, "earlier and later calls disagree"
        if ok is False and awake:
            ok, why = None, excuse(awake)
        few = ok is True and isinstance(rows, Visits)
        if few:
            fresh = [new for burst in bursts for new in burst.fresh[: len(burst.sent)]]
            times = [ms for burst in bursts for ms in burst.answer]
            ok, why = with_new_rows(times, fresh, budget, q, alpha, different)
        timed[q] = Answer(value, interval, ok, why, calls, option, few and ok is None)
    return timed


def dependence(values: Any, *, error: float = 0.0) -> float:
    """The integrated autocorrelation time of numbers in order: 1 if they are independent.

    Sums of adjacent autocorrelations are added up while they are positive: the initial positive
    sequence of Geyer, *Statistical Science* 7(4), 1992. Independent errors with the standard
    deviation `error` are thought to be added to the values.
    """
    x = np.asarray(values, float)
    x = x - x.mean()
    added = len(x) * error**2
    variance, time = float(x @ x) + added, -1.0
    if variance == 0:
        return 1.0
    for lag in range(0, len(x) - 1, 2):
        pair = float(x[lag:] @ x[: len(x) - lag] + x[lag + 1 :] @ x[: len(x) - lag - 1])
        pair += added if lag == 0 else 0.0
        if pair <= 0:
            break
        time += 2 * pair / variance
    return max(1.0, time)


def together(times: Sequence[float], budget: float) -> float:
    """How many calls, in their order, tell as much about the budget as one independent call would.

    From the latencies, up to twice the budget and as if each had been read off with an error of a
    twentieth of it: far from the budget it does not matter how they drift.
    """
    x = np.asarray(times)
    latency = dependence(np.minimum(x, 2 * budget), error=_SAME * budget)
    return max(1 + _UNSEEN * (latency - 1), dependence(x > budget))


class _Burst:
    """Calls at a rate, once they have all been answered."""

    def __init__(
        self, call: Callable[[Any], Any], rows: Rows, offsets: list[int], clock: Clock
    ) -> None:
        given = list(islice(rows, len(offsets)))  # beforehand: drawing rows takes time
        self.fresh = rows.fresh[-len(given) :] if isinstance(rows, Visits) else []
        planned = [(ns, row, X) for ns, (row, X) in zip(offsets, given, strict=True)]
        before = (clock.wall(), clock.process(), clock.waited())
        self.sent = clock.play(call, planned)
        self.complete = len(self.sent) == len(planned)
        self.elapsed, self.cpu, self.queued = (
            now - then
            for now, then in zip(
                (clock.wall(), clock.process(), clock.waited()), before, strict=True
            )
        )
        self.latency = [(call.ended - call.due) / 1e6 for call in self.sent]
        self.answer = [(call.ended - call.began) / 1e6 for call in self.sent]
        self.late = [(call.began - call.due) / 1e6 for call in self.sent]
        self.busy = _covered(self.sent)  # nanoseconds with a call in flight

    @property
    def waited(self) -> float:
        return self.queued / max(self.busy, 1)

    def decide(self, times: list[float], q: float, budget: float, alpha: float) -> bool | None:
        few = together(times, budget)
        if len(times) / few < LEAST_CALLS:
            return None
        return decide(len(times) / few, sum(ms > budget for ms in times) / few, q, alpha)

    def refutes(self, q: float, budget: float, alpha: float) -> bool:
        """Whether the quantile breaks its budget: by a margin, if the machine was busy."""
        budget *= margin(self.waited)
        if self.decide(self.answer, q, budget, alpha) is False:
            return True
        return self.grows() and sum(ms > budget for ms in self.answer) > (1 - q) * len(self.sent)

    def grows(self) -> bool:
        """Whether latency rose from stretch to stretch, as the service does not keep up.

        A t test of the steps between the medians of eight stretches. Where the service keeps up
        these steps cancel out, and the test is hardly ever positive; two bursts must be.
        """
        if len(self.sent) < LEAST_CALLS:
            return False
        medians = [np.median(part) for part in np.array_split(self.answer, _STRETCHES)]
        steps = np.diff(medians)
        return bool(steps.mean() > _T_99 * steps.std(ddof=1) / math.sqrt(len(steps)))


def _verdict(
    q: float, budget: float, alpha: float, bursts: list[_Burst]
) -> tuple[bool | None, str]:
    first, last = bursts[0], bursts[-1]
    ok = first.decide(first.latency, q, budget, alpha)
    if len(bursts) > 1 and all(burst.refutes(q, budget, alpha) for burst in bursts):
        return False, ""
    if not all(burst.complete for burst in bursts):
        many = "the machine cannot keep more in flight"
        return None, f"{MOST_AT_ONCE} calls were without an answer at a time, and {many}"
    if ok is True:
        return True, ""
    latency, answer, late_ms = (
        at_quantile(sorted(times), q) for times in (first.latency, first.answer, first.late)
    )
    if answer <= budget < latency or late_ms > budget:
        late = f"calls were sent up to {max(first.late):.3g} ms late"
        return None, f"{late}: this process, or an app in it, is too busy to send at that rate"
    if first.refutes(q, budget, alpha) and not last.refutes(q, budget, alpha):
        return None, "a second burst of calls did not confirm it"
    if ok is False and busy(first.waited):
        return None, busy(first.waited)
    return None, ""


def _missing(q: float, budget: float, alpha: float, burst: _Burst) -> tuple[str, int]:
    """What a burst lacked to either answer, and how many calls the likelier one takes."""
    few = together(burst.latency, budget)
    over, calls = sum(ms > budget for ms in burst.latency), len(burst.sent)
    least = math.ceil(LEAST_CALLS * few)
    passing = max(least, math.ceil(few * calls_to_pass(q, alpha, math.ceil(over / few))), calls + 1)
    failing = calls_to_fail(q, alpha, math.ceil(calls / few), math.floor(over / few))
    failing = max(least, math.ceil(few * failing), calls + 1)
    told = "" if few < 1.5 else f", as much as {calls / few:.0f} that do not queue would tell"
    why = (
        f"{over:,} of {calls:,} calls were over it{told}; to pass takes about {passing - calls:,} "
        f"more within it, to fail {failing - calls:,} more over it"
    )
    return why, failing if over > (1 - q) * calls else passing


def _together(bursts: list[_Burst], rate_per_s: float, *, counted: bool) -> Calls:
    """What there is to tell of all calls."""
    sent = [call for burst in bursts for call in burst.sent]
    times = [ms for burst in bursts for ms in burst.latency]
    ordered = sorted(times)
    worst: dict[int, float] = {}
    for call, ms in zip(sent, times, strict=True):
        worst[call.row] = max(ms, worst.get(call.row, 0.0))
    cpu, own = sum(burst.cpu for burst in bursts), sum(call.cpu for call in sent)
    busy = sum(burst.busy for burst in bursts)
    return Calls(
        count=len(sent),
        seconds=sum(burst.elapsed for burst in bursts) / 1e9,
        bursts=len(bursts),
        times_ms=tuple(ordered),
        wall_ms=(at_quantile(ordered, 0.5), at_quantile(ordered, 0.95), ordered[-1]),
        waited=min(1.0, sum(b.queued for b in bursts) / max(busy, 1)) if counted else None,
        cpu_ratio=cpu / max(own, 1),
        pooled=False,  # nothing is subtracted, so it makes no difference
        slowest=tuple(sorted(worst.items(), key=lambda item: -item[1])[:5]),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        rate_per_s=rate_per_s,
    )


def _covered(sent: list[Sent]) -> int:
    total, until = 0, 0
    for call in sorted(sent, key=lambda call: call.began):
        total += max(0, call.ended - max(call.began, until))
        until = max(until, call.ended)
    return total
