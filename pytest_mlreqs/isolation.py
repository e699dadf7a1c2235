"""isolation: run a check where it can crash, hang or exit without taking the session along.

On Linux the check runs in a forked child: it starts in milliseconds, sees every fixture as it is,
works on a copy-on-write image (so nothing of the user's can be changed by it), and when it dies
only the child is gone. Elsewhere forking is not safe (macOS frameworks) or not there (Windows);
checks then run in the session's own process, where exceptions are caught but nothing else is. So
they do once Polars has started its threads: it would wait for them in the child forever.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import IO, Any

from pytest_mlreqs import threads
from pytest_mlreqs.measurement import DeclarationError, Fault, described, legible

CAN_FORK = sys.platform == "linux"
_GRACE_S = 0.5  # for the child to write down where it hangs, before it is killed
_LOOK_S = 0.5  # from one look of the child at whether its session still lives to the next
_LONGEST_S = 86_400.0  # a day: more than any check needs, less than any clock overflows at
_SHOWN = 4_000  # characters of the child's output that are passed on


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the work.

    Attributes:
        values: what it yielded, up to where it ended.
        fault: one sentence if the subject ended it, else None.
        error: one sentence if what is declared does not work, or the work itself broke, else None.
        limit: one sentence if a limit ended it for which nobody is to blame, else None.
        output: what it printed, shortened in the middle.
    """

    values: tuple[Any, ...]
    fault: str | None = None
    error: str | None = None
    limit: str | None = None
    output: str = ""


def apart_is_safe() -> bool:
    """Whether a forked child could use whatever the session has in use."""
    return CAN_FORK and not threads.lost_by_a_fork()


def run_here(work: Callable[[], Iterable[Any]]) -> Outcome:
    """Exhaust `work()` in this process; exceptions become the fault."""
    values: list[Any] = []
    try:
        for value in work():
            values.append(value)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # SystemExit too: a subject must not end the session
        return Outcome(tuple(values), **_end(error))
    return Outcome(tuple(values))


def run_apart(
    work: Callable[[], Iterable[Any]],
    *,
    timeout_s: float,
    max_memory_mib: int,
    prepare: Callable[[], object] | None = None,
) -> Outcome:
    """Exhaust `work()` in a forked child, within a time and a memory limit.

    Args:
        work: called in the child; what it yields must pickle.
        timeout_s: seconds from start to end; then the child and its children are killed.
        max_memory_mib: MiB that the child may allocate beyond what the session holds already.
        prepare: called in the child before there is any thread; it must not raise.
    """
    timeout_s = min(timeout_s, _LONGEST_S)
    start = time.monotonic()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as stacks:
        child = multiprocessing.get_context("fork").Process(
            target=_child,
            args=(work, sender, output, stacks, timeout_s, max_memory_mib, os.getpid(), prepare),
        )
        sys.stdout.flush()
        threads.settle()
        with warnings.catch_warnings():
            # Python 3.12+ warns of forking beside threads. The child touches none of them: it
            # starts a thread of its own and never returns into the code that was running.
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
        sender.close()
        try:
            values, end = _listen(child, receiver, start + timeout_s + _GRACE_S)
        finally:
            _kill(child)
            receiver.close()
        late = time.monotonic() - start >= timeout_s  # writing down the stacks may crash it too
        if end is _TIMED_OUT or (end is _DIED and late):
            fault = f"the check did not finish within {timeout_s:g} s (timeout_s)" + _place(stacks)
            end = {"fault": fault}
        elif end is _DIED:
            end = {"fault": _death(child.exitcode, max_memory_mib) + _place(stacks)}
        return Outcome(tuple(values), **end, output=_shortened(output))


# --- in the session's process -------------------------------------------------------------------

# How it ended: a field of `Outcome` with its sentence; none where it ended well.
_End = dict[str, str]
_TIMED_OUT: _End = {"limit": "timed out"}
_DIED: _End = {"fault": "died"}


def _listen(child: Any, receiver: Connection, deadline: float) -> tuple[list[Any], _End]:
    values: list[Any] = []
    while True:
        left = deadline - time.monotonic()
        ready = wait([receiver, child.sentinel], timeout=left) if left > 0 else []
        if not ready:
            return values, _TIMED_OUT
        if receiver in ready or receiver.poll():
            try:
                word, value = receiver.recv()
            except (EOFError, OSError):  # the pipe closed before the last word, or within one
                child.join(_GRACE_S)
                return values, _DIED
            if word == "value":
                values.append(value)
            else:
                return values, value
        else:
            return values, _DIED


def _kill(child: Any) -> None:
    """End the child with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()


def _death(exitcode: int | None, max_memory_mib: int) -> str:
    if exitcode is None or exitcode >= 0:
        return f"the check did not come back: its process was ended by os._exit({exitcode or 0})"
    name = signal.Signals(-exitcode).name
    if -exitcode == signal.SIGKILL:
        return f"the process was killed ({name}), most often because the machine ran out of memory"
    if -exitcode == signal.SIGABRT:
        return (
            f"the process aborted ({name}), as native code does when an allocation fails "
            f"(it may use {max_memory_mib} MiB: max_memory_mib)"
        )
    return f"the process crashed ({name})"


_FRAME = re.compile(r'File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)')
_OURS = os.path.dirname(os.path.abspath(__file__))
_STDLIB = os.path.dirname(threading.__file__)


def _place(stacks: IO[bytes]) -> str:
    """Where the child was when it hung or crashed, from the stacks that faulthandler wrote."""
    stacks.seek(0)
    for line in stacks.read().decode(errors="replace").splitlines():
        frame = _FRAME.search(line)
        if frame is None or frame["file"].startswith(_OURS):
            continue
        if not frame["file"].startswith(_STDLIB) or "site-packages" in frame["file"]:
            place = f"{os.path.basename(frame['file'])}:{frame['line']}, in {frame['name']}"
            return f"; it was at {place}"
    return ""


def _shortened(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    if size <= _SHOWN:
        return output.read().decode(errors="replace")
    head = output.read(_SHOWN // 2).decode(errors="replace")
    output.seek(size - _SHOWN // 2)
    tail = output.read().decode(errors="replace")
    return f"{head}\n... {size - _SHOWN} bytes left out ...\n{tail}"


# --- in the child -------------------------------------------------------------------------------


def _child(
    work: Callable[[], Iterable[Any]],
    sender: Connection,
    output: IO[bytes],
    stacks: IO[bytes],
    timeout_s: float,
    max_memory_mib: int,
    session: int,
    prepare: Callable[[], object] | None,
) -> None:
    os.setpgid(0, 0)  # so that whatever it starts can be killed with it
    if prepare is not None:
        prepare()
    _redirect(output)
    faulthandler.enable(stacks)
    # It ends by itself, too: with the session killed, and code that never lets go of the
    # interpreter, nobody else would end it.
    faulthandler.dump_traceback_later(timeout_s, exit=True, file=stacks)
    allowed = _limit_memory(max_memory_mib)
    # A thread of its own: OpenMP pools belong to the thread that used them, and the forking
    # thread's pool has lost its workers; a model calling into it there would wait forever.
    thread = threading.Thread(target=_work, args=(work, sender, allowed), name="mlreqs-check")
    try:
        thread.start()
    except RuntimeError:  # there is not even room for its stack
        told = f"a check needs more than {allowed} MiB to start (max_memory_mib)"
        sender.send(("end", {"limit": told}))
    else:
        while thread.is_alive():
            thread.join(_LOOK_S)
            if os.getppid() != session:  # it was killed, and nobody listens any more
                os.killpg(0, signal.SIGKILL)
    os._exit(0)  # the session's exit handlers and finalizers are not ours to run


def _work(work: Callable[[], Iterable[Any]], sender: Connection, allowed_mib: int) -> None:
    end: _End = {}
    try:
        for value in work():
            sender.send(("value", value))
    except BaseException as error:  # SystemExit too: this is the end of the process anyway
        end = _end(error)
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
            may = f"; a check may use {allowed_mib} MiB (max_memory_mib)"
            end = {how: sentence + may for how, sentence in end.items()}
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    sender.send(("end", end))  # the last act: the listener ends this process when it hears it


def _end(error: BaseException) -> _End:
    """Who is to blame for an exception, and the sentence: the subject, nobody, or the work."""
    if isinstance(error, Fault):
        return {"fault": legible(str(error))}
    if isinstance(error, DeclarationError):
        return {"error": legible(str(error))}
    if isinstance(error, MemoryError):
        return {"limit": legible(f"the memory did not suffice: {described(error)}")}
    return {"error": f"the check itself broke: {described(error)}"}


def _redirect(output: IO[bytes]) -> None:
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="replace", closefd=False)


def _limit_memory(max_memory_mib: int) -> int:
    """Cap the child's writable memory; returns the MiB it may add.

    RLIMIT_DATA counts private writable mappings (Linux >= 4.7), not the address space that
    allocators and GPU drivers merely reserve. What the machine has left caps it further: the
    kernel, out of memory, may kill the session instead of the child.
    """
    import resource

    status = dict(_fields("/proc/self/status"))
    available_mib = dict(_fields("/proc/meminfo")).get("MemAvailable", 0) // 1024
    allowed = min(max_memory_mib, available_mib * 9 // 10) if available_mib else max_memory_mib
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = (status.get("VmData", 0) + allowed * 1024) * 1024
    if hard == resource.RLIM_INFINITY or limit <= hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    return allowed


def _fields(path: str) -> Iterator[tuple[str, int]]:
    """The `Name:  123 kB` lines of a file in /proc."""
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            name, _, rest = line.partition(":")
            words = rest.split()
            if len(words) == 2 and words[1] == "kB":
                yield name, int(words[0])
