"""calls: which call into a subject a check is making, and since when, so that a hang can be told.

A thread of the check's process looks at the stacks of the others from time to time. It marks the
frame of a call that it sees, and finds the mark again if it is still the same call. The mark is
put where Python keeps the trace function of a frame, which is of no effect while nothing traces:
to keep the frame itself would keep all its arrays, and be measured as memory of the subject.
"""

from __future__ import annotations

import mmap
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from pytest_mlreqs.core.isolation.stacks import owner

_RECORD = struct.Struct("ddd?")
_JUDGES = ("judge.py", "proving.py", "child.py", "subject.py")  # call `check`, `plant`, `work`
_WAITING = ("threading", "queue", "concurrent", "multiprocessing", "subprocess", "selectors")
_GUARDS = (("contract.py", "predict"), ("computed.py", "_answered"), ("computed.py", "_settled"))
# ... of which every call into a subject goes through one


@dataclass(frozen=True, slots=True)
class Sight:
    """What was to be seen at the last look; times are those of `time.monotonic`.

    Attributes:
        looked: when that was.
        since: when the call that lasts longest was seen first; 0 where there is none.
        waited: seconds that the process had been without a core by then.
        subject: whether the call is one into a subject, whatever else is known of it.
    """

    looked: float = 0.0
    since: float = 0.0
    waited: float = 0.0
    subject: bool = False


class Board:
    """Where the check's process writes what it sees, and the session reads it: shared memory."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _RECORD.size)

    def write(self, sight: Sight) -> None:
        """Let it be what was seen last."""
        fields = (sight.looked, sight.since, sight.waited, sight.subject)
        self._memory[: _RECORD.size] = _RECORD.pack(*fields)

    def read(self) -> Sight:
        """What was seen last."""
        return Sight(*_RECORD.unpack(self._memory[: _RECORD.size]))

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


class _Mark:
    """Stands where the trace function of a frame would, and traces nothing."""

    __slots__ = ("since", "waited")

    def __init__(self, since: float, waited: float) -> None:
        self.since, self.waited = since, waited

    def __call__(self, *_: object) -> None:
        return None


class Watch:
    """Looks at the calls that the other threads of this process make.

    Args:
        board: where it writes what it sees.
        waited_s: seconds that this process has been without a core.
        clock: seconds.
    """

    def __init__(
        self,
        board: Board,
        waited_s: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board, self._waited_s, self._clock = board, waited_s, clock
        self._traced: dict[int, tuple[FrameType, _Mark]] = {}  # frames whose place is taken

    def look(self) -> None:
        """Look once."""
        now, waited = self._clock(), self._waited_s()
        found, traced = Sight(now), {}
        for frame, subject in _calls():
            mark: Any = frame.f_trace
            if mark is not None and not isinstance(mark, _Mark):  # coverage, a debugger
                kept = self._traced.get(id(frame))
                mark = _Mark(now, waited) if kept is None else kept[1]
                traced[id(frame)] = (frame, mark)
            elif mark is None:
                frame.f_trace = mark = _Mark(now, waited)
            if not found.since or mark.since < found.since:
                found = Sight(now, mark.since, mark.waited, subject)
        self._traced = traced
        self._board.write(found)


def _calls() -> Iterator[tuple[FrameType, bool]]:
    """The calls that other threads are making, and whether each is one into a subject."""
    own = threading.get_ident()
    for thread, frame in sys._current_frames().items():  # noqa: SLF001  (it is documented)
        if thread != own and (call := _call(frame)) is not None:
            yield call


def _call(innermost: FrameType) -> tuple[FrameType, bool] | None:
    """The frame that the innermost one of ours has called, if it is not Python's own affair."""
    others: list[FrameType] = []
    frame: FrameType | None = innermost
    while frame is not None and owner(frame.f_code.co_filename) != "ours":
        others.append(frame)
        frame = frame.f_back
    if frame is None:  # a thread of a library
        return None
    by_judge = _basename(frame) in _JUDGES
    if by_judge and others:  # what the check of a kind calls, and not the check itself
        others.pop()
    if not others:
        calls_native = (_basename(frame), frame.f_code.co_name) in _GUARDS
        return (frame, True) if calls_native else None
    call, guarded = others[-1], _is_guarded(frame)
    owners = {owner(one.f_code.co_filename) for one in others}
    if owners == {"stdlib"} and (not guarded or _waits(call)):
        return None
    return call, guarded or (not by_judge and owner(call.f_code.co_filename) == "project")


def _waits(call: FrameType) -> bool:
    """Whether we wait for threads or processes of ours that make the calls."""
    module = call.f_globals.get("__name__", "")
    return str(module).partition(".")[0] in _WAITING


def _is_guarded(frame: FrameType | None) -> bool:
    while frame is not None:
        names = (_basename(frame), frame.f_code.co_name)
        if names in _GUARDS and owner(frame.f_code.co_filename) == "ours":
            return True
        frame = frame.f_back
    return False


def _basename(frame: FrameType) -> str:
    return frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
