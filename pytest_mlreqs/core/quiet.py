"""quiet: no two checks that measure the machine run at the same time, whatever the session.

The workers of pytest-xdist would time each other. A lock on a file is given back by the system
when its process ends, however that comes about. The file says which process has it. One that is
stopped (Ctrl-Z) measures nothing: others go ahead, and it is told when it goes on.
"""

from __future__ import annotations

import contextlib
import getpass
import math
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_mlreqs.core import processes
from pytest_mlreqs.core.measurement import Undecided

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_AGAIN_S = 0.05
_SILENT_S = 1.0  # a wait that is not worth a word
_STOPPED_S = 2.0  # without any work, after which a stopped process has lost its turn
_IDLE_S = 0.1  # of processor time in these, which is no work
_FAR = 1 << 30  # the byte that is locked on Windows, where nobody could read it
_NAME = "a quiet machine"


@dataclass(slots=True)
class Turn:
    """The time for which this process has the machine to itself.

    Attributes:
        waited_s: seconds that it waited for it.
        before: the last process that it waited for, in words; empty where it did not wait.
    """

    waited_s: float = 0.0
    before: str = ""
    descriptor: int = -1

    @property
    def note(self) -> str:
        """What the wait was, where it is worth a word; else empty."""
        if self.waited_s < _SILENT_S:
            return ""
        return f"began after {self.waited_s:.0f} s of waiting for {self.before}"

    @property
    def lost(self) -> bool:
        """Whether another process went ahead, because this one was stopped for a while."""
        return self.descriptor >= 0 and not _current(self.descriptor)


@contextlib.contextmanager
def quiet(
    timeout_s: float = math.inf, say: Callable[[str], None] = lambda _: None
) -> Iterator[Turn]:
    """Wait until no other process of this user measures, and keep others from it meanwhile.

    Where there is no place for the lock, nobody waits.

    Args:
        timeout_s: seconds to wait for the turn of any one process.
        say: is called with a sentence when the wait takes longer than a second.

    Raises:
        Undecided: one process had its turn for longer than that.
    """
    turn = Turn()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            turn.descriptor = _wait(_file(), turn, timeout_s, say)
            stack.callback(os.close, turn.descriptor)
            stack.callback(_sign, turn.descriptor, "")
            _sign(turn.descriptor, f"{os.getpid()} {uuid.uuid4().hex} {os.getcwd()}")
        yield turn


def _wait(path: Path, turn: Turn, timeout_s: float, say: Callable[[str], None]) -> int:
    """Wait for the lock; returns the descriptor of the file on which this process has it."""
    begin = since = time.monotonic()
    holder, idle, said = "", _Idle(), False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        keep = False
        try:
            if _locked(descriptor):
                keep = _current(descriptor)  # else it was given up while we waited for it
                if keep:
                    return descriptor
                continue
            now = time.monotonic()
            turn.waited_s = now - begin
            other = _signature(descriptor)
            if other != holder:  # a turn is over, and another one has begun
                holder, since, idle = other, now, _Idle()
            turn.before, pid = _words(holder)
            if turn.waited_s >= _SILENT_S and not said:
                say(f"waits for {turn.before}, which measures; at most {timeout_s:g} s")
                said = True
            if now - since >= timeout_s:
                raise Undecided(_given_up(turn.before, pid, timeout_s), _NAME)
            if pid and idle.long(pid, now):
                _give_up(path, descriptor)
        finally:
            if not keep:
                os.close(descriptor)
        time.sleep(_AGAIN_S)


class _Idle:
    """For how long a process has been stopped without any of its children at work."""

    def __init__(self) -> None:
        self._since = self._work = self._next = 0.0

    def long(self, pid: int, now: float) -> bool:
        """Whether it has been for long by now: a check goes on while its session is stopped."""
        if now < self._next:
            return False
        self._next = now + _STOPPED_S / 4
        if not processes.stopped(pid):
            self._since = 0.0
            return False
        work = processes.work_s(pid)
        if not self._since or work - self._work > _IDLE_S:
            self._since, self._work = now, work
        return now - self._since >= _STOPPED_S


def _give_up(path: Path, descriptor: int) -> None:
    """Let a new file take the place of the one that is locked, unless somebody else has done it."""
    other = os.open(path.with_suffix(".given-up"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _locked(other) and _current(descriptor):
            path.unlink()
    finally:
        os.close(other)


def _given_up(words: str, pid: int, timeout_s: float) -> str:
    """Why nothing was measured, and what to do."""
    does = "measured something else"
    do = f"let it end or end it, or allow more than timeout_s = {timeout_s:g}"
    if pid and processes.stopped(pid):
        does, do = "is stopped and had the machine", f"continue it (kill -CONT {pid}) or end it"
    return f"{words} {does} for {timeout_s:g} s, and two checks would time each other: {do}"


def _sign(descriptor: int, text: str) -> None:
    """Write into the file who has it."""
    with contextlib.suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, text.encode(errors="replace"))


def _signature(descriptor: int) -> str:
    with contextlib.suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, 4096).decode(errors="replace")
    return ""


def _words(signature: str) -> tuple[str, int]:
    """Who has the lock, for a person, and the number of the process."""
    pid, _, rest = signature.partition(" ")
    if not pid.isdecimal():
        return "another process", 0
    return f"process {pid} (in {rest.partition(' ')[2]})", int(pid)


def _current(descriptor: int) -> bool:
    """Whether the file is still the one that others would open."""
    try:
        there, own = os.stat(_file()), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)


def _locked(descriptor: int) -> bool:
    """Take the lock if nobody has it; children do not get it, so one left behind holds none."""
    try:
        if sys.platform != "win32":
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            os.lseek(descriptor, _FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):  # any other error: there are no locks here
        return False
    return True


def _file() -> Path:
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # no name: Windows services, numbers in containers
        user = str(os.getuid()) if hasattr(os, "getuid") else "nobody"
    return Path(tempfile.gettempdir(), f"pytest-mlreqs-{user}.lock")
