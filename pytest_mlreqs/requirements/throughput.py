"""throughput: a batch gets through fast enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.evidence import Evidence
from pytest_mlreqs.core.limits import at_least
from pytest_mlreqs.core.measurement import Measurement, counted, number
from pytest_mlreqs.core.option_groups import CallRows, Method, Threads
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.machine.workers import limited, told
from pytest_mlreqs.measures.timing import causes
from pytest_mlreqs.measures.timing.calls import Calls, judge
from pytest_mlreqs.measures.timing.trial import Answer
from pytest_mlreqs.measures.timing.visits import Stopwatch, Visits
from pytest_mlreqs.models.harm.altered import harmed
from pytest_mlreqs.models.harm.calls import Sleepy
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.models.scoring import method

_MORE_ROWS = "give X more different rows"
_AGAIN = "run it again while less else runs: pytest -m mlreqs without -n"
_WARMUP = 2
_MOST_CALLS = 500
_BURST_S = (20.0, 60.0)  # as long as ten batches need, within these


class Throughput(Requirement, frozen=True, kw_only=True):
    """A batch of a declared size is worked through at a required number of rows a second.

    Declare this if many rows are scored at once and the time for all of them is limited, such as
    in a nightly run. If somebody waits for a single row, declare `latency`: one row takes hardly
    less time than a thousand, so neither number tells the other.

    Why
        A nightly run over all customers has a window, and what it costs is the price per row.
        Compute is to be watched like quality (Breck et al. 2017, Monitoring 6).

    Declare
        [tool.mlreqs.throughput]
        rows = 1_000
        min_rows_per_s = 50_000

    Measures
        The time of calls with batches of `rows` rows of X, drawn at random. Each batch is a new
        one. The throughput is `rows` over the median time. An answer that is only promised is
        computed within the call. A violation shows in which steps and columns of a scikit-learn
        pipeline the time goes, and whether it would be less with `n_jobs = 1`.

    Verdict
        A `sequential_test` of the time that a batch may take: wrong with a probability of at most
        1 % in each direction. Eight calls are the fewest that can pass. A violation must show
        again, and by more on a busy machine: see `busy_machine`. Batches of rows that came before
        may not count: see `kept_answers`.

    Cannot see
        The time to read the rows and to write the answers. Whether several processes at once are
        as fast.
    """

    rubric = ("monitoring 6",)
    alone = True

    rows: CallRows
    min_rows_per_s: Annotated[
        float, Meta(gt=0, description="least rows a second, at the median batch")
    ]
    threads: Threads | None = None
    method: Method | None = None

    def seconds(self) -> float:
        """Two bursts."""
        return 2 * self._burst_s()

    def check(self, model: Model, X: Rows, clock: Clock) -> Iterator[Measurement]:
        """Yield one measurement."""
        predict = model.call
        name = f"throughput of {predict.name}"
        X.suffice(self.rows)
        visits, first = Visits(X.raw, self.rows), Stopwatch(predict.call, clock)
        dataclasses.replace(predict, call=first).probed(visits.first())
        for given in visits.warming(_WARMUP):
            first(given)
        limit = self._limit_ms()
        with limited(self.threads):
            answer = judge(
                predict.call, visits, {0.5: limit},
                max_calls=_MOST_CALLS, max_seconds=self._burst_s(), cold_ms=first.ms,
                clock=clock,
            )[0.5]  # fmt: skip
        yield self._measured(
            name, answer, lambda: causes.of(model.raw, predict.name, X.raw, self.rows, clock)
        )

    def plant(self, model: Any, X: Any, clock: Clock) -> Iterator[Planted]:
        """Batches that take four times as long as they may."""
        predict = method(model, self.method)
        slower = Sleepy(4 * self._limit_ms() / 1e3, 1, clock)
        what = f"{predict.name} sleeps {number(4 * self._limit_ms())} ms on every call"
        yield Planted(what, {"model": harmed(model, predict, slower)})

    def _burst_s(self) -> float:
        return min(max(_BURST_S[0], 10 * self._limit_ms() / 1e3), _BURST_S[1])

    def _limit_ms(self) -> float:
        return 1e3 * self.rows / self.min_rows_per_s

    def _measured(
        self, name: str, answer: Answer[Calls], found: Callable[[], causes.Causes]
    ) -> Measurement:
        from pytest_mlreqs.measures.statistics.histogram import histogram

        calls = answer.samples
        times = (answer.value, *(answer.interval or ()))
        speeds = [1e3 * self.rows / max(ms, 1e-6) for ms in times]
        held = at_least(
            name, speeds[0], self.min_rows_per_s, "rows/s",
            interval=(speeds[2], speeds[1]) if answer.interval else None,
            how=f"batches of {counted(self.rows, 'row')}, {calls.how()}{told(self.threads)}",
            hint=f"profile {name.removeprefix('throughput of ')} on {counted(self.rows, 'row')}",
            id="throughput", of=name.removeprefix("throughput of "), option="min_rows_per_s",
        )  # fmt: skip
        if answer.ok is None:
            few = "set fewer rows, as there was no time for more batches"
            hint = few if answer.option else _MORE_ROWS if answer.few else _AGAIN
            held = dataclasses.replace(held, hint=hint)
        evidence: list[Evidence] = []
        if not answer.ok:
            evidence.append(histogram(calls.times_ms, self._limit_ms(), of="batches"))
        if answer.ok is False:
            why = found()
            evidence += why.evidence
            held = dataclasses.replace(held, hint=why.hint(held.hint))
        return held.judged(answer.ok, answer.why, evidence)
