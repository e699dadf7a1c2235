"""tracers: what watches the Python code that is measured, such as coverage or a debugger.

A function that is called for every line, or every call, made calls of 2 ms take 22. So tracing
rests in the process of the check while something is measured, like the garbage collector does, and
goes on afterwards. What cannot be told to rest slows down calls by nobody knows how much: while it
goes on, nothing that is slow is held against them.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

_STATUS, _MAPS = Path("/proc/self/status"), Path("/proc/self/maps")
_TOOLS = range(6)  # of sys.monitoring
_SWITCHES = (("disable", "enable"), ("pause", "resume"))  # of those that are no functions
_LIBRARIES = {  # libraries that watch what native code does, by their files
    "vgpreload": "valgrind",
    "libscalene": "scalene",
    "heaptrack": "heaptrack",
    "libasan": "AddressSanitizer",
    "libtsan": "ThreadSanitizer",
}

_awake: tuple[str, ...] = ()  # what did not rest where all others were told to


@contextlib.contextmanager
def resting() -> Iterator[tuple[str, ...]]:
    """Let all that watches Python code in this thread, and in new ones, rest meanwhile.

    Yields the names of what does not rest: tracers that cannot be started again, and those of
    threads that were there before; tracemalloc, which would forget what it knows; debuggers and
    profilers of the whole process.
    """
    global _awake  # noqa: PLW0603  (what is told to rest is the process's, too)
    outer = _awake
    with contextlib.ExitStack() as stack:
        names = [*outer, *_of_the_process(), *_of_other_threads()]
        names += stack.enter_context(_unhooked(sys.gettrace, sys.settrace))
        names += stack.enter_context(_unhooked(sys.getprofile, sys.setprofile))
        stack.enter_context(_unhooked(threading.gettrace, threading.settrace))
        stack.enter_context(_unhooked(threading.getprofile, threading.setprofile))
        stack.enter_context(_unmonitored())
        _awake = tuple(dict.fromkeys(names))
        try:
            yield _awake
        finally:
            _awake = outer


def excuse(names: Sequence[str]) -> str:
    """Why nothing is held against calls that somebody watches; empty if nobody does."""
    if not names:
        return ""
    does = "makes" if len(names) == 1 else "make"
    return f"{' and '.join(names)} {does} calls slower while it runs: run without it"


@contextlib.contextmanager
def _unhooked(read: Callable[[], Any], write: Callable[[Any], None]) -> Iterator[list[str]]:
    """Take a tracer out, and put it back; yields its name if that cannot be done."""
    tracer, none = read(), cast(Any, None)
    stop, start = write, write
    if tracer is None:
        yield []
        return
    if not callable(tracer):
        switches = [pair for pair in _SWITCHES if all(hasattr(tracer, word) for word in pair)]
        if not switches:
            yield [_name(tracer)]
            return
        stop, start = (lambda _, word=word: getattr(tracer, word)() for word in switches[0])
    stop(none)
    try:
        yield []
    finally:
        if read() is None:  # else somebody started another one meanwhile
            start(tracer)


@contextlib.contextmanager
def _unmonitored() -> Iterator[None]:
    """Let nobody be called for the events of sys.monitoring, which Python has since 3.12.

    Events that were asked for in single functions still happen, and nobody hears of them.
    """
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None:
        yield
        return
    tools = [tool for tool in _TOOLS if monitoring.get_tool(tool) is not None]
    kinds = [kind for kind in vars(monitoring.events).values() if isinstance(kind, int) and kind]
    asked = {tool: monitoring.get_events(tool) for tool in tools}
    called = {
        (tool, kind): monitoring.register_callback(tool, kind, None)
        for tool in tools
        for kind in kinds
    }
    for tool in tools:
        monitoring.set_events(tool, 0)
    try:
        yield
    finally:
        there = {tool for tool in tools if monitoring.get_tool(tool) is not None}
        for (tool, kind), callback in called.items():
            if callback is not None and tool in there:
                monitoring.register_callback(tool, kind, callback)
        for tool in there:
            monitoring.set_events(tool, asked[tool])


def _of_other_threads() -> Iterator[str]:
    """Tracers that threads got when they were started: only a thread itself can take its own out.

    The main thread, if this is another one, waits for it.
    """
    mine = (threading.current_thread(), threading.main_thread())
    others = [one for one in threading.enumerate() if one not in mine]
    for hook in (threading.gettrace(), threading.getprofile()):
        if others and hook is not None:
            yield f"{_name(hook)} in thread {others[0].name!r}"


def _of_the_process() -> Iterator[str]:
    """What watches all of it."""
    import tracemalloc

    if tracemalloc.is_tracing():
        yield "tracemalloc"
    with contextlib.suppress(OSError, ValueError):
        status = _STATUS.read_text(encoding="ascii", errors="replace")
        tracer = int(status.partition("TracerPid:")[2].split()[0])
        if tracer:
            yield Path(f"/proc/{tracer}/comm").read_text(encoding="utf-8", errors="replace").strip()
    with contextlib.suppress(OSError):
        libraries = _MAPS.read_text(encoding="utf-8", errors="replace")
        yield from (name for file, name in _LIBRARIES.items() if f"/{file}" in libraries)


def _name(tracer: Any) -> str:
    """The library that a tracer is of: `coverage`, `bdb`."""
    module = getattr(tracer, "__module__", None) or type(tracer).__module__
    return str(module).partition(".")[0]
