"""feature_cost: no column and no step costs more than it may, and each has a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import Measurement
from pytest_mlreqs.core.option_groups import CallRows, MaxSeconds, Method, Warmup
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.costs.budgets import Budgets, limits, meant
from pytest_mlreqs.measures.tables.naming import matching
from pytest_mlreqs.models.frames import Opened
from pytest_mlreqs.models.harm.altered import harmed
from pytest_mlreqs.models.harm.calls import OnlyWith, costing, with_harmed_step
from pytest_mlreqs.models.harm.scores import reading_more
from pytest_mlreqs.models.harm.training import harmed_with
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.requirements.words import feature_cost as words

if TYPE_CHECKING:
    from pytest_mlreqs.measures.costs.workload import Workload

_REFIT = "set refit = true"
_PLANTED = "planted"
_ColumnMs = Annotated[
    float, Meta(gt=0, description="milliseconds of a call, at the median, that one column may cost")
]
_ColumnShare = Annotated[
    float,
    Meta(
        gt=0,
        lt=1,
        description="share of a call's time, at the median, that one column may cost. Take it "
        "where machines differ.",
    ),
]
_ColumnMib = Annotated[float, Meta(gt=0, description="MiB at the peak that one column may cost")]
_StepMs = Annotated[
    float, Meta(gt=0, description="milliseconds of a call, at the median, that one step may take")
]
_StepShare = Annotated[
    float,
    Meta(gt=0, lt=1, description="share of a call's time, at the median, that one step may take"),
]
_StepMib = Annotated[float, Meta(gt=0, description="MiB at the peak that one step may take")]


class FeatureCost(Requirement, frozen=True, kw_only=True):
    """No input column or step costs a call more than it may, and every input has a source.

    Declare this if features have a price: each column or step of a pipeline gets a budget, and
    each column that is read names the system that it comes from.

        budget                         of a column            of a step
        share of a call, any machine   max_share_per_column   max_share_per_step
        milliseconds                   max_ms_per_column,     max_ms_per_step
                                       max_ms_of
        memory                         max_mib_per_column     max_mib_per_step

    Why
        A feature is paid for with every prediction: in latency, in memory, and in one more
        upstream system that must be up, and right. Features are added one by one, and hardly ever
        taken out. One that costs more than it brings is not worth it (Breck et al. 2017, Data 3).

    Declare
        [tool.mlreqs.feature_cost]
        max_share_per_column = 0.3      # of a call: holds on any machine
        max_ms_per_column = 2
        max_mib_per_column = 10
        max_ms_per_step = 5             # steps of a scikit-learn pipeline
        refit = true                    # leave columns out by training without them
        sources = { "Cabin" = "booking system", "fare_*" = "billing" }

        [tool.mlreqs.feature_cost.max_ms_of]    # for those that are worth more
        "Name" = 8

    Measures
        A column costs what is saved without it. How it is left out:

            refit   the model                          without the column
            true    any                                `train` makes a model without it. If a
                                                       function names its columns, a clone of its
                                                       pipeline is trained that asks for the others
            false   answers rows that lack the column  it is given such rows
            false   begins with a ColumnTransformer    the transformers that take the column are
                                                       run by themselves

        A step costs what it takes of a pipeline that is run step by step.

        Time: calls of all models, with `rows` rows drawn at random, are made in rounds, in random
        order, on the same rows. Time for which the thread waited for a core is taken off (Linux).

        Memory: as in `peak_memory`, of three batches. A column costs the peak of the call, less
        that of the call without it. A transformer or a step costs its own.

        sources: whether a column is read is found out by changing it, as in `influence`.

    Verdict
        Time: a `sequential_test` of the median, with the bound on errors divided among all
        budgets. The probability that any verdict on time is wrong is at most 1 %, for independent
        rounds. A violation must show again, and by more on a busy machine: see `busy_machine`.
        What is kept only because answers to earlier rows are kept is undecided: see
        `kept_answers`.

        If a column shares a transformer that costs too much with others, it is undecided. Only
        training without it could tell.

        Memory: a violation must show twice. Above 1 MiB it is undecided where the high-water mark
        cannot be put back (macOS, Windows).

        sources: every column that the model reads needs one. A name that is no column is
        undecided. A source of which no column is read gives a warning: it could be done without.

    Cannot see
        What it takes to fetch or compute a column before the model is called. Work that two
        columns need alike: leaving out one of them saves none of it.

        Without `refit`: what a narrower input saves in the steps behind a transformer, and what
        selecting columns takes. Whether a model that answers rows without a column took another
        one for it.
    """

    rubric = ("data 3",)
    alone = True

    max_ms_per_column: _ColumnMs | None = None
    max_share_per_column: _ColumnShare | None = None
    max_mib_per_column: _ColumnMib | None = None
    max_ms_of: Annotated[
        Annotated[dict[str, Annotated[float, Meta(gt=0)]], Meta(min_length=1)] | None,
        Meta(
            description="milliseconds for single columns, by name or glob, in place of "
            "max_ms_per_column. Set it for columns that are worth more."
        ),
    ] = None
    max_ms_per_step: _StepMs | None = None
    max_share_per_step: _StepShare | None = None
    max_mib_per_step: _StepMib | None = None
    sources: Annotated[
        Annotated[dict[str, Annotated[str, Meta(min_length=1)]], Meta(min_length=1)] | None,
        Meta(
            description="the system that a column comes from, by name or glob. If any is declared, "
            "every column that the model reads needs one."
        ),
    ] = None
    columns: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description="columns that have a budget, by name or glob. Without it, all have."),
    ] = ()
    refit: Annotated[
        bool,
        Meta(
            description="whether columns are left out by training without them: the true cost. "
            "Needs the subjects y and train."
        ),
    ] = False
    method: Method | None = None
    rows: CallRows = 1
    warmup: Warmup = 5
    max_seconds: MaxSeconds = 20.0

    def __post_init__(self) -> None:
        if not self._budgets().units() and not self._of_steps() and not self.sources:
            raise ValueError("needs a budget, such as max_share_per_column = 0.3, or sources")
        if (self.refit or self.columns) and not self._budgets().units():
            which = "refit" if self.refit else "columns"
            raise ValueError(f"{which} is for columns that have a budget: max_ms_per_column, ...")

    def needs(self) -> tuple[str, ...]:
        """The model and its rows; what a training takes, to train without columns."""
        return ("model", "X", "y", "train") if self.refit else ("model", "X")

    def seconds(self) -> float:
        """Two bursts for columns, and two for steps."""
        timed = [
            self.max_ms_per_column or self.max_share_per_column or self.max_ms_of,
            self.max_ms_per_step or self.max_share_per_step,
        ]
        return 2 * self.max_seconds * sum(map(bool, timed))

    def check(
        self, model: Model, X: Rows, y: Any = None, train: Any = None, *, clock: Clock
    ) -> Iterator[Measurement]:
        """Yield one measurement per column or step and budget, dearest first, and the sources."""
        X.suffice(self.rows)
        yield from self._unknown(X.opened)
        if self._budgets().units():
            yield from self._columns(model, X, y, train, clock)
        if self._of_steps():
            yield from self._steps(model, X, clock)
        if self.sources:
            yield from self._sources(model, X)

    def plant(
        self, model: Model, X: Rows, y: Any = None, train: Any = None, *, clock: Clock
    ) -> Iterator[Planted]:
        """A column or a step that takes far more than it may; a column without a source."""
        from pytest_mlreqs.measures.timing.calls import typical

        given, called = X.opened, model.call
        seconds = typical(called.call, X.first(self.rows), clock)
        names = list(map(str, given.frame.columns))
        budgets = self._budgets()
        for at, unit in budgets.first_judged(names):
            does, harm = costing(unit, budgets.of(names[at])[unit], seconds, clock)
            what = f"{called.name} {does} where it is given {names[at]!r}"
            if self.refit:
                yield Planted(what, {"train": harmed_with(train, given, at, harm, self.method)})
                continue
            frame = X.raw if given.named else given.frame.set_axis(names, axis=1)
            dear = harmed(model.raw, called, OnlyWith(given, at, harm))
            yield Planted(what, {"model": dear, "X": frame})
        for unit, limit in self._of_steps().items() if model.steps() else ():
            does, harm = costing(unit, limit, seconds, clock)
            last, dear = with_harmed_step(model.raw, called.name, harm)
            yield Planted(f"step {last!r} {does}", {"model": dear})
        if self.sources and not self._source(_PLANTED):
            reader, more = reading_more(model.raw, given, range(len(X)), _PLANTED)
            what = f"the model reads {_PLANTED!r}, a further column"
            yield Planted(what, {"model": reader, "X": more})

    def _budgets(self) -> Budgets:
        """What columns may cost."""
        of_all = limits(self.max_ms_per_column, self.max_share_per_column, self.max_mib_per_column)
        return Budgets(of_all, self.max_ms_of or {}, self.columns)

    def _of_steps(self) -> Mapping[str, float]:
        """What steps may cost, by unit."""
        return limits(self.max_ms_per_step, self.max_share_per_step, self.max_mib_per_step)

    def _unknown(self, given: Opened) -> Iterator[Measurement]:
        """Names that are no columns."""
        names = list(map(str, given.frame.columns))
        for option in ("sources", "columns", "max_ms_of"):
            for wanted in getattr(self, option) or ():
                if not matching(wanted, names):
                    yield words.unknown(wanted, option, names)

    def _columns(
        self, model: Model, X: Rows, y: Any, train: Any, clock: Clock
    ) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.costs import leaving_out
        from pytest_mlreqs.measures.costs.bill import bill
        from pytest_mlreqs.measures.costs.column_costs import of_columns
        from pytest_mlreqs.measures.influence.reading import unread

        rows, budgets = leaving_out.Rows(X.opened), self._budgets()
        judged = budgets.judged(rows.names)
        sample = X.first(self.rows)
        if self.refit:
            call, ways = leaving_out.retrained(train, self.method, rows, y, sample, judged)
        else:
            call = model.call
            call.probed(rows.whole(sample))
            ways = leaving_out.as_it_is(model.raw, call, rows, sample, judged)
        calls = self._calls(call.name, X, clock)
        entries = of_columns(calls, call.call, ways, rows, budgets.of)
        for way, entry in zip(ways, entries, strict=True):
            entry.source = self._source(entry.name)
            if entry.broken:
                entry.hint = words.dear(way, unread(model, X, way.column))
            elif not self.refit and (way.shared or way.why):
                entry.hint = _REFIT
        yield from bill(entries, "column")

    def _steps(self, model: Model, X: Rows, clock: Clock) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.costs.bill import bill
        from pytest_mlreqs.measures.costs.step_costs import of_steps

        found = model.steps()
        if found:
            calls = self._calls(model.name, X, clock)
            yield from bill(of_steps(calls, found, self._of_steps()), "step")
        else:
            yield words.no_steps(model.raw)

    def _sources(self, model: Model, X: Rows) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.influence.reading import inputs, upstream

        read = inputs(model, X)
        yield from words.sources(read, upstream(read, self._source))

    def _calls(self, name: str, X: Rows, clock: Clock) -> Workload:
        from pytest_mlreqs.measures.costs.workload import Workload

        return Workload(name, X.raw, self.rows, self.warmup, self.max_seconds, clock)

    def _source(self, column: str) -> str:
        """The source of a column, or nothing."""
        return meant(self.sources, column) or ""
