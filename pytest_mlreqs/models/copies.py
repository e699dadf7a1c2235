"""copies: call a model as it was before its first call, as often as one likes.

A model may remember: answers by the row's number, how often it was called, where its generator
stands. Two calls that are to differ in their input alone are therefore made in two forks of this
process, which start from the same state. Where forking is not safe, calls are made here, one after
the other, with the global generators of Python and NumPy put back to one state for each series.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import re
import select
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pytest_mlreqs.core import run_lines, threads
from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided

Result = TypeVar("Result")

# What a check may raise, by how a fork tells it: the model raised, or answered and wrongly.
_RAISED = {"raised": Fault, "answered": Fault, "open": Undecided, "declared": DeclarationError}

_STILL_S = 10.0  # a fork that has used no processor time for so long waits for a lost thread
_LOOK_S = 1.0
_OWN_THREADS = 2  # of a check: the one that works, and the one that waits for it
_OPEN = "/proc/self/fd"
_NETWORKS = {socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_VSOCK", socket.AF_INET)}
_JOURNAL = re.compile(rb"(/var)?/run/systemd/journal/")  # what a service prints; it answers nothing
_HERE = "in one process, one after the other"


@dataclass(slots=True)
class Copies:
    """How the calls of one model are kept apart.

    Attributes:
        forks: whether each series of calls starts from a fork of this process.
    """

    forks: bool
    _proven: bool = False

    @property
    def how(self) -> str:
        """In words."""
        return "each series of calls in a fresh copy of the process" if self.forks else _HERE

    def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, called in a copy; what it returns must pickle.

        Raises:
            Fault: as `work` does.
        """
        self.forks = self.forks and not threads.lost_by_a_fork()
        if self.forks:
            done: tuple[str, Any] = _forked(work) or ("lost", None)
            kind, value = done
            if kind == "value":
                self._proven = True
                return value  # type: ignore[no-any-return]
            if kind in _RAISED and (self._proven or kind != "raised"):
                cause = RuntimeError(value) if kind == "raised" else None
                raise _RAISED[kind](value) from cause
            # It hung or died there, or cannot work there: a lost thread, a device. If it cannot
            # work here either, that is its own affair.
            with _one_state():
                result = work()
            self.forks = False
            return result
        with _one_state():
            return work()

    def series(self, call: Callable[[Any], Result], inputs: Sequence[Any]) -> list[Result | Fault]:
        """What a copy answers to each of the inputs, called one after the other.

        Whatever a call raises, the calls after it start from a copy that has answered nothing.
        """
        answers: list[Result | Fault] = []
        while len(answers) < len(inputs):
            rest = inputs[len(answers) :]
            answers += [
                value if good else Fault(value)
                for good, value in self.run(lambda: _until_refused(call, rest))  # noqa: B023
            ]
        return answers


def copies(model: Any) -> Copies:
    """How the calls of a model can be kept apart: an endpoint's memory is not in this process."""
    return Copies(not isinstance(model, str) and forkable())


def forkable() -> bool:
    """Whether a fork of this process would work: on Linux, if it needs nothing that it shares.

    Threads that it has lost, and open connections, of which two processes would read at once.
    """
    if sys.platform != "linux" or threads.lost_by_a_fork():
        return False
    return not any(_connected(int(one)) for one in os.listdir(_OPEN))


def _connected(descriptor: int) -> bool:
    """Whether a file descriptor is a connection to another machine or service."""
    try:
        if not os.readlink(f"{_OPEN}/{descriptor}").startswith("socket:"):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as found:
            if found.family == socket.AF_UNIX:
                return _asks(found)
            if found.family not in _NETWORKS:
                return False
            found.getpeername()
    except OSError:  # closed meanwhile, or not connected
        return False
    return True


def _asks(local: socket.socket) -> bool:
    """Whether a socket of this machine came from a service, or leads to one that answers.

    Of such a connection one end has a name. A pair of sockets has none, as asyncio and
    multiprocessing make them; like pipes they lead to this process and what it has started.
    """
    names = {os.fsencode(name) for name in (local.getpeername(), local.getsockname())}
    logs = local.type == socket.SOCK_DGRAM or any(map(_JOURNAL.match, names))
    return names != {b""} and not logs


def _until_refused(call: Callable[[Any], Any], inputs: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Answers up to the first that is none, which is told by its text."""
    told: list[tuple[bool, Any]] = []
    for one in inputs:
        try:
            told.append((True, call(one)))
        except Fault as fault:
            if isinstance(fault.__cause__, MemoryError):  # of the check: it says nothing of the row
                raise
            return [*told, (False, str(fault))]
    return told


def _forked(work: Callable[[], Any]) -> tuple[str, Any] | None:
    """What came of the work in a fork of this process; None if it did not end by itself."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    if len(os.listdir("/proc/self/task")) > _OWN_THREADS:
        threads.settle()
    reader, writer = os.pipe()
    state = random.getstate()
    with warnings.catch_warnings():
        # Python 3.12+ warns of forking beside threads. The child starts one of its own.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.close(reader)
        random.setstate(state)  # a child starts from another seed
        # A thread of its own: OpenMP's pool of the forking thread has lost its workers.
        worker = threading.Thread(target=_tell, args=(work, writer), name="mlreqs-copy")
        try:
            worker.start()
            worker.join()
        finally:
            os._exit(1)
    os.close(writer)
    try:
        written = b"".join(_read(reader, child))
    except TimeoutError:
        return None
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    try:
        (kind, value), lines = pickle.loads(written)
    except (EOFError, pickle.UnpicklingError):
        return None
    run_lines.enter(lines)
    return kind, value


def _tell(work: Callable[[], Any], writer: int) -> None:
    recorder = run_lines.record()
    try:
        told: tuple[str, Any] = ("value", work())
    except Fault as fault:
        told = ("raised" if fault.__cause__ else "answered", str(fault))
        if isinstance(fault.__cause__, MemoryError):  # where it is raised again, it stays one
            told = ("lost", None)
    except Undecided as error:
        told = ("open", str(error))
    except DeclarationError as error:
        told = ("declared", str(error))
    except BaseException:  # the same will happen where it can be told
        told = ("lost", None)
    with contextlib.suppress(BaseException), os.fdopen(writer, "wb") as file:
        pickle.dump((told, run_lines.recorded(recorder)), file, pickle.HIGHEST_PROTOCOL)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)


def _read(reader: int, child: int) -> Iterator[bytes]:
    """What the child writes, up to its end; raises `TimeoutError` where it stands still."""
    used, since = -1, time.monotonic()
    while True:
        if select.select([reader], [], [], _LOOK_S)[0]:
            part = os.read(reader, 1 << 20)
            if not part:
                return
            yield part
            since = time.monotonic()
        elif (now := _ticks(child)) != used:
            used, since = now, time.monotonic()
        elif time.monotonic() - since > _STILL_S:
            raise TimeoutError


def _ticks(process: int) -> int:
    """Processor time that a process has used, in clock ticks."""
    with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(") ")[2].split()
    return int(fields[11]) + int(fields[12])


@contextlib.contextmanager
def _one_state() -> Iterator[None]:
    """Let the global generators start from where they stand, and put them back afterwards."""
    import numpy as np

    before, numpy_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)  # noqa: NPY002
