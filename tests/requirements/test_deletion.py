"""Tests of pytest_mlreqs.requirements.deletion: what it says of a shop with two stores."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
import uuid

import msgspec
import pytest

from pytest_mlreqs.core.judgement.judge import judge
from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.forgetting.traces.journal import journals
from pytest_mlreqs.report.evidence import lines
from pytest_mlreqs.requirements.deletion import Deletion
from tests.requirements.shop import STORES, Shop, checked, required, unnoticed


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory, monkeypatch):
    """A folder of this test's own for sandboxes and journals, which is empty again afterwards."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.glob("mlreqs-sandbox-*")) == []
    assert list(journals().iterdir()) == []


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An open shop, which nobody has changed afterwards."""
    monkeypatch.chdir(tmp_path)
    shop = Shop().open()
    yield shop
    assert shop.run("SELECT COUNT(*), MAX(id) FROM users") == [(12, 11)]
    assert shop.run("SELECT COUNT(*) FROM orders") == [(12,)]
    assert (shop.folder / "features.csv").read_text().count("user ") == 12


def test_what_cannot_be_cleaned_up_is_told(shop):
    """What a killed check left behind and nobody can remove is told once, and tried again."""
    journal = journals() / "old.journal"
    journal.write_text('["database", "postgresql://localhost/precious"]\n', encoding="utf-8")
    found, _ = checked(required(), shop.functions())
    first, *others = found.values()
    assert first.warning.startswith(
        "an earlier check left something behind that cannot be removed: old.jour"
    )
    assert "precious is no copy made here" in first.warning
    assert not any("left behind" in one.warning for one in others)
    assert {one.ok for one in found.values()} == {True}
    assert journal.exists()
    journal.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="checks are forked on Linux only")
@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda who: os._exit(3), "violated"),
        (lambda who: os.kill(os.getpid(), signal.SIGKILL), "undecided"),
        (lambda who: time.sleep(600), "violated"),
    ],
    ids=["os._exit", "killed", "hangs"],
)
def test_copies_go_with_a_check_that_is_ended(shop, scratch, end, state):
    """Copies of people's data are gone as soon as the check is, however it was ended."""
    shop.delete = end
    verdict = judge(required(), shop.functions(), Terms(timeout_s=4))
    assert verdict.state == state
    assert [one.name for one in scratch.iterdir()] == [journals().name]
    assert list(journals().iterdir()) == []


def test_satisfied(shop):
    """A deletion that leaves nothing is satisfied in every store and layer."""
    found, told = checked(required(), shop.functions())
    assert {part: one.ok for part, one in found.items()} == {
        "ids:app.db": True, "ids:features.csv": True,
        "state:app.db": True, "state:features.csv": True,
    }  # fmt: skip
    ids = found["ids:app.db"]
    assert (ids.value, ids.limit, ids.unit) == (0, 0, "people")
    assert ids.text == "none of 4 deleted people is left in app.db"
    assert "searched; people were in 4 places before, 4 of them clean now" in ids.how
    assert ids.how.endswith("kept from the originals, which were compared afterwards")
    assert all(one.warning == "" for one in found.values())
    (early,) = told
    assert early.text == "until the next rebuild, 3 of 4 deleted people are still in features.csv"
    assert early.how.endswith("3 of 4 were deleted since the rebuild before")
    assert (early.ok, early.value, early.part) == (True, 3, "ids:features.csv")


def test_until_a_rebuild(shop):
    """On request a deletion has to do without a rebuild, in each layer and with a way out."""
    requirement = required(until_rebuild="fail")
    found, told = checked(requirement, shop.functions())
    assert told == []
    assert {part: one.ok for part, one in found.items()} == {
        "ids:app.db": True, "ids:features.csv": False,
        "state:app.db": True, "state:features.csv": False,
    }  # fmt: skip
    assert found["ids:features.csv"].text == (
        "before a rebuild, 3 of 4 deleted people are still in features.csv"
    )
    assert found["ids:features.csv"].hint.endswith(
        'until_rebuild = "report"; if the functions only queue the work: settle_s = 10'
    )
    delete = shop.delete
    shop.delete = lambda who: (delete(who), shop.rebuild())
    found, _ = checked(requirement, shop.functions())
    assert {one.ok for one in found.values()} == {True}


@pytest.mark.parametrize(
    "where",
    [
        "name LIKE '%{name}%'", "name LIKE '{name}%'", "name LIKE '%{name}'",
        "substr(name, 1, 12) = substr('{name}', 1, 12)", "name LIKE '{email}'",
        "id LIKE '{id}%'", "id LIKE '%{id}'", "length(name) = length('{name}')",
    ],
)  # fmt: skip
def test_others_who_look_alike(shop, where):
    """A deletion that compares a part of a key takes others along, and is violated for it."""
    known = {}

    def plant(person):
        known[person.id] = person
        name = person.email if "email" in where else person.name
        shop.run(
            f"INSERT INTO users VALUES ({person.id}, '{name}', 30)",
            f"INSERT INTO orders VALUES ({person.id}, 'tea')",
        )

    def delete(who):
        one = known[who]
        given = where.format(name=one.name, email=one.email, id=who)
        shop.run(
            f"DELETE FROM orders WHERE user_id IN (SELECT id FROM users WHERE {given})",
            f"DELETE FROM users WHERE {given}",
        )

    shop.plant, shop.delete = plant, delete
    found, _ = checked(required(), shop.functions())
    assert found["ids:app.db"].ok is False
    assert "people who only look like the deleted ones were deleted from" in (
        found["ids:app.db"].text
    )
    assert lines(found["ids:app.db"])[0].startswith("table ")
    found, _ = checked(required(layers=("state",)), shop.functions())
    assert found["state:app.db"].ok is False


def test_violated(shop):
    """A table that is forgotten is named, in the one store that it is in."""
    shop.delete = lambda who: shop.run(f"DELETE FROM users WHERE id = {who}")
    found, _ = checked(required(), shop.functions())
    ids, state = found["ids:app.db"], found["state:app.db"]
    assert (ids.ok, ids.value) == (False, 4)
    assert ids.text == "4 of 4 deleted people are still in app.db"
    assert lines(ids)[0].startswith("table orders, column user_id")
    assert ids.hint == (
        "remove them from table orders: the deletion did not reach it; if the functions only queue "
        "the work: settle_s = 10"
    )
    assert state.text == "app.db is not as it was before: orders has 4 rows too many"
    assert (found["ids:features.csv"].ok, found["state:features.csv"].ok) == (True, True)


@pytest.mark.parametrize("kind", ["TEXT", "BLOB"])
def test_ids_that_planting_gives(shop, kind):
    """What is left under an id of the project's own is found, though nothing else tells of them."""
    shop.run(f"CREATE TABLE visits (who {kind}, page TEXT)")
    given, plant, delete = {}, shop.plant, shop.delete

    def planted(person):
        plant(person)
        own = uuid.uuid4()
        given[own] = person.id
        value = f"'{own}'" if kind == "TEXT" else f"x'{own.hex}'"
        shop.run(f"INSERT INTO visits VALUES ({value}, 'home')")
        return own

    shop.plant, shop.delete = planted, lambda own: delete(given[own])
    found, _ = checked(required(layers=("ids",)), shop.functions())
    assert found["ids:app.db"].text == "4 of 4 deleted people are still in app.db"
    assert lines(found["ids:app.db"])[0].startswith("table visits, column who")
    assert found["ids:features.csv"].ok is True


def test_boundary(shop):
    """One person of 16 who is left is one too many, in both layers."""
    delete, gone = shop.delete, []

    def all_but_one(who):
        gone.append(who)
        if len(gone) != 7:
            delete(who)

    shop.delete = all_but_one
    found, _ = checked(required(people=16), shop.functions())
    assert found["ids:app.db"].text == "1 of 16 deleted people are still in app.db"
    assert found["ids:app.db"].hint.startswith("remove them from ")
    assert found["state:app.db"].value == 2
    assert found["ids:features.csv"].ok is False


def test_rows_of_others_go_along(shop):
    """A deletion that takes rows of others along is violated, and says how many."""
    delete = shop.delete

    def too_much(who):
        delete(who)
        shop.run("DELETE FROM orders WHERE user_id IN (SELECT MIN(user_id) FROM orders)")

    shop.delete = too_much
    found, _ = checked(required(), shop.functions())
    assert found["state:app.db"].text == (
        "app.db is not as it was before: 4 rows of others gone from orders"
    )
    assert found["ids:app.db"].ok is True


def test_nobody_was_planted(shop):
    """Where planting leaves no mark nothing is proved: undecided in each store and layer."""
    shop.plant = lambda person: 99
    found, _ = checked(required(), shop.functions())
    assert {one.ok for one in found.values()} == {None}
    assert all("could not have failed" in one.text for one in found.values())


def test_expected_empty(shop):
    """A store that shows nobody even before has to show nobody afterwards either."""
    shop.rebuild = lambda: (shop.folder / "features.csv").write_text("mean\n1.5\n")
    requirement = required(expect_empty=("features.csv",))
    found, _ = checked(requirement, shop.functions())
    assert {one.ok for one in found.values()} == {True}
    delete, told = shop.delete, shop.folder / "features.csv"
    shop.rebuild = lambda: None
    shop.delete = lambda who: (delete(who), told.write_text(f"gone: {who}\n"))
    found, _ = checked(requirement, shop.functions())
    assert found["ids:features.csv"].ok is False


def test_retained(shop):
    """What is kept on purpose is satisfied and shown with its reason; elsewhere it is not."""
    shop.delete = lambda who: shop.run(f"DELETE FROM users WHERE id = {who}")
    retain = msgspec.convert([{"where": "app.db:orders", "why": "tax law"}], list[dict])
    requirement = msgspec.convert({"stores": STORES, "people": 4, "retain": retain}, Deletion)
    found, _ = checked(requirement, shop.functions())
    assert found["ids:app.db"].ok is True
    assert lines(found["ids:app.db"]) == ("kept in table orders: tax law",)
    assert found["state:app.db"].ok is True


def test_ignored(shop):
    """The entry that the message proposes makes the violation go."""
    delete = shop.delete
    shop.run("CREATE TABLE audit (what TEXT)")

    def told(who):
        delete(who)
        shop.run("INSERT INTO audit VALUES ('one less')")

    shop.delete = told
    found, _ = checked(required(), shop.functions())
    assert found["state:app.db"].hint.endswith('ignore = ["app.db:audit"]')
    found, _ = checked(required(ignore=("app.db:audit",)), shop.functions())
    assert found["state:app.db"].ok is True


@pytest.mark.parametrize(("settle_s", "ok"), [(0, False), (5, True)])
def test_a_deletion_that_takes_its_time(shop, settle_s, ok):
    """People who go a little later are waited for, where they do the copy is worked on."""
    delete, threads = shop.delete, []

    def later(who):
        threads.append(threading.Thread(target=lambda: (time.sleep(0.4), delete(who))))
        threads[-1].start()

    shop.delete = later
    shop.rebuild = lambda: None
    with Sandboxed(threads):
        found, _ = checked(required(["var/app.db"], settle_s=settle_s, people=1), shop.functions())
    assert found["ids:app.db"].ok is ok
    assert (" s after the deletion" in found["ids:app.db"].how) is ok
    assert found["state:app.db"].ok is ok


class Sandboxed:
    """Waits for threads, so that none of them outlives its test."""

    def __init__(self, threads):
        self.threads = threads

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("name", ["plant", "delete", "rebuild"])
def test_functions_that_raise(shop, name):
    """A function that raises is named, with what it said."""

    def broken(*_):
        raise KeyError("no such user")

    setattr(shop, name, broken)
    with pytest.raises(Fault, match=rf"^{name} raised KeyError: 'no such user'"):
        checked(required(), shop.functions())


def test_a_function_that_ends_the_process(shop):
    """A function that calls `sys.exit` is named like one that raises."""
    shop.rebuild = sys.exit
    with pytest.raises(Fault, match=r"^rebuild raised SystemExit"):
        checked(required(), shop.functions())


@pytest.mark.parametrize("name", ["plant", "delete", "rebuild"])
def test_subjects_that_are_no_functions(shop, name):
    """A subject that is no function is an error before anything runs, with the line to write."""
    ran = []
    functions = dict.fromkeys(("plant", "delete", "rebuild"), ran.append)
    told = rf"^{name} is no function but a set: write {name} = "
    with pytest.raises(DeclarationError, match=told):
        checked(required(), {**functions, name: {"Ann"}})
    assert ran == []


def test_a_model_that_is_loaded_by_no_function(shop):
    """Where the model's functions are none, the layers of stores are measured all the same."""
    subjects = {**shop.functions(), "load": {"a": 1}, "data": lambda: ([[0.0]], [0])}
    requirement = required(layers=("ids", "state", "retrain", "artifact"))
    verdict = judge(requirement, subjects, Terms(isolation="none"))
    states = {part: verdict.of(part, part).state for part in requirement.parts()}
    assert states == {
        "ids:app.db": "satisfied", "ids:features.csv": "satisfied",
        "state:app.db": "satisfied", "state:features.csv": "satisfied",
        "artifact": "error", "retrain": "error",
    }  # fmt: skip
    assert verdict.error.startswith("load is no function but a dict: write load = ")
    with pytest.raises(DeclarationError, match="load is no function"):
        checked(required(layers=("artifact",)), subjects)


def test_residue_is_reported(shop):
    """What SQLite leaves in its pages is told with what clears it, and judges nothing."""
    shop.secure = False
    found, told = checked(required(), shop.functions())
    assert found["ids:app.db"].ok is True
    (residue,) = [one for one in told if one.name.startswith("residue")]
    assert (residue.ok, residue.value, residue.part) == (True, 4, "ids:app.db")
    assert residue.text == "residue in app.db: 4 of 4 people, cleared by VACUUM"
    told = checked(required(residue="off"), shop.functions())[1]
    assert [one.name for one in told] == ["people left in features.csv until the next rebuild"]


def test_residue_fails(shop):
    """On request residue is a test of its own, which VACUUM or overwriting makes pass."""
    requirement = required(residue="fail")
    assert requirement.parts()[-1] == "residue"
    assert checked(requirement, shop.functions())[0]["residue"].ok is True
    shop.secure = False
    found, told = checked(requirement, shop.functions())
    assert found["residue"].ok is False
    assert found["residue"].text == "4 of 4 deleted people are left in files"
    assert found["residue"].hint == "clear it after a deletion: VACUUM"
    assert found["ids:app.db"].ok is True
    assert not any(one.name.startswith("residue") for one in told)


def test_residue_without_a_database(shop):
    """Where no store keeps residue at all, looking for it proves nothing."""
    features = shop.folder / "features.csv"
    lines = features.read_text()
    functions = {
        "plant": lambda person: features.write_text(f"{lines}{person.name},1\n"),
        "delete": lambda _: features.write_text(lines),
        "rebuild": lambda: None,
    }
    requirement = required(["var/features.csv"], residue="fail", people=1)
    found, _ = checked(requirement, functions)
    assert found["ids:features.csv"].ok is True
    assert found["residue"].ok is None


def test_a_table_that_nobody_was_planted_into(shop):
    """A table with a user's key that planting never reaches is a warning."""
    shop.run("CREATE TABLE notes (user_id INTEGER, email TEXT)")
    found, _ = checked(required(), shop.functions())
    ids = found["ids:app.db"]
    assert ids.ok is True
    assert ids.warning.startswith("app.db: nobody was planted into notes.user_id, notes.email")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stores": []}, "length >= 1"),
        ({"people": 0}, ">= 1"),
        ({"layers": []}, "length >= 1"),
        ({"layers": ["names"]}, "names"),
        ({"retain": [{"where": "app.db:orders"}]}, "why"),
        ({"ignore": ["app.bd:users"]}, "'app.bd:users' names no store; did you mean 'app.db'"),
        ({"expect_empty": ["featurs.csv"]}, "did you mean 'features.csv'"),
        ({"retain": [{"where": "shop:a", "why": "law"}]}, "stores: app.db, features.csv"),
        ({"stores": ["var/prod.db"]}, "refuses the store 'prod.db': its name says production"),
        ({"layers": ["state"], "ignore": ["app.db", "features.csv"]}, "proves nothing"),
        ({"settle_s": -1}, ">= 0"),
    ],
)
def test_misconfigured(options, words):
    """What cannot be meant is an error with what may have been meant."""
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert({"stores": list(STORES), **options}, Deletion)


@pytest.mark.parametrize(
    "url", ["postgresql://db.corp/shop", "redis://10.0.0.9/0", "s3://shop/users", "mysql:///shop"]
)
def test_other_machines_are_refused_unseen(monkeypatch, url):
    """A store elsewhere is refused when it is declared, and nobody is asked where it is."""

    def contacted(*_):
        raise AssertionError("the network was asked")

    for name in ("getaddrinfo", "gethostbyname", "create_connection", "socket"):
        monkeypatch.setattr(socket, name, contacted)
    with pytest.raises(msgspec.ValidationError, match="refuses the store"):
        msgspec.convert({"stores": [url], "not_production": [url]}, Deletion)


def test_production_by_name_and_by_variable(monkeypatch):
    """A name may be said to be no production; the value of a production variable may not."""
    declared = {"stores": ["var/prod.db"], "not_production": ["var/prod.db"]}
    assert msgspec.convert(declared, Deletion).parts() == ("ids:prod.db", "state:prod.db")
    monkeypatch.setenv("SHOP_DB", "var/prod.db")
    with pytest.raises(msgspec.ValidationError, match=r"what \$SHOP_DB says"):
        msgspec.convert({**declared, "production_env": ["SHOP_DB"]}, Deletion)


def test_parts_and_needs():
    """Each store and layer is a test; the model's functions are needed for its layers only."""
    requirement = required(layers=("ids", "artifact", "retrain"), residue="fail", settle_s=3)
    assert requirement.parts() == (
        "ids:app.db", "ids:features.csv", "artifact", "retrain", "residue",
    )  # fmt: skip
    assert requirement.needs() == ("plant", "delete", "rebuild", "load", "data")
    assert requirement.seconds() == 6
    given = required(["sandbox:vectors", "var/app.db"], ignore=("vectors",))
    assert given.parts() == ("ids:vectors", "ids:app.db", "state:app.db")
    assert given.needs() == ("plant", "delete", "rebuild", "sandbox")


@pytest.mark.parametrize(
    "options", [{}, {"residue": "fail"}, {"expect_empty": ("features.csv",)}, {"layers": ("ids",)}]
)
def test_planted_violations_are_noticed(shop, options):
    """Each part notices what is planted for it."""
    if "expect_empty" in options:
        shop.rebuild = lambda: (shop.folder / "features.csv").write_text("mean\n1.5\n")
    assert unnoticed(required(**options), shop.functions()) == []
