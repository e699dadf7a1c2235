"""compute_regression: predictions become neither slower nor hungrier, run by run."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import MIB, Measurement, number, undecided
from pytest_mlreqs.core.option_groups import CallRows, MaxSeconds, Method, RelativeTo
from pytest_mlreqs.core.past import Observation, Past
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.models import reference
from pytest_mlreqs.models.frames import take
from pytest_mlreqs.models.harm.altered import Altered, harmed
from pytest_mlreqs.models.harm.calls import Greedy, Repeated
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.models.scoring import Scorer, method
from pytest_mlreqs.requirements.words import compute_regression as words

if TYPE_CHECKING:
    from pytest_mlreqs.measures.timing.pairs import Pairs
    from pytest_mlreqs.measures.timing.trial import Answer

_LEAST_PAIRS = 6  # fewer have no interval
_WARMUP = 5
_PEAK_ROWS = 1_000
_PEAK_CALLS = 3
_Growth = Annotated[float, Meta(gt=1)]


class ComputeRegression(Requirement, frozen=True, kw_only=True):
    """Predictions become neither slower nor hungrier, by a jump or little by little.

    Declare this if a model changes often and is to stay as quick and as small as it was. It
    compares runs over months. For a limit that one run can tell by itself, declare `max_ratio` of
    `latency`, or `memory`.

    Why
        One per cent a week is no reason to fail any build, and a factor of 1.7 after a year. Slow
        leaks in compute performance go unnoticed unless versions are compared over time (Breck et
        al. 2017, Monitoring 6). Against the run before, each of them looks fine.

    Declare
        [tool.mlreqs.compute_regression]
        max_slowdown = 1.2                  # times as slow as at the anchor, or as lately
        relative_to = "preprocessing"       # or "previous", or any fixture: a model that stays
        max_memory_growth = 1.3             # of the peak of a call
        history = ".mlreqs/history.sqlite"  # or a URL, "$MLREQS_HISTORY", with series = "churn"
        anchor = "2026-11-01"               # only after a slowdown that is wanted

    Measures
        max_slowdown: the median ratio of a call to one of the reference, over up to `max_calls`
        pairs in random order.

        max_memory_growth: the smallest peak of three calls with the same 1,000 rows (or all, if X
        has fewer), as in `peak_memory`. Less than a MiB counts as one.

        history: after a verdict its numbers are kept with the requirement, the machine, the commit
        and the time. The machine is its processor, cores, system, and versions of Python, NumPy
        and scikit-learn. The commit is GITHUB_SHA, CI_COMMIT_SHA, or what git has checked out. Runs
        are compared on one machine only.

        Keep the file from run to run (a cache or an artifact of CI); a pull request works on a
        copy. It is made where it is not there yet. A relative path starts from the folder of the
        pyproject.toml that declares it. Many processes may write at once. A URL takes the extra
        `sql`; `$NAME` is taken from the environment. A test that is tried again counts once, by its
        last attempt. A run with `--mlreqs-prove` adds nothing.

        The last 1, 2, 3, 5, 9 and 17 runs, without the largest of several, are compared with

            the anchor              which shows a drift
            up to 20 runs before    which shows a jump

        How much runs differ from one to the next is estimated from the history, and is 1 % at
        least.

    Verdict
        Anchor: the first five runs on a machine, which are undecided: nothing was compared. It
        stays what it is, however slow the drift. `anchor` names a day or a commit from which on
        the first five runs are the new one. Another machine, or new versions, have no anchor yet,
        and say so.

        Violated, if it is beyond the limit by more than runs differ. The chance of any wrong
        failure in 365 runs is at most 1 % for each limit, for independent runs with normal errors.
        That holds even for a model that is slower by just what it may. One bad run alone hardly
        fails.

        Satisfied, if the last run alone shows so: wrong in at most 1 % of verdicts. In between it
        is undecided. With `max_slowdown = 1.2` it takes

            slowdown          runs spread by 1 %         runs spread by 2 %
            step of 1.5       violated in run 1          violated in run 2
            step of 1.3       in run 2                   in run 5
            drift of 1 % a    in night 156, of which     in night 178
            week              128 are within the limit

        A busy machine: a run during which the thread had no core for more than 10 % of the time
        may pass, and is violated only beyond 1.2 times the limit. If that was more than half of
        the time, nothing is held against it.

        Left out of the history, and undecided: a run that keeps answers (its calls are half as
        long with rows that came before), and one that a native debugger watched. On other systems
        than Linux waiting for a core is part of the ratio, and memory is undecided.

        A history that cannot be read, or is something else, is undecided and left as it is. One
        that can be read and not written is compared with; the last lines of the run say that this
        run is not in it.

    Cannot see
        What slows down the model and its reference alike. With "preprocessing" that is
        preprocessing itself, and little is seen of a last step that takes little of the time. A
        fixed `previous` shows all.

        Errors that last for days, such as other hardware of the same name. An anchor of five runs
        within an hour, on a machine that differs more from day to day.
    """

    rubric = ("monitoring 6",)
    alone = True

    max_slowdown: Annotated[
        _Growth | None,
        Meta(
            description="how many times as slow calls may become over time, divided by those of "
            "`relative_to`. 1.2 allows a fifth more."
        ),
    ] = None
    relative_to: RelativeTo | None = None
    max_memory_growth: Annotated[
        _Growth | None,
        Meta(
            description="how many times as large the peak of a call may become over time. "
            "1.3 allows three tenths more."
        ),
    ] = None
    anchor: Annotated[
        Annotated[str, Meta(min_length=7)] | None,
        Meta(
            description="day (2026-11-01) or commit from which on the first five runs are what "
            "later ones are compared with. Set it after a change that is wanted. Without it, the "
            "very first."
        ),
    ] = None
    method: Method | None = None
    rows: CallRows = 1
    max_calls: Annotated[int, Meta(ge=40, description="most pairs of calls in a run")] = 500
    max_seconds: MaxSeconds = 10.0

    def __post_init__(self) -> None:
        from pytest_mlreqs import history

        if self.max_slowdown is None and self.max_memory_growth is None:
            raise ValueError("needs at least one limit, such as max_slowdown = 1.2")
        if (self.max_slowdown is None) is not (self.relative_to is None):
            raise ValueError("max_slowdown and relative_to go together")
        if why := reference.mistaken(self.relative_to, self.subjects()):
            raise ValueError(why)
        anchor = self.anchor
        if anchor and not history.day(anchor) and not re.fullmatch("[0-9a-f]{7,64}", anchor):
            raise ValueError(f"anchor is a day such as 2026-11-01, or a commit; got {anchor!r}")

    def needs(self) -> tuple[str, ...]:
        """The model and its rows, and the one it is compared with."""
        return ("model", "X", *self.supplied())

    def supplied(self) -> Mapping[str, str]:
        """The other model is the fixture that `relative_to` names."""
        return reference.supplied(self.relative_to)

    def seconds(self) -> float:
        """The pairs, and as long again for waiting, other writers and the peak."""
        return 2 * self.max_seconds

    def check(
        self, model: Model, X: Rows, previous: Any = None, *, past: Past, clock: Clock
    ) -> Iterator[Measurement]:
        """Yield each number, and what it is over the anchor and the runs before."""
        predict = model.call
        predict.probed(X.first(self.rows))
        if self.max_slowdown is not None:
            yield from self._slowdown(predict, model.raw, X.raw, previous, past, clock)
        if self.max_memory_growth is not None:
            yield from self._growth(predict, X.raw, past)

    def plant(
        self, model: Any, X: Any, previous: Any = None, *, past: Past, clock: Clock
    ) -> Iterator[Planted]:
        """A model that is slower, or hungrier, than thirty runs that are made up tell."""
        predict = method(model, self.method)
        other = reference.call(self.relative_to, model, previous, self.method)
        if self.max_slowdown is not None and other is not None:
            before = past.now(
                words.ratio(
                    predict.name,
                    self.relative_to,
                    self.rows,
                    self._paired(predict, other, X, clock),
                )
            )
            times = math.ceil(2 * self.max_slowdown) + 1
            what = f"{predict.name} does its work {times} times"
            yield _planted(what, harmed(model, predict, Repeated(times)), before)
        if self.max_memory_growth is not None and (peak := self._peak(predict, X)) is not None:
            size = int(2 * self.max_memory_growth * peak)
            what = f"{predict.name} has {number(size / MIB)} MiB more in use at its peak"
            before = past.now(words.peak(predict.name, min(len(X), _PEAK_ROWS), peak, _PEAK_CALLS))
            yield _planted(what, harmed(model, predict, Greedy(size)), before)

    def _slowdown(
        self, predict: Scorer, model: Any, X: Any, previous: Any, past: Past, clock: Clock
    ) -> Iterator[Measurement]:
        assert self.max_slowdown is not None
        name = f"slowdown of {predict.name}"
        identity = Identity(id="slowdown", of=predict.name, option="max_slowdown")
        other = reference.call(self.relative_to, model, previous, self.method)
        if other is None:
            why = f"the model ({type(model).__name__}) is no pipeline with preprocessing"
            yield undecided(name, why, hint='take relative_to = "previous"', **identity)
            return
        seen = self._paired(predict, other, X, clock)
        if seen.samples.count < _LEAST_PAIRS:
            why = f"there was time for {seen.samples.count} pairs of calls only"
            yield undecided(name, why, hint="raise max_seconds", **identity)
            return
        if seen.samples.shaken:
            why = "the machine was too busy for a call with a pool of threads"
            hint = "run it while less else runs"
            yield undecided(name, why, how=seen.samples.pairs(), hint=hint, **identity)
            return
        if seen.why:
            hint = "give X more different rows" if seen.few else ""
            yield undecided(name, seen.why, how=seen.samples.pairs(), hint=hint, **identity)
            return
        ratio = words.ratio(predict.name, self.relative_to, self.rows, seen)
        yield from self._held(name, ratio, self.max_slowdown, past, identity)

    def _growth(self, predict: Scorer, X: Any, past: Past) -> Iterator[Measurement]:
        assert self.max_memory_growth is not None
        name, peak = f"growth of the peak of {predict.name}", self._peak(predict, X)
        identity = Identity(id="peak_growth", of=predict.name, option="max_memory_growth")
        if peak is None:
            why = "the high-water mark of this process cannot be put back here"
            yield undecided(name, why, hint="run it on Linux", **identity)
            return
        used = words.peak(predict.name, min(len(X), _PEAK_ROWS), peak, _PEAK_CALLS)
        yield from self._held(name, used, self.max_memory_growth, past, identity)

    def _held(
        self, name: str, found: Measurement, limit: float, past: Past, identity: Identity
    ) -> Iterator[Measurement]:
        from pytest_mlreqs.history.regression import hold

        now, anchor = past.now(found), self.anchor
        yield found
        yield from hold(name, now, limit, past, anchor=anchor, how=found.how, identity=identity)

    def _paired(
        self, predict: Scorer, other: Callable[[Any], Any], X: Any, clock: Clock
    ) -> Answer[Pairs]:
        from pytest_mlreqs.measures.timing import pairs
        from pytest_mlreqs.measures.timing.visits import Visits

        inputs = Visits(X, self.rows)
        for given in inputs.warming(_WARMUP):
            predict.call(given)
            other(given)
        return pairs.sample(
            predict.call, other, inputs,
            max_calls=self.max_calls, max_seconds=self.max_seconds, clock=clock,
        )  # fmt: skip

    def _peak(self, predict: Scorer, X: Any) -> float | None:
        """Bytes of a call, or None where nobody counts them."""
        from pytest_mlreqs.measures.memory import peak
        from pytest_mlreqs.measures.memory.work import copied

        if not peak.resettable():
            return None
        given = take(X, list(range(min(len(X), _PEAK_ROWS))))
        predict.call(copied(given))  # what the first call builds is there after it
        seen = [peak.resident(predict.call, copied(given)) for _ in range(_PEAK_CALLS)]
        return max(MIB, min(seen))


def _planted(what: str, model: Altered, before: Observation) -> Planted:
    """A harmed model, whose past is what the unharmed one measured."""
    from pytest_mlreqs.history import regression

    past = regression.made_up(before)
    return Planted(f"{what}, unlike in thirty runs before", {"model": model, "past": past})
