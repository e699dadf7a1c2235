"""isolation: run a check where it can crash, hang or exit without taking the session along.

On Linux the check runs in a forked child: it starts in milliseconds, sees every fixture as it is,
works on a copy-on-write image (so nothing of the user's can be changed by it), and when it dies
only the child is gone. A warden stands between the two, and ends and removes what is left.

Elsewhere forking is not safe (macOS frameworks) or not there (Windows); checks then run in the
session's own process, where exceptions are caught but nothing else is. So they do once Polars has
started its threads: it would wait for them in the child forever.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import IO, Any

from pytest_mlreqs.core import processes, run_lines, temporary, threads
from pytest_mlreqs.core.isolation import death, stacks, warden
from pytest_mlreqs.core.isolation.calls import Board
from pytest_mlreqs.core.isolation.child import SHOW_STACKS, End, Order, end_of, run, waited_s
from pytest_mlreqs.core.isolation.limit import TimeLimit

CAN_FORK = sys.platform == "linux"
_LONGEST_S = 86_400.0  # a day: more than any check needs, less than any clock overflows at
_STACKS_S = 0.5  # for a child to write down where it is, before it is ended
_DEATH_S = 0.5  # from the last that is heard of a child to its exit code
_BUSY = 0.1  # of the time of a check, without a core, which is worth a word
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
    folder = temporary.CheckFolder()
    try:
        with folder.in_use():
            for value in work():
                values.append(value)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # SystemExit too: a subject must not end the session
        return Outcome(tuple(values), **end_of(error))
    finally:
        folder.remove()
        folder.close()
    return Outcome(tuple(values))


def run_apart(
    work: Callable[[], Iterable[Any]],
    *,
    timeout_s: float,
    max_memory_mib: int,
    prepare: Callable[[], object] | None = None,
    clean_up: Callable[[], object] | None = None,
) -> Outcome:
    """Exhaust `work()` in a forked child, within a time and a memory limit.

    Args:
        work: called in the child; what it yields must pickle.
        timeout_s: seconds from start to end; then the child and all that it started are killed. A
            call that is being made then may go on for as long again, until it is known to hang.
        max_memory_mib: MiB that the child may allocate beyond what the session holds already.
        prepare: is called in the child before it starts any thread; must not raise.
        clean_up: is called in a process of its own if the work did not come to its end, to undo
            what was made outside the folder of the check.
    """
    _remove_orphans()
    with contextlib.ExitStack() as stack:
        output, shown = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        board = stack.enter_context(contextlib.closing(Board()))
        folder = stack.enter_context(contextlib.closing(temporary.CheckFolder()))
        stack.callback(folder.remove)  # also where the warden was killed
        receiver, sender = multiprocessing.Pipe(duplex=False)
        stack.callback(receiver.close)
        timeout_s = min(timeout_s, _LONGEST_S)
        order = Order(
            work, sender, output, shown, board, folder, timeout_s, max_memory_mib, prepare
        )
        try:
            guard = _start(order, receiver, clean_up)
        except OSError as error:
            return Outcome((), limit=f"no other process could be started: {error}")
        finally:
            sender.close()
        stack.callback(guard.end, well=False)
        values, end = _heard(order, receiver, guard)
        return Outcome(tuple(values), **end, output=_shortened(output))


# How it ended where it did not say so itself.
_TIMED_OUT: End = {"limit": "timed out"}
_DIED: End = {"fault": "died"}


def _start(
    order: Order, receiver: Connection, clean_up: Callable[[], object] | None
) -> warden.Warden:
    """Fork the warden, which forks the check."""

    def start(line: Connection) -> Any:
        # Of `multiprocessing`, so that what uses it in the check finds itself in a child.
        mine = (order, os.getpid(), (receiver, line))
        child = multiprocessing.get_context("fork").Process(target=run, args=mine)
        child.start()
        order.sender.close()
        return child

    def afterwards(well: bool) -> None:  # noqa: FBT001
        try:
            if not well and clean_up is not None:
                clean_up()
        finally:
            order.folder.remove()

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    threads.settle()
    return warden.Warden(start, afterwards)


def _heard(order: Order, receiver: Connection, guard: warden.Warden) -> tuple[list[Any], End]:
    """The values of a check and how it ended; nothing is left of it then."""
    limit = TimeLimit(
        order.timeout_s,
        order.board.read,
        lambda: processes.work_s(guard.check),
        lambda: waited_s(guard.check),
    )
    values, end = _listen(receiver, guard.line, limit)
    if end is _TIMED_OUT:
        copies = processes.forks(guard.check)
        is_stopped = processes.stopped(guard.check)  # by somebody from outside
        if is_stopped or not (limit.is_seen or copies):
            limit.hang = None
        for pid in (guard.check, *copies):
            _write_stacks(pid, order.stacks)
    guard.end(well=end is not _TIMED_OUT and end is not _DIED)
    if end is _DIED and guard.killed:
        end = {"limit": "somebody ended the process that watches over the check, and so the check"}
    elif end is _DIED:
        place = stacks.place(order.stacks)
        may_mib = order.max_memory_mib
        end = death.blamed(guard.exitcode, guard.grown_mib, may_mib, order.output, place)
    elif end is _TIMED_OUT:
        last = _rest(receiver, values)
        if last is None:
            last = _timed_out(limit, stacks.place(order.stacks), threads.worker())
        end = last
    return values, end


def _listen(receiver: Connection, line: Connection, limit: TimeLimit) -> tuple[list[Any], End]:
    values: list[Any] = []
    while True:
        ready = wait([receiver, line], timeout=limit.look_in_s())
        if receiver in ready:
            try:
                word, value = receiver.recv()
            except (EOFError, OSError):  # the pipe closed before the last word, or within one
                line.poll(_DEATH_S)
                return values, _DIED
            if word == "end":
                return values, _last(value)
            values.append(value)
        elif line in ready:
            return values, _DIED
        if limit.over():
            return values, _TIMED_OUT


def _rest(receiver: Connection, values: list[Any]) -> End | None:
    """How a check had ended before it was ended, if it had; with the values it had sent by then."""
    with contextlib.suppress(EOFError, OSError):
        while receiver.poll():
            word, value = receiver.recv()
            if word == "end":
                return _last(value)
            values.append(value)
    return None


def _last(word: tuple[End, run_lines.Lines | None]) -> End:
    end, found = word
    run_lines.enter(found)
    return end


def _write_stacks(pid: int, file: IO[bytes]) -> None:
    """Let the process of a check write down where it is; it needs no Python for that."""
    with contextlib.suppress(OSError):
        before = size = os.fstat(file.fileno()).st_size
        os.kill(pid, SHOW_STACKS)
        until = time.monotonic() + _STACKS_S
        while time.monotonic() < until:
            time.sleep(0.01)
            last, size = size, os.fstat(file.fileno()).st_size
            if last == size > before:
                return


def _timed_out(limit: TimeLimit, place: str, worker: str) -> End:
    """Who is to blame for a check whose time is over.

    Args:
        limit: its time limit.
        place: where it was, in words.
        worker: a thread of a pool that the session has and its fork has not; or empty.
    """
    if limit.hang == "idle" and worker:
        return {
            "limit": f"one call has used no processor time for {limit.hung_s:.3g} s: it may wait "
            f"for the thread {worker!r}, which was started in the session and does not exist in "
            "the process of a check: let the model start its threads when it is called, or declare "
            f'isolation = "none"{place}'
        }
    if limit.hang == "idle":
        return {
            "fault": f"it hangs: one call has used no processor time for {limit.hung_s:.3g} s, "
            f"and a check may take {limit.timeout_s:g} s (timeout_s){place}"
        }
    if limit.hang == "busy":
        return {
            "fault": f"it hangs: one call has taken {limit.hung_s:.3g} s and does not come back, "
            f"and a check may take {limit.timeout_s:g} s (timeout_s){place}"
        }
    waited = ""
    if limit.waited > _BUSY * limit.timeout_s:
        waited = f" (its threads waited {limit.waited:.3g} s for a core: the machine was busy)"
    return {
        "limit": f"the check did not finish within {limit.timeout_s:g} s{waited}: allow more "
        f"(timeout_s), or ask for less{place}"
    }


def _shortened(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    if size <= _SHOWN:
        return output.read().decode(errors="replace")
    head = output.read(_SHOWN // 2).decode(errors="replace")
    output.seek(size - _SHOWN // 2)
    tail = output.read().decode(errors="replace")
    return f"{head}\n... {size - _SHOWN} bytes left out ...\n{tail}"


@functools.cache  # once in a session
def _remove_orphans() -> None:
    temporary.remove_orphans()
