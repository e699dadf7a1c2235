"""Tests of pytest_mlreqs.history.server."""

import pytest

from pytest_mlreqs import history
from pytest_mlreqs.core import terms
from pytest_mlreqs.history import HistoryError
from pytest_mlreqs.history import server as history_server
from tests.history.test_history import OF, RUN, SLOWDOWN, like, together

sqlalchemy = pytest.importorskip("sqlalchemy")

FIRST = """CREATE TABLE mlreqs_runs (
    id {id}, series VARCHAR(1000) NOT NULL, quantity VARCHAR(200) NOT NULL,
    machine TEXT NOT NULL, revision VARCHAR(64) NOT NULL, at VARCHAR(40) NOT NULL,
    value FLOAT NOT NULL, error FLOAT NOT NULL, waited FLOAT NOT NULL)"""
FIRST_RUN = f"""INSERT INTO mlreqs_runs
    (series, quantity, machine, revision, at, value, error, waited)
    VALUES ('r', '{SLOWDOWN}', 'm', 'aaaaaaa', '2026-11-01', 2.0, 0.01, 0.25)"""


@pytest.fixture
def url(tmp_path):
    """Where there is no table yet."""
    return f"sqlite:///{tmp_path / 'h.sqlite'}"


@pytest.fixture
def database(postgresql):
    """The same of PostgreSQL, with the driver that this package asks for."""
    return postgresql.replace("postgresql://", "postgresql+psycopg://", 1)


def do(url, *sentences):
    """Do something to a database."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    with engine.begin() as connection:
        for sentence in sentences:
            connection.execute(sqlalchemy.text(sentence))


def keeps(url):
    """Whether observations come back as they were, with those that belong with them only."""
    assert history.opened(url).read(*OF) == []
    other = like(machine="other", value=2.0, interval=None, unit="")
    history.opened(url).append([RUN, like(series="s"), like(id="growth")])
    history.opened(url).append([other])
    return history.opened(url).read(*OF) == [RUN, other]


def reads_on(url, id_):
    """Whether a table of the first version is read, before and after it is added to."""
    do(url, FIRST.format(id=id_), FIRST_RUN)
    kept = history.opened(url)
    before = kept.read("r", "ratio", SLOWDOWN)
    now = like(id="ratio", of=SLOWDOWN)
    kept.append([now])
    do(url, FIRST_RUN)  # another project goes on with the first version
    old, new, last = kept.read("r", "ratio", SLOWDOWN)
    assert (old.value, old.waited, old.error) == (2.0, 0.25, pytest.approx(0.01))
    return [old] == before and new == now and last == old


def test_observations_are_kept(url):
    """An observation comes back as it was; to read where there is no table makes none."""
    assert keeps(url)


def test_observations_are_kept_by_postgresql(database):
    """So it is on a server."""
    assert keeps(database)


def test_tables_of_the_first_version(url):
    """They are read on, get what they lack, and lose nothing."""
    assert reads_on(url, "INTEGER PRIMARY KEY AUTOINCREMENT")


def test_tables_of_the_first_version_in_postgresql(database):
    """So they are on a server."""
    assert reads_on(database, "SERIAL PRIMARY KEY")


def test_a_table_that_may_not_be_altered(url, monkeypatch):
    """A role that may only add to a table adds what it has room for."""
    do(url, FIRST.format(id="INTEGER PRIMARY KEY AUTOINCREMENT"))
    kept = history.opened(url)

    def refuse(connection, cursor, statement, *_):
        if statement.startswith("ALTER"):
            raise sqlalchemy.exc.ProgrammingError(statement, {}, Exception("must be owner"))

    sqlalchemy.event.listen(kept._engine, "before_cursor_execute", refuse)
    kept.append([RUN])
    (found,) = kept.read(*OF)
    assert (found.value, found.error) == (RUN.value, pytest.approx(RUN.error))


def test_texts_that_are_too_long_for_their_column(database):
    """They are cut, and stay apart from others that begin alike."""
    long, longer = like(of="a" * 500), like(of="a" * 501, series="r")
    history.opened(database).append([long, longer])
    assert history.opened(database).read("r", "peak", "a" * 500) == [long]


def test_writers_at_the_same_time(url):
    """Eight processes of many runs lose none, also where none of them has made the table."""
    together(f"{url}?timeout=60")


def test_what_is_told_has_no_password(tmp_path):
    """A server that is not there is told in a sentence, without the password."""
    url = f"sqlite:///{tmp_path / 'no' / 'h.sqlite'}"
    with pytest.raises(HistoryError, match=r"h\.sqlite cannot be used: unable to open"):
        history.opened(url).append([RUN])
    server = history.opened(url)
    server._engine.url = sqlalchemy.engine.make_url("sqlite://me:secret@server/db")
    for use in (lambda: server.append([RUN]), lambda: server.read(*OF)):
        with pytest.raises(HistoryError, match=r"me:\*\*\*@server") as told:
            use()
        assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense://x", "does not understand the URL"),
        ("oracle+oracledb://me:secret@server", "needs a driver: No module named 'oracledb'"),
    ],
)
def test_urls_that_cannot_be(url, words):
    """A URL without sense, or without its driver, is told in a sentence."""
    with pytest.raises(HistoryError, match=words) as told:
        history.opened(url)
    assert "secret" not in str(told.value)


def test_without_sqlalchemy(monkeypatch):
    """Without the extra, that is what is named."""
    monkeypatch.setattr(history_server, "has_sqlalchemy", lambda: False)
    with pytest.raises(HistoryError) as told:
        history.opened("postgresql://server/db")
    assert str(told.value) == terms.NO_SQLALCHEMY
