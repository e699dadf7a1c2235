"""Where formats write less than what they hold: indexes, categories and packs; found, or told."""

import sqlite3
import struct
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(8, seed=3, alike=True)
EVERYBODY = set(range(8))


def index(path, options, texts):
    """A full-text index of some texts, which are kept nowhere else."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE VIRTUAL TABLE notes USING {options}")
        for number, text in enumerate(texts, 1):
            connection.execute("INSERT INTO notes (rowid, body) VALUES (?, ?)", (number, text))
    return str(path)


@pytest.mark.parametrize(
    "options", ["fts5(body, content='')", "fts4(body)", "fts5(body, detail=none)"]
)
def test_words_of_an_index(tmp_path, options):
    """Its tables leave out what two words begin with; all of them are found in its words."""
    texts = [f"hello {one.name}" for one in PEOPLE]
    found = stores.search(index(tmp_path / "a.db", options, texts), PEOPLE)
    assert found.people == EVERYBODY
    assert any("notes (words of its index), column term" in one.where for one in found.traces)
    nobody = stores.search(index(tmp_path / "b.db", options, ["hello"]), PEOPLE)
    assert (nobody.traces, nobody.unsearched) == ((), ())


@pytest.mark.parametrize("cut", ["trigram", "porter"])
def test_an_index_of_parts_of_words(tmp_path, cut):
    """Where whole words are kept nowhere it is not called clean; where texts are kept, it is."""
    apart = index(tmp_path / "a.db", f"fts5(body, content='', tokenize='{cut}')", ["hello"])
    (why,) = stores.search(apart, PEOPLE).unsearched
    assert why == (
        "table notes (words of its index): parts of words only, of texts that are kept elsewhere"
    )
    whole = index(tmp_path / "b.db", f"fts5(body, tokenize='{cut}')", ["hello"])
    assert stores.search(whole, PEOPLE).unsearched == ()


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_categories_that_no_row_has(tmp_path, ending):
    """They are found where the file is packed, and are no part of what its rows hold."""
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for people in (PEOPLE, ()):
        values = ["x", *(one.key for one in people)]
        frame = pd.DataFrame({"c": pd.Categorical.from_codes([0] * 50, values)})
        getattr(frame, f"to_{ending}")(tmp_path / "a", compression="zstd")
        found = stores.search(str(tmp_path / "a"), PEOPLE)
        assert found.people == (EVERYBODY if people else set())
        assert found.unsearched == ()
        if people:
            assert found.traces[0].where == "a, column categories of c"
        assert {len(cells) for cells in stores.content(str(tmp_path / "a"))["a"].values()} == {50}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("git pack", b"PACK\0\0\0\2\0\0\0\1" + bytes(99)),
        ("Lucene index", b"\x3f\xd7\x6c\x17" + bytes(99)),
        ("LevelDB", bytes(99) + struct.pack("<Q", 0xDB4775248B80FB57)),
        ("RocksDB", bytes(99) + struct.pack("<Q", 0x88E241B785F4CFF7)),
    ],
)
def test_what_nothing_here_reads(tmp_path, kind, data):
    """What writes differences only is told as unsearched."""
    (tmp_path / "a").write_bytes(data)
    found = stores.search(str(tmp_path / "a"), PEOPLE)
    assert found.unsearched == (f"a: nothing here reads {kind}",)
