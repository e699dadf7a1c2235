"""Tests of pytest_mlreqs.core.tracers."""

import cProfile
import sys
import threading
import tracemalloc

import pytest

from pytest_mlreqs.core import tracers
from pytest_mlreqs.core.tracers import excuse, resting


@pytest.fixture(autouse=True)
def nobody_else():
    """Whatever traces these tests themselves is away meanwhile."""
    with resting():
        yield


class Tracer:
    """Notes the functions that are called, as coverage and debuggers do."""

    def __init__(self):
        self.called = []

    def __call__(self, frame, event, arg):
        self.called.append(frame.f_code.co_name)


def work():
    """Something to be seen."""


def in_a_thread(call):
    """Make a call in a new thread."""
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


HOOKS = [
    (sys.settrace, sys.gettrace, work),
    (sys.setprofile, sys.getprofile, work),
    (threading.settrace, threading.gettrace, lambda: in_a_thread(work)),
    (threading.setprofile, threading.getprofile, lambda: in_a_thread(work)),
]


@pytest.mark.parametrize(("put", "there", "call"), HOOKS)
def test_it_rests_and_goes_on(put, there, call):
    """What is called meanwhile is not seen, in this thread and in new ones; what is later, is."""
    tracer = Tracer()
    put(tracer)
    try:
        with resting() as names:
            assert there() is None
            call()
        assert "work" not in tracer.called
        call()
    finally:
        put(None)
    assert names == ()
    assert "work" in tracer.called


@pytest.mark.parametrize(("put", "there", "call"), HOOKS)
def test_it_goes_on_after_an_error(put, there, call):
    """A model that raises takes no tracer away, and one that starts its own keeps it."""
    tracer, other = Tracer(), Tracer()
    put(tracer)
    try:
        with pytest.raises(ValueError, match="broken"), resting():
            raise ValueError("broken")
        assert there() is tracer
        with resting():
            put(other)
        assert there() is other
    finally:
        put(None)


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="needs Python 3.12")
def test_monitoring():
    """Nobody is called for an event, asked for everywhere or in one function, until later."""
    monitoring, seen = sys.monitoring, []
    tool, events = monitoring.OPTIMIZER_ID, monitoring.events
    monitoring.use_tool_id(tool, "some tool")
    try:
        for event in (events.PY_START, events.LINE):
            monitoring.register_callback(tool, event, lambda code, _: seen.append(code.co_name))
        monitoring.set_events(tool, events.PY_START)
        monitoring.set_local_events(tool, work.__code__, events.LINE)
        with resting() as names:
            work()
        assert ("work" in seen, names) == (False, ())
        work()
        assert seen.count("work") == 2
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)


def test_a_profiler():
    """One of C, which is no function, is switched off and on."""
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        with resting() as names:
            work()
        in_a_thread(int)  # of threads, too, does Python 3.13 tell it
    finally:
        profiler.disable()
    told = {getattr(one.code, "co_name", "") for one in profiler.getstats()}
    assert (names, "work" in told, "in_a_thread" in told) == ((), False, True)


def test_what_cannot_be_started_again_is_named():
    """A tracer that is no function and has no switch goes on, and is named within, too."""
    tracer = type("Native", (), {"__module__": "native.profiler"})()
    with tracers._unhooked(lambda: tracer, pytest.fail) as names:
        assert names == ["native"]


def test_threads_that_were_there_before():
    """A thread that was started under a tracer keeps it, so that it is named."""
    done = threading.Event()
    threading.settrace(Tracer())
    thread = threading.Thread(target=done.wait, name="worker")
    try:
        thread.start()
        with resting() as names, resting() as again:
            assert names == again == ("tests in thread 'worker'",)
    finally:
        threading.settrace(None)
        done.set()
        thread.join()


def test_tracemalloc():
    """What would forget all it knows goes on, and is named."""
    with resting() as names:
        assert names == ()
    tracemalloc.start()
    try:
        with resting() as names:
            assert names == ("tracemalloc",)
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not tracers._STATUS.exists(), reason="needs Linux")
def test_debuggers_and_profilers_of_the_process(tmp_path, monkeypatch):
    """What is attached to the process, or loaded into it, is named."""
    status, maps = tmp_path / "status", tmp_path / "maps"
    status.write_text("Name:\tpython\nTracerPid:\t1\n")
    maps.write_text("7f00-7f01 r-xp 00000000 00:00 0 /usr/lib/vgpreload_core-amd64-linux.so\n")
    monkeypatch.setattr(tracers, "_STATUS", status)
    monkeypatch.setattr(tracers, "_MAPS", maps)
    with resting() as names:
        assert len(names) == 2
        assert names[1] == "valgrind"


def test_the_excuse():
    """It names all there is."""
    assert excuse(()) == ""
    assert excuse(("gdb",)) == "gdb makes calls slower while it runs: run without it"
    assert excuse(("gdb", "tracemalloc")).startswith("gdb and tracemalloc make calls slower")
