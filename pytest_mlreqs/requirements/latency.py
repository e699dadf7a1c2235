"""latency: predictions come back in time."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.measurement import Measurement, at_most, number, undecided
from pytest_mlreqs.models.altered import Alter, Altered
from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.scoring import method
from pytest_mlreqs.requirement import Planted, Requirement

if TYPE_CHECKING:
    from pytest_mlreqs.measures.timing import Timed

_QUANTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
_Budget = Annotated[float, Meta(gt=0, description="budget in milliseconds, of one call")]


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
        apart, during which the thread had a core 90 % of the time, or by three times the budget:
        a busy machine slows a model down, but not so much. Else it is undecided.

    Cannot see
        Loading, network and queues in front of the model. Beside busy neighbours (`pytest -n`) it
        can confirm a model that is fast enough, but hardly refute one that is a little too slow.
    """

    rubric = "monitoring 6"

    max_p50_ms: _Budget | None = None
    max_p90_ms: _Budget | None = None
    max_p95_ms: _Budget | None = None
    max_p99_ms: _Budget | None = None
    method: Annotated[
        str, Meta(min_length=1, description="what is called; a model that is a function is itself")
    ] = "predict"
    rows: Annotated[int, Meta(ge=1, description="rows of X in one call")] = 1
    warmup: Annotated[int, Meta(ge=0, description="calls before the first that counts")] = 5
    max_calls: Annotated[int, Meta(ge=10, description="most calls in one burst")] = 5_000
    max_seconds: Annotated[float, Meta(gt=0, description="most seconds of one burst")] = 10.0

    def __post_init__(self) -> None:
        budgets = self._budgets()
        if not budgets:
            raise ValueError("needs a budget: max_p50_ms, max_p90_ms, max_p95_ms or max_p99_ms")
        for lower, higher in itertools.pairwise(budgets):
            if budgets[lower] > budgets[higher]:
                raise ValueError(
                    f"allows less at {higher} than at {lower}: no model can be between"
                )

    def check(self, model: Any, X: Any) -> Iterator[Measurement]:
        """Yield one measurement per budget."""
        from pytest_mlreqs.measures import timing

        budgets = self._budgets()
        predict = method(model, self.method)
        if len(X) == 0:
            yield from (undecided(f"{name} of {predict.name}", "X has no rows") for name in budgets)
            return
        predict.probed(_take(X, range(min(self.rows, len(X)))))
        rows = _rows(X, self.rows)
        call = guarded(predict.call, predict.name)
        for _, given in itertools.islice(rows, self.warmup):
            call(given)
        timed = timing.hold(
            call,
            rows,
            {_QUANTILES[name]: budget for name, budget in budgets.items()},
            max_calls=self.max_calls,
            max_seconds=self.max_seconds,
        )
        for name, budget in budgets.items():
            yield self._measured(f"{name} of {predict.name}", timed[_QUANTILES[name]], budget)

    def plant(self, model: Any, X: Any) -> Iterator[Planted]:
        """A model that sleeps four times the budget, often enough for the quantile to break."""
        for name, budget in self._budgets().items():
            every = max(1, int(1 / (4 * (1 - _QUANTILES[name]))))
            which = "every call" if every == 1 else f"every {every}th call"
            what = f"{self.method} sleeps {number(4 * budget)} ms on {which} ({name})"
            yield Planted(what, {"model": Altered(model, _sleepy(4 * budget / 1e3, every))})

    def _budgets(self) -> dict[str, float]:
        """Budget in milliseconds by the name of its quantile, lowest quantile first."""
        declared = {name: getattr(self, f"max_{name}_ms") for name in _QUANTILES}
        return {name: budget for name, budget in declared.items() if budget is not None}

    def _measured(self, name: str, timed: Timed, budget: float) -> Measurement:
        burst = timed.burst
        within = at_most(name, timed.value_ms, budget, "ms", interval=timed.interval_ms)
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        how = f"{rows} a call, {len(burst.rows)} calls in {burst.seconds:.2g} s after "
        how += f"{self.warmup} to warm up"
        how += (
            f", {burst.waiting:.0%} of the time without a core" if burst.waiting is not None else ""
        )
        how += ", wall time as a pool of threads works along" if burst.pooled else ""
        workers = os.environ.get("PYTEST_XDIST_WORKER_COUNT")
        how += f", beside {workers} pytest workers" if workers else ""
        how += "; wrong in at most 1 % of runs"
        slowest = sorted(zip(burst.times, burst.rows, strict=True), reverse=True)[:5]
        median = sorted(burst.times)[len(burst.times) // 2]
        tail = median <= budget
        return Measurement(
            name=name,
            text=within.text + (f": undecided because {timed.why}" if timed.why else ""),
            ok=timed.ok,
            value=timed.value_ms,
            limit=budget,
            unit="ms",
            interval=timed.interval_ms,
            how=how,
            worst=tuple(f"row {row} ({number(ms)} ms)" for ms, row in slowest),
            hint=f"half of the calls take less than {number(median)} ms: look at the slowest rows"
            if tail
            else "every call is slow: profile the method on a single row",
        )


def _rows(X: Any, rows: int) -> Iterator[tuple[int, Any]]:
    """Position of the first row and a fresh input, without end; each row once a round."""
    generator = random.Random(0)  # noqa: S311  (the order of rows is no secret)
    size = min(rows, len(X))
    while True:
        order = generator.sample(range(len(X)), len(X))
        for start in range(0, len(X) - size + 1, size):
            chosen = order[start : start + size]
            yield chosen[0], _take(X, chosen)


def _take(X: Any, positions: Any) -> Any:
    """Some rows of a frame, an array or a list, as a copy of its kind."""
    chosen = list(positions)
    if hasattr(X, "iloc"):
        return X.iloc[chosen]
    if hasattr(X, "shape"):
        return X[chosen]
    return [X[position] for position in chosen]


def _sleepy(seconds: float, every: int) -> Alter:
    import time

    calls = itertools.count(1)

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        if next(calls) % every == 0:
            time.sleep(seconds)
        return call(X)

    return alter
