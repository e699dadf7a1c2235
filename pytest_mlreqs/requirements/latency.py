"""latency: predictions come back in time."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import (
    Measurement,
    Undecided,
    number,
)
from pytest_mlreqs.core.option_groups import (
    CallRows,
    MaxSeconds,
    Method,
    RelativeTo,
    Threads,
    Warmup,
)
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.machine.workers import limited
from pytest_mlreqs.measures.timing.budgets import (
    QUANTILES,
    Budgets,
    impossible_starts,
    starts_seconds,
)
from pytest_mlreqs.models import reference
from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.harm.altered import harmed
from pytest_mlreqs.models.harm.calls import Repeated, often
from pytest_mlreqs.models.harm.loading import SlowAtFirst, SlowToLoad
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.requirements.words import latency as words

if TYPE_CHECKING:
    pass

_PAIRS_S = 10.0
_ONE_S = 20.0  # that one new process may take, or twice its limits
_P50 = Annotated[float, Meta(gt=0, description="milliseconds that half of all calls keep")]
_P90 = Annotated[float, Meta(gt=0, description="milliseconds that 9 of 10 calls keep")]
_P95 = Annotated[
    float, Meta(gt=0, description="milliseconds that 19 of 20 calls keep; the usual choice")
]
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
        Meta(
            description="most calls in one burst. Without it 1,000, for p99 5,000, for p999 20,000."
        ),
    ] = None
    max_seconds: MaxSeconds | None = None

    def __post_init__(self) -> None:
        budgets = self._budgets()
        if not budgets and not self._starts() and self.max_ratio is None:
            raise ValueError("needs at least one budget, such as max_p95_ms = 20")
        if (self.max_ratio is None) is not (self.relative_to is None):
            raise ValueError("max_ratio and relative_to go together")
        if why := reference.mistaken(self.relative_to, self.subjects()):
            raise ValueError(why)
        if self.rate_per_s is not None and not budgets:
            raise ValueError("rate_per_s is for calls that have a budget, such as max_p95_ms = 20")
        if self.threads is not None and not budgets and self.max_ratio is None:
            raise ValueError("threads is for calls that have a budget, such as max_p95_ms = 20")
        model = self._starts() or self.max_ratio or self.rows != 1 or self.method
        if self.of == "body" and (model or self.rate_per_s):
            raise ValueError(
                'of = "body" times a test, which has no rows, method, rate, load or ratio'
            )
        why = self._plan().impossible() or impossible_starts(self._starts(), self._starts_s())
        if why:
            raise ValueError(why)

    def needs(self) -> tuple[str, ...]:
        """The model and its rows, and the one it is compared with; or the body of a test."""
        if self.of == "body":
            return ("body",)
        return ("model", "X", *self.supplied())

    def supplied(self) -> Mapping[str, str]:
        """The other model is the fixture that `relative_to` names."""
        return reference.supplied(self.relative_to)

    def seconds(self) -> float:
        """Two bursts, and the starts."""
        bursts = 2 * self._plan().seconds if self._budgets() else 0.0
        pairs = 2 * self._pairs_s() if self.max_ratio else 0.0
        return bursts + pairs + (self._starts_s() + self._one_s() if self._starts() else 0.0)

    def check(
        self, model: Model | None = None, X: Rows | None = None, previous: Any = None,
        body: Callable[[], Any] | None = None, *, clock: Clock,
    ) -> Iterator[Measurement]:  # fmt: skip
        """Yield one measurement per budget."""
        if body is not None:
            yield from self._of_body(body, clock)
            return
        assert model is not None and X is not None  # noqa: PT018  (see `needs`)
        X.suffice(self.rows)
        if self._starts():
            yield from self._started(model, X)
        if self.max_ratio is not None:
            yield self._compared(model, previous, X, self.max_ratio, clock)
        if self._budgets():
            yield from self._of_model(model, X, clock)

    def plant(
        self, model: Model | None = None, X: Rows | None = None, previous: Any = None,
        body: Callable[[], Any] | None = None, *, clock: Clock,
    ) -> Iterator[Planted]:  # fmt: skip
        """Calls that sleep four times the budget, often enough for the quantile to break."""
        for name, budget in self._budgets().items():
            what, sleepy = often(1 - QUANTILES[name], 4 * budget / 1e3, clock)
            if body is not None:
                harmed_body = partial(sleepy, lambda _: body(), None)
                yield Planted(f"the body {what}", {"body": harmed_body})
            elif model is not None:
                stand_in = harmed(model.raw, model.call, sleepy)
                yield Planted(f"{model.name} {what}", {"model": stand_in})
        if model is None or X is None:
            return
        if self.max_ratio is not None:
            from pytest_mlreqs.measures.timing.calls import typical

            other = reference.call(self.relative_to, model.raw, previous, self.method)
            if other is not None:
                given = X.first(self.rows)
                share = typical(other, given, clock) / typical(model.call.call, given, clock)
                times = math.ceil(4 * self.max_ratio * share) + 1
                stand_in = harmed(model.raw, model.call, Repeated(times))
                yield Planted(f"{model.name} does its work {times} times", {"model": stand_in})
        for name, limit in self._starts().items():
            what, pause = f"{name} takes {number(4 * limit)} ms more in a new process", 4 * limit
            slow = SlowToLoad if name == "load" else SlowAtFirst
            yield Planted(what, {"model": slow(model.raw, pause / 1e3)})

    def _budgets(self) -> dict[str, float]:
        """Budget in milliseconds by the name of its quantile, lowest quantile first."""
        declared = {name: getattr(self, f"max_{name}_ms") for name in QUANTILES}
        return {name: budget for name, budget in declared.items() if budget is not None}

    def _starts(self) -> dict[str, float]:
        """Limits in milliseconds for what happens once in a process."""
        declared = {"load": self.max_load_ms, "first_call": self.max_first_call_ms}
        return {name: limit for name, limit in declared.items() if limit is not None}

    def _plan(self) -> Budgets:
        return Budgets(self._budgets(), self.max_calls, self.max_seconds, self.rate_per_s)

    def _pairs_s(self) -> float:
        return self.max_seconds or _PAIRS_S

    def _starts_s(self) -> float:
        return self.max_seconds or starts_seconds(self._starts())

    def _one_s(self) -> float:
        return max(_ONE_S, 2 * sum(self._starts().values()) / 1e3)

    def _words(self) -> words.Words:
        return words.Words(0 if self.of == "body" else self.rows, self.threads)

    def _of_body(self, body: Callable[[], Any], clock: Clock) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.timing.budgeted import judge, warm_up

        name, plan = "the test's body", self._plan()
        call = guarded(lambda _: body(), name)
        nothing = itertools.repeat(None, self.warmup)
        warm = warm_up(call, nothing, self.warmup, plan.seconds, clock)
        runs = ((run, None) for run in itertools.count(1))
        with limited(self.threads):
            answers = judge(call, runs, plan, warm=(warm, self.warmup), cold_ms=(), clock=clock)
        for quantile, answer in answers.items():
            yield self._words().call(quantile, name, answer, plan.ms[quantile], None, warm)

    def _of_model(self, model: Model, X: Rows, clock: Clock) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.timing import causes
        from pytest_mlreqs.measures.timing.budgeted import judge, warm_up
        from pytest_mlreqs.measures.timing.visits import Stopwatch, Visits

        plan, predict = self._plan(), model.call
        visits, first = Visits(X.raw, self.rows), Stopwatch(predict.call, clock)
        dataclasses.replace(predict, call=first).probed(visits.first())
        warm = warm_up(first, visits.warming(self.warmup), self.warmup, plan.seconds, clock)
        with limited(self.threads):
            answers = judge(
                predict.call, visits, plan,
                warm=(warm, self.warmup), cold_ms=first.ms, clock=clock,
            )  # fmt: skip
        of_rows = partial(causes.of, model.raw, predict.name, X.raw, self.rows, clock)
        found = cache(of_rows)  # of one set of calls, whichever budgets they break
        for quantile, answer in answers.items():
            slowest = tuple(row for row, _ in answer.samples.slowest if self.rows == 1)
            why = found(slowest) if answer.ok is False else None
            yield self._words().call(quantile, predict.name, answer, plan.ms[quantile], why, warm)

    def _compared(
        self, model: Model, previous: Any, X: Rows, limit: float, clock: Clock
    ) -> Measurement:
        from pytest_mlreqs.measures.timing import pairs
        from pytest_mlreqs.measures.timing.visits import Visits

        predict = model.call
        predict.probed(X.first(self.rows))
        other = reference.call(self.relative_to, model.raw, previous, self.method)
        if other is None:
            return words.no_preparation(model.raw, predict.name, self.relative_to)
        inputs = Visits(X.raw, self.rows)
        for given in inputs.warming(self.warmup):
            predict.call(given)
            other(given)
        most, seconds = self.max_calls or 1_000, self._pairs_s()
        with limited(self.threads):
            answer = pairs.judge(
                predict.call, other, inputs, limit,
                max_calls=most, max_seconds=seconds, clock=clock,
            )  # fmt: skip
        return self._words().ratio(predict.name, self.relative_to, answer, limit)

    def _started(self, model: Model, X: Rows) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.timing import first_call, fresh

        limits, of, given = self._starts(), model.name, X.first(self.rows)
        try:
            each = fresh.processes(model.raw, of, given, timeout_s=self._one_s())
            seen = fresh.hold(each, limits, max_seconds=self._starts_s())
        except Undecided as gap:
            yield from (gap.measurement(*words.of_start(what, of)) for what in limits)
            return
        for what, limit in limits.items():
            apart = None
            if what == "first_call" and seen[what].ok is False:
                apart = first_call.told(first_call.apart(model.raw, of, given))
            yield words.start(what, of, seen[what], limit, apart)
