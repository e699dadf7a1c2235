"""What measures the machine has it to itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pytest_mlreqs.core import quiet
from pytest_mlreqs.core.measurement import Undecided

WAITS = "from pytest_mlreqs.core.quiet import quiet\nwith quiet(): print('mine')"
HOLDS = """
import sys, time
from pytest_mlreqs.core.quiet import quiet
with quiet() as turn:
    print("mine", flush=True)
    sys.stdin.readline()
    print(turn.lost, flush=True)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


class Time:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, then=lambda now: None):
        self.now, self.then = 0.0, then

    def monotonic(self):
        """Seconds."""
        return self.now

    def sleep(self, seconds):
        """Let time pass, and what belongs to it happen."""
        self.now += seconds
        self.then(self.now)


@pytest.fixture(autouse=True)
def _own_lock(monkeypatch, tmp_path):
    """Wait for nobody but the processes of these tests."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(quiet.tempfile, "tempdir", None)


@pytest.fixture
def holder():
    """Another process that measures until it gets a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.communicate()


def test_another_process_waits(holder, monkeypatch):
    """While one process measures, another one waits, and goes on afterwards."""

    def then(now):
        if now > 3:
            holder.communicate("\n")

    monkeypatch.setattr(quiet, "time", Time(then))
    with quiet.quiet() as turn:
        assert holder.returncode == 0
    assert turn.waited_s == pytest.approx(3, abs=0.1)


def test_the_wait_is_evidence(holder, monkeypatch):
    """A wait of more than a second says whom it was for, at once and afterwards."""
    said = []

    def then(now):
        assert bool(said) == (now > 1.04)  # a look later
        if now > 3:
            holder.communicate("\n")

    monkeypatch.setattr(quiet, "time", Time(then))
    with quiet.quiet(60, said.append) as turn:
        pass
    who = f"process {holder.pid} (in "
    assert [line.startswith(f"waits for {who}") for line in said] == [True]
    assert said[0].endswith("), which measures; at most 60 s")
    assert turn.note.startswith(f"began after 3 s of waiting for {who}")


def test_a_short_wait_is_worth_no_word(holder, monkeypatch):
    """A wait of less than a second is told nowhere."""
    said = []
    then = lambda now: holder.communicate("\n") if now > 0.5 and holder.poll() is None else None
    monkeypatch.setattr(quiet, "time", Time(then))
    with quiet.quiet(60, said.append) as turn:
        assert (turn.note, said, turn.lost) == ("", [], False)


def test_nobody_waits_for_ever(holder, monkeypatch):
    """When one process has its turn for as long as a check may take, nothing is decided."""
    monkeypatch.setattr(quiet, "time", Time())
    told = f"process {holder.pid} .* for 60 s.* timeout_s = 60"
    with pytest.raises(Undecided, match=told), quiet.quiet(60):
        raise AssertionError("it has the lock")
    assert quiet.time.now == pytest.approx(60, abs=0.1)


def test_a_queue_moves(monkeypatch):
    """Where turns go round, the limit is held against each of them and not against the queue."""
    holders = iter([f"{pid} {pid} /home" for pid in range(2, 100) for _ in range(800)])
    monkeypatch.setattr(quiet, "time", Time())
    monkeypatch.setattr(quiet, "_locked", lambda descriptor: quiet.time.now > 150)
    monkeypatch.setattr(quiet, "_signature", lambda descriptor: next(holders))
    with quiet.quiet(60) as turn:  # each has its turn for 40 s
        assert turn.waited_s == pytest.approx(150, abs=0.1)


def stop(process):
    """Stop a process, and wait until it is."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)


@linux
def test_a_stopped_process_loses_its_turn(holder, monkeypatch):
    """Others go ahead of a process that is stopped; it is told when it goes on."""
    stop(holder)
    monkeypatch.setattr(quiet, "time", Time())
    with quiet.quiet(60) as turn:
        assert 2 <= turn.waited_s < 4
        third = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True)
        holder.send_signal(signal.SIGCONT)
        assert holder.communicate("\n") == ("True\n", None)
        assert third.poll() is None  # what the one that was stopped gave back was not this turn
        assert not turn.lost
    assert third.communicate(timeout=60) == ("mine\n", None)


@linux
def test_a_check_goes_on_while_its_session_is_stopped(holder, monkeypatch):
    """Nobody goes ahead of a stopped process whose children are at work."""
    work = iter(range(10_000))
    monkeypatch.setattr(quiet, "time", Time())
    monkeypatch.setattr(quiet.processes, "work_s", lambda pid: next(work))
    stop(holder)
    told = f"process {holder.pid} .* is stopped .*continue it .kill -CONT {holder.pid}. or end it"
    with pytest.raises(Undecided, match=told), quiet.quiet(60):
        raise AssertionError("it has the lock")


@pytest.mark.skipif(sys.platform == "win32", reason="ends it by a signal")
def test_a_process_that_died_holds_nothing(holder):
    """The lock of a process that was killed is free."""
    holder.kill()
    holder.wait()
    with quiet.quiet() as turn:
        assert turn.waited_s == 0


def test_no_place_for_a_lock(monkeypatch, tmp_path):
    """Where no file can be made, nobody waits, and nothing breaks."""
    monkeypatch.setattr(quiet.tempfile, "tempdir", str(tmp_path / "missing"))
    with quiet.quiet() as turn:
        assert not (tmp_path / "missing").exists()
    assert not turn.lost


@linux
def test_no_locks_at_all(monkeypatch):
    """On a file system that has no locks nobody waits."""

    def lockf(descriptor, how):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(quiet.fcntl, "lockf", lockf)
    monkeypatch.setattr(quiet, "time", Time())
    with quiet.quiet():
        assert quiet.time.now == 0


@pytest.mark.parametrize("error", [ImportError, KeyError, OSError])
def test_a_user_without_a_name(monkeypatch, tmp_path, error):
    """A number in a container and a service of Windows have no name, and wait nevertheless."""

    def nameless():
        raise error("who?")

    monkeypatch.setattr(quiet.getpass, "getuser", nameless)
    with quiet.quiet():
        (lock,) = tmp_path.iterdir()
    assert lock.name.startswith("pytest-mlreqs-")


def test_an_error_gives_it_back():
    """An error within ends the quiet."""
    with pytest.raises(ZeroDivisionError), quiet.quiet():
        1 / 0  # noqa: B018
    done = subprocess.run([sys.executable, "-c", WAITS], check=True, timeout=60)
    assert done.returncode == 0


def test_windows(monkeypatch):
    """Where record locks are those of Windows, it is tried until nobody else has it."""
    tries = []

    def locking(descriptor, mode, count):
        tries.append((mode, count))
        if len(tries) < 3:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(quiet, "fcntl", None)
    monkeypatch.delattr(quiet.os, "O_CLOEXEC", raising=False)
    monkeypatch.setattr(quiet, "time", Time())
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    with quiet.quiet():
        assert tries == [(2, 1)] * 3
