"""latency: predictions come back in time."""

from __future__ import annotations

import dataclasses
import itertools
import os
import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.measurement import Measurement, at_most, number, undecided
from pytest_mlreqs.models.altered import Alter, Altered
from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.frames import take
from pytest_mlreqs.models.scoring import SCORES, method
from pytest_mlreqs.requirement import Planted, Requirement

if TYPE_CHECKING:
    from pytest_mlreqs.measures.timing import Calls, Timed

_QUANTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
_Budget = Annotated[float, Meta(gt=0, description="milliseconds that such a share of calls keeps")]
_Most = Annotated[int, Meta(ge=10, description="most calls in one burst; 1,000, for p99 5,000")]


class Latency(Requirement, frozen=True, kw_only=True):
    """A prediction comes back within its budget at p50, p90, p95 or p99.

    Why
        A model that misses its serving budget cannot be released, and slow leaks in speed go
        unnoticed (Breck et al. 2017, Monitoring 6). Users feel the tail, so a mean says little; and
        a batch divided by its rows understates a single row many hundred times.

    Declare
        [tool.mlreqs.latency]
        max_p95_ms = 20

    Measures
        The time of single calls with `rows` rows of X each, drawn at random without replacement,
        after a warm-up, with the garbage collector on but spared the session's own objects. The
        time for which the thread had to wait for a core is subtracted where the kernel counts it
        (Linux) and the model works in one thread. Thread pools stay as they are.

    Verdict
        A sequential test of "was this call over the budget?", which stops as soon as it knows:
        for independent calls it is wrong with a probability of at most 1 %, whichever way (Ville
        1939; Howard and Ramdas 2022). A violation must show in two bursts of calls, half a second
        apart, during which the thread had a core 90 % of the time, or be threefold: a busy machine
        slows a model down, but not so much. Else it is undecided. To know takes calls: p95 needs
        at least 102 calls to pass, so beyond 98 ms a call raise `max_seconds`.

    Cannot see
        Loading, network and queues in front of the model. Beside busy neighbours (`pytest -n`) it
        can confirm a model that is fast enough, but hardly refute one. Other than on Linux, where
        waiting is not counted, such neighbours may fail a model that is fast enough.
    """

    rubric = "monitoring 6"
    alone = True

    max_p50_ms: _Budget | None = None
    max_p90_ms: _Budget | None = None
    max_p95_ms: _Budget | None = None
    max_p99_ms: _Budget | None = None
    method: Annotated[
        str, Meta(min_length=1, description="what is called; a model that is a function is itself")
    ] = "predict"
    rows: Annotated[int, Meta(ge=1, description="rows of X in one call")] = 1
    warmup: Annotated[int, Meta(ge=0, description="calls before the first that counts")] = 5
    max_calls: _Most | None = None
    max_seconds: Annotated[float, Meta(gt=0, description="most seconds of one burst")] = 10.0

    def __post_init__(self) -> None:
        budgets = self._budgets()
        if not budgets:
            options = "max_p50_ms, max_p90_ms, max_p95_ms or max_p99_ms, such as max_p95_ms = 20"
            raise ValueError(f"needs at least one budget: {options}")
        for lower, higher in itertools.pairwise(budgets):
            if budgets[lower] > budgets[higher]:
                raise ValueError(f"max_{higher}_ms must be at least max_{lower}_ms")

    def check(self, model: Any, X: Any) -> Iterator[Measurement]:
        """Yield one measurement per budget."""
        from pytest_mlreqs.measures import timing

        budgets = self._budgets()
        predict = method(model, self.method)
        if len(X) < self.rows:  # a smaller batch would tell of another requirement
            why = f"X has {number(len(X)) if len(X) else 'no'} rows, and a call takes {self.rows}"
            yield from (undecided(f"{name} of {predict.name}", why) for name in budgets)
            return
        predict.probed(take(X, list(range(self.rows))))
        inputs = _inputs(X, self.rows)
        for _, given in itertools.islice(inputs, self.warmup):
            guarded(predict.call, predict.name)(given)

        def hold(call: Callable[[Any], Any]) -> dict[float, Timed]:
            limits = {_QUANTILES[name]: budget for name, budget in budgets.items()}
            most = self.max_calls or (5_000 if "p99" in budgets else 1_000)
            return timing.hold(call, inputs, limits, max_calls=most, max_seconds=self.max_seconds)

        # Guarded as a whole: a guard around each call would be part of what is timed.
        timed = guarded(hold, predict.name)(predict.call)
        for name, budget in budgets.items():
            yield self._measured(f"{name} of {predict.name}", timed[_QUANTILES[name]], budget)

    def plant(self, model: Any, X: Any) -> Iterator[Planted]:
        """A model that sleeps four times the budget, often enough for the quantile to break."""
        predict = method(model, self.method)
        harmed = model if self.method in SCORES else predict.call  # Altered knows no other methods
        for name, budget in self._budgets().items():
            every = max(1, int(1 / (4 * (1 - _QUANTILES[name])) + 1e-9))
            which = {1: "every call", 2: "every 2nd call"}.get(every, f"every {every}th call")
            what = f"{predict.name} sleeps {number(4 * budget)} ms on {which}"
            yield Planted(what, {"model": Altered(harmed, _sleepy(4 * budget / 1e3, every))})

    def _budgets(self) -> dict[str, float]:
        """Budget in milliseconds by the name of its quantile, lowest quantile first."""
        declared = {name: getattr(self, f"max_{name}_ms") for name in _QUANTILES}
        return {name: budget for name, budget in declared.items() if budget is not None}

    def _measured(self, name: str, timed: Timed, budget: float) -> Measurement:
        calls = timed.calls
        hint = "most calls are fast: look at the rows above"
        if calls.median_ms > budget:
            hint = f"every call is slow: profile {name.split(' of ')[1]} on {_rows(self.rows)}"
        if timed.ok is None:
            hint = "raise max_calls or max_seconds, or run it alone: pytest -m mlreqs without -n"
        held = at_most(
            name, timed.value_ms, budget, "ms", interval=timed.interval_ms, how=self._how(calls),
            worst=[f"{'row' if self.rows == 1 else 'rows from'} {row}: {number(ms)} ms"
                   for row, ms in calls.slowest],
            hint=hint,
        )  # fmt: skip
        text = held.text + (f": undecided because {timed.why}" if timed.why else "")
        return dataclasses.replace(held, ok=timed.ok, text=text)

    def _how(self, calls: Calls) -> str:
        workers = os.environ.get("PYTEST_XDIST_WORKER_COUNT")
        parts = [
            f"{_rows(self.rows)} per call",
            f"{number(calls.count)} calls after {self.warmup} warm-up calls in "
            f"{calls.seconds:.2g} s" + (" and two bursts" if calls.bursts > 1 else ""),
            "garbage collector frozen",
            f"waited {100 * calls.waited:.0f} % for a core" if calls.waited is not None
            else f"load average {calls.load or 0:.1f}",
            f"elapsed time, as threads work along ({calls.cpu_ratio:.1f} x its CPU time)"
            if calls.pooled else "",
            f"beside {workers} workers" if workers else "",
        ]  # fmt: skip
        return ", ".join(filter(None, parts)) + "; wrong verdicts at most 1 %"


def _rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


def _inputs(X: Any, rows: int) -> Iterator[tuple[int, Any]]:
    """Position of the first row and a fresh input, without end; no row twice in a round."""
    generator = random.Random(0)  # noqa: S311  (the order of rows is no secret)
    drawn = min(len(X) // rows, 1_000) * rows  # to shuffle ten million rows would take seconds
    while True:
        order = generator.sample(range(len(X)), drawn)
        for start in range(0, drawn, rows):
            yield order[start], take(X, order[start : start + rows])


def _sleepy(seconds: float, every: int) -> Alter:
    import time

    calls = itertools.count(1)

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        if next(calls) % every == 0:
            time.sleep(seconds)
        return call(X)

    return alter
