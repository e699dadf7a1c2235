"""Nothing of a check is left when it has ended: no process, no folder, no shared memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pytest_mlreqs.core import isolation, processes, temporary
from pytest_mlreqs.core.isolation import CAN_FORK, run_apart, run_here

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="checks are forked on Linux only")


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """The system's folder for temporary files, of this test alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def folders(scratch):
    """What is left of checks."""
    return list(scratch.glob("mlreqs-*"))


def gone(*pids, within_s=30):
    """Whether these processes end."""
    until = time.monotonic() + within_s
    while any(map(processes.alive, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(processes.alive, pids))


def spin():
    """Hang."""
    while True:
        pass


ENDS = {
    "done": lambda: None,
    "os._exit": lambda: os._exit(0),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "crashed": os.abort,
    "out of time": spin,
    "raises": lambda: 1 / 0,
}
HIDDEN = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        os.execvp("sleep", ["sleep", "600"])
    os._exit(0)
"""


@pytest.mark.parametrize("how", ENDS)
def test_nothing_is_left(scratch, how):
    """The folder is gone with all that is in it, however the check ended, and so are daemons."""

    def work():
        (temporary.folder() / "copy").mkdir(mode=0o700)
        (temporary.folder() / "copy/people.csv").write_text("Ann")
        (temporary.folder() / "copy").chmod(0o500)
        parent = subprocess.Popen([sys.executable, "-c", HIDDEN], stdout=subprocess.PIPE)
        yield int(parent.stdout.readline()), str(temporary.folder())
        ENDS[how]()

    outcome = run_apart(work, timeout_s=2, max_memory_mib=500)
    ((daemon, folder),) = outcome.values
    assert Path(folder).parent == scratch
    assert not processes.alive(daemon)
    assert folders(scratch) == []


@pytest.mark.parametrize("how", ENDS)
def test_what_is_elsewhere_is_undone(scratch, how):
    """What a kind makes elsewhere is undone by it where the check did not come to its end."""
    made = scratch / "database"

    def work():
        made.touch()
        yield 1
        ENDS[how]()

    run_apart(work, timeout_s=0.3, max_memory_mib=500, clean_up=made.unlink)
    assert made.exists() == (how in ("done", "raises"))


SESSION = """
import os, subprocess, sys, time
from pytest_mlreqs.core import temporary
from pytest_mlreqs.core.isolation import run_apart

def work():
    (temporary.folder() / "people.csv").write_text("Ann")
    other = subprocess.Popen(["setsid", "sleep", "600"])
    print(os.getpid(), other.pid, file=told, flush=True)
    {then}
    yield

told = os.fdopen(os.dup(1), "w")
run_apart(work, timeout_s=600, max_memory_mib=300)
"""
HOLDING = """import ctypes
    ctypes.PyDLL(None).sleep(600)"""  # and never letting go of the interpreter
DOES = {"sleeps": "time.sleep(600)", "spins": "while True: pass", "holds Python": HOLDING}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("does", DOES)
def test_a_session_that_ends_in_the_middle(scratch, does, number):
    """Ctrl-C, SIGTERM and kill -9 of the session end its check, with all that is of it."""
    source = SESSION.format(then=DOES[does])
    session = subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in session.stdout.readline().split()]
    try:
        assert len(folders(scratch)) == 1
        session.send_signal(number)
        assert session.wait(60) != 0
        assert gone(*pids)
        until = time.monotonic() + 30
        while folders(scratch) and time.monotonic() < until:
            time.sleep(0.01)
        assert folders(scratch) == []
    finally:
        session.communicate()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_all_killed_at_once(scratch):
    """What is left after session and warden were killed is removed by the next session."""
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION.format(then="time.sleep(600)")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    check, other = map(int, session.stdout.readline().split())
    (warden,) = processes.descendants(session.pid)[:1]
    assert warden != check
    temporary.remove_orphans()
    assert len(folders(scratch)) == 1  # it is in use
    for pid in (warden, session.pid):
        os.kill(pid, signal.SIGKILL)
    session.communicate()
    try:
        assert gone(check)  # by the kernel
        os.kill(other, signal.SIGKILL)
        assert gone(other)
        temporary.remove_orphans()
        assert folders(scratch) == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(other, signal.SIGKILL)


def test_folders_of_others_stay(scratch):
    """What only looks like the folder of a check is left alone."""
    (scratch / "elsewhere").mkdir()
    (scratch / "mlreqs-check-link").symlink_to(scratch / "elsewhere")
    (scratch / "mlreqs-check-file").touch()
    temporary.remove_orphans()
    assert len(list(scratch.iterdir())) == 3


def test_pools_of_joblib(scratch):
    """The workers, semaphores and folders of loky go with the check that used them."""
    pytest.importorskip("joblib")
    shared = Path("/dev/shm")

    def work():
        from joblib import Parallel, delayed

        pids = Parallel(n_jobs=2)(delayed(os.getpid)() for _ in range(4))
        yield {*pids, *processes.descendants(os.getpid())}, os.getpid()

    outcome = run_apart(work, timeout_s=60, max_memory_mib=2000)
    ((pids, check),) = outcome.values
    assert len(pids) >= 3  # two workers, and the one that tidies up behind them
    assert not any(map(processes.alive, pids))
    assert [one.name for one in shared.glob(f"*{check}*")] == []
    assert list(scratch.glob("joblib*")) == []


def test_here(scratch):
    """A check in the session's own process has such a folder too, and none is left."""

    def work():
        yield temporary.folder()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here(work)
    assert temporary.folder() == scratch
    assert run_here(lambda: [temporary.folder().exists()]).values == (True,)
    assert folders(scratch) == []


def test_there_is_no_room_for_a_process(monkeypatch):
    """Where no process can be started nothing is decided, and nothing is left."""

    def fork():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(isolation.warden.os, "fork", fork)
    outcome = run_apart(lambda: [1], timeout_s=2, max_memory_mib=500)
    assert outcome.limit.startswith("no other process could be started: [Errno 11]")
