"""What is left of checks of deletion that were killed, once the next session has run.

    python benchmarks/deletion_kills.py [--runs N]

Each run starts a session of pytest that holds a small project to `deletion`, and kills it with
SIGKILL at a random moment: the session, the check in its forked child, or both; every fourth run
under `pytest -n2`, where a worker is killed or all of them. One ordinary session follows. Then
there must be no folder, no journal and no process of theirs, and, where MLREQS_TEST_POSTGRES_URL
and MLREQS_TEST_REDIS_URL are set (`source .ci/servers`), no database and no key.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_mlreqs.forgetting.traces.journal import journals

POSTGRES, REDIS = (os.environ.get(f"MLREQS_TEST_{one}_URL", "") for one in ("POSTGRES", "REDIS"))
SHOP = """
import os, pathlib, sqlite3

FILE, CACHE = pathlib.Path("var/app.db"), pathlib.Path("var/cache.csv")

def plant(person, stores):
    with sqlite3.connect(FILE) as shop:
        shop.execute("INSERT INTO users VALUES (?, ?)", (person.id, person.name))
    if "redis-13" in stores:
        redis(stores).set(f"user:{person.id}", person.name)
    if "kills" in stores:
        run(stores, "INSERT INTO users VALUES (%s, %s)", person.id, person.name)

def delete(id, stores):
    with sqlite3.connect(FILE) as shop:
        shop.execute("DELETE FROM users WHERE id = ?", (id,))
    if "redis-13" in stores:
        redis(stores).delete(f"user:{id}")
    if "kills" in stores:
        run(stores, "DELETE FROM users WHERE id = %s", id)

def rebuild():
    with sqlite3.connect(FILE) as shop:
        rows = shop.execute("SELECT * FROM users").fetchall()
    CACHE.write_text("id,name\\n" + "".join(f"{id},{name}\\n" for id, name in rows))

def redis(stores):
    import redis
    return redis.Redis.from_url(stores["redis-13"])

def run(stores, statement, *values):
    import sqlalchemy
    engine = sqlalchemy.create_engine(stores["kills"])
    with engine.begin() as connection:
        connection.exec_driver_sql(statement, values)
    engine.dispose()
"""
DATABASE, NUMBER = "kills", 13


def laid_out(folder: Path) -> None:
    """The project, with its stores."""
    import sqlite3
    from contextlib import closing

    stores = ["var/app.db", "var/cache.csv"]
    (folder / "var").mkdir()
    (folder / "shop.py").write_text(SHOP)
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    with closing(sqlite3.connect(folder / "var" / "app.db")) as shop, shop:
        shop.execute("CREATE TABLE users (id, name)")
        shop.execute("INSERT INTO users VALUES (1, 'Ann')")
    (folder / "var" / "cache.csv").write_text("id,name\n1,Ann\n")
    if POSTGRES:
        administer(f"CREATE DATABASE {DATABASE}")
        administer("CREATE TABLE users (id bigint, name text)", DATABASE)
        stores.append(POSTGRES.rpartition("/")[0] + f"/{DATABASE}")
    if REDIS:
        stores.append(REDIS.rpartition("/")[0] + f"/{NUMBER}")
    functions = "".join(f'{one} = "shop:{one}"\n' for one in ("plant", "delete", "rebuild"))
    (folder / "pyproject.toml").write_text(
        f"[tool.mlreqs.subjects]\n{functions}"
        f"[tool.mlreqs.deletion]\npeople = 4\nstores = {stores!r}\n"
        "[tool.pytest.ini_options]\npythonpath = ['.']\n"
    )


def administer(statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
    """Run a statement on the server of PostgreSQL."""
    import sqlalchemy

    address = f"{POSTGRES.rpartition('/')[0]}/{database}"
    engine = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        answer = connection.exec_driver_sql(statement)
        rows = [tuple(row) for row in answer] if answer.returns_rows else []
    engine.dispose()
    return rows


def client():  # noqa: ANN201  (redis is imported only where there is a server)
    """The database of Redis that is a store of the project."""
    import redis

    return redis.Redis.from_url(f"{REDIS.rpartition('/')[0]}/{NUMBER}")


def session(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A session of pytest in the project."""
    plugins = ("-p", "no:cacheprovider", "-p", "pytest_mlreqs.plugin", "-p", "xdist.plugin")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *arguments]
    with (folder / "said.txt").open("w") as said:  # no pipe: nobody shall wait for who was killed
        return subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)


def ordinary(folder: Path, *arguments: str) -> str:
    """What an ordinary session says."""
    session(folder, *arguments).wait()
    return (folder / "said.txt").read_text()


def below(pid: int) -> list[int]:
    """The processes that a process has started, and what these have."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{task}/children").read_text()
            children += map(int, text.split())
    return children + [one for child in children for one in below(child)]


def running(folder: Path) -> list[int]:
    """The processes whose environment says that they belong to the project."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            mark = f"KILLED_IN={folder}".encode()
            if mark in Path(f"/proc/{pid}/environ").read_bytes() and int(pid) != os.getpid():
                found.append(int(pid))
    return found


def killed(folder: Path, moment: float, who: str, *arguments: str) -> str:
    """Kill a session at a moment; what it had made by then."""
    run = session(folder, *arguments)
    time.sleep(moment)
    family = below(run.pid)
    workers = family[:2] if arguments else []
    checks = [pid for pid in family if pid not in workers]
    victims = {
        "session": [run.pid],
        "check": checks or [run.pid],
        "worker": workers[:1] or [run.pid],
        "all": [run.pid, *family],
    }[who]
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    made = "made something" if left() else "made nothing"
    run.wait()
    return made


def left() -> list[str]:
    """What is there that should not be."""
    scratch = Path(tempfile.gettempdir())
    found = [one.name for one in (*scratch.glob("mlreqs-sandbox-*"), *journals().iterdir())]
    if POSTGRES:
        names = administer("SELECT datname FROM pg_database WHERE datname LIKE 'mlreqs\\_%%'")
        found += [f"database {name}" for (name,) in names]
    if REDIS:
        found += [f"key {key!r}" for key in client().scan_iter()]
    return found


def main() -> None:
    """Kill sessions, let one run to its end after each, and count what is left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    seen: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder, scratch = Path(name, "project"), Path(name, "scratch")
        folder.mkdir()
        scratch.mkdir()
        os.environ |= {"TMPDIR": str(scratch), "KILLED_IN": str(folder)}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # others' plugins take most of the time
        tempfile.tempdir = str(scratch)
        try:
            laid_out(folder)
            measure(folder, arguments.runs, draw, seen)
        finally:
            if POSTGRES:
                administer(f"DROP DATABASE IF EXISTS {DATABASE}")
    servers = ", ".join(one for one in (POSTGRES and "PostgreSQL", REDIS and "Redis") if one)
    print(f"with {servers or 'no server'}: {dict(seen)}")
    print(f"left behind: {seen['leftovers']} of {arguments.runs}")


def measure(folder: Path, runs: int, draw: random.Random, seen: collections.Counter[str]) -> None:
    """Fill the counts."""
    lasts = {}
    for how in ((), ("-n2",)):
        start = time.monotonic()
        said = ordinary(folder, *how)
        lasts[how] = time.monotonic() - start
        if " passed" not in said or "failed" in said or left():
            raise SystemExit(f"it does not work unharmed: {said}{left()}")
    print({" ".join(how) or "alone": f"{took:.1f} s" for how, took in lasts.items()}, flush=True)
    for number in range(runs):
        how = ("-n2",) if number % 4 == 3 else ()
        who = draw.choice(("session", "check", "all", *(("worker",) if how else ())))
        moment = draw.uniform(0.2, 1.0) * lasts[how]
        seen[killed(folder, moment, who, *how)] += 1
        seen[f"{who} killed"] += 1
        said = ordinary(folder)
        if " passed" not in said or "failed" in said:
            seen["sessions that failed after"] += 1
            print(number, who, how, said[-2000:], flush=True)
        things = {*left(), *(f"process {pid}" for pid in running(folder))}
        if things:  # on a server that others test with there are theirs, for a while
            time.sleep(20)
            things &= {*left(), *(f"process {pid}" for pid in running(folder))}
        if things:
            seen["leftovers"] += 1
            print(number, who, how, things, flush=True)
        if number % 20 == 19:
            print(number + 1, dict(seen), flush=True)


if __name__ == "__main__":
    main()
