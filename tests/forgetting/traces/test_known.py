"""Tests of pytest_mlreqs.forgetting.traces.known."""

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.hashing import NOTHING
from pytest_mlreqs.forgetting.traces.known import Known


@pytest.fixture
def known():
    """Nothing as yet."""
    return Known()


def rows(**columns):
    """What reads rows of these columns, and counts how often."""
    calls = []

    def read():
        calls.append(1)
        table = {name: np.array(cells, np.uint64) for name, cells in columns.items()}
        return max(map(len, table.values())), table

    read.calls = calls
    return read


def never():
    """What must not be read."""
    raise AssertionError("it was read again")


def test_content_is_read_once(known):
    """What a key has is read the first time only; of another key nothing is known."""
    assert known.held("a") is None
    held = known.content("a", lambda: {"t": {}})
    assert known.content("a", never) is known.held("a") is held
    with pytest.raises(AssertionError):
        known.content("b", never)


def test_a_block_is_read_once(known):
    """Rows with bytes that were seen are not read again, unless they are to be read otherwise."""
    block = known.block(b"1", "csv", rows(a=[1, 2]))
    assert known.block(b"1", "csv", never) is block
    for raw, how in ((b"2", "csv"), (b"1", "lines")):
        with pytest.raises(AssertionError):
            known.block(raw, how, never)


def test_what_has_no_bytes_is_read_each_time(known):
    """Without bytes nothing is known again, and neither is a table of such rows."""
    read = rows(a=[1])
    blocks = [known.block(None, "rows", read) for _ in range(2)]
    assert len(read.calls) == 2
    first, second = (known.joined(blocks) for _ in range(2))
    assert first is not second
    assert first["a"].tolist() == second["a"].tolist() == [1, 1]


def test_a_table_of_the_same_blocks_is_the_same(known):
    """The same rows in the same order are one table; in another order they are another."""
    one, other = (known.block(raw, "", rows(a=[n])) for n, raw in enumerate((b"1", b"2")))
    table = known.joined([one, other])
    assert table["a"].tolist() == [0, 1]
    assert known.joined([one, other]) is table
    assert known.joined([other, one])["a"].tolist() == [1, 0]
    assert set(known.joined([one, other], ["a", "b"])) == {"a", "b"}


def test_gaps(known):
    """A column that some rows have not has gaps there; one that must be there is there."""
    blocks = [known.block(b"1", "", rows(a=[1, 2])), known.block(b"2", "", rows(b=[3]))]
    table = known.joined(blocks, ["c"])
    assert {name: cells.tolist() for name, cells in table.items()} == {
        "c": [int(NOTHING)] * 3,
        "a": [1, 2, int(NOTHING)],
        "b": [int(NOTHING)] * 2 + [3],
    }
    assert known.joined([], ["c"])["c"].shape == (0,)


def test_blocks_are_no_copies(known):
    """What is kept of a block takes no memory besides that of its table."""
    table = known.joined([known.block(b"1", "", rows(a=[1, 2]))])
    assert np.shares_memory(known.block(b"1", "", never).columns["a"], table["a"])
