"""memory: a call takes no more memory than it may, and leaves none behind."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from pytest_mlreqs.core.measurement import MIB, Measurement, Undecided, number, or_undecided
from pytest_mlreqs.core.option_groups import CallRows, MaxSeconds, Method, Warmup
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.models.harm.altered import Alter, harmed
from pytest_mlreqs.models.harm.calls import Greedy, Leaky
from pytest_mlreqs.models.harm.loading import GreedyToLoad, HeavyOnceLoaded
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.requirements.words import memory as words

if TYPE_CHECKING:
    from pytest_mlreqs.measures.memory.work import Work

Body = Callable[[], Any]
_LOAD_S = 30.0
_HARMFUL = {
    "load": ("while it is loaded", GreedyToLoad),
    "resident": ("once it is loaded", HeavyOnceLoaded),
}
_Mib = Annotated[
    float, Meta(gt=0, description="largest MiB in use during a call, beyond those before it")
]


class Memory(Requirement, frozen=True, kw_only=True):
    """A call keeps within its memory at the peak, and leaves none behind.

    Declare this if the model runs in a container with a limit, or in a process that lives long:

        question                                   option
        Does the largest batch fit?                max_peak_mib
        Does loading fit, with what it imports?    max_load_mib
        How much stays in use once it is loaded?   max_resident_mib
        Does each call leave something behind?     max_growth_bytes_per_call

    Why
        A service that needs more memory than its container has is killed: by one large batch, or
        after a week by what every call leaves behind. Memory is to be watched like speed, and slow
        leaks are what goes unnoticed (Breck et al. 2017, Monitoring 6).

    Declare
        [tool.mlreqs.memory]
        max_peak_mib = 64
        rows = 1_000                    # of X in a call; without it, all of them
        max_load_mib = 500              # in a new process, with what it imports
        max_resident_mib = 400          # once it is loaded
        max_growth_bytes_per_call = 0   # a leak

    Measures
        max_peak_mib: what a call has in use beyond what was in use before it (see `peak_memory`).
        With `rows`, three batches drawn at random are tried, and the largest peak counts. With the
        extra `memray`, a violation names the lines of code that allocated most.

        of: `"train"` measures a training, `"body"` the body of a marked test.

        max_load_mib: a new process unpickles the model; its peak beyond what it had in use before,
        with the libraries that it imports. max_resident_mib: what it still has in use then.

        max_growth_bytes_per_call: after `warmup` calls, five windows of ten more, each call with
        one row (or `rows`) of its own. The median growth of a window counts. What is read before
        and after each:

            where                     read
            glibc 2.33 or newer       the heap in use, Arrow's pool and small Python objects
            elsewhere                 all allocations of Python and NumPy, traced
            Linux                     also the private memory of the process

        How large small objects are is traced where they stay behind. An answer that is only
        promised is computed within the call, see `latency`.

    Verdict
        max_peak_mib: exact to 2 % of 10 MiB and more. A violation must show twice: see
        `peak_memory`. In new processes it is undecided for what cannot be pickled, and for bodies
        of tests.

        max_load_mib, max_resident_mib: a violation must show in two processes. What cannot be
        pickled is undecided.

        max_growth_bytes_per_call: below these floors there is no growth. Of 137 estimators of
        scikit-learn none was seen beyond 170 bytes and 0.3 objects.

            of a call                                             floor
            heap                                                  256 bytes
            small objects                                         0.75
            private memory, for libraries that allocate           2 KiB
            by themselves (Polars, DuckDB)

        What exceeds a floor after 120 calls must do so in windows of 20, 40 and 80 calls too, in
        each of the last five windows. It must also exceed the same loop without a model. Of 200
        runs of five models that keep a kilobyte of each call, none was missed. Of 473 runs that
        keep none, no alarm was raised.

            what it looks like                                    verdict
            a cache that is full by then                          satisfied
            it goes up and down, and nothing is left over all     satisfied
            a cache by input that is not full                     undecided
            growth that slows down, or is in most windows only    undecided
            there is no time for all windows                      undecided

    Cannot see
        Memory of graphics cards, and of other processes that the call starts. Files that stay
        mapped, libraries among them, or that are written to memory (/dev/shm). On other systems
        than Linux: small Python objects that find room in what earlier ones left, commonly less
        than a MiB.

        A leak in fewer than one of ten calls. One of less than 2 KiB a call that is neither in the
        heap of the C library, nor in Arrow's pool, nor in Python's objects. A buffer that takes
        more than 800 calls to fill looks like a leak: raise `warmup` beyond its size.
    """

    rubric = ("monitoring 6",)
    alone = True

    max_peak_mib: _Mib | None = None
    max_load_mib: Annotated[
        Annotated[float, Meta(ge=1)] | None,
        Meta(
            description="largest MiB at the peak while a new process loads the model, with what it "
            "imports"
        ),
    ] = None
    max_resident_mib: Annotated[
        Annotated[float, Meta(ge=1)] | None,
        Meta(
            description="largest MiB that stay in use in a new process once the model is loaded, "
            "with what it imports"
        ),
    ] = None
    max_growth_bytes_per_call: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="largest number of bytes that a call leaves behind; 0 for none"),
    ] = None
    of: Annotated[
        Literal["model", "train", "body"],
        Meta(
            description="what is measured: calls of the model, one training (`train`), or the "
            "`body` of the marked test"
        ),
    ] = "model"
    method: Method | None = None
    rows: CallRows | None = None
    warmup: Warmup = 70
    max_seconds: MaxSeconds = 60.0

    def __post_init__(self) -> None:
        if not self._limits():
            raise ValueError("needs at least one limit, such as max_peak_mib = 64")
        if self.of != "model" and (self.rows is not None or self.method):
            raise ValueError(f'of = "{self.of}" measures no model, so it has no rows and no method')
        if self.of == "train" and self.max_growth_bytes_per_call is not None:
            raise ValueError("growth takes more than a hundred calls, too many for a training")
        if self.of != "model" and self._loads():
            raise ValueError(f'of = "{self.of}" measures no model that could be loaded')

    def needs(self) -> tuple[str, ...]:
        """The model and its rows, what a training takes, or the body of a test."""
        return {"model": ("model", "X"), "train": ("X", "y", "train"), "body": ("body",)}[self.of]

    def seconds(self) -> float:
        """As long as growth is looked for, and the new processes."""
        growth = 0.0 if self.max_growth_bytes_per_call is None else self.max_seconds
        return growth + (_LOAD_S if self._loads() else 0.0)

    def check(
        self, model: Model | None = None, X: Rows | None = None,
        y: Any = None, train: Any = None, body: Body | None = None,
    ) -> Iterator[Measurement]:  # fmt: skip
        """Yield one measurement per limit."""
        if self._loads():
            yield from self._loaded(model)
        if self.max_peak_mib is None and self.max_growth_bytes_per_call is None:
            return
        work = self._work(model, X, y, train, body)
        if self.max_peak_mib is not None:
            name, own = words.of_work("peak", work)
            yield or_undecided(name, partial(self._peak, work, self.max_peak_mib), **own)
        if self.max_growth_bytes_per_call is not None:
            name, own = words.of_work("growth", work)
            limit = self.max_growth_bytes_per_call
            yield or_undecided(name, partial(self._growth, work, limit), **own)

    def plant(
        self, model: Model | None = None, X: Rows | None = None,
        y: Any = None, train: Any = None, body: Body | None = None,
    ) -> Iterator[Planted]:  # fmt: skip
        """Calls that take more than they may, and calls that leave something behind."""
        for loads, limit in self._loads().items():
            assert model is not None  # see `needs`
            mib, (when, harmful) = 1.25 * limit + 1, _HARMFUL[loads]
            what = f"the model has {number(mib)} MiB more in use {when}"
            yield Planted(what, {"model": harmful(model.raw, int(mib * MIB))})
        harms: list[tuple[str, Alter]] = []
        if self.max_peak_mib is not None:
            mib = 1.25 * self.max_peak_mib + 1
            harms.append((f"has {number(mib)} MiB more in use at its peak", Greedy(int(mib * MIB))))
        if self.max_growth_bytes_per_call is not None:
            size = int(2 * self.max_growth_bytes_per_call) + 1024
            harms.append((f"keeps {number(size)} bytes of each call", Leaky(size)))
        for what, harm in harms:
            if self.of == "model" and model is not None:
                stand_in = harmed(model.raw, model.call, harm)
                yield Planted(f"{model.name} {what}", {"model": stand_in})
            else:
                work = self._work(None, X, y, train, body)
                yield Planted(f"{work.name} {what}", {self.of: work.harmed(harm)})

    def _work(
        self, model: Model | None, X: Rows | None, y: Any, train: Any, body: Body | None
    ) -> Work:
        from pytest_mlreqs.measures.memory import work

        if body is not None:
            return work.of_a_test(body)
        assert X is not None  # see `needs`
        if model is None or self.of == "train":
            return work.of_training(train, X.raw, y)
        return work.of_a_model(model, X, self.rows)

    def _limits(self) -> list[str]:
        """What is held to a limit."""
        own = {"peak": self.max_peak_mib, "growth": self.max_growth_bytes_per_call}
        return [*self._loads(), *(name for name, limit in own.items() if limit is not None)]

    def _loads(self) -> dict[str, float]:
        """Limits in MiB for what loading takes."""
        limits = {"load": self.max_load_mib, "resident": self.max_resident_mib}
        return {name: limit for name, limit in limits.items() if limit is not None}

    def _peak(self, work: Work, limit: float) -> Measurement:
        from pytest_mlreqs.measures.memory import excess, peak
        from pytest_mlreqs.measures.memory.work import copied

        if limit * MIB >= peak.COARSE and not peak.resettable():
            return self._peak_elsewhere(work, limit)
        seen = [
            (peak.hold(work.call, partial(copied, rows), limit * MIB), position, rows)
            for position, rows in work.given
        ]
        seen.sort(key=lambda one: -one[0].bytes)
        held = words.peak(work, limit, seen)
        if held.ok is not False:
            return held
        largest, _, rows = seen[0]
        by_rows = partial(peak.by_rows, work.call, copied(rows), traces=largest.traced)
        hint, evidence = excess.told(work, rows, by_rows, limit * MIB)
        worst = held.evidence if self.rows else ()
        return dataclasses.replace(held, hint=hint, evidence=(*worst, *evidence))

    def _peak_elsewhere(self, work: Work, limit: float) -> Measurement:
        """The same in new processes, where no mark can be put back."""
        from pytest_mlreqs.measures.memory import excess, spawned

        held = words.spawned(work, limit, spawned.hold(work, limit * MIB))
        if held.ok is not False:
            return held
        by_rows = partial(spawned.by_rows, work)
        hint, evidence = excess.told(work, work.given[0][1], by_rows, limit * MIB)
        return dataclasses.replace(held, hint=hint, evidence=evidence)

    def _growth(self, work: Work, limit: float) -> Measurement:
        from pytest_mlreqs.measures.memory import growth

        rows = self.rows or 1
        inputs: Iterator[bytes] = itertools.repeat(pickle.dumps(None))
        if work.X is not None:
            inputs = growth.inputs_of(work.X, rows)
        seen = growth.hold(
            work.call, inputs, limit,
            warmup=self.warmup, max_seconds=self.max_seconds, varied=work.X is not None,
        )  # fmt: skip
        return words.growth(work, limit, rows, seen)

    def _loaded(self, model: Model | None) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.memory.footprint import loads

        assert model is not None  # see `needs`
        limits = self._loads()
        size = {
            {"load": "peak", "resident": "held"}[what]: mib * MIB for what, mib in limits.items()
        }
        try:
            seen = loads(model.raw, size, timeout_s=_LOAD_S / 2)
        except Undecided as gap:
            yield from (gap.measurement(*words.of_loading(what)) for what in limits)
            return
        yield from (words.loading(what, limit, seen) for what, limit in limits.items())
