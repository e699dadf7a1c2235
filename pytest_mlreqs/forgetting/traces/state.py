"""state: does a store hold what it held before, whatever order its rows are in?

The undo test: plant people, delete them, and everything else must be as it was. It sees what no
search for names can: a row too many that tells nobody's name, a mean that was not taken anew, and
rows of others that went along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.content import Content, Table

_Hashes = np.ndarray[Any, np.dtype[np.uint64]]
_PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Change:
    """What is different in one table.

    Attributes:
        table: its name.
        gone: rows that are no longer there and were not replaced.
        more: rows that were not there.
        changed: rows of which some value is another one.
        rows: how many there were.
        columns: in which columns values differ, and how many; most first.
        missing: whether the table itself is no longer there; `gone` are its rows then.
    """

    table: str
    gone: int = 0
    more: int = 0
    changed: int = 0
    rows: int = 0
    columns: tuple[tuple[str, int], ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different in one store.

    Attributes:
        changes: of the tables that differ.
        unstable: what two clean states disagree on already, so that it was not compared:
            `table` or `table.column`.
        compared: how many tables were compared.
    """

    changes: tuple[Change, ...] = ()
    unstable: tuple[str, ...] = ()
    compared: int = 0


def compare(
    before: Content,
    after: Content,
    twin: Content,
    ignored: Callable[[str, str], bool] | None = None,
) -> Comparison:
    """Compare two states of a store, each as multisets of rows.

    Args:
        before: the state that should be again.
        after: the state that is.
        twin: a second state that should be as `before`, made anew: where these two differ, nothing
            can be said.
        ignored: whether a column of a table does not count; the column is "" for all of the table.
    """
    skipped = ignored or (lambda *_: False)
    changes: list[Change] = []
    unstable: list[str] = []
    compared = 0
    for name in sorted({*before, *after}):
        if skipped(name, ""):
            continue
        if (name in before) != (name in twin):
            unstable.append(name)
            continue
        old, new = before.get(name, {}), after.get(name, {})
        if name not in before or name not in after:
            missing = name in before
            lost, more = _rows(old) if missing else 0, 0 if missing else _rows(new)
            if not missing and not more:  # a file without a row tells of nobody
                continue
            changes.append(Change(name, gone=lost, more=more, rows=_rows(old), missing=missing))
            compared += 1
            continue
        again = twin[name]
        wanted = [column for column in old if not skipped(name, column)]
        shaky = [c for c in wanted if c not in again or _differing(old[c], again[c])]
        unstable += [f"{name}.{column}" for column in shaky]
        wanted = [column for column in wanted if column not in shaky]
        if not wanted:
            continue
        compared += 1
        change = _change(name, old, new, wanted)
        if change is not None:
            changes.append(change)
    return Comparison(tuple(changes), tuple(unstable), compared)


def same(one: Content, other: Content) -> bool:
    """Whether two states are alike in everything."""
    everything = compare(one, other, one)
    columns = all(set(one[name]) == set(other[name]) for name in one if name in other)
    return columns and not everything.changes


def brought(before: Table, planted: Table, after: Table) -> bool:
    """Whether `after` still has something that only planting brought: a row, a cell, more rows."""
    if min(_rows(planted), _rows(after)) > _rows(before):
        return True
    columns = [column for column in before if column in planted and column in after]
    states = (before, planted, after)
    cells = [tuple(one[column] for one in states) for column in columns]
    cells.append(tuple(_combined(one, columns) for one in states))
    return any(bool(np.isin(np.setdiff1d(new, old), now).any()) for old, new, now in cells)


def added(before: Table, after: Table) -> list[int]:
    """The positions of rows that are in `after` and, as often, not in `before`."""
    columns = [column for column in after if column in before]
    left = Counter(_combined(before, columns).tolist())
    found = []
    for position, row in enumerate(_combined(after, columns).tolist()):
        if left[row]:
            left[row] -= 1
        else:
            found.append(position)
    return found


def between(before: Table, after: Table) -> range:
    """The rows of `after` that are left between those which both begin with and both end with."""
    if before is after:
        return range(0)
    if set(before) != set(after):
        return range(_rows(after))
    old, new = (_combined(one, list(after)) for one in (before, after))
    first = _alike(old, new)
    return range(first, len(new) - _alike(old[first:][::-1], new[first:][::-1]))


def _alike(one: _Hashes, other: _Hashes) -> int:
    """How many rows at the beginning are the same."""
    length = min(len(one), len(other))
    unlike = one[:length] != other[:length]
    return int(unlike.argmax()) if unlike.any() else length


def _change(name: str, old: Table, new: Table, wanted: list[str]) -> Change | None:
    kept = [column for column in wanted if column in new]
    lost, added = _differences(_combined(old, kept), _combined(new, kept))
    if not lost and not added and len(kept) == len(wanted):
        return None
    counts = {c: _differing(old[c], new[c]) if c in new else _rows(old) for c in wanted}
    columns = sorted(((c, n) for c, n in counts.items() if n), key=lambda one: -one[1])
    changed = min(lost, added) if len(kept) == len(wanted) else _rows(old)
    return Change(
        name,
        gone=max(lost - added, 0),
        more=max(added - lost, 0),
        changed=changed,
        rows=_rows(old),
        columns=tuple(columns),
    )


def _rows(table: Table) -> int:
    return max((len(column) for column in table.values()), default=0)


def _combined(table: Table, columns: list[str]) -> _Hashes:
    """One hash for each row, from those of its cells."""
    combined = np.zeros(_rows(table), np.uint64)
    for column in columns:
        combined = (combined ^ table[column]) * _PRIME
        combined ^= combined >> np.uint64(29)
    return combined


def _differences(old: _Hashes, new: _Hashes) -> tuple[int, int]:
    """How many of the old are not among the new, and the other way round, as multisets."""
    for _ in range(2):  # what stands where it stood, counted from either end, needs no sorting
        length = min(len(old), len(new))
        other = old[:length] != new[:length]
        old = np.concatenate([old[:length][other], old[length:]])[::-1]
        new = np.concatenate([new[:length][other], new[length:]])[::-1]
    values, places = np.unique(np.concatenate([old, new]), return_inverse=True)
    before = np.bincount(places[: len(old)], minlength=len(values))
    after = np.bincount(places[len(old) :], minlength=len(values))
    surplus = after - before
    return int(-surplus[surplus < 0].sum()), int(surplus[surplus > 0].sum())


def _differing(old: _Hashes, new: _Hashes) -> int:
    """How many values of a column are others than they were."""
    return max(_differences(old, new))
