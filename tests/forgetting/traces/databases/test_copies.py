"""Tests of pytest_mlreqs.forgetting.traces.databases.copies."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_mlreqs.forgetting.traces.databases.copies import copy, drop, local, planned
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.databases.sql import content, search
from pytest_mlreqs.forgetting.traces.people import People

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

PEOPLE = People.mint(2)


def everything(folder):
    """The files of a folder and their bytes."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


def test_a_copy_is_apart(url, write, tmp_path):
    """A copy holds what the original does; what comes into it does not come into the original."""
    (tmp_path / "copy").mkdir()
    write(url, "CREATE TABLE t (a VARCHAR(99))", f"INSERT INTO t VALUES ('{PEOPLE[0].key}')")
    before = everything(tmp_path)
    to = planned(url, str(tmp_path / "copy"))
    copy(url, to)
    assert search(to, PEOPLE).people == {0}
    write(to, f"INSERT INTO t VALUES ('{PEOPLE[1].key}')")
    assert search(to, PEOPLE).people == {0, 1}
    assert search(url, PEOPLE).people == {0}
    assert everything(tmp_path) == before
    with pytest.raises(Unreadable):
        copy(url, to)
    drop(to)
    drop(to)


def test_a_dropped_copy_is_gone(postgresql, write):
    """A copy on a server is dropped although somebody is connected, and nothing else ever is."""
    import psycopg

    write(postgresql, "CREATE TABLE t (a TEXT)")
    to = planned(postgresql, "")
    copy(postgresql, to)
    with psycopg.connect(to):
        drop(to)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(to)
    with pytest.raises(Unreadable, match="no copy made here"):
        drop(postgresql)
    assert set(content(postgresql)) == {"t"}


def test_a_database_that_the_server_does_not_copy(postgresql):
    """The server's reason is told where a database cannot be copied.

    One that is not there is refused at once; for one in use the server waits for five seconds.
    """
    url = f"{postgresql}_gone"
    with pytest.raises(Unreadable, match=r"template database .* does not exist"):
        copy(url, planned(url, ""))


@pytest.mark.parametrize("alive", [True, False])
def test_what_is_in_the_log_is_copied(tmp_path, alive):
    """Rows that are in a write-ahead log only are in the copy; the original stays as it was."""
    path = tmp_path / "app.db"
    code = f"""
import os, sqlite3
c = sqlite3.connect({str(path)!r})
c.execute("PRAGMA journal_mode = wal")
c.execute("CREATE TABLE t (a)")
c.execute("INSERT INTO t VALUES ('{PEOPLE[0].key}')")
c.commit()
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    writer = sqlite3.connect(path) if alive else None
    before = everything(tmp_path)
    assert before["app.db-wal"]
    (tmp_path / "copy").mkdir()
    to = planned(f"sqlite:///{path}", str(tmp_path / "copy"))
    copy(f"sqlite:///{path}", to)
    assert search(to, PEOPLE).people == {0}
    after = everything(tmp_path)
    assert {n: b for n, b in after.items() if n[-4:] != "-shm"} == {
        n: b for n, b in before.items() if n[-4:] != "-shm"
    }
    if writer:
        writer.close()


def test_no_file_is_left_beside_the_original(tmp_path):
    """To read a database whose journal is a log leaves no log there."""
    connection = sqlite3.connect(tmp_path / "app.db")
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    url = f"sqlite:///{tmp_path}/app.db"
    before = everything(tmp_path)
    (tmp_path / "copy").mkdir()
    copy(url, planned(url, str(tmp_path / "copy")))
    assert search(url, PEOPLE).searched == "1 table, 1 row"
    assert everything(tmp_path) == before


def test_duckdb_is_an_extra(tmp_path, monkeypatch):
    """Where DuckDB is not installed, its files are not copied, and what to install is said."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    (tmp_path / "app.duckdb").touch()
    with pytest.raises(Unreadable, match=r'pip install "pytest-mlreqs\[duckdb\]"'):
        copy(f"duckdb:///{tmp_path}/app.duckdb", f"duckdb:///{tmp_path}/copy")


def test_an_open_duckdb_is_not_copied(tmp_path, write):
    """A file that is being written is not copied, and that is said."""
    import duckdb

    path = f"{tmp_path}/app.duckdb"
    with duckdb.connect(path), pytest.raises(Unreadable, match="open elsewhere"):
        copy(f"duckdb:///{path}", planned(f"duckdb:///{path}", f"{tmp_path}/copy"))
    assert os.listdir(tmp_path) == ["app.duckdb"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql+pymysql://localhost/app", "is not copied: give one that may be thrown away"),
        ("redis://localhost/1", "is not copied"),
        ("sqlite://", "in memory"),
        ("sqlite:///no-such.db", "there is no file no-such.db"),
        ("app.db", "is no URL"),
    ],
)
def test_what_is_not_copied(url, words, tmp_path):
    """What cannot be copied is refused before anything is made."""
    with pytest.raises(Unreadable, match=words):
        planned(url, str(tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("postgresql://localhost/app", True),
        ("postgresql+psycopg://me:pw@127.0.0.1:5432/app", True),
        ("postgresql://[::1]/app", True),
        ("postgresql:///app", True),
        ("postgresql:///app?host=/run/postgresql", True),
        ("postgresql://db.example.invalid/app", False),
        ("postgresql://localhost.example.invalid/app", False),
        ("postgresql://10.0.0.1/app", False),
        ("postgresql://localhost@db.example.invalid/app", False),
        ("postgresql:///app?host=db.example.invalid", False),
        ("postgresql://localhost/app?host=db.example.invalid", False),
        ("postgresql://localhost/app?hostaddr=10.0.0.1", False),
        ("postgresql:///app?host=localhost,db.example.invalid", False),
        ("postgresql:///app?host=localhost&host=db.example.invalid", False),
        ("postgresql:///app?service=prod", False),
        ("mysql://127.0.0.1/app", True),
        ("mysql://db.example.invalid/app", False),
    ],
)
def test_local(url, verdict, monkeypatch):
    """Only a URL that leads nowhere else is local."""
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    assert local(url) is verdict


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_the_environment_leads_elsewhere(name, monkeypatch):
    """What the driver would take from the environment counts."""
    monkeypatch.setenv(name, "db.example.invalid")
    assert local("postgresql:///app") is False


def test_nothing_remote_is_contacted():
    """A copy on a server elsewhere is refused before it is contacted."""
    url = "postgresql://db.example.invalid/app"
    with pytest.raises(Unreadable, match="on this machine"):
        copy(url, planned(url, ""))
    with pytest.raises(Unreadable, match="on this machine"):
        drop(planned(url, ""))
