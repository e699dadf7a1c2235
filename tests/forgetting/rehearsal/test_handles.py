"""Tests of pytest_mlreqs.forgetting.rehearsal.handles."""

import mmap
import os
import subprocess

import pytest

from pytest_mlreqs.core.isolation import CAN_FORK
from pytest_mlreqs.forgetting.rehearsal import handles

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="only Linux tells who has what open")


@pytest.fixture
def file(tmp_path):
    """A file."""
    path = tmp_path / "a.txt"
    path.write_text("a" * 5000)
    return path


def files(path):
    """One file by device and number."""
    status = path.stat()
    return {(status.st_dev, status.st_ino): str(path)}


@pytest.mark.parametrize(("mode", "expected"), [("r", 0), ("a", 1), ("r+", 1)])
def test_descriptors(file, mode, expected):
    """A file counts where it is open for writing, as long as it is."""
    with file.open(mode):
        assert len(handles.writable_here(files(file))) == expected
    assert handles.writable_here(files(file)) == []


@pytest.mark.parametrize(
    ("access", "expected"), [(mmap.ACCESS_READ, 0), (mmap.ACCESS_COPY, 0), (mmap.ACCESS_WRITE, 1)]
)
def test_mappings(file, access, expected):
    """A mapping counts where writing to it writes to the file, and outlives the descriptor."""
    with file.open("r+b" if expected else "rb") as opened:
        memory = mmap.mmap(opened.fileno(), 0, access=access)
    assert len(handles.writable_here(files(file))) == expected
    assert len(handles.writable_here({(0, 0): str(file)})) == expected  # as some file systems tell
    memory.close()


def test_folders(tmp_path):
    """A folder that is open is told by its path."""
    folder = os.open(tmp_path, os.O_RDONLY)
    assert os.path.realpath(tmp_path) in handles.folders_here()
    os.close(folder)
    assert os.path.realpath(tmp_path) not in handles.folders_here()


@pytest.mark.parametrize(("sign", "expected"), [("<", 0), (">>", 1)])
def test_other_processes(file, sign, expected):
    """Another process counts where it can write to the file; one of our own group does not."""
    command = ["sh", "-c", f"exec 3{sign}{file}; echo; read line"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    for own in (True, False):
        other = subprocess.Popen(command, start_new_session=not own, **pipes)
        other.stdout.readline()
        found = handles.elsewhere(files(file))
        other.communicate(b"")
        assert len(found) == (0 if own else expected)
        assert all(one == f"sh (process {other.pid})" for one in found)


@pytest.mark.parametrize(("sign", "expected"), [("<", []), (">>", ["another process"])])
def test_processes_that_cannot_be_looked_into(file, monkeypatch, sign, expected):
    """That somebody has a file open for writing is known also where it is not known who."""
    command = ["sh", "-c", f"exec 3{sign}{file}; echo; read line"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    other = subprocess.Popen(command, start_new_session=True, **pipes)
    other.stdout.readline()
    look = handles._open
    monkeypatch.setattr(handles, "_open", lambda pid: look(pid) if pid == os.getpid() else ())
    found = handles.elsewhere({(0, 0): "a"}, lambda _: str(file))
    other.communicate(b"")
    assert found == expected
    assert handles.elsewhere({(0, 0): "a"}, lambda _: str(file)) == []
