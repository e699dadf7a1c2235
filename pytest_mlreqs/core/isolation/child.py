"""child: what happens in the process of a check: its limits, its work, and what it sends back."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import IO, Any

from pytest_mlreqs.core import run_lines, time_left
from pytest_mlreqs.core.isolation import warden
from pytest_mlreqs.core.isolation.calls import Board, Watch
from pytest_mlreqs.core.measurement import DeclarationError, Fault, described
from pytest_mlreqs.core.plain import legible
from pytest_mlreqs.core.temporary import CheckFolder

SHOW_STACKS = signal.SIGRTMAX - 2 if sys.platform == "linux" else 0  # of no meaning to anybody
_LOOK_S, _LOOKS = 5.0, 40  # the longest from one look at the calls to the next; looks in its time

# How it ended: a field of `Outcome` with its sentence; none where it ended well.
End = dict[str, str]


@dataclass(frozen=True)
class Order:
    """What a check is to do, and where it is to write.

    Attributes:
        work: is exhausted; what it yields must pickle.
        sender: gets `("value", value)` for each of them and last `("end", (how, lines))`.
        output: the file for what it prints.
        stacks: the file for where it is when it crashes or is asked.
        board: for the calls that it makes.
        folder: for what it makes on disk.
        timeout_s: seconds that it may take.
        max_memory_mib: MiB that it may allocate beyond what the session holds already.
        prepare: is called before any thread is started.
    """

    work: Callable[[], Iterable[Any]]
    sender: Connection
    output: IO[bytes]
    stacks: IO[bytes]
    board: Board
    folder: CheckFolder
    timeout_s: float
    max_memory_mib: int
    prepare: Callable[[], object] | None = None


def run(order: Order, parent: int, others: tuple[Connection, ...]) -> None:
    """Do what the order says, in a process that `parent` has forked for it; never returns.

    Args:
        order: what to do.
        parent: the number of the process that forked this one.
        others: connections that are not for this process.
    """
    os.setpgid(0, 0)
    warden.die_with_parent()
    if os.getppid() != parent:  # it had ended before
        os._exit(0)
    for other in others:
        other.close()
    _redirect(order.output)
    faulthandler.enable(order.stacks)
    faulthandler.register(SHOW_STACKS, file=order.stacks, all_threads=True)
    allowed = _limit_memory(order.max_memory_mib)
    if order.prepare is not None:
        order.prepare()
        warden.die_with_parent()  # other rights may have taken it back
    watch = Watch(order.board, lambda: waited_s(os.getpid()))
    watch.look()
    # A thread of its own: OpenMP pools belong to the thread that used them, and the forking
    # thread's pool has lost its workers; a model calling into it there would wait forever.
    thread = threading.Thread(target=_work, args=(order, allowed), name="mlreqs-check")
    try:
        thread.start()
    except RuntimeError:  # there is not even room for its stack
        why = f"a check needs more than {allowed} MiB to start (max_memory_mib)"
        order.sender.send(("end", ({"limit": why}, None)))
    else:
        while thread.is_alive():
            thread.join(min(_LOOK_S, order.timeout_s / _LOOKS))
            watch.look()
    os._exit(0)  # the session's exit handlers and finalizers are not ours to run


def _work(order: Order, allowed_mib: int) -> None:
    end: End = {}
    time_left.start(order.timeout_s)
    recorder = run_lines.record()
    try:
        with order.folder.in_use():
            for value in order.work():
                order.sender.send(("value", value))
    except BaseException as error:  # SystemExit too: this is the end of the process anyway
        end = end_of(error)
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
            end = _out_of_memory(end, allowed_mib, order.max_memory_mib)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    # The last act: the listener ends this process when it hears it.
    order.sender.send(("end", (end, run_lines.recorded(recorder))))


def end_of(error: BaseException) -> End:
    """Who is to blame for an exception, and the sentence: the subject, nobody, or the work."""
    if isinstance(error, Fault):
        return {"fault": legible(str(error))}
    if isinstance(error, DeclarationError):
        return {"error": legible(str(error))}
    if isinstance(error, MemoryError):
        return {"limit": legible(f"there was not enough memory: {described(error)}")}
    return {"error": f"the check itself broke: {described(error)}"}


def _out_of_memory(end: End, allowed_mib: int, declared_mib: int) -> End:
    """The end with what the check was allowed: who needs more is not known to do anything wrong."""
    (sentence,) = end.values()
    if allowed_mib < declared_mib:
        left = f"the machine had {allowed_mib} MiB left of the {declared_mib} MiB that a check may"
        return {"limit": f"{sentence}; {left} use (max_memory_mib)"}
    return {"limit": f"{sentence}; a check may use {allowed_mib} MiB: allow more (max_memory_mib)"}


def waited_s(pid: int) -> float:
    """Seconds for which the threads of a check were ready but had no core, all together.

    The first thread of its process only looks at the others, and does not count.
    """
    total = 0
    with contextlib.suppress(OSError):
        for thread in {*os.listdir(f"/proc/{pid}/task")} - {str(pid)}:
            with (
                contextlib.suppress(OSError, IndexError),  # it has ended meanwhile
                open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file,
            ):
                total += int(file.read().split()[1])
    return total / 1e9


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
