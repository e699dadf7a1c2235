"""Tests of pytest_mlreqs.forgetting.traces.journal."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from pytest_mlreqs.forgetting.traces.journal import Journal, journals, recover


def undo(folder):
    """How to remove files, and how not to."""

    def remove(what):
        (folder / what).unlink(missing_ok=True)

    def fail(what):
        raise OSError(f"{what} does not answer")

    return {"file": remove, "server": fail}


@pytest.fixture
def folder(tmp_path):
    """A folder for journals."""
    (tmp_path / "journals").mkdir()
    return tmp_path / "journals"


def test_close_undoes_everything(tmp_path, folder):
    """What was noted is gone once the journal is closed, made or not, and so is the journal."""
    journal = Journal(undo(tmp_path), folder)
    journal.note("file", "a")
    (tmp_path / "a").touch()
    journal.note("file", "never made")
    assert list(folder.iterdir())
    journal.close()
    assert not (tmp_path / "a").exists()
    assert list(folder.iterdir()) == []


def test_last_made_first(tmp_path, folder):
    """Things are undone in the opposite order of their making."""
    order = []
    journal = Journal({"n": order.append}, folder)
    for what in "abc":
        journal.note("n", what)
    journal.close()
    assert order == ["c", "b", "a"]


def test_a_living_journal_is_left_alone(tmp_path, folder):
    """What a check still uses is not cleaned up by others, in this process or another."""
    journal = Journal(undo(tmp_path), folder)
    journal.note("file", "a")
    (tmp_path / "a").touch()
    assert recover(undo(tmp_path), folder) == []
    other = f"""
        from pathlib import Path
        from pytest_mlreqs.forgetting.traces.journal import recover
        remove = lambda what: Path({str(tmp_path)!r}, what).unlink()
        recover({{"file": remove}}, Path({str(folder)!r}))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(other)], check=True)
    assert (tmp_path / "a").exists()
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_what_a_killed_process_leaves(tmp_path, folder):
    """What a process that was killed had made is gone after the next recovery."""
    killed = f"""
        import os, signal
        from pathlib import Path
        from pytest_mlreqs.forgetting.traces.journal import Journal
        journal = Journal({{}}, Path({str(folder)!r}))
        for name in "abc":
            journal.note("file", name)
            Path({str(tmp_path)!r}, name).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(killed)], check=False)
    assert run.returncode == -signal.SIGKILL
    assert (tmp_path / "b").exists()
    assert recover(undo(tmp_path), folder) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journals"]
    assert list(folder.iterdir()) == []


def test_half_a_line(tmp_path, folder):
    """A line that was cut off names nothing; those before it count."""
    (tmp_path / "a").touch()
    (folder / "x.journal").write_text('["file", "a"]\n["file", "b', encoding="utf-8")
    assert recover(undo(tmp_path), folder) == []
    assert not (tmp_path / "a").exists()


def test_what_cannot_be_undone_is_kept(tmp_path, folder):
    """A failure is told and keeps the journal for the next time."""
    (folder / "x.journal").write_text('["server", "db"]\n', encoding="utf-8")
    assert recover(undo(tmp_path), folder) == ["x.journal: db does not answer"]
    assert (folder / "x.journal").exists()
    journal = Journal(undo(tmp_path), folder)
    journal.note("server", "db")
    with pytest.raises(OSError, match="db does not answer"):
        journal.close()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner")
def test_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    """A folder that others may write to is none to take orders from."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mine = journals()
    assert mine == journals()
    mine.chmod(0o777)
    assert journals() != mine
