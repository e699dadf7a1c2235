"""regression: what is measured now, held against what earlier runs measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from statistics import median

from pytest_mlreqs.core.evidence import Column, Table
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Measurement, number, undecided
from pytest_mlreqs.core.past import Observation, Past
from pytest_mlreqs.history import HistoryError, drift, since
from pytest_mlreqs.measures.machine import fingerprint
from pytest_mlreqs.measures.machine.machine import MOST_WAITING
from pytest_mlreqs.measures.timing.pairs import BUSY_FACTOR

_TOO_BUSY = 0.5  # of the time without a core; up to that, ratios were seen to spread by 0.7 %
_SHOWN = 8  # runs in a table
_MADE_UP = 30
_SPREAD = 0.01  # of runs that are made up


def made_up(like: Observation) -> Past:
    """Thirty runs that measured the same, 1 % up or down."""
    values = (like.value * (1 + _SPREAD * (1 - 2 * (at % 2))) for at in range(_MADE_UP))
    runs = [dataclasses.replace(like, value=one, waited=0.0) for one in values]
    return Past(runs, machine=like.machine, revision=like.revision)


def hold(
    name: str, now: Observation, limit: float, past: Past, *, anchor: str | None, how: str,
    identity: Identity,
) -> Iterator[Measurement]:  # fmt: skip
    """Yield what a value is over the anchor and over the runs before it.

    Args:
        name: what was measured.
        now: the value; positive.
        limit: how many times as large it may become.
        past: earlier runs.
        anchor: as in `history.since`.
        how: how the value was measured.
        identity: `id`, `of` and `option` of what is held.
    """
    over, own = f"{name} over the anchor", _over("anchor", identity)
    try:
        found = since([*past.runs(now.id, now.of), now], anchor)
    except HistoryError as error:
        yield undecided(over, str(error), how=how, **own)
        return
    if not found:
        yield undecided(over, f"the history has no run at {anchor}", how=how, **own)
        return
    busy = now.waited > MOST_WAITING
    others = [run for run in found[:-1] if run.machine == now.machine]
    runs = [*(run for run in others if run.waited <= _TOO_BUSY), now]
    if len(runs) <= drift.ANCHOR:
        why = _busy(now) if now.waited > _TOO_BUSY else _beginning(runs, found)
        yield undecided(over, why, how=how, hint="keep the history for later runs", **own)
        return
    values = [run.value for run in runs]
    for change in drift.judge(values, limit * (BUSY_FACTOR if busy else 1.0), now.error):
        own = _over(change.against, identity)
        yield _measured(name, runs, change, limit, how, own, busy=busy)


def _measured(
    name: str, runs: Sequence[Observation], change: drift.Change, limit: float, how: str,
    identity: Identity, *, busy: bool,
) -> Measurement:  # fmt: skip
    start = len(runs) - change.last
    others = runs[:start][-change.others :] if change.against == "baseline" else runs
    usual = median(run.value for run in others[: change.others])
    last = "last run"
    if change.last > 1:
        last = f"mean of the last {change.last} runs without the largest"
    held = at_most(
        f"{name} over the {'anchor' if change.against == 'anchor' else 'runs before'}",
        change.value, limit, interval=change.interval,
        how=f"{last} ({number(usual * change.value)}) over the median ({number(usual)}) of "
        f"{change.others} from {_place(others[0])} on, with "
        f"{number(100 * change.spread, 2)} % from run to run; {how}; "
        f"a wrong failure in {drift.YEAR} runs at most {100 * drift.ALPHA:.0f} %",
        **identity,
    )  # fmt: skip
    if change.ok is False:
        at = drift.rise([run.value for run in runs])
        hint = f"look at what changed from {_place(runs[at - 1])} to {_place(runs[at])}"
        return dataclasses.replace(held.judged(False, "", [_table(runs)]), hint=hint)
    if change.confirmable <= limit:  # a busy machine makes nothing look better
        return held.judged(True)
    why = f"runs differ too much to confirm less than {number(change.confirmable)}"
    if change.value > limit:
        why = _busy(runs[-1]) if busy else "so few runs could show it by chance; run it again"
    return held.judged(None, why)


def _over(against: str, identity: Identity) -> Identity:
    """What is held against the anchor, or against the runs before, as programs know it."""
    own = identity.copy()
    own["id"] += f"_over_{against}"
    return own


def _beginning(runs: Sequence[Observation], found: Sequence[Observation]) -> str:
    """Why there is nothing to compare with yet."""
    why = f"this is run {len(runs)} of the {drift.ANCHOR} that are the anchor"
    elsewhere = [run for run in found if run.machine != runs[-1].machine]
    if elsewhere:
        last, ratio = elsewhere[-1], runs[-1].value / elsewhere[-1].value
        what = fingerprint.changed(last.machine, runs[-1].machine)
        why += f" on this machine ({what}; {number(ratio)} times the last run there)"
    return why


def _busy(run: Observation) -> str:
    return f"the machine was busy (waited {100 * run.waited:.0f} % for a core)"


def _place(run: Observation) -> str:
    """Day and commit of a run."""
    return f"{run.at[:10]} ({run.revision[:7]})"


def _table(runs: Sequence[Observation]) -> Table:
    """The last runs, over the anchor."""
    usual = median(run.value for run in runs[: drift.ANCHOR])
    rows = tuple(
        (run.at[:16].replace("T", " "), run.revision[:7], run.value, run.value / usual)
        for run in runs[-_SHOWN:]
    )
    names = ("run", "commit", "measured", "over the anchor")
    return Table(title="the last runs", columns=tuple(map(Column, names)), rows=rows, bars=3)
