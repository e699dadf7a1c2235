"""Tests of pytest_mlreqs.forgetting.traces.files.stored_columns: texts of Arrow."""

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.files import stored_columns
from pytest_mlreqs.forgetting.traces.files.cells import in_cells
from pytest_mlreqs.forgetting.traces.files.content import content
from pytest_mlreqs.forgetting.traces.files.mapped import mapped
from pytest_mlreqs.forgetting.traces.files.unpacking import Room
from pytest_mlreqs.forgetting.traces.hashing import hashed_objects
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Scanner

PEOPLE = People.mint(2, seed=1)
TEXTS = ["a", None, "", "äö", "None", "a" * 300, "a", "0.30000000000000004"]
TYPES = ["string", "large_string", "dictionary"]


@pytest.fixture(params=["parquet", "feather"])
def written(request, tmp_path):
    """Write a column of texts, and give the file."""
    pyarrow = pytest.importorskip("pyarrow")

    def write(texts, kind):
        cells = pyarrow.array(texts, "large_string" if kind == "large_string" else "string")
        table = pyarrow.table({"a": cells.dictionary_encode() if kind == "dictionary" else cells})
        path = tmp_path / "a"
        if request.param == "parquet":
            from pyarrow import parquet

            parquet.write_table(table, path)
        else:
            from pyarrow import feather

            feather.write_feather(table, str(path))
        return path

    return write


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("at_once", [1, 3, 1 << 16])
def test_texts_are_hashed_as_objects_are(written, monkeypatch, kind, at_once):
    """A column of texts has the hashes of its cells, gaps among them, however they are stored."""
    monkeypatch.setattr(stored_columns, "_CELLS", at_once)
    path = written(TEXTS, kind)
    assert content(path)["a"]["a"].tolist() == hashed_objects(TEXTS).tolist()


@pytest.mark.parametrize("kind", TYPES)
def test_no_texts(written, kind):
    """A column without texts has none, and one of gaps has only those."""
    gaps = content(written([None, None], kind))["a"]["a"]
    assert gaps.tolist() == hashed_objects([None, None]).tolist()
    assert content(written([], kind)).get("a", {}).get("a", np.empty(0)).size <= 1


@pytest.mark.parametrize("kind", TYPES)
def test_cells_do_not_run_into_each_other(written, kind):
    """Numbers in neighbouring cells are found, and one that is parted by their border is not."""
    whole, parted = (str(one.small_id) for one in PEOPLE)
    path = written(["1", whole, "2", parted[:5], parted[5:], None], kind)
    sort = "parquet" if path.read_bytes().startswith(b"PAR1") else "arrow"
    for column in stored_columns.columns(sort, mapped(path), Room(1 << 20)):
        assert {hit.person for hit in in_cells(column.values, Scanner(PEOPLE), [])} == {0}
