"""warden: the process between a session and a check, which ends what the check leaves behind.

It outlives the check, which may die at any moment, and the session, which may be killed. What the
check has started is below it in the tree of processes, and stays there: whatever lost its parent
is given to the warden (PR_SET_CHILD_SUBREAPER). That it may have a group and a session of its own
makes no difference.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pytest_mlreqs.core import processes

_DEATH_SIGNAL, _SUBREAPER = 1, 36  # of prctl(2)
_LOOK_S = 0.1  # from one look at whether the check and the session live to the next
_TIDY_S = 3.0  # for the processes that tidy up behind others
_ENDING_S = 10.0  # for all: what takes longer is in the hands of the kernel
_AFTERWARDS_S = 60  # for what is to be done when all is ended
_SHARED = Path("/dev/shm")  # noqa: S108  (where loky and joblib put things, under these names)
_LEFT_BY = ("*loky-{pid}-*", "joblib_memmapping_folder_{pid}_*")


def die_with_parent() -> None:
    """Let the kernel end this process when the one that started it ends."""
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)


class Warden:
    """The warden of one check, seen from its session.

    Args:
        start: is called in the warden, and starts the process of the check; returns it.
        afterwards: is called in the warden when no process is left, with whether the check ended
            well.

    Attributes:
        line: to the warden; there is something to read once the check has died.
        check: the number of the process of the check.
        exitcode: its exit code, if it ended by itself; known after `end`.
        grown_mib: MiB of memory that it had at its peak beyond what it began with; after `end`.
        killed: whether the warden was ended by somebody, so that nothing is known; after `end`.

    Raises:
        OSError: there is no room for another process.
    """

    def __init__(
        self, start: Callable[[Connection], Any], afterwards: Callable[[bool], None]
    ) -> None:
        self.line, other = Pipe()
        session = os.getpid()
        with warnings.catch_warnings():
            # Python 3.12+ warns of forking beside threads. The child touches none of them: it
            # starts a thread of its own and never returns into the code that was running.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if not self._pid:
            self.line.close()
            _keep(lambda: start(other), other, session, afterwards)
        other.close()
        self._ended = False
        self.exitcode: int | None = None
        self.grown_mib = 0.0
        self.killed = False
        try:
            self.check: int = self.line.recv()
        except EOFError:
            self.end(well=True)
            raise OSError("the process of the check could not be started") from None

    def end(self, *, well: bool) -> None:
        """End the check with all that it started, and wait until this is done.

        Args:
            well: whether the check has come to its end.
        """
        if self._ended:
            return
        self._ended = self.killed = True
        with contextlib.suppress(EOFError, OSError):
            self.line.send(well)
            while self.line.poll(_AFTERWARDS_S + _ENDING_S):
                word, ended = self.line.recv()
                if word == "ended":
                    self.exitcode, self.grown_mib = ended
                    self.killed = False
                    break
        self.line.close()
        with contextlib.suppress(ChildProcessError):
            if not _ends(self._pid, 1.0):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)


def _ends(pid: int, within_s: float) -> bool:
    until = time.monotonic() + within_s
    while not os.waitpid(pid, os.WNOHANG)[0]:
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def _keep(
    start: Callable[[], Any], line: Connection, session: int, afterwards: Callable[[bool], None]
) -> None:
    """Start a check, wait for its end or that of its session, and end all of it; never returns."""
    well = False
    try:
        os.setpgid(0, 0)  # what a terminal sends to the session is not for this process
        _prctl(_SUBREAPER, 1)
        began_mib = processes.resident_mib(os.getpid())
        check = start()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # it ends when its session has ended
        line.send(check.pid)
        told = False
        while not line.poll(_LOOK_S) and os.getppid() == session:
            if not told and not check.is_alive():
                line.send(("died", None))
                told = True
        with contextlib.suppress(EOFError, OSError):
            well = bool(line.poll() and line.recv())
        alive = check.is_alive()
        grown_mib = _peak_mib() - began_mib  # nothing else has been waited for by now
        _end_all(check)
        _remove_left(check.pid)
        signal.alarm(_AFTERWARDS_S)
        afterwards(well)
        with contextlib.suppress(OSError):
            line.send(("ended", (None if alive else check.exitcode, grown_mib)))
    except BaseException as error:  # nothing may go on into the code that was forked
        with contextlib.suppress(Exception):
            print(f"the warden of a check broke: {error!r}", file=sys.__stderr__)
    finally:
        os._exit(0)


def _peak_mib() -> float:
    """The largest resident set of any process below this one that has ended, in MiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # KiB on Linux


def _end_all(check: Any) -> None:
    """End all processes below this one; those that tidy up behind others get a moment for it."""
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < _ENDING_S:
        left = processes.descendants(os.getpid())
        for pid in left:
            if passed >= _TIDY_S or not _tidies_up(pid):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        if not check.is_alive():  # its exit code is known, and the others' are of no use
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if not left:
                return
        time.sleep(0.002)


def _tidies_up(pid: int) -> bool:
    """Whether it is a resource tracker, which removes what others made once these are gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"resource_tracker" in file.read()
    except OSError:
        return False


def _remove_left(check: int) -> None:
    """Remove what loky and joblib made for the check, where their trackers did not come to it."""
    import shutil

    for pattern in _LEFT_BY:
        for path in _SHARED.glob(pattern.format(pid=check)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):  # it may be somebody else's, or gone
                    path.unlink()


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
