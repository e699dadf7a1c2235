"""latency: predictions come back in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import Measurement, Undecided, number
from pytest_mlreqs.core.option_groups import (
    CallRows,
    MaxSeconds,
    Method,
    RelativeTo,
    Threads,
    Warmup,
)
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.timing.budgets import PAIRS_S, QUANTILES, Budgets, Starts
from pytest_mlreqs.models import reference
from pytest_mlreqs.models.harm.altered import harmed
from pytest_mlreqs.models.harm.calls import Repeated, often
from pytest_mlreqs.models.harm.loading import SlowAtFirst, SlowToLoad
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.requirements.words import latency as words

_NO_MODEL = "which has no rows, method, rate, load or ratio"
_P50 = Annotated[float, Meta(gt=0, description="milliseconds that half of all calls keep")]
_P90 = Annotated[float, Meta(gt=0, description="milliseconds that 9 of 10 calls keep")]
_P95 = Annotated[float, Meta(gt=0, description="milliseconds that 19 of 20 calls keep (the usual)")]
_P99 = Annotated[
    float,
    Meta(gt=0, description="milliseconds that 99 of 100 calls keep; takes 519 calls at least"),
]
_P999 = Annotated[
    float,
    Meta(gt=0, description="milliseconds that 999 of 1,000 calls keep; takes 5,212 calls at least"),
]
_Load = Annotated[
    float, Meta(gt=0, description="milliseconds in which a new process loads the model; the median")
]
_FirstCall = Annotated[
    float, Meta(gt=0, description="milliseconds of the first call in a new process; the median")
]


class Latency(Requirement, frozen=True, kw_only=True):
    """A prediction comes back within its budget: at p50, p90, p95, p99, or from a cold start.

    Declare this if somebody waits for a prediction. Choose what you can promise:

        you promise                              options
        single calls in milliseconds             max_p50_ms, max_p95_ms, max_p999_ms, ...
        the same while requests keep coming      these, and rate_per_s
        no slower than another, on any machine   max_ratio and relative_to
        a new process that starts quickly        max_load_ms, max_first_call_ms

    Why
        A model that misses its serving budget cannot be released, and slow leaks in speed go
        unnoticed (Breck et al. 2017, Monitoring 6). Users feel the tail, so a mean says little. A
        batch divided by its rows understates a single row many hundred times.

    Declare
        [[tool.mlreqs.latency]]
        id = "single_row"
        max_p95_ms = 20
        max_load_ms = 5_000             # in a new process, with what it imports
        max_first_call_ms = 200

        [[tool.mlreqs.latency]]         # holds on any machine
        id = "not_slower"
        max_ratio = 1.2
        relative_to = "previous"        # or any fixture that is a model, or "preprocessing"

    Measures
        max_p50_ms to max_p999_ms: the time of single calls with `rows` rows of X each. Rows are
        drawn at random without replacement, after a warm-up. The garbage collector stays on, but
        is spared the session's own objects. An answer that is only promised (JAX, Dask, lazy
        frames, tensors on a device, anything with an `__array__`) is computed within the call.

        rate_per_s: calls are due at random times (Poisson). If all others wait, a call gets a
        thread of its own. Its time counts from when it was due, so what comes behind a slow call
        is late, as it is for users. For services, see "Subjects" in the README.

        max_ratio: pairs of calls of both models on the same rows, in random order. Each call is
        divided by the one beside it.

        max_load_ms, max_first_call_ms: for each sample a new process unpickles the model and calls
        it once. What a first call takes more than the next one is told step by step.

        threads: pools of threads stay as they are, and a busy machine leaves many of their calls
        undecided. `threads = 1` asks BLAS and OpenMP for one thread each.

        of = "body": the calls are those of a marked test's own function, with its fixtures. It
        must bear to be repeated.

        A violation also shows in which steps and columns of a scikit-learn pipeline the time goes,
        and whether it would be less with `n_jobs = 1`.

    Verdict
        max_p50_ms to max_p999_ms: a `sequential_test` of "was this call over the budget?". Each
        answer is wrong with a probability of at most 1 %, for independent calls. To pass takes 102
        calls at least at p95, and 519 at p99. A burst lasts as long as its budgets need, up to a
        minute.

        rate_per_s: calls queue, so they count as the fewer independent ones that tell as much. In
        simulations at most 0.7 % of verdicts at the budget were wrong.

        max_ratio: the same test, of the median.

        max_load_ms, max_first_call_ms: the same test, of the median over at least 8 processes.

        A violation must show again, and by more on a busy machine: see `busy_machine`. Calls that
        are fast only with rows that came before do not count: see `kept_answers`. What is
        undecided says what is missing to either answer, and what to set for it. Only options that
        no model could keep, however quick, are refused.

    Cannot see
        Network and queues in front of the model, without `rate_per_s`. With it: pauses that come
        less than about ten times in a burst, and an app in this process that keeps the interpreter
        to itself, which is undecided.

        What a model loads other than by unpickling. Answers that are kept from earlier calls, with
        `of = "body"` and where different rows have one answer.

        A host that is slower for minutes. `max_ratio` hardly depends on it.

        Beside busy neighbours (`pytest -n`) it can confirm a model that is fast enough, but hardly
        refute one. Where waiting is not counted (other than Linux), such neighbours may fail a
        model that is fast enough.
    """

    rubric = ("monitoring 6",)
    alone = True

    max_p50_ms: _P50 | None = None
    max_p90_ms: _P90 | None = None
    max_p95_ms: _P95 | None = None
    max_p99_ms: _P99 | None = None
    max_p999_ms: _P999 | None = None
    max_ratio: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="how many times as long a call may take as one of `relative_to`, at the "
            "median. Needs `relative_to`. Take it where machines differ."
        ),
    ] = None
    relative_to: RelativeTo | None = None
    max_load_ms: _Load | None = None
    max_first_call_ms: _FirstCall | None = None
    rate_per_s: Annotated[
        Annotated[float, Meta(gt=0, le=10_000)] | None,
        Meta(
            description="requests a second, at random times, that do not wait for earlier answers. "
            "Set it for a service, with a budget. Without it, calls follow each other."
        ),
    ] = None
    of: Annotated[
        Literal["model", "body"],
        Meta(description="what is timed: the model, or the `body` of the marked test"),
    ] = "model"
    method: Method | None = None
    rows: CallRows = 1
    warmup: Warmup = 5
    threads: Threads | None = None
    max_calls: Annotated[
        Annotated[int, Meta(ge=10)] | None,
        Meta(description="most calls in one burst. Without it 1,000; p99 5,000, p999 20,000."),
    ] = None
    max_seconds: MaxSeconds | None = None

    def __post_init__(self) -> None:
        budgets = self._plan().ms
        if not budgets and not self._starts().ms and self.max_ratio is None:
            raise ValueError("needs at least one budget, such as max_p95_ms = 20")
        if (self.max_ratio is None) is not (self.relative_to is None):
            raise ValueError("max_ratio and relative_to go together")
        if why := reference.mistaken(self.relative_to, self.subjects()):
            raise ValueError(why)
        if self.rate_per_s is not None and not budgets:
            raise ValueError("rate_per_s is for calls that have a budget, such as max_p95_ms = 20")
        if self.threads is not None and not budgets and self.max_ratio is None:
            raise ValueError("threads is for calls that have a budget, such as max_p95_ms = 20")
        model = self._starts().ms or self.max_ratio or self.rows != 1 or self.method
        if self.of == "body" and (model or self.rate_per_s):
            raise ValueError(f'of = "body" times a test, {_NO_MODEL}')
        if why := self._plan().impossible() or self._starts().impossible():
            raise ValueError(why)

    def needs(self) -> tuple[str, ...]:
        """The model and its rows, and the one it is compared with; or the body of a test."""
        return ("body",) if self.of == "body" else ("model", "X", *self.supplied())

    def supplied(self) -> Mapping[str, str]:
        """The other model is the fixture that `relative_to` names."""
        return reference.supplied(self.relative_to)

    def seconds(self) -> float:
        """Two bursts, and the starts."""
        bursts = 2 * self._plan().seconds if self._plan().ms else 0.0
        pairs = 2 * (self.max_seconds or PAIRS_S) if self.max_ratio else 0.0
        return bursts + pairs + self._starts().all_seconds

    def check(
        self, model: Model | None = None, X: Rows | None = None, previous: Any = None,
        body: Callable[[], Any] | None = None, *, clock: Clock,
    ) -> Iterator[Measurement]:  # fmt: skip
        """Yield one measurement per budget."""
        from pytest_mlreqs.measures.timing import budgeted

        plan = (self._plan(), self.warmup, self.threads, clock)
        said = words.Words(0 if self.of == "body" else self.rows, self.threads)
        if body is not None:
            yield from said.calls(budgeted.of_body(body, *plan), self._plan().ms)
            return
        assert model is not None and X is not None  # noqa: PT018  (see `needs`)
        X.suffice(self.rows)
        if self._starts().ms:
            yield from self._started(model, X)
        if self.max_ratio is not None:
            yield self._compared(model, previous, X, clock)
        if self._plan().ms:
            yield from said.calls(budgeted.of_model(model, X, self.rows, *plan), self._plan().ms)

    def plant(
        self, model: Model | None = None, X: Rows | None = None, previous: Any = None,
        body: Callable[[], Any] | None = None, *, clock: Clock,
    ) -> Iterator[Planted]:  # fmt: skip
        """Calls that sleep four times the budget, often enough for the quantile to break."""
        for name, budget in self._plan().ms.items():
            what, sleepy = often(1 - QUANTILES[name], 4 * budget / 1e3, clock)
            if body is not None:
                yield Planted(f"the body {what}", {"body": partial(sleepy, lambda _: body(), None)})
            elif model is not None:
                stand_in = harmed(model.raw, model.call, sleepy)
                yield Planted(f"{model.name} {what}", {"model": stand_in})
        if model is None or X is None:
            return
        other = reference.call(self.relative_to, model.raw, previous, self.method)
        if self.max_ratio is not None and other is not None:
            from pytest_mlreqs.measures.timing.calls import typical

            given = X.first(self.rows)
            share = typical(other, given, clock) / typical(model.call.call, given, clock)
            times = math.ceil(4 * self.max_ratio * share) + 1
            stand_in = harmed(model.raw, model.call, Repeated(times))
            yield Planted(f"{model.name} does its work {times} times", {"model": stand_in})
        for name, limit in self._starts().ms.items():
            slow = (SlowToLoad if name == "load" else SlowAtFirst)(model.raw, 4 * limit / 1e3)
            what = f"{name} takes {number(4 * limit)} ms more in a new process"
            yield Planted(what, {"model": slow})

    def _limits(self, names: Iterable[str]) -> dict[str, float]:
        """Milliseconds by name, of those that are declared."""
        declared = {name: getattr(self, f"max_{name}_ms") for name in names}
        return {name: limit for name, limit in declared.items() if limit is not None}

    def _plan(self) -> Budgets:
        return Budgets(self._limits(QUANTILES), self.max_calls, self.max_seconds, self.rate_per_s)

    def _starts(self) -> Starts:
        return Starts(self._limits(("load", "first_call")), self.max_seconds)

    def _compared(self, model: Model, previous: Any, X: Rows, clock: Clock) -> Measurement:
        from pytest_mlreqs.measures.timing.budgeted import ratio

        assert self.max_ratio is not None
        model.call.probed(X.first(self.rows))
        other = reference.call(self.relative_to, model.raw, previous, self.method)
        if other is None:
            return words.no_preparation(model.raw, model.name, self.relative_to)
        answer = ratio(
            model, other, X, self.rows, self.max_ratio,
            warmup=self.warmup, threads=self.threads, max_calls=self.max_calls or 1_000,
            max_seconds=self.max_seconds or PAIRS_S, clock=clock,
        )  # fmt: skip
        said = words.Words(self.rows, self.threads)
        return said.ratio(model.name, self.relative_to, answer, self.max_ratio)

    def _started(self, model: Model, X: Rows) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.timing import first_call, fresh
        from pytest_mlreqs.measures.timing.starts import judge

        starts, of, given = self._starts(), model.name, X.first(self.rows)
        try:
            each = fresh.processes(model.raw, of, given, timeout_s=starts.one_s)
            seen = judge(each, starts.ms, max_seconds=starts.seconds)
        except Undecided as gap:
            yield from (gap.measurement(*words.of_start(what, of)) for what in starts.ms)
            return
        for what, limit in starts.ms.items():
            slow = what == "first_call" and seen[what].ok is False
            apart = first_call.told(first_call.apart(model.raw, of, given)) if slow else None
            yield words.start(what, of, seen[what], limit, apart)
