"""Tests of pytest_mlreqs.requirements.deletion: a shop with servers, which are real ones."""

import os

import pytest

from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.forgetting.traces.databases import copies
from pytest_mlreqs.report.evidence import lines
from tests.requirements.shop import checked, required, unnoticed

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")


class Service:
    """A service that finds its database and its cache by its environment."""

    def __init__(self, url, cache):
        self.url, self.cache = url, cache

    def open(self):
        """Lay the database out before anything is checked."""
        self.run(
            "CREATE TABLE users (id BIGINT PRIMARY KEY, name TEXT, age FLOAT)",
            "CREATE TABLE orders (user_id BIGINT REFERENCES users, items JSONB)",
            "INSERT INTO users SELECT n, 'user ' || n, n FROM generate_series(1, 12) n",
            """INSERT INTO orders SELECT n, '["tea"]' FROM generate_series(1, 12) n""",
        )

    def run(self, *statements):
        """Run statements, and return what the last one finds."""
        import psycopg

        url = os.environ.get("SHOP_URL", self.url)
        with psycopg.connect(url) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def client(self):
        """The cache."""
        import redis

        return redis.Redis.from_url(self.cache)

    def plant(self, person):
        """A user who orders."""
        self.run(
            f"INSERT INTO users VALUES ({person.id}, '{person.name}', {person.value('age')!r})",
            f"""INSERT INTO orders VALUES ({person.id}, '["{person.email}"]')""",
        )

    def delete(self, who):
        """Remove a user and his orders."""
        self.run(f"DELETE FROM orders WHERE user_id = {who}", f"DELETE FROM users WHERE id = {who}")

    def rebuild(self):
        """Fill the cache anew."""
        with self.client() as client:
            client.flushdb()
            for number, name in self.run("SELECT id, name FROM users"):
                client.hset(f"user:{number}", mapping={"name": name})

    def subjects(self):
        """The functions by name."""
        return {name: getattr(self, name) for name in ("plant", "delete", "rebuild")}


@pytest.fixture
def service(postgresql, redis_url, monkeypatch):
    """A service whose database nobody has changed afterwards, and whose servers are clean."""
    made, planned = [], copies.planned
    monkeypatch.setattr(copies, "planned", lambda *where: made.append(planned(*where)) or made[-1])
    service = Service(postgresql, redis_url)
    service.open()
    yield service
    assert service.run("SELECT COUNT(*), MAX(id) FROM users") == [(12, 12)]
    assert service.run("SELECT COUNT(*) FROM orders") == [(12,)]
    found = {name for (name,) in service.run("SELECT datname FROM pg_database")}
    assert made
    assert not found & {url.rpartition("/")[2] for url in made}
    with service.client() as client:
        assert client.dbsize() == 0


def declared(service, **options):
    """The requirement for both servers."""
    env = {"SHOP_URL": service.url}
    return required([service.url, service.cache], **{"env": env, **options})


def of(found, layer):
    """What was measured in the database and in the cache."""
    (database,) = (one for part, one in found.items() if part.startswith(f"{layer}:test_"))
    (cache,) = (one for part, one in found.items() if part.startswith(f"{layer}:redis-"))
    return database, cache


def test_satisfied(service):
    """The copy of the database and the empty cache are planted into, and both are clean."""
    found, told = checked(declared(service), service.subjects())
    assert {one.ok for one in found.values()} == {True}
    database, cache = of(found, "ids")
    assert database.text.startswith("none of 4 deleted people is left in test_")
    assert "people were in 5 places before" in database.how
    assert cache.text.startswith("none of 4 deleted people is left in redis-")
    early = [one.text for one in told if "until" in one.name]
    assert len(early) == 1  # the cache is made anew by a rebuild
    assert early[0].startswith("until the next rebuild, 3 of 4 deleted people are still in redis-")
    residue = [one.text for one in told if one.name.startswith("residue")]
    assert len(residue) == 2
    assert all("not checkable from here" in text for text in residue)


def test_key_patterns(service):
    """A pattern that takes the keys of others along is found in a cache."""
    delete = service.delete

    def too_much(who):
        delete(who)
        with service.client() as client:
            for key in client.scan_iter(f"user:{who}*"):
                client.delete(key)

    service.delete, rebuild = too_much, service.rebuild
    planted = []
    service.rebuild = lambda: planted or rebuild()
    plant = service.plant
    service.plant = lambda person: (plant(person), rebuild(), planted.append(person))[0]
    found, _ = checked(declared(service), service.subjects())
    _, cache = of(found, "ids")
    assert cache.ok is False
    assert "people who only look like the deleted ones were deleted from redis-" in cache.text


def test_violated(service):
    """What the deletion forgets is found in each."""
    service.delete = lambda who: service.run(f"DELETE FROM orders WHERE user_id = {who}")
    found, _ = checked(declared(service), service.subjects())
    database, cache = of(found, "ids")
    assert database.text.startswith("4 of 4 deleted people are still in test_")
    assert lines(database)[0].startswith("table users, column id")
    (age,) = (line for line in lines(database) if "column age" in line)
    assert age.endswith("4 times")
    assert lines(cache)[0].startswith("keys user:*, ")
    assert {one.ok for one in of(found, "state")} == {False}


@pytest.mark.parametrize("name", ["plant", "delete", "rebuild"])
def test_an_exception_leaves_nothing(service, name):
    """Copies and what was planted into the cache are gone also if a function raises."""

    def broken(*_):
        raise RuntimeError("no")

    setattr(service, name, broken)
    with pytest.raises(Fault, match=f"{name} raised RuntimeError: no"):
        checked(declared(service), service.subjects())


def test_a_cache_that_is_in_use(service):
    """A database of Redis that holds something is not touched."""
    with service.client() as client:
        client.set("somebody's", "own")
        with pytest.raises(
            DeclarationError, match=r"redis-\d+ is not empty: give the number of a database"
        ):
            checked(declared(service), service.subjects())
        assert client.keys() == [b"somebody's"]
        client.flushdb()


def test_a_connection_from_before(service):
    """A database to which somebody is connected is not copied, and nothing is planted anywhere."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(service.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    try:
        with pytest.raises(DeclarationError, match=r"other users.* close the connections"):
            checked(declared(service), service.subjects())
    finally:
        engine.dispose()


@pytest.mark.parametrize("name", ["delete", "rebuild"])
def test_every_function_is_watched(service, name):
    """What a function does to the database itself is told, whichever it is."""
    function, url = getattr(service, name), service.url
    statement = "INSERT INTO users VALUES (99, 'user 99', 9)"

    def wrongly(*arguments):
        import psycopg

        with psycopg.connect(url) as connection:
            connection.execute(statement + " ON CONFLICT DO NOTHING")
        return function(*arguments)

    setattr(service, name, wrongly)
    with pytest.raises(DeclarationError, match=rf"itself was changed \(users\) .* by {name}: let"):
        checked(declared(service), service.subjects())
    with service.client() as client:
        client.flushdb()
    service.run("DELETE FROM users WHERE id = 99")


def test_given_by_a_fixture(service):
    """A database that a fixture gives is copied too."""
    requirement = required(["sandbox:users"])
    subjects = service.subjects()

    def at(name):
        def function(*arguments, stores):
            service.url = stores["users"]
            return subjects[name](*arguments)

        return function

    service.rebuild = subjects["rebuild"] = lambda: None
    original = service.url
    own = {name: at(name) for name in subjects}
    found, _ = checked(requirement, {**own, "sandbox": {"users": original}})
    service.url = original
    assert {one.ok for one in found.values()} == {True}


def test_who_goes_for_the_original(service):
    """A function that connects to the database itself is told after the first person."""
    planted = []
    plant, original = service.plant, service.url

    def wrongly(person):
        planted.append(person)
        plant(person)

    service.plant = wrongly
    with pytest.raises(
        DeclarationError, match=r"plant wrote into test_\w+ itself, not into its copy"
    ):
        checked(declared(service, env={}), service.subjects())
    assert len(planted) == 1
    service.url = original
    service.delete(planted[0].id)


def test_planted_violations_are_noticed(service):
    """Each part notices what is planted for it, also where nobody is expected."""
    assert unnoticed(declared(service), service.subjects()) == []
    name, cache = (part.partition(":")[2] for part in declared(service).parts()[:2])
    quiet = {"plant": lambda _: 0, "delete": lambda _: None, "rebuild": lambda: None}
    both = declared(service, expect_empty=(name, cache))
    assert unnoticed(both, quiet) == []
