"""undo: after people came and went, does a store hold what it held before?"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_mlreqs.core.evidence import Note
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import Measurement, counted, number, undecided
from pytest_mlreqs.forgetting.rehearsal.places import BOOKKEEPING, matches
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.traces.content import Content
from pytest_mlreqs.forgetting.traces.renamed import put_together
from pytest_mlreqs.forgetting.traces.state import Change, Comparison, brought, compare

_SHOWN = 8


def held(
    store: str, seen: Rehearsal, ignore: Sequence[str], *, expect_empty: bool = False
) -> Measurement:
    """Whether the content of a store is what it was, rows in any order.

    Args:
        store: its short name.
        seen: what was seen of the deletion.
        ignore: patterns of tables and columns that do not count, and of places that keep people.
        expect_empty: whether people are not expected to show in it.
    """
    name, identity = f"state of {store}", Identity(id="state", of=store)
    patterns = (*ignore, *BOOKKEEPING)

    def ignored(table: str, column: str) -> bool:
        return matches(store, table, column, patterns)

    states = [one.content[store] for one in (*seen.clean[:2], seen.planted, seen.deleted)]
    states = [{n: rows for n, rows in one.items() if not ignored(n, "")} for one in states]
    together = put_together(states[:2], states[2:])
    twin, before, there, after = map(together, states)
    undone = compare(before, after, twin, ignored)
    how = _how(undone)
    if undone.changes:
        more = f" (and {len(undone.changes) - 1} more)" if len(undone.changes) > 1 else ""
        return Measurement(
            name=name,
            text=f"{store} is not as it was before: {_told(store, undone.changes[0])}{more}",
            ok=False,
            value=sum(one.gone + one.more + one.changed for one in undone.changes),
            limit=0,
            unit="rows",
            how=how,
            evidence=tuple(Note(text=line) for line in _lines(store, undone.changes)),
            hint=_hint(store, undone.changes, (before, there, after), seen.sooner),
            **identity,
        )
    planted = compare(before, there, twin, ignored)
    if not planted.changes and not expect_empty:
        why = "planting people changed nothing in it that is compared: it could not have failed"
        if undone.unstable and not undone.compared:
            why = "it comes out differently each time it is built, so that nothing can be compared"
        hint = "fix what is random or dated in it" if undone.unstable else ""
        return undecided(name, why, how=how, hint=hint, **identity)
    text = f"{store} is as it was before people were planted and deleted"
    return Measurement(
        name=name, text=text, ok=True, value=0, limit=0, unit="rows", how=how, **identity
    )


def _told(store: str, change: Change) -> str:
    table = "it" if change.table == store else change.table  # a file of one table
    if change.missing:
        return f"{table} is gone, with {counted(change.gone, 'row')}"
    parts = []
    if change.gone:
        parts.append(f"{counted(change.gone, 'row')} of others gone from {table}")
    if change.more:
        parts.append(f"{table} has {counted(change.more, 'row')} too many")
    if change.changed:
        parts.append(
            f"{number(change.changed)} of {counted(change.rows, 'row')} of {table} changed"
        )
    return ", ".join(parts) or f"{table} has other columns"


def _lines(store: str, changes: Sequence[Change]) -> list[str]:
    lines = []
    for change in changes[:_SHOWN]:
        lines.append(_told(store, change))
        if change.changed:
            lines += [
                f"    column {column}: {counted(count, 'other value')}"
                for column, count in change.columns[:_SHOWN]
            ]
    return lines


def _hint(store: str, changes: Sequence[Change], states: Sequence[Content], sooner: str) -> str:
    """What to do first. What planting brought is not to be ignored: it is what is to go."""
    first = changes[0]
    if first.gone:
        return f"look at what else the deletion removes from {first.table}"
    table = "it" if first.table == store else first.table
    if _brought(first, states):
        return (
            f"build {table} anew from what is left: it still holds what came with the people; "
            f"what has to be kept goes under `retain`, with why{sooner}"
        )
    # All of it at once: to obey is not to lead to the next refusal.
    others = (one for one in changes if not one.gone and not _brought(one, states))
    places = [f'"{place}"' for one in others for place in _places(store, one)]
    return f"build it anew from what is left; if it may differ: ignore = [{', '.join(places)}]"


def _brought(change: Change, states: Sequence[Content]) -> bool:
    return brought(*(one.get(change.table, {}) for one in states))


def _places(store: str, change: Change) -> list[str]:
    """What to ignore of a change, as patterns: some columns, or all of the table."""
    alone = change.table == store  # a file of one table
    if not change.changed or change.more or not 0 < len(change.columns) <= _SHOWN:
        return [store if alone else f"{store}:{change.table}"]
    return [f"{store}:{'*' if alone else change.table}.{column}" for column, _ in change.columns]


def _how(undone: Comparison) -> str:
    parts = [f"{counted(undone.compared, 'table')} compared by content, rows in any order"]
    if undone.unstable:
        several = ", ".join(undone.unstable[:3])
        more = f" and {len(undone.unstable) - 3} more" if len(undone.unstable) > 3 else ""
        parts.append(f"not compared, as two clean builds differ in them: {several}{more}")
    return "; ".join(parts)
