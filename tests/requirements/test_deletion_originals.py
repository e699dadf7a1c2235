"""Tests of pytest_mlreqs.requirements.deletion: nothing of the user's is ever changed.

Each attack is a way in which a function goes for a store itself. In a view of the project it meets
the copy; elsewhere it is refused, or found and put back.
"""

import contextlib
import mmap
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from pytest_mlreqs.core.judgement.judge import judge
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.forgetting.traces.journal import journals
from tests.requirements.shop import Shop, required
from tests.views import needs_views

VIEW, GUARD = Terms(timeout_s=30), Terms(isolation="none")
TERMS = [pytest.param(VIEW, id="view", marks=needs_views), pytest.param(GUARD, id="guard")]
STORES = ("var/app.db", "var/features.csv", "var/cache/")
DELETE = "DELETE FROM users WHERE id < 5"


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory, monkeypatch):
    """A folder of this test's own for what is made meanwhile, which is empty afterwards."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.glob("mlreqs-*")) == []
    assert list(journals().iterdir()) == []


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An open shop in a folder of its own, with a database in WAL mode; the same afterwards."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    shop = Shop().open()
    shop.run("PRAGMA journal_mode = WAL")
    Path("var/cache").mkdir()
    Path("var/cache/rows.csv").write_text("a\n1\n")
    shop.project = project
    before = content(project)
    yield shop
    assert content(project) == before


def held(**options):
    """The requirement for a database, a file and a folder that shows nobody."""
    return required(STORES, expect_empty=("cache",), **options)


def content(folder):
    """All files and folders with their bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if not path.name.endswith("-shm")
    }


def sql(path, statement, **options):
    """Run a statement."""
    with closing(sqlite3.connect(path, **options)) as database, database:
        database.execute(statement)


def attached(project):
    """Delete rows by way of another database."""
    with closing(sqlite3.connect(":memory:")) as database, database:
        database.execute(f"ATTACH '{project}/var/app.db' AS shop")
        database.execute(DELETE.replace("users", "shop.users"))


def mapped(project):
    """Write to a mapping of a file, whose size stays as it is."""
    with (project / "var" / "features.csv").open("r+b") as file, mmap.mmap(file.fileno(), 0) as m:
        m[:4] = b"NAME"


def by_folder(project):
    """Write by way of a folder that is open."""
    folder = os.open(project / "var", os.O_RDONLY)
    try:
        os.close(os.open("features.csv", os.O_WRONLY | os.O_TRUNC, dir_fd=folder))
    finally:
        os.close(folder)


def arrow(project):
    """Write a file by C++ code."""
    import pyarrow as pa
    import pyarrow.csv

    pyarrow.csv.write_csv(pa.table({"a": [1]}), str(project / "var" / "features.csv"))


def program(project, code):
    """Run a program with its own interpreter."""
    subprocess.run([sys.executable, "-c", f"project = {str(project)!r}\n{code}"], check=True)


def shell(command):
    """Run a program by its name."""
    return lambda project: subprocess.run(["sh", "-c", command.format(project)], check=True)


ATTACKS = {
    "absolute path": lambda p: (p / "var" / "features.csv").write_text("planted"),
    "database": lambda p: sql(p / "var" / "app.db", DELETE),
    "uri": lambda p: sql(f"file://localhost{p}/var/%61pp.db#x", DELETE, uri=True),
    "attach": attached,
    "memory": mapped,
    "open folder": by_folder,
    "rmtree": lambda p: shutil.rmtree(p / "var" / "cache"),
    "rmtree above": lambda p: shutil.rmtree(p / "var"),
    "rename": lambda p: (p / "var" / "features.csv").rename(p / "features.old"),
    "replace": lambda p: (write(p / "new.csv"), os.replace(p / "new.csv", p / "var/features.csv")),
    "pyarrow": arrow,
    "same time": shell(
        "cd {0}/var && touch -r features.csv ../new.csv && sed -i s/user.1/user-2/ features.csv "
        "&& touch -r ../new.csv features.csv"
    ),
    "program": lambda p: program(
        p,
        "import sqlite3; c = sqlite3.connect(project + '/var/app.db'); "
        f"c.execute('{DELETE}'); c.commit(); c.close()",
    ),
    "removing": shell("rm -r {0}/var"),
    "emptying": shell(": > {0}/var/cache/rows.csv"),
    "moving": shell(
        "mv {0}/var/cache {0}/cache && mv {0}/cache {0}/var/gone && rm -r {0}/var/gone"
    ),
}
SEEN_BY_PYTHON = {
    "absolute path", "database", "uri", "memory", "open folder", "rmtree", "rmtree above",
    "rename", "replace",
}  # fmt: skip


def write(path):
    """A file with something in it."""
    path.write_text("planted")


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks(shop, attack):
    """Whatever goes for an original leaves it as it was, and is told."""
    project, plant = shop.project, shop.plant

    def wrongly(person):
        plant(person)
        with contextlib.suppress(OSError):
            ATTACKS[attack](project)

    shop.plant = wrongly
    error = judge(held(people=1), shop.functions(), GUARD).error
    (project / "new.csv").unlink(missing_ok=True)
    if attack in SEEN_BY_PYTHON:
        assert "went for" in error
    else:
        assert "itself was changed while its copy was examined, by plant, and put back" in error


@needs_views
def test_attacks_in_a_view(shop):
    """In a view all of them meet the copies, and nobody is accused of anything."""
    project, attacks = shop.project, list(ATTACKS.values())

    def wrongly(_):
        with contextlib.suppress(OSError, sqlite3.Error, subprocess.CalledProcessError):
            attacks.pop()(project)
        done.write("x")
        done.flush()

    shop.plant = wrongly
    shop.rebuild = shop.delete = lambda *_: None
    with tempfile.TemporaryFile("w+") as done:
        verdict = judge(held(people=len(attacks)), shop.functions(), VIEW)
        done.seek(0)
        assert len(done.read()) == len(ATTACKS)
    assert (verdict.error, verdict.fault) == (None, None)
    assert {one.warning for one in verdict.measurements} == {""}


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("name", ["delete", "rebuild", "load", "data"])
def test_every_function_is_watched(shop, name, terms):
    """Originals are compared after each function, whichever it is."""
    project = shop.project
    shop.load, shop.data = (lambda: None), (lambda: ([[0.0]], [0]))
    function = getattr(shop, name)

    def wrongly(*arguments):
        shell("echo more >> {0}/var/features.csv")(project)
        return function(*arguments)

    setattr(shop, name, wrongly)
    requirement = held(layers=("ids", "artifact"))
    verdict = judge(requirement, shop.functions("load", "data"), terms)
    if terms is VIEW:
        assert verdict.error is None
    else:
        assert f"var/features.csv itself was changed while its copy was examined, by {name}" in (
            verdict.error
        )


@pytest.mark.parametrize("terms", TERMS)
def test_a_function_that_raises_after_it(shop, terms):
    """What was changed before an exception is put back, too."""
    project = shop.project

    def wrongly(_):
        shell("rm {0}/var/features.csv")(project)
        raise KeyError("no such user")

    shop.plant = wrongly
    verdict = judge(held(), shop.functions(), terms)
    if terms is VIEW:
        assert verdict.fault.startswith("plant raised KeyError: 'no such user'")
    else:
        assert verdict.error.startswith("var/features.csv itself was changed")


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("way", ["connection", "engine", "file", "memory"])
def test_what_is_open_before(shop, way, terms):
    """An original that this process has open for writing is refused before anything runs."""
    project, ran = shop.project, []
    if way == "engine":
        import sqlalchemy

        engine = sqlalchemy.create_engine(f"sqlite:///{project}/var/app.db")
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        close = engine.dispose
    elif way == "connection":
        connection = sqlite3.connect("var/app.db")
        connection.execute("SELECT count(*) FROM users").fetchall()
        close = connection.close
    elif way == "file":
        file = (project / "var" / "cache" / "rows.csv").open("a")
        close = file.close
    else:
        with (project / "var" / "features.csv").open("r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        close = memory.close
    try:
        functions = {name: lambda *_: ran.append(1) for name in ("plant", "delete", "rebuild")}
        verdict = judge(held(), functions, terms)
    finally:
        close()
    assert " is open in this process, and what is written that way reaches no copy" in verdict.error
    assert verdict.error.startswith("var/")
    assert ran == []


@pytest.mark.parametrize("terms", TERMS)
def test_reading_is_no_reason_to_refuse(shop, terms):
    """A file that is open to be read only can be changed by nobody that way."""
    with (shop.project / "var" / "features.csv").open() as file:
        assert judge(held(), shop.functions(), terms).state == "satisfied"
        assert file.read(4) == "name"


@pytest.mark.parametrize("terms", TERMS)
def test_hard_links(shop, tmp_path, terms):
    """A file that is changed by another name of it, elsewhere, is found and put back."""
    os.link(shop.project / "var" / "features.csv", tmp_path / "link.csv")
    rebuild = shop.rebuild

    def wrongly():
        rebuild()
        (tmp_path / "link.csv").write_text("gone")

    shop.rebuild = wrongly
    verdict = judge(held(), shop.functions(), terms)
    assert verdict.error.startswith(
        "var/features.csv itself was changed while its copy was examined, by rebuild, and put back"
    )
    assert "user 1" in (tmp_path / "link.csv").read_text()


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("what", ["var", "var/app.db"])
def test_links_out_of_the_project(shop, tmp_path, what, terms, monkeypatch):
    """What a link leads to is neither changed by way of the link nor by its own path."""
    (tmp_path / "elsewhere").mkdir()
    original, link = tmp_path / "elsewhere" / Path(what).name, shop.project / what
    shutil.move(link, original)
    link.symlink_to(original)
    before = content(tmp_path / "elsewhere")
    verdict = judge(held(), shop.functions(), terms)
    assert (verdict.state, verdict.error) == ("satisfied", None)
    plant, named = shop.plant, {"var": original / "app.db", "var/app.db": original}

    def wrongly(person):
        plant(person)
        sql(named[what], DELETE)

    shop.plant = wrongly
    verdict = judge(held(), shop.functions(), terms)
    assert (verdict.error is None) == (terms is VIEW)
    assert content(tmp_path / "elsewhere") == before
    link.unlink()
    shutil.move(original, link)


@pytest.mark.parametrize("terms", TERMS)
def test_a_folder_that_is_open_before(shop, terms):
    """A file that is opened by way of a folder that was open before is put back."""
    folder = os.open(shop.project / "var", os.O_RDONLY)
    plant = shop.plant

    def wrongly(person):
        plant(person)
        with contextlib.suppress(PermissionError):
            os.close(os.open("features.csv", os.O_WRONLY | os.O_TRUNC, dir_fd=folder))

    shop.plant = wrongly
    try:
        verdict = judge(held(), shop.functions(), terms)
    finally:
        os.close(folder)
    assert "features.csv itself" in verdict.error


@needs_views
def test_the_protection_is_told(shop):
    """Each part of a store says what kept the original as it is."""
    words = {VIEW: "in a view of the project of their own", GUARD: "kept from the originals"}
    for terms, expected in words.items():
        verdict = judge(held(), shop.functions(), terms)
        assert verdict.state == "satisfied"
        told = {one.part for one in verdict.measurements if expected in one.how}
        assert told == set(held().parts())


@needs_views
def test_what_is_no_store_stays_as_well(shop):
    """In a view no file of the project is changed, declared or not, and all are found."""
    (shop.project / "model.txt").write_text("trained")
    (shop.project / "plans.csv").write_text("a")
    rebuild = shop.rebuild

    def more():
        rebuild()
        assert Path("plans.csv").read_text() == "a"
        (shop.project / "model.txt").write_text("trained anew")
        Path("report.txt").write_text("new")

    shop.rebuild = more
    assert judge(held(), shop.functions(), VIEW).state == "satisfied"
    assert (shop.project / "model.txt").read_text() == "trained"
    assert not (shop.project / "report.txt").exists()
    for name in ("model.txt", "plans.csv"):
        (shop.project / name).unlink()


def test_what_is_missing_in_the_sandbox(shop):
    """A file that the project has and the sandbox has not is named, and is no fault of theirs."""
    (shop.project / "plans.csv").write_text("a")
    shop.rebuild = lambda: Path("plans.csv").read_text()
    verdict = judge(held(), shop.functions(), GUARD)
    (shop.project / "plans.csv").unlink()
    assert verdict.fault is None
    assert "rebuild raised FileNotFoundError" in verdict.error
    assert verdict.error.endswith(
        "plans.csv exists in the project and is not among `stores`, so that there is no copy of "
        "it: add it to `stores`"
    )


@pytest.mark.parametrize("terms", TERMS)
def test_paths_are_the_users(shop, terms):
    """No message names the sandbox."""
    (shop.project / "var" / "cache" / "old.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(99))
    verdict = judge(held(), shop.functions(), terms)
    assert verdict.state == "undecided"
    assert "mlreqs-sandbox" not in str(verdict.as_dict())

    def broken(_):
        raise ValueError(f"cannot plant into {os.path.abspath('var/app.db')}")

    shop.plant = broken
    fault = judge(held(), shop.functions(), terms).fault
    assert "var/app.db" in fault
    assert "mlreqs-sandbox" not in fault
    (shop.project / "var" / "cache" / "old.rar").unlink()


@pytest.mark.parametrize("terms", TERMS)
def test_another_process(shop, terms):
    """What another process changes is not put back, nor is anybody accused of it."""
    other = subprocess.Popen(
        ["sh", "-c", "exec 3>>var/features.csv; read line; echo more >&3; echo; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    asked, rebuild = [], shop.rebuild

    def meanwhile():
        rebuild()
        if not asked:
            asked.append(1)
            other.stdin.write("\n")
            other.stdin.flush()
            other.stdout.readline()

    shop.rebuild = meanwhile
    verdict = judge(held(), shop.functions(), terms)
    other.communicate("\n")
    assert (verdict.fault, verdict.error) == (None, None)
    if terms is VIEW:
        assert verdict.state == "satisfied", verdict
        warning = verdict.measurements[0].warning
        assert warning.startswith("var/features.csv was changed by another process meanwhile (")
    else:
        assert verdict.state == "undecided"
        assert "or by sh (process " in verdict.measurements[-1].text
    text = (shop.project / "var" / "features.csv").read_text()
    assert text.endswith("more\n")
    (shop.project / "var" / "features.csv").write_text(text.removesuffix("more\n"))


def test_a_checkpoint_changes_nothing(shop):
    """A database that is written anew with the same rows is no other."""
    before = {path: path.read_bytes() for path in Path("var").glob("app.db*")}
    with closing(sqlite3.connect("var/app.db")) as database:
        database.execute("DELETE FROM orders WHERE user_id = 1")
        database.commit()
        for ending in ("", "-wal"):
            shutil.copyfile(f"var/app.db{ending}", f"{ending}.kept")
    for ending in ("", "-wal"):
        os.replace(f"{ending}.kept", f"var/app.db{ending}")
    done, rebuild, path = [], shop.rebuild, shop.project / "var" / "app.db"
    code = f"import sqlite3; shop = sqlite3.connect({str(path)!r}); "
    code += "shop.execute('SELECT 1 FROM users'); shop.close()"

    def meanwhile():
        rebuild()
        done or done.append(subprocess.run([sys.executable, "-c", code], check=True))

    shop.rebuild = meanwhile
    assert judge(held(), shop.functions(), GUARD).state == "satisfied"
    assert not Path("var/app.db-wal").exists()  # there was a checkpoint
    for path, was in before.items():
        path.write_bytes(was)
