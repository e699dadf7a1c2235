"""Tests of pytest_mlreqs.forgetting.traces.scan, .spellings and .sieve."""

import base64
import decimal
import hashlib
import importlib.util
import mmap
import struct
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.persons import Person
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner
from pytest_mlreqs.forgetting.traces.spellings import spellings

PEOPLE = People.mint(16, seed=1)
for one in PEOPLE:
    one.value("Fare", 10, 500)
    one.value("share")
THIRD = PEOPLE[3]
FARE = THIRD.value("Fare")
FAST = importlib.util.find_spec("ahocorasick_rs") is not None
SCANNERS = {fast: Scanner(PEOPLE, fast=fast) for fast in ((False, True) if FAST else (False,))}

SPELLED = {
    "text": [THIRD.key.encode(), THIRD.name.encode(), THIRD.email.upper().encode()],
    "UTF-16": [THIRD.key.encode("utf-16-le"), THIRD.name.encode("utf-16-be")],
    "UTF-32": [THIRD.key.encode("utf-32-le"), THIRD.key.upper().encode("utf-32-be")],
    "hex": [
        THIRD.email.encode().hex().encode(),
        THIRD.name.encode().hex().upper().encode(),
        str(THIRD.id).encode().hex().encode(),
    ],
    "base64": [
        code(b"id"[:before] + text + b";" * after)
        for code in (base64.b64encode, base64.urlsafe_b64encode)
        for before in range(3)
        for after in range(3)
        for text in (THIRD.key.encode(), THIRD.name.encode(), str(THIRD.id).encode())
    ],
    "digits": [
        str(THIRD.id).encode(),
        f"{THIRD.small_id}.0".encode(),
        f'{{"id":{THIRD.id}}}'.encode(),
        f"20261124{THIRD.id}{PEOPLE.id_ranges[0][0]}".encode(),  # as columns of texts are stored
        str(THIRD.id).encode("utf-16-le"),
        str(THIRD.small_id).encode("utf-32-le"),
        f"{THIRD.id:.18e}".encode(),
    ],
    "whole number": [
        struct.pack("<q", THIRD.id),
        struct.pack(">q", THIRD.id),
        struct.pack("<q", THIRD.small_id),
        struct.pack(">q", THIRD.small_id),
        b"\x8a\x07" + THIRD.id.to_bytes(7, "little"),
    ],
    "number": [
        struct.pack(code, one) for code in ("<d", ">d") for one in (THIRD.id, THIRD.small_id)
    ],
    "recorded value": [
        struct.pack("<d", FARE),
        struct.pack(">d", THIRD.value("share")),
        repr(FARE).encode(),
        repr(-THIRD.value("share")).encode(),
    ],
    "md5": [
        hashlib.md5(THIRD.key.encode(), usedforsecurity=False).hexdigest().encode(),
        hashlib.md5(str(THIRD.id).encode(), usedforsecurity=False).digest(),
    ],
    "sha1": [hashlib.sha1(THIRD.email.encode(), usedforsecurity=False).digest()],
    "sha256": [hashlib.sha256(THIRD.name.encode()).hexdigest().upper().encode()],
}
CASES = [(how, text) for how, texts in SPELLED.items() for text in texts]


@pytest.mark.parametrize("fast", SCANNERS)
@pytest.mark.parametrize(("how", "text"), CASES)
def test_every_spelling_is_found_wherever_it_stands(fast, how, text):
    """Each spelling is found at every alignment and at both ends, and told by its name."""
    for before in range(17):
        data = b"\xfe" * before + text + b"\xfe" * (3 * before)
        found = list(SCANNERS[fast].hits(data))
        assert {(hit.how, hit.person) for hit in found} == {(how, 3)}, before
        assert all(before - 2 <= hit.start < before + len(text) for hit in found)


@pytest.mark.parametrize("fast", SCANNERS)
@pytest.mark.parametrize(
    "text",
    [
        PEOPLE.mark.encode(),
        PEOPLE.mark.encode() + b"z" * 16,
        THIRD.key[2:].encode(),
        b"1" + str(THIRD.small_id).encode(),
        str(THIRD.small_id).encode() + b"7",
        ("1" + str(THIRD.small_id)).encode("utf-16-le"),
        (str(THIRD.small_id) + "1").encode("utf-32-le"),
        struct.pack("<q", THIRD.id + (1 if THIRD.id + 1 != PEOPLE[4].id else 2)),
        struct.pack("<f", FARE),
        repr(FARE)[:12].encode(),
        bytes(100),
        b"",
        b"a",
    ],
)
def test_others_are_not(fast, text):
    """What is not exactly a planted person's is nobody's, and nothing is no problem."""
    assert not list(SCANNERS[fast].hits(text))


@pytest.mark.parametrize("fast", SCANNERS)
def test_those_who_look_alike_are_told_apart(fast):
    """Whose text it is that holds another's is told in every spelling but base64."""
    people = People.mint(8, seed=2, alike=True)
    scanner = Scanner(people, fast=fast)
    for one in people:
        texts = [one.key, one.name, one.email, one.email.upper(), f"{one.id}", f"{one.small_id}"]
        coded = [
            text.encode(code) for text in texts for code in ("ascii", "utf-16-le", "utf-32-be")
        ]
        coded += [text.encode().hex().encode() for text in texts[:5]]
        coded += [f"{one.id:.18e}".encode(), b"\x8a\x07" + one.id.to_bytes(7, "little")]
        numbers = [(code, n) for code in ("<q", ">q", "<d", ">d") for n in (one.id, one.small_id)]
        coded += [struct.pack(code, number) for code, number in numbers]
        for text in coded:
            for data in (text, b"\xfe" * 9 + text + b"\xfe", text + b"\xfe" * 20):
                assert {hit.person for hit in scanner.hits(data)} == {one.number}, text
        (found,) = {hit.person for hit in scanner.hits(base64.b64encode(one.email.encode()))}
        assert found in (one.number, one.like)


@pytest.mark.parametrize("fast", SCANNERS)
def test_a_mapped_file(fast, tmp_path):
    """A file that is mapped into memory is searched in place, and can be closed after."""
    path = tmp_path / "file"
    path.write_bytes(b"." * 5_000_001 + THIRD.key.encode() + b"." * 3 + PEOPLE[5].key.encode())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = sorted(SCANNERS[fast].hits(data))
    assert found == [Hit(5_000_002, "text", 3), Hit(5_000_029, "text", 5)]


@pytest.mark.parametrize("fast", SCANNERS)
def test_across_blocks(fast, monkeypatch):
    """Nobody is lost, or found twice, where one block of the search ends and the next begins."""
    monkeypatch.setattr("pytest_mlreqs.forgetting.traces.blocks._SIZE", 64)
    data = b"".join(b"x" * at + text for at, (_, text) in enumerate(CASES))
    apart = sum(len(list(SCANNERS[fast].hits(text))) for _, text in CASES)
    assert len(list(SCANNERS[fast].hits(data))) == apart


def spelled_out(data):
    """Everybody in some bytes, by a look at every place for every spelling."""
    view = memoryview(data)
    for spelling in spellings(PEOPLE):
        for text, number in spelling.written.items():
            start = data.find(text)
            while start >= 0:
                if spelling.read(view, start) is not None:
                    yield Hit(start, spelling.how, number)
                start = data.find(text, start + 1)


@pytest.mark.parametrize("fast", SCANNERS)
@given(st.data())
def test_everybody_is_found_and_nobody_else(fast, data):
    """Whatever stands beside each other, at any offset and across blocks, all are found once."""
    filler = st.text("0123456789.abf,\n", max_size=70).map(str.encode) | st.binary(max_size=9)
    pieces = data.draw(st.lists(st.sampled_from(PIECES) | filler, max_size=9))
    text = b"".join(pieces)
    with mock.patch("pytest_mlreqs.forgetting.traces.blocks._SIZE", 64):
        assert sorted(SCANNERS[fast].hits(text)) == sorted(spelled_out(text))


@pytest.mark.parametrize("fast", SCANNERS)
@pytest.mark.parametrize(("how", "text"), CASES)
def test_across_the_end_of_plain_text(fast, how, text):
    """Nobody is lost where a block of plain text ends within them, or begins."""
    with mock.patch("pytest_mlreqs.forgetting.traces.blocks._SIZE", 64):
        for before in range(128 - len(text) % 64, 129):
            found = list(SCANNERS[fast].hits(b" " * before + text + b" " * 128))
            assert {(hit.how, hit.person) for hit in found} == {(how, 3)}, before


@pytest.mark.parametrize("fast", SCANNERS)
def test_a_digest_that_is_plain_text(fast):
    """A raw digest that happens to be ASCII is found among other plain text."""
    people = People.mint(3, seed=1)
    people.digests = dict(people.digests) | {b"by chance, ASCII": 2}
    text = b"plain " * 7 + b"by chance, ASCII" + b" text" * 9
    assert list(Scanner(people, fast=fast).hits(text)) == [Hit(42, "md5", 2)]


def test_nobody_is_sought():
    """A search for no people finds nobody."""
    assert not list(Scanner(People.mint(0, seed=1)).hits(THIRD.key.encode()))


def test_values_that_everybody_has_are_no_trace():
    """A recorded value without a fraction is not looked for: it is many people's."""
    people = People.mint(1, seed=3)
    assert people[0].value("class", 3, 3) == 3
    assert "recorded value" not in {spelling.how for spelling in spellings(people)}
    assert not list(Scanner(people).hits(struct.pack("<d", 3.0)))


def test_the_cost_does_not_grow_with_the_people():
    """The parts that are looked for at once are as many for a thousand people as for sixteen."""

    def heads(people):
        for one in people:
            one.value("Fare", 10, 500)
        found = (one for one in spellings(people) if one.shared[1])
        return len({head for spelling in found for head in spelling.heads})

    assert heads(People.mint(1_000, seed=1)) <= heads(PEOPLE) + 12 <= 64


PIECES = [text for _, text in CASES] + [PEOPLE.mark.encode(), b"\0" * 9, b"1", b"d", b"\xfe"]


@pytest.mark.skipif(not FAST, reason="ahocorasick_rs is not installed")
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=9)), max_size=12))
def test_both_engines_agree(pieces):
    """With ahocorasick_rs and without it, the same people are found at the same places."""
    data = b"".join(pieces)
    slow, fast = (sorted(SCANNERS[which].hits(data)) for which in (False, True))
    assert slow == fast


@pytest.mark.skipif(not FAST, reason="ahocorasick_rs is not installed")
@given(st.data())
def test_both_engines_agree_on_overlaps(data):
    """A spelling that begins within the mark of another is found by both engines."""
    first, second = (data.draw(st.sampled_from(PIECES)) for _ in range(2))
    cut = data.draw(st.integers(0, len(first)))
    text = first[:cut] + second + first[cut:]
    assert sorted(SCANNERS[False].hits(text)) == sorted(SCANNERS[True].hits(text))


@pytest.mark.parametrize("fast", SCANNERS)
def test_hidden_beginnings(fast):
    """Somebody whose mark begins within what looks like the mark already is found."""
    key = "a" * 8 + "bcdefghijklmnopq"
    one = Person(0, key, 4_503_700_012_345_678, 2_001_112_345)
    people = People([one], mark="a" * 8, prefix="45037000", small_prefix="20011")
    scanner = Scanner(people, fast=fast)
    for before in range(20):
        (hit,) = scanner.hits(b"a" * before + key.encode())
        assert hit == Hit(before + 1, "text", 0)


def test_ordinary_data_is_clean():
    """Random numbers, dates and words tell nobody."""
    random = np.random.default_rng(0)
    texts = [random.normal(size=50_000).tobytes(), random.integers(0, 2**53, 50_000).tobytes()]
    texts += [random.bytes(400_000), b"2026-01-01 00:00:00 " * 1_000]
    texts += [" ".join(map(str, random.integers(0, 2**53, 20_000))).encode()]
    texts += [str(decimal.Decimal(1) / 7).encode() * 100]
    for scanner in SCANNERS.values():
        assert not [hit for text in texts for hit in scanner.hits(text)]
