"""What /proc says of processes is read as it is meant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from pytest_mlreqs.core import processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")

STAT = "{pid} (a) b (c) {state} {parent} 1 1 0 -1 4194560 1 2 3 4 {times} 20 0 1 0 99 1 2\n"


@pytest.fixture
def table(monkeypatch):
    """Let /proc hold these processes: number -> state, parent and clock ticks."""

    def make(rows):
        stats = {
            pid: STAT.format(pid=pid, state=state, parent=parent, times=times)
            for pid, (state, parent, times) in rows.items()
        }
        below = lambda pid: [one for one, (_, parent, _) in rows.items() if parent == pid]
        monkeypatch.setattr(processes, "_children", below)
        read = lambda pid: stats[pid].rpartition(")")[2].split() if pid in stats else None
        monkeypatch.setattr(processes, "_stat", read)

    return make


def test_descendants_are_those_of_any_depth(table):
    """Children of children count, those of others and those that have ended do not."""
    idle = "0 0 0 0"
    table(
        {
            1: ("S", 0, idle), 7: ("S", 1, idle), 8: ("R", 7, idle), 9: ("S", 8, idle),
            10: ("Z", 7, idle), 11: ("S", 1, idle),
        }
    )  # fmt: skip
    assert processes.descendants(7) == [8, 9]
    assert processes.descendants(9) == []


def test_a_number_that_is_given_again(monkeypatch):
    """A process is told from a later one of the same number by when it began."""
    stat = "7 (a) S 1 1 1 0 -1 4194560 1 2 3 4 0 0 0 0 20 0 1 0 {} 1 2"
    read = lambda start: lambda pid: stat.format(start).rpartition(")")[2].split()
    monkeypatch.setattr(processes, "_stat", read(100))
    first = processes.identity(7)
    monkeypatch.setattr(processes, "_stat", read(200))
    assert processes.identity(7) != first


def test_work_counts_those_who_have_ended(table, monkeypatch):
    """Processor time is that of a process, its descendants, and the children it waited for."""
    monkeypatch.setattr(os, "sysconf", lambda name: 100)
    table({7: ("S", 1, "100 50 25 25"), 8: ("R", 7, "10 0 0 0"), 9: ("R", 1, "999 0 0 0")})
    assert processes.work_s(7) == 2.1
    assert processes.work_s(6) == 0


def test_a_stopped_process():
    """A process is stopped after SIGSTOP, and only until it goes on."""
    one = subprocess.Popen(["sleep", "60"])
    try:
        assert (processes.alive(one.pid), processes.stopped(one.pid)) == (True, False)
        one.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, one.pid, os.WSTOPPED)
        assert (processes.alive(one.pid), processes.stopped(one.pid)) == (True, True)
        one.send_signal(signal.SIGCONT)
        os.waitid(os.P_PID, one.pid, os.WCONTINUED)
        assert not processes.stopped(one.pid)
    finally:
        one.kill()
    os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.alive(one.pid)  # though nobody has waited for it
    one.wait()
    assert not processes.alive(one.pid)


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "searched"])
def test_the_table_of_this_machine(monkeypatch, listed):
    """A child and its own child are descendants, the one that has ended is not."""
    if not listed:
        monkeypatch.setattr(processes.os.path, "exists", lambda path: False)
    source = "import subprocess; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); "
    one = subprocess.Popen([sys.executable, "-c", source + "input()"], stdin=-1, stdout=-1)
    two = int(one.stdout.readline())
    try:
        assert {one.pid, two} <= set(processes.descendants(os.getpid()))
        assert processes.descendants(one.pid) == [two]
    finally:
        os.kill(two, signal.SIGKILL)
        one.kill()
        one.communicate()
    assert one.pid not in processes.descendants(os.getpid())


def test_without_proc_nothing_is_known(monkeypatch):
    """Where there is no /proc, no process is stopped and none has descendants."""

    def listdir(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "listdir", listdir)
    assert processes.descendants(os.getpid()) == []
