"""What measures the machine has it to itself."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from pytest_mlreqs import quiet

WAITS = "from pytest_mlreqs.quiet import quiet\nwith quiet(): print('mine')"


def test_another_process_waits():
    """While one process measures, another one waits, and goes on afterwards."""
    with quiet.quiet():
        other = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1)
    assert other.communicate(timeout=60) == ("mine\n", None)


@pytest.mark.skipif(sys.platform == "win32", reason="ends it by a signal")
def test_a_process_that_died_holds_nothing():
    """The lock of a process that was killed is free."""
    dies = "import os\n" + WAITS.replace("print('mine')", "os.kill(os.getpid(), 9)")
    assert subprocess.run([sys.executable, "-c", dies], check=False).returncode == -9
    with quiet.quiet():
        pass


def test_no_place_for_a_lock(monkeypatch, tmp_path):
    """Where no file can be made, nobody waits, and nothing breaks."""
    monkeypatch.setattr(quiet.tempfile, "gettempdir", lambda: str(tmp_path / "missing"))
    with quiet.quiet():
        assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("error", [ImportError, KeyError, OSError])
def test_a_user_without_a_name(monkeypatch, tmp_path, error):
    """A number in a container and a service of Windows have no name, and wait nevertheless."""

    def nameless():
        raise error("who?")

    monkeypatch.setattr(quiet.getpass, "getuser", nameless)
    monkeypatch.setattr(quiet.tempfile, "gettempdir", lambda: str(tmp_path))
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
    monkeypatch.setattr(quiet.time, "sleep", lambda seconds: None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    with quiet.quiet():
        assert tries == [(2, 1)] * 3
