"""The quick door to deletion: people who are there, and then are nowhere, in an ordinary test."""

import pytest

SHOP = '''
import pathlib, sqlite3
from contextlib import closing
import pandas as pd
import pytest

class Shop:
    """Keeps people in a frame, a cache, a database and a model."""

    def __init__(self):
        self.users = pd.DataFrame({"id": [1], "name": ["Ann"], "email": ["ann@shop.example"]})
        self.cache = pathlib.Path("var/cache")
        self.cache.mkdir(parents=True)
        with closing(sqlite3.connect("var/app.db")) as database:
            database.execute("CREATE TABLE users (id, name)")
        self.model = {"vocabulary": ["a"]}

    def sign_up(self, person):
        self.users.loc[len(self.users)] = [person.id, person.name, person.email]
        (self.cache / f"{len(self.users)}.txt").write_text(f"a note on {person.name}")
        with closing(sqlite3.connect("var/app.db")) as database, database:
            database.execute("INSERT INTO users VALUES (?, ?)", (person.id, person.name))
        self.model["vocabulary"].append(person.key)

    def forget(self, id, but=()):
        if "users" not in but:
            self.users = self.users[self.users["id"] != id].reset_index(drop=True)
        if "cache" not in but:
            for path in self.cache.glob("*.txt"):
                path.unlink()
        if "database" not in but:
            with closing(sqlite3.connect("var/app.db")) as database, database:
                database.execute("DELETE FROM users WHERE id = ?", (id,))
        if "model" not in but:
            self.model = {"vocabulary": ["a"]}

@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Shop()
'''
BEFORE = """
def test_forget(mlreqs_erased, shop):
    (ann,) = mlreqs_erased.people()
    shop.sign_up(ann)
    mlreqs_erased.assert_present(shop.users, "var/cache", shop.model, "var/app.db")
"""
AFTER = """
    mlreqs_erased.assert_absent(shop.users, "var/cache", shop.model, "var/app.db")
"""


@pytest.fixture
def run(pytester):
    """Run a test in the shop."""

    def run(test, *options):
        pytester.makeconftest(SHOP)
        pytester.makepyfile(test)
        return pytester.runpytest("-p", "no:cacheprovider", *options)

    return run


def test_everybody_is_gone(run):
    """Whoever was there and is nowhere left passes."""
    run(f"{BEFORE}    shop.forget(ann.id){AFTER}").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("users", ["*still in DataFrame (place 1)", "    column name*", "  try: *"]),
        ("cache", ["*still in var/cache", "    2.txt*text*1 time*"]),
        ("model", ["*still in dict (place 3)", "    the object*vocabulary*"]),
        ("database", ["*still in var/app.db", "    table users, column name*text*1 time"]),
    ],
)
def test_somebody_is_left(run, kept, said):
    """What is left is named: the place, the spelling, how often, and the first thing to do."""
    result = run(f"{BEFORE}    shop.forget(ann.id, but=[{kept!r}]){AFTER}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 of 1 deleted people are*", *said[1:]])
    result.stdout.fnmatch_lines([said[0]])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_all_that_is_left_is_told(run):
    """Two places at once are both told."""
    result = run(f"{BEFORE}    shop.forget(ann.id, but=['cache', 'database']){AFTER}")
    result.stdout.fnmatch_lines(["*still in var/cache*", "*still in var/app.db*"])


def test_only_those_left_are_counted(run):
    """Of several people, those are counted who are left, whichever call made them."""
    test = BEFORE + (
        "    bob, cid = mlreqs_erased.people(2)\n"
        "    shop.sign_up(bob)\n    shop.sign_up(cid)\n"
        "    mlreqs_erased.assert_present(shop.users)\n"
        "    shop.forget(ann.id)\n    shop.forget(bob.id)\n"
    )
    result = run(test + "    mlreqs_erased.assert_absent(shop.users)\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 of 2 deleted people are still in DataFrame"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "mlreqs_erased.people(); mlreqs_erased.assert_absent(shop.users)",
            "*nobody was found anywhere*",
        ),
        ("mlreqs_erased.assert_absent(shop.users)", "*ask for people(...) first"),
        ("mlreqs_erased.assert_present(shop.users)", "*ask for people(...) first"),
        ("mlreqs_erased.people(); mlreqs_erased.assert_present()", "*give the places to search"),
    ],
)
def test_what_could_not_fail_fails(run, body, said):
    """An assertion that nothing could have broken is no assertion."""
    result = run(f"def test_forget(mlreqs_erased, shop):\n    {body}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"this could not have failed; {said}"])


def test_somebody_unseen_of_two_groups(run):
    """People who were never seen are not covered by others who were."""
    test = f"{BEFORE}    shop.forget(ann.id)\n    mlreqs_erased.people()\n{AFTER}"
    result = run(test)
    result.stdout.fnmatch_lines(["this could not have failed; *nobody was found anywhere*"])


def test_the_gate_names_the_place(run):
    """A place that shows nobody fails the gate by name, with what was searched there."""
    test = BEFORE.replace('"var/cache"', '"var/cache", "var/nowhere"')
    result = run(test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["none of the people are found in var/nowhere (*No such*"])


def test_what_cannot_be_searched_is_not_clean(run):
    """A file that nothing here can read, or that never was there, fails."""
    test = BEFORE + "    shop.forget(ann.id)\n    pathlib.Path('var/cache/old.rar')"
    test += ".write_bytes(b'Rar!\\x1a\\x07\\x01\\x00' + bytes(99))\n"
    result = run(f"import pathlib\n{test}{AFTER}")
    result.stdout.fnmatch_lines(["*undecided because part of it could not be searched: old.rar*"])
    result.assert_outcomes(failed=1)
    test = BEFORE + "    shop.forget(ann.id)\n    mlreqs_erased.assert_absent('var/typo')\n"
    result = run(test)
    result.stdout.fnmatch_lines(["*part of it could not be searched: var/typo: No such file*"])


def test_a_place_that_is_gone_is_clean(run):
    """A file that told of people and was removed with them passes."""
    test = (
        "    import shutil\n    shop.forget(ann.id)\n    shutil.rmtree('var')\n"
        "    mlreqs_erased.assert_absent('var/cache')\n"
    )
    run(BEFORE + test).assert_outcomes(passed=1)


def test_elsewhere_is_refused(run):
    """A server on another machine is refused before anything is contacted, and no password told."""
    body = "mlreqs_erased.people()\n    mlreqs_erased.assert_present({!r})\n"
    url = "postgresql://me:secret@db.shop.example/users"
    result = run(f"def test_forget(mlreqs_erased):\n    {body.format(url)}")
    result.stdout.fnmatch_lines(["refuses users: *"])
    result.stdout.no_fnmatch_line("*E *secret*")


def test_a_function_may_be_asked(run):
    """What is none of these is asked for by a function."""
    body = (
        "    def notes():\n        yield from shop.users['name']\n"
        "    mlreqs_erased.assert_present(notes)\n"
        "    mlreqs_erased.assert_absent(notes)\n"
    )
    result = run(BEFORE + body)
    result.stdout.fnmatch_lines(["1 of 1 deleted people are still in *notes"])


def test_each_test_has_people_of_its_own(run):
    """What one test saw is nothing to the next."""
    other = "\ndef test_other(mlreqs_erased, shop):\n    mlreqs_erased.assert_absent(shop.users)\n"
    result = run(f"{BEFORE}    shop.forget(ann.id){AFTER}{other}")
    result.assert_outcomes(passed=1, failed=1)
