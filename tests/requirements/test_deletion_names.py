"""Deletion in services whose files have other names on every build."""

import shutil
import uuid
from pathlib import Path

import pandas as pd
import pytest

from tests.requirements.shop import Shop, checked, required


class Lake(Shop):
    """A shop that writes its features as files with random names, one folder for each age."""

    ending = "csv"

    def rebuild(self):
        """Write everything anew, but for what is forgotten."""
        users = pd.DataFrame(self.run("SELECT name, age FROM users ORDER BY id"))
        users.columns = ["name", "age"]
        shutil.rmtree("lake", ignore_errors=not Path("lake").exists())
        for part, some in users.groupby(users.age // 10):
            folder = Path("lake", f"decade={part:.0f}")
            folder.mkdir(parents=True, exist_ok=True)
            place = folder / f"part-{uuid.uuid4().hex}.{self.ending}"
            some.to_csv(place, index=False)


@pytest.fixture
def lake(tmp_path, monkeypatch):
    """An open one."""
    monkeypatch.chdir(tmp_path)
    return Lake().open(users=30)


def test_files_that_are_named_anew(lake):
    """A correct deletion is satisfied, whatever the files are called."""
    found, _ = checked(required(["var/app.db", "lake"]), lake.functions())
    assert {part: one.text for part, one in found.items() if not one.ok} == {}
    assert "not compared" not in found["state:lake"].how


def test_what_stays_in_them_is_found(lake):
    """A row too many is a violation, and it is not proposed to ignore it."""
    lake.delete = lambda who: lake.run(f"UPDATE users SET name = 'somebody' WHERE id = {who}")
    found, _ = checked(required(["var/app.db", "lake"]), lake.functions())
    state = found["state:lake"]
    assert (state.ok, state.value) == (False, 4)
    assert "ignore" not in state.hint
    assert "retain" in state.hint


def test_planted_rows_are_not_to_be_ignored(lake):
    """Nor in a table with rows of theirs, with one cell of theirs, or with a flag on them."""
    for forgotten in (
        "DELETE FROM users WHERE id = {who}",
        "DELETE FROM orders WHERE user_id = {who}",
        "UPDATE users SET name = 'gone' WHERE id = {who}",
    ):
        lake.delete = lambda who, one=forgotten: lake.run(one.format(who=who))
        found, _ = checked(required(["var/app.db"]), lake.functions())
        assert found["state:app.db"].ok is False
        assert "ignore" not in found["state:app.db"].hint
