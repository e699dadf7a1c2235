"""Tests of pytest_mlreqs.forgetting.rehearsal.sandbox."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
from pytest_mlreqs.forgetting.traces.journal import journals


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory, monkeypatch):
    """A folder of this test's own for sandboxes and journals."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def project(tmp_path):
    """A project with a file, a folder and a database whose last rows are in its log."""
    (tmp_path / "var" / "cache").mkdir(parents=True)
    (tmp_path / "var" / "app.log").write_text("kept\n")
    (tmp_path / "var" / "cache" / "rows.csv").write_text("a\n1\n")
    logged(tmp_path / "var" / "app.db")
    return tmp_path


def logged(path):
    """A database as somebody leaves it who is killed: all of it is in its write-ahead log."""
    with closing(sqlite3.connect(f"{path}-open")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE users (name)")
        connection.execute("INSERT INTO users VALUES ('Ann')")
        connection.commit()
        for ending in ("", "-wal"):
            shutil.copyfile(f"{path}-open{ending}", f"{path}{ending}")
    Path(f"{path}-open").unlink()


def rows(path):
    """What is in the table of a copy."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT * FROM users").fetchall()


ALL = {"app.db": "var/app.db", "cache": "var/cache/", "app.log": "var/app.log"}


def test_copies(project, scratch):
    """Every store is there under its relative path, databases with what is not written out yet."""
    with Sandbox(ALL, project) as sandbox:
        places = {name: Path(place) for name, place in sandbox.places.items()}
        assert all(scratch in place.parents for place in places.values())
        assert rows(places["app.db"]) == [("Ann",)]
        assert (places["cache"] / "rows.csv").read_text() == "a\n1\n"
        with sandbox.inside():
            assert Path("var/app.log").read_text() == "kept\n"
            Path("var/app.log").write_text("planted")
            Path("var/cache/new.csv").write_text("planted")
    assert (project / "var" / "app.log").read_text() == "kept\n"
    assert os.listdir(project / "var" / "cache") == ["rows.csv"]
    assert list(scratch.rglob("mlreqs-*-*")) == []
    assert list(journals().iterdir()) == []


def test_urls(project):
    """A database declared by a URL has a copy with a URL."""
    with Sandbox({"app.db": "sqlite:///var/app.db"}, project) as sandbox:
        assert sandbox.places["app.db"].startswith("sqlite:////")
        assert rows(sandbox.places["app.db"].partition(":///")[2]) == [("Ann",)]


def test_a_folder_with_a_database_in_it(project):
    """A database within a folder is copied as one, without the files beside it."""
    with Sandbox({"var": "var"}, project) as sandbox:
        folder = Path(sandbox.places["var"])
        assert rows(folder / "app.db") == [("Ann",)]
        assert sorted(os.listdir(folder)) == ["app.db", "app.log", "cache"]


def test_environment(project, monkeypatch):
    """Variables name the copies while inside, and what they named before afterwards."""
    monkeypatch.setenv("APP_HOME", "elsewhere")
    env = {"APP_HOME": "var", "APP_LOG": "var/app.log"}
    with Sandbox(ALL, project, env) as sandbox:
        with sandbox.inside():
            assert os.environ["APP_HOME"] == str(Path(sandbox.places["app.log"]).parent)
            assert os.environ["APP_LOG"] == sandbox.places["app.log"]
            os.environ["LEFT_BEHIND"] = "1"
        assert os.environ["APP_HOME"] == "elsewhere"
        assert "LEFT_BEHIND" not in os.environ


def test_originals_are_guarded(project):
    """Whoever goes for an original inside is refused."""
    log = project / "var" / "app.log"
    refusal = pytest.raises(DeclarationError, match=r"app\.log itself")
    with Sandbox(ALL, project) as sandbox, refusal, sandbox.inside():
        log.write_text("planted")
    assert log.read_text() == "kept\n"


def test_nothing_leads_back_out(project):
    """A link in a folder is a copy in the sandbox, so that nobody writes through it."""
    (project / "var" / "cache" / "link.log").symlink_to(project / "var" / "app.log")
    with Sandbox({"cache": "var/cache"}, project) as sandbox:
        link = Path(sandbox.places["cache"]) / "link.log"
        link.write_text("planted")
    assert (project / "var" / "app.log").read_text() == "kept\n"


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("var/no.db", "there is no var/no.db"),
        ("../other.db", "outside"),
        (".", "is all of the project: name the folders in it"),
        ("/etc/passwd", "outside"),
    ],
)
def test_what_cannot_be_copied(project, scratch, declared, words):
    """A store that is not there or not of the project is told, and nothing is left behind."""
    (project.parent / "other.db").touch()
    with pytest.raises(DeclarationError, match=words), Sandbox({"x": declared}, project):
        pass
    assert list(scratch.rglob("mlreqs-*-*")) == []
    assert list(journals().iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed(project, scratch):
    """What a killed check has left behind is gone when the next one begins."""
    killed = f"""
        import os, signal
        from pathlib import Path
        from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
        with Sandbox({ALL!r}, Path({str(project)!r})):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(killed)], check=False)
    left = list(scratch.glob("mlreqs-sandbox-*"))
    assert len(left) == 1
    assert len(list(scratch.glob("mlreqs-originals-*"))) == 1
    with Sandbox(ALL, project) as sandbox:
        assert not left[0].exists()
        assert sandbox.notes == ()
    assert list(scratch.glob("mlreqs-*-*")) == []


def test_a_journal_cannot_remove_anything_else(project):
    """A journal that names other folders removes none of them."""
    journal = journals() / "x.journal"
    journal.write_text(f'["folder", "{project}/var"]\n')
    with Sandbox(ALL, project):
        assert (project / "var" / "app.log").exists()


def test_a_folder_and_what_is_in_it(project):
    """A folder is copied as a whole, also if something in it was named first."""
    declared = {"app.log": "var/app.log", "var": "var"}
    with Sandbox(declared, project) as sandbox:
        assert sorted(os.listdir(sandbox.places["var"])) == ["app.db", "app.log", "cache"]


def test_interrupted(project):
    """What was changed before somebody pressed Ctrl-C is put back."""
    log = project / "var" / "app.log"
    interrupt = pytest.raises(KeyboardInterrupt)
    with interrupt, Sandbox(ALL, project) as sandbox, sandbox.inside():
        subprocess.run(["sh", "-c", f"echo planted > {log}"], check=True)
        raise KeyboardInterrupt
    assert log.read_text() == "kept\n"
