"""Tests of pytest_mlreqs.forgetting.traces.databases.delta, by way of residue."""

import json

import pytest

from pytest_mlreqs.forgetting.traces.databases.residue import residue
from pytest_mlreqs.forgetting.traces.people import People

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PEOPLE = People.mint(3)


@pytest.fixture
def lake(tmp_path):
    """A table from which person 1 was deleted as delta-rs does it, and what commits to its log."""
    (tmp_path / "_delta_log").mkdir()

    def write(name, people):
        ids = pa.array([one.key for one in people] * 2)  # the statistics do not tell of the second
        pq.write_table(pa.table({"id": ids}), tmp_path / name, compression="zstd")

    def commit(version, *actions):
        lines = "".join(json.dumps(action) + "\n" for action in actions)
        (tmp_path / "_delta_log" / f"{version:020}.json").write_text(lines)

    write("old file.parquet", PEOPLE)
    write("new.parquet", [PEOPLE[0], PEOPLE[2]])
    commit(0, {"metaData": {}}, {"add": {"path": "old%20file.parquet"}})
    commit(
        1,
        {"commitInfo": {"operationParameters": {"predicate": f"id = '{PEOPLE[1].key}'"}}},
        {"remove": {"path": "old%20file.parquet"}},
        {"add": {"path": "new.parquet"}},
    )
    return tmp_path, commit


def test_old_files_and_the_log(lake):
    """Whoever was deleted is left in files that are no longer used, and in the log itself."""
    folder, _ = lake
    found = {one.where: one for one in residue(str(folder), PEOPLE)}
    old = found.pop(f"{folder}/old file.parquet")
    log = found.pop(f"{folder}/_delta_log/00000000000000000001.json")
    assert found == {}
    assert old.people == {0, 1, 2}
    assert "vacuum(retention_hours=0" in old.clear
    assert log.people == {1}
    assert "cleanup_metadata" in log.clear


def test_marked_as_deleted(lake):
    """A file of which rows are only marked as deleted still holds them."""
    folder, commit = lake
    vector = {"path": "new.parquet", "deletionVector": {"cardinality": 1}}
    commit(2, {"remove": {"path": "new.parquet"}}, {"add": vector})
    found = {one.where: one for one in residue(str(folder), PEOPLE)}
    assert found[f"{folder}/new.parquet"].people == {0, 2}
    assert found[f"{folder}/new.parquet"].clear.startswith("REORG TABLE")


def test_after_a_checkpoint(lake):
    """Which files are in use is known from a checkpoint where the log before it is gone."""
    folder, commit = lake
    struct = pa.struct([("path", pa.string())])
    actions = pa.table(
        {
            "add": pa.array([{"path": "new.parquet"}, None], struct),
            "remove": pa.array([None, {"path": "old%20file.parquet"}], struct),
        }
    )
    pq.write_table(actions, folder / "_delta_log" / f"{1:020}.checkpoint.parquet")
    for version in (0, 1):
        (folder / "_delta_log" / f"{version:020}.json").unlink()
    (one,) = residue(str(folder), PEOPLE)
    assert one.where == f"{folder}/old file.parquet"
    (folder / "old file.parquet").unlink()
    assert residue(str(folder), PEOPLE) == ()
    commit(2, {"remove": {"path": "new.parquet"}})
    (one,) = residue(str(folder), PEOPLE)
    assert one.where == f"{folder}/new.parquet"


def test_a_broken_file_is_told(lake):
    """A file that cannot be read is no clean one."""
    folder, _ = lake
    (folder / "broken.parquet").write_bytes(b"PAR1 and no more")
    broken = {one.where: one for one in residue(str(folder), PEOPLE)}[f"{folder}/broken.parquet"]
    assert not broken.checked
    assert broken.clear.startswith("not searched: ")
