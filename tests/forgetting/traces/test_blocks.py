"""Tests of pytest_mlreqs.forgetting.traces.blocks."""

import re
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.forgetting.traces.blocks import blocks

SIZE = 64
ROW = re.compile(rb"[.-m]{12}")


def cut(data):
    """The blocks of some bytes, of 64 each."""
    with mock.patch("pytest_mlreqs.forgetting.traces.blocks._SIZE", SIZE):
        yield from blocks(memoryview(data))


def rows(data):
    """Where twelve digits in a row begin, as the blocks tell."""
    return [block.first + 4 * at for block in cut(data) for at in block.rows_of_digits().tolist()]


def test_blocks_are_all_there_is():
    """One block begins where the last ended, up to the end; nothing has no block."""
    told = [(block.first, block.last) for block in cut(bytes(150))]
    assert told == [(0, 64), (64, 128), (128, 150)]
    assert not list(cut(b""))


@given(st.lists(st.text("09.afAFm", max_size=20).map(str.encode) | st.binary(max_size=3)))
def test_rows_of_digits(pieces):
    """Each multiple of four that begins twelve digits or points is told, and no other."""
    data = b"".join(pieces)
    assert rows(data) == [at for at in range(0, len(data), 4) if ROW.match(data, at)]


@pytest.mark.parametrize("other", [bytes([one]) for one in range(256)])
def test_what_is_a_digit(other):
    """Of all bytes those from the point to the letter m can be one of a row, wherever it stands."""
    for at in range(12):
        data = b"0" * at + other + b"0" * (11 - at)
        assert rows(data) == ([0] if ROW.fullmatch(data) else [])


@pytest.mark.parametrize("other", [b"\0", b"\x80", b"\xff"])
def test_plain_text(other):
    """A block is plain unless a zero or what is no ASCII is in it, or within reach of it."""
    for at in range(3 * SIZE):
        data = bytearray(b"\x01\x7f text" * (3 * SIZE // 7 + 1))[: 3 * SIZE]
        assert all(block.is_plain(5) for block in cut(bytes(data)))
        data[at : at + 1] = other
        middle = list(cut(bytes(data)))[1]
        assert middle.is_plain(5) is not (SIZE - 5 <= at < 2 * SIZE + 5)
