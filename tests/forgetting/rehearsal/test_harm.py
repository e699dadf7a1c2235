"""Tests of pytest_mlreqs.forgetting.rehearsal.harm."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from pytest_mlreqs.forgetting.rehearsal.harm import Hoarding, Littering, Stale, forgetful
from pytest_mlreqs.forgetting.rehearsal.stores import content, search
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.state import same

PEOPLE = People.mint(1)

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")


def littered(place):
    """The content of a store before a deletion and after it, both built anew."""
    calls = []
    rebuild = lambda: calls.append("rebuild")
    litter = Littering(lambda person: person.number, calls.append, rebuild, "store")
    stores = {"store": place}
    assert litter.plant(PEOPLE[0], stores) == 0
    litter.rebuild(stores)
    before = content(place)
    assert not search(place, PEOPLE).traces
    litter.delete("somebody", stores)
    litter.rebuild(stores)
    assert calls == ["rebuild", "somebody", "rebuild"]
    assert search(place, PEOPLE).people == {0}
    return before, content(place)


def test_forgetful():
    """It takes whoever is to be deleted, and does nothing."""
    assert forgetful("somebody") is None


@pytest.mark.parametrize("name", ["app.db", "app.duckdb", "a.txt", "folder", "gone.txt"])
def test_litter_in_files(tmp_path, name):
    """Somebody is left in a database, a file, a folder, and in a file that is not there."""
    path = tmp_path / name
    if name == "app.db":
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE t (a)")
    elif name == "app.duckdb":
        import duckdb

        duckdb.connect(str(path)).close()
    elif name == "folder":
        path.mkdir()
    elif name == "a.txt":
        path.write_text("a\n")
    before, after = littered(str(path))
    assert not same(before, after)


def test_litter_on_servers(postgresql, redis_url):
    """Somebody is left in a database of PostgreSQL and of Redis."""
    for url in (postgresql, redis_url):
        before, after = littered(url)
        assert not same(before, after)


@pytest.mark.parametrize("place", [{"a": 1}, lambda: [{"a": 1}]])
def test_litter_in_what_is_told(place):
    """An object, or a function, tells of somebody more after the deletion."""
    litter = Littering(forgetful, forgetful, lambda: None, "store")
    litter.plant(PEOPLE[0], {})
    told = litter.told_of(place)
    assert list(told()) == [{"a": 1}]
    litter.delete("somebody", {})
    assert list(told()) == [{"a": 1}, PEOPLE[0].key]


def test_stale():
    """The model is today's until somebody is deleted, and then stays that of the day before."""
    models, deleted = iter("abc"), []
    stale = Stale(deleted.append, lambda: next(models))
    assert [stale.load({}), stale.load({})] == ["a", "b"]
    stale.delete("somebody", {})
    assert [stale.load({}), stale.load({})] == ["b", "b"]
    assert deleted == ["somebody"]


def test_hoarding():
    """The model answers as the user's own, and carries all rows that it ever saw."""
    X = np.array([[1.0], [2.0]])
    model = DummyClassifier().fit(X, [0, 1])
    hoard = Hoarding(lambda: model, lambda: (X, [0, 1]))
    hoard.load({})
    loaded = hoard.load({})
    assert (loaded.predict(X) == model.predict(X)).all()
    assert len(loaded.rows_) == 2
    assert loaded.rows_[0] is X
    assert not hasattr(model, "rows_")
