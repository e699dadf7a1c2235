"""spawned: how much memory a call takes at its peak, where no high-water mark can be put back.

A new process has a mark that only its start, its loading and a first call have raised. Ballast
lifts what is in use up to it, so that whatever the call takes raises it further, native allocations
included. Where it does not (the system paged the ballast out, or the call takes next to nothing),
the call took no more than what lay between the two. That is a bound, and may be enough.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.core.measurement import (
    MIB,
    DeclarationError,
    Fault,
    Undecided,
    described,
    number,
)
from pytest_mlreqs.measures.memory.counters import UNTOLD, counters
from pytest_mlreqs.measures.memory.peak import settled
from pytest_mlreqs.measures.memory.work import Work, copied, training
from pytest_mlreqs.measures.timing.fresh import answers
from pytest_mlreqs.models.frames import take
from pytest_mlreqs.models.scoring import method

_CODE = "from pytest_mlreqs.measures.memory.spawned import answer; answer()"
_FEW = 20  # rows, for what only a first call builds
_ELSEWHERE = "run it on Linux"
_CLOSE = MIB // 8  # of what is in use to the mark
_TRIES = 4
_TIMEOUT_S = 300.0  # the check's own limit comes first, where there is one
_BOUND = "loading took more memory than the call, so that only a bound is known: at most {} MiB"


@dataclass(frozen=True, slots=True)
class Call:
    """What one call took in a new process.

    Attributes:
        bytes: its peak, or what it took at most.
        exact: whether it is the former.
    """

    bytes: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Spawned:
    """The peak of calls held to a limit; undecided where `ok` is None, as `why` says.

    Attributes:
        bytes: the largest peak, or what none can have exceeded.
        ok: within the limit, beyond it, or None.
        why: why it is undecided, or empty.
        calls: what each took; in the process where that was less, if there were two.
        processes: how many there were.
    """

    bytes: int
    ok: bool | None
    why: str
    calls: Sequence[Call]
    processes: int

    def how(self) -> str:
        """How it was measured, in words."""
        exact = any(one.exact and one.bytes == self.bytes for one in self.calls)
        bound = "" if exact else ", which the call did not raise: an upper bound"
        many = "a fresh process" if self.processes == 1 else f"{self.processes} fresh processes"
        return f"the high-water mark of {many}{bound}"


def hold(work: Work, limit: float) -> Spawned:
    """Make the calls of `work` in a new process, and in another one if they take too much.

    Args:
        work: what is called; see `Raises` for one without a subject.
        limit: bytes.

    Raises:
        Undecided: something cannot be pickled, loaded or measured there, or it has no subject.
        Fault: a call raises, or the process ends.
    """
    if work.subject is None:
        why = "the high-water mark of this process cannot be put back here"
        raise Undecided(why, hint=_ELSEWHERE)
    given = [rows for _, rows in work.given]
    first = _told(work, given)
    exact = _largest(first)
    most = max(one.bytes for one in first)
    if exact <= limit:
        why = "" if most <= limit else _BOUND.format(number(most / MIB))
        return Spawned(most, None if why else True, why, first, 1)
    second = _told(work, given)
    again = _largest(second)
    if again <= limit:
        why = f"one process took {number(exact / MIB)} MiB, and the next one did not"
        return Spawned(exact, None, why, first, 2)
    return Spawned(min(exact, again), False, "", min(first, second, key=_largest), 2)


def by_rows(work: Work) -> list[tuple[int, int]]:
    """Rows and bytes of calls with all rows, a half, a quarter and an eighth, where exact."""
    rows = work.given[0][1]
    counts = list(dict.fromkeys(max(1, len(rows) // part) for part in (1, 2, 4, 8)))
    calls = _told(work, [take(rows, list(range(count))) for count in counts])
    seen = zip(counts, calls, strict=True)
    return [(count, one.bytes) for count, one in seen if one.exact]


def _largest(calls: Sequence[Call]) -> int:
    return max((one.bytes for one in calls if one.exact), default=0)


def _told(work: Work, given: Sequence[Any]) -> list[Call]:
    """What each call took in one process."""
    subject = "model" if work.method else "training"
    values = {subject: work.subject, "rows": given}
    try:
        told = next(answers(_CODE, values, subject, work.method, timeout_s=_TIMEOUT_S))
    except Undecided as gap:
        raise Undecided(str(gap), hint=_ELSEWHERE) from gap
    if "why" in told:
        raise Undecided(told["why"], hint=_ELSEWHERE)
    if "declared" in told:
        raise DeclarationError(f"in a fresh process, {told['declared']}")
    if "fault" in told:
        raise Fault(f"in a fresh process, {told['fault']}")
    return [Call(*one) for one in told["calls"]]


def answer() -> None:
    """In the new process: load, call, and write down how much memory that took."""
    folder, subject, name = sys.argv[1:]
    told = _measured(Path(folder, subject), Path(folder, "rows"), name)
    Path(folder, "answer").write_text(json.dumps(told), encoding="utf-8")


def _measured(subject: Path, rows: Path, name: str) -> dict[str, Any]:
    try:
        with subject.open("rb") as file:
            loaded = pickle.load(file)
        with rows.open("rb") as file:
            given = pickle.load(file)
    except Exception as error:  # modules that only the test session can import, most of all
        what = f"the {subject.name} cannot be loaded in a fresh process"
        return {"why": f"{what}: {described(error)}"}
    try:
        call = method(loaded, name).call if name else training(loaded)
        try:
            call(_few(given[0]))
        except Exception:  # a training on few rows, for one
            call(copied(given[0]))
        calls = [_risen(call, one) for one in given]
    except DeclarationError as error:
        return {"declared": str(error)}
    except Fault as error:
        return {"fault": str(error)}
    except Exception as error:
        return {"fault": f"{name} raised {described(error)}"}
    if None in calls:
        return {"why": UNTOLD}
    return {"calls": calls}


def _risen(call: Callable[[Any], Any], given: Any) -> tuple[int, bool] | None:
    """Bytes of a call beyond what was in use before, and whether they are its peak or a bound."""
    with settled():
        ballast = _ballast()
        before = counters()
        call(given)
        after = counters()
        del ballast
    if before is None or after is None:
        return None
    raised = after.most > before.most
    mapped = max(0, after.files - before.files) if raised else 0  # a bound holds for all of it
    return max(0, after.most - before.now - mapped), raised


def _ballast() -> list[bytes]:
    """Memory that lifts what is in use up to the mark; the process had as much in use before."""
    held: list[bytes] = []
    for _ in range(_TRIES):
        known = counters()
        if known is None or known.most - known.now <= _CLOSE:
            break
        held.append(b"\1" * (known.most - known.now))
    return held


def _few(given: Any) -> Any:
    """A few rows from the whole of what is given, so that every class may be among them."""
    if isinstance(given, tuple):
        return tuple(map(_few, given))
    few = min(_FEW, len(given))
    return take(given, [len(given) * each // few for each in range(few)])
