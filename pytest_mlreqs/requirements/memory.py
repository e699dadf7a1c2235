"""memory: a call takes no more memory than there is."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from pytest_mlreqs.measurement import Measurement, at_most, number, undecided
from pytest_mlreqs.models.altered import Altered, Greedy
from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.frames import batches, take
from pytest_mlreqs.models.scoring import SCORES, method
from pytest_mlreqs.requirement import Planted, Requirement

if TYPE_CHECKING:
    from pytest_mlreqs.measures.peak import Peak

_MIB = 1 << 20
_BATCHES = 3  # other rows may take other amounts
Fresh = Callable[[], Any]
_Mib = Annotated[float, Meta(gt=0, description="MiB beyond what is in use before the call")]


class Memory(Requirement, frozen=True, kw_only=True):
    """A call keeps within its memory at the peak, native allocations included.

    Why
        A service that needs more memory than its container has is killed, most often by one large
        batch. Memory is to be watched like speed (Breck et al. 2017, Monitoring 6).

    Declare
        [tool.mlreqs.memory]
        max_peak_mib = 64
        rows = 1_000                    # of X in a call; without it, all of them

    Measures
        The memory that a call has in use at its peak beyond what is in use before it, whoever
        allocates it: the kernel's high-water mark, put back before each call, so that nothing
        earlier counts. The model has been called before. With `rows`, three batches drawn at
        random are tried, and the largest peak counts. `of = "train"` measures one training,
        `of = "body"` the body of a marked test. Limits below 1 MiB, which the kernel's counters
        are too coarse for, are held against the traced allocations of Python and NumPy.

    Verdict
        Exact to about 2 % of 10 MiB and more. A violation must show in two calls alike. Where a
        second one takes less than the limit, it is undecided: the first one built something.
        Where the mark cannot be put back (macOS, Windows, some containers), it is undecided.

    Cannot see
        Memory of graphics cards and of other processes that the call starts; files that stay
        mapped, libraries among them. Small Python objects that find room in what earlier ones left:
        commonly less than a mebibyte.
    """

    rubric = "monitoring 6"
    alone = True

    max_peak_mib: _Mib | None = None
    of: Annotated[
        Literal["model", "train", "body"],
        Meta(
            description="whose memory; `train`: of one training, `body`: of the marked test's own"
        ),
    ] = "model"
    method: Annotated[
        str, Meta(min_length=1, description="what is called; a model that is a function is itself")
    ] = "predict"
    rows: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="rows of X in one call; all of them")
    ] = None

    def __post_init__(self) -> None:
        if self.max_peak_mib is None:
            raise ValueError("needs at least one limit, such as max_peak_mib = 64")
        if self.of != "model" and (self.rows is not None or self.method != "predict"):
            raise ValueError(f'of = "{self.of}" measures no model, so it has no rows and no method')

    def needs(self) -> tuple[str, ...]:
        """The model and its rows, what a training takes, or the body of a test."""
        return {"model": ("model", "X"), "train": ("X", "y", "train"), "body": ("body",)}[self.of]

    def check(
        self,
        model: Any = None,
        X: Any = None,
        y: Any = None,
        train: Any = None,
        body: Callable[[], Any] | None = None,
    ) -> Iterator[Measurement]:
        """Yield one measurement per limit."""
        if self.of != "model":
            yield self._peak(_apart(X, y, train, body))
            return
        predict = method(model, self.method)
        if len(X) < (self.rows or 1):
            why = f"X has {number(len(X)) if len(X) else 'no'} rows, and a call takes "
            yield undecided(f"peak of {predict.name}", why + str(self.rows or "some"))
            return
        given: list[tuple[int, Fresh]] = [(0, lambda: _copy(X))]
        if self.rows is not None:
            drawn = itertools.islice(batches(X, self.rows), _BATCHES)
            given = [(position, partial(_copy, rows)) for position, rows in drawn]
        predict.probed(given[0][1]())  # what the first call builds is there after it
        yield self._peak(_Work(predict.name, guarded(predict.call, predict.name), given, X))

    def plant(
        self,
        model: Any = None,
        X: Any = None,
        y: Any = None,
        train: Any = None,
        body: Callable[[], Any] | None = None,
    ) -> Iterator[Planted]:
        """Calls that take a quarter more than they may, and a mebibyte."""
        if self.max_peak_mib is not None:
            size = 1.25 * self.max_peak_mib + 1
            what = f"has {number(size)} MiB more in use at its peak"
            greedy = Greedy(int(size * _MIB))
            if self.of == "model":
                predict = method(model, self.method)
                known = model if self.method in SCORES else predict.call  # to Altered
                yield Planted(f"{predict.name} {what}", {"model": Altered(known, greedy)})
            else:
                work = _apart(X, y, train, body)
                harmed = {
                    "train": lambda X, y: greedy(work.call, (X, y)),
                    "body": lambda: greedy(work.call, None),
                }
                yield Planted(f"{work.name} {what}", {self.of: harmed[self.of]})

    def _peak(self, work: _Work) -> Measurement:
        from pytest_mlreqs.measures import peak

        name = f"peak of {work.name}"
        if not peak.resettable():
            why = "the high-water mark of this process cannot be put back here"
            return undecided(name, why, hint="run it on Linux")
        assert self.max_peak_mib is not None
        limit = self.max_peak_mib * _MIB
        seen = [(peak.hold(work.call, fresh, limit), position) for position, fresh in work.given]
        seen.sort(key=lambda one: -one[0].bytes)
        largest = seen[0][0]
        held = at_most(
            name, largest.bytes / _MIB, self.max_peak_mib, "MiB", how=self._how(work, seen)
        )
        if held.ok is True and any(one.first > limit for one, _ in seen):
            most = max(one.first for one, _ in seen) / _MIB
            why = f"one call took {number(most)} MiB, and the next one alike did not"
            return undecided(
                name, why, how=held.how, hint="what is built once may be built earlier"
            )
        if held.ok is True:
            return held
        hint, table = _advice(work, limit, peak.traced if largest.traced else peak.resident)
        worst = [f"rows from {row}: {number(one.bytes / _MIB)} MiB" for one, row in seen]
        return dataclasses.replace(
            held, hint=hint, details=tuple(table), worst=tuple(worst) if self.rows else ()
        )

    def _how(self, work: _Work, seen: list[tuple[Peak, int]]) -> str:
        calls = sum(1 if one.again is None else 2 for one, _ in seen)
        by = "the kernel's high-water mark, put back before each call"
        if seen[0][0].traced:
            by = "allocations of Python and NumPy traced, as the kernel's counters are too coarse"
        rows = f"{number(self.rows or len(work.X))} rows per call, " if self.of == "model" else ""
        return f"{rows}{calls} {'call' if calls == 1 else 'calls'}, {by}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Work:
    """What is measured: a call, and what makes its inputs anew, by the position of a first row."""

    name: str
    call: Callable[[Any], Any]
    given: Sequence[tuple[int, Fresh]]
    X: Any = None


def _apart(X: Any, y: Any, train: Any, body: Callable[[], Any] | None) -> _Work:
    """A training or the body of a test."""
    if body is not None:
        name = "the test's body"
        return _Work(name, guarded(lambda _: body(), name), [(0, lambda: None)])
    from pytest_mlreqs.measures.refit import trained

    # A training may change what it is given, so each gets a copy.
    return _Work("train", lambda pair: trained(train, *pair), [(0, lambda: (_copy(X), _copy(y)))])


def _advice(
    work: _Work, limit: float, measure: Callable[[Callable[[Any], Any], Any], int]
) -> tuple[str, list[str]]:
    """What to try, and a table that shows whether fewer rows take less."""
    from pytest_mlreqs.measures.peak import fitting

    if work.X is None:
        return f"look for copies of the data that {work.name} makes", []
    most = len(work.given[0][1]())
    by_rows = []
    for rows in dict.fromkeys(max(1, most // part) for part in (1, 2, 4, 8)):
        given = take(work.X, list(range(rows)))
        by_rows.append((rows, measure(work.call, given)))
    fits = fitting(by_rows, limit)
    hint = f"{work.name} takes that much for few rows too: look at what it builds on every call"
    if fits is not None:
        hint = f"predict in batches of {number(fits)} rows"
    cells = [("rows", "MiB"), *((number(rows), number(size / _MIB)) for rows, size in by_rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return hint, ["  ".join(map(str.rjust, row, widths)) for row in cells]


def _copy(data: Any) -> Any:
    """What a model or a training may change."""
    return data.copy() if hasattr(data, "copy") else data
