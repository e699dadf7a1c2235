"""memory: what is said of the memory that calls and new processes take."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.evidence import Offender, Offenders
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import MIB, Measurement, counted, number, undecided

if TYPE_CHECKING:
    from pytest_mlreqs.measures.memory.footprint import Footprint
    from pytest_mlreqs.measures.memory.growth import Growth
    from pytest_mlreqs.measures.memory.peak import Peak
    from pytest_mlreqs.measures.memory.spawned import Spawned
    from pytest_mlreqs.measures.memory.work import Work

FULL = "raise `warmup` beyond the size of a cache or buffer, so that it is full by then"
_NATIVE = f"native code keeps what it allocates; or a buffer fills: {FULL}"
FIELDS = {"load": "peak", "resident": "held"}  # of a `Footprint`
_LOADS = {
    "load": ("load of the model", "peak"),
    "resident": ("resident memory of the model", "in use after loading"),
}


def of_work(what: str, work: Work) -> tuple[str, Identity]:
    """What is measured of a work, and what programs know it by."""
    option = "max_peak_mib" if what == "peak" else "max_growth_bytes_per_call"
    return f"{what} of {work.name}", Identity(id=what, of=work.name, option=option)


def of_loading(what: str) -> tuple[str, Identity]:
    """What is measured of a new process, and what programs know it by."""
    return _LOADS[what][0], Identity(id=what, of="model", option=f"max_{what}_mib")


def peak(work: Work, limit: float, seen: Sequence[tuple[Peak, int, Any]]) -> Measurement:
    """The largest of several calls, each with the position of its first row and its rows."""
    name, own = of_work("peak", work)
    largest, _, rows = seen[0]
    calls = sum(1 if one.again is None else 2 for one, *_ in seen)
    how = f"{counted(calls, 'call')}, {largest.how()}"
    if work.X is not None:
        how = f"{counted(len(rows), 'row')} per call, {how}"
    once = max(one.first for one, *_ in seen) / MIB
    held = at_most(name, largest.bytes / MIB, limit, "MiB", how=how, **own)
    if held.ok is not False and once > limit:
        why = f"one call took {number(once)} MiB, and the same call again did not"
        return undecided(name, why, how=how, hint="build earlier what is built only once", **own)
    worst = tuple(Offender(row, one.bytes / MIB) for one, row, _ in seen)
    evidence = (Offenders(what="rows", items=worst, unit="MiB"),)
    return held if held.ok else dataclasses.replace(held, evidence=evidence)


def spawned(work: Work, limit: float, seen: Spawned) -> Measurement:
    """The peak in new processes."""
    name, own = of_work("peak", work)
    how = seen.how()
    if work.X is not None:
        how = f"{counted(len(work.given[0][1]), 'row')} per call, {how}"
    if seen.ok is None:
        return undecided(name, seen.why, value=seen.bytes / MIB, how=how, **own)
    return at_most(name, seen.bytes / MIB, limit, "MiB", how=how, **own)


def growth(work: Work, limit: float, rows: int, seen: Growth) -> Measurement:
    """What calls leave behind."""
    name, own = of_work("growth", work)
    how = seen.how()
    if work.X is not None:
        how = f"{counted(rows, 'row')} per call, {how}"
    if seen.ok is None:
        hint = FULL if seen.option == "warmup" else f"set {seen.option}" * bool(seen.option)
        return undecided(name, seen.why, value=seen.bytes, how=how, hint=hint, **own)
    held = at_most(name, seen.bytes, limit, "bytes a call", how=how, **own)
    if seen.ok:
        return held
    hint = f"see what keeps the objects that {seen.lines[0][0]} makes" if seen.lines else _NATIVE
    return dataclasses.replace(held, hint=hint, evidence=(seen.table(),))


def loading(what: str, limit: float, seen: Sequence[Footprint]) -> Measurement:
    """What one process or two took to load a model, or kept."""
    field, (name, words) = FIELDS[what], _LOADS[what]
    own = of_loading(what)[1]
    values = [getattr(one, field) / MIB for one in seen]
    least = seen[values.index(min(values))]
    how = f"{words} of {len(seen)} fresh process{'es' if len(seen) > 1 else ''}, with imports"
    held = at_most(name, min(values), limit, "MiB", how=how, **own)
    if held.ok is False:
        large = least.stored > 0.5 * getattr(least, field)
        hint = "store a smaller model" if large else "import less, and build less while loading"
        return dataclasses.replace(held, hint=hint, evidence=(least.table(),))
    if values[0] > limit:
        why = f"one process took {number(values[0])} MiB, and the next one did not"
        return undecided(name, why, how=how, **own)
    return held
