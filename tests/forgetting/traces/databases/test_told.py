"""Tests of pytest_mlreqs.forgetting.traces.databases.told, with raw and unpacking below it."""

import bz2
import decimal
import gzip
import hashlib
import lzma
import mmap
import os
import struct
import zlib

import pytest

from pytest_mlreqs.forgetting.traces.databases import raw, unpacking
from pytest_mlreqs.forgetting.traces.databases.told import telling, told
from pytest_mlreqs.forgetting.traces.databases.unpacking import unpacked
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(16, seed=1)
THIRD = PEOPLE[3]
FARE = THIRD.value("fare")

SPELLINGS = [
    (THIRD.email, "text"),
    (THIRD.email.encode().upper(), "text"),
    (f"x{THIRD.name}x".encode(), "text"),
    (THIRD.key.encode("utf-16"), "UTF-16"),
    (b"\0" + THIRD.key.upper().encode("utf-16-le"), "UTF-16"),
    (f"a {THIRD.id} b".encode(), "digits"),
    (f"{THIRD.id}77".encode(), "digits"),
    (f"a {THIRD.small_id} b".encode(), "digits"),
    (b"\x07" + struct.pack(">q", THIRD.id) + b"\x07", "whole number"),
    (b"\x07" + struct.pack("<q", THIRD.id) + b"\x07", "whole number"),
    (struct.pack(">d", THIRD.id), "number"),
    (struct.pack("<d", THIRD.id), "number"),
    (hashlib.md5(THIRD.email.encode()).digest(), "md5"),
    (hashlib.sha1(THIRD.key.encode()).hexdigest(), "sha1"),
    (hashlib.sha256(str(THIRD.id).encode()).hexdigest().upper(), "sha256"),
    (zlib.compress(THIRD.key.encode()), "text in zlib"),
    (zlib.compress(THIRD.key.encode(), 1), "text in zlib"),
    (gzip.compress(THIRD.key.encode(), mtime=0), "text in gzip"),
    (bz2.compress(THIRD.key.encode()), "text in bz2"),
    (lzma.compress(f"{'x' * 99} {THIRD.id}".encode()), "digits in xz"),
    (THIRD.id, "number"),
    (decimal.Decimal(THIRD.small_id), "number"),
    (FARE, "own value"),
    (decimal.Decimal(repr(FARE)), "own value"),
]
OTHERS = [
    None,
    "",
    b"",
    True,
    object(),
    PEOPLE.mark,
    PEOPLE.mark.encode(),
    PEOPLE.prefix.encode(),
    PEOPLE.prefix.encode() + b"12",
    f"1{THIRD.small_id}".encode(),
    f"{THIRD.small_id}1".encode(),
    THIRD.key[:12].encode(),
    struct.pack(">q", PEOPLE.id_ranges[0][1] + 1),
    struct.pack(">q", THIRD.id)[:7],
    zlib.compress(b"nobody"),
    b"\x1f\x8b no gzip",
    b"x\x9c no zlib",
    b"BZh no bz2",
    b"\xfd7zXZ\0 no xz",
    0.5,
]


@pytest.mark.parametrize(("value", "how"), SPELLINGS)
def test_spellings(value, how):
    """Somebody is told by any spelling, and the spelling is named."""
    assert told(value, PEOPLE) == {how: {3}}


@pytest.mark.parametrize("value", OTHERS)
def test_nobody(value):
    """What is not all of a spelling tells of nobody."""
    assert told(value, PEOPLE) == {}


def test_one_among_many(monkeypatch):
    """Of many cells that one is looked at which tells of somebody, however they are divided."""
    monkeypatch.setattr("pytest_mlreqs.forgetting.traces.databases.told._AT_ONCE", 200)
    others = [one for one in OTHERS if isinstance(one, (bytes, type(None)))]
    for value, how in SPELLINGS:
        cells = [*others * 5, value, *others * 5]
        found = [told(one, PEOPLE) for one in telling(cells, PEOPLE)]
        assert [one for one in found if one] == [{how: {3}}]
    assert len(list(telling(others * 50, PEOPLE))) == 0


def test_several_in_one():
    """Everybody in one run of bytes is told, by each spelling."""
    data = b" ".join([PEOPLE[1].key.encode(), PEOPLE[2].name.encode(), str(THIRD.id).encode()])
    assert raw.found(data, PEOPLE) == {"text": {1, 2}, "digits": {3}}


def test_chance():
    """Among random bytes there is nobody."""
    assert raw.found(os.urandom(1 << 20), People.mint(400)) == {}


def test_a_mapped_file(tmp_path):
    """The bytes of a file are searched where they are."""
    (tmp_path / "data").write_bytes(b"\0" * 10_000 + THIRD.key.encode())
    with (
        open(tmp_path / "data", "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        assert raw.found(data, PEOPLE) == {"text": {3}}


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_no_bomb(compress, monkeypatch):
    """Of what unpacks to more than the cap the beginning is looked at, and no more is unpacked."""
    monkeypatch.setattr(unpacking, "CAP", 1_000)
    _, content = unpacked(compress(THIRD.key.encode() + b"\0" * 1_000_000))
    assert content.startswith(THIRD.key.encode())
    assert len(content) == 1_000
