"""Tests of pytest_mlreqs.forgetting.traces.people."""

import decimal
import hashlib
import uuid

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Scanner

PEOPLE = People.mint(16, seed=1)
THIRD = PEOPLE[3]


def test_everybody_is_somebody_else():
    """No two persons share a key or an id, and all share the mark."""
    for attribute in ("key", "id", "small_id", "name", "email"):
        assert len({getattr(one, attribute) for one in PEOPLE}) == 16
    assert all(one.key.startswith(PEOPLE.mark) for one in PEOPLE)
    assert {len(one.key) for one in PEOPLE} == {24}


def test_ids_survive_a_float_and_32_bits():
    """An id is exact as a float64, a small one as an int32, and both are recognised as text."""
    for one in People.mint(1_000):
        assert int(float(one.id)) == one.id
        assert np.int32(one.small_id) == one.small_id
        assert len(str(one.id)) == 16
        assert len(str(one.small_id)) == 10
    low, high = PEOPLE.id_ranges[0]
    assert all(low <= one.id <= high < 2**53 for one in PEOPLE)


def test_never_minted_twice():
    """Two groups without a seed have nothing in common; with one they are the same."""
    first, second = People.mint(2), People.mint(2)
    assert first.mark != second.mark
    assert [one.key for one in People.mint(2, seed=5)] == [o.key for o in People.mint(2, seed=5)]
    assert not first.in_text(f"{second[0].key} {second[0].id} {second[0].small_id}")


@pytest.mark.parametrize(
    "value",
    [
        THIRD.key,
        THIRD.name,
        THIRD.key.upper(),
        f"Dear {THIRD.name}, welcome",
        f"<{THIRD.email}>",
        f"a{THIRD.key}b",
        THIRD.key.encode(),
        bytearray(THIRD.key.encode()),
        THIRD.id,
        float(THIRD.id),
        decimal.Decimal(THIRD.id),
        np.float64(THIRD.id).item(),
        THIRD.small_id,
        f"user {THIRD.id} paid 45",
        f"{THIRD.small_id}.0",
        f'{{"id": {THIRD.id}}}',
        hashlib.sha256(THIRD.email.encode()).hexdigest(),
        hashlib.md5(str(THIRD.id).encode(), usedforsecurity=False).digest(),
        hashlib.sha1(THIRD.key.encode(), usedforsecurity=False).hexdigest().upper(),
    ],
)
def test_whoever_is_told_is_recognised(value):
    """A person is recognised in any spelling of a value that is theirs, and nobody else is."""
    assert PEOPLE.in_value(value) == {3}


@pytest.mark.parametrize(
    "value",
    [
        "Braund, Mr. Owen Harris",
        PEOPLE.mark,
        f"{PEOPLE.mark}{'z' * 16}",
        THIRD.key[1:],
        THIRD.id + 1 if THIRD.id + 1 not in {one.id for one in PEOPLE} else THIRD.id + 2,
        f"1{THIRD.id}",
        f"{THIRD.small_id}7",
        True,
        None,
        float("nan"),
        float("inf"),
        0.5,
        "f" * 64,
        b"",
        object(),
    ],
)
def test_others_are_not(value):
    """What is not exactly a planted person's is nobody's."""
    assert PEOPLE.in_value(value) == set()


def test_several_in_one_text():
    """Everybody who is named in a text is found."""
    text = " and ".join([PEOPLE[1].key, str(PEOPLE[2].id), PEOPLE[5].email.upper()])
    assert PEOPLE.in_text(text) == {1, 2, 5}


def test_own_values():
    """A number that was given out as a person's own is the same when asked again, and theirs."""
    people = People.mint(3, seed=2)
    fare = people[1].value("Fare", 10, 500)
    assert 10 <= fare <= 500
    assert people[1].value("Fare", 10, 500) == fare
    assert people[1].values == (fare,)
    assert people[2].value("Fare", 10, 500) != fare
    assert people.in_value(fare) == {1}


def test_ids_among_other_digits():
    """An id is told wherever it stands by itself, however many digits are around it elsewhere."""
    one, other = PEOPLE[0], PEOPLE[1]
    beginning = f"{one.small_id}"[:5]
    text = beginning * 50_000 + f" {other.id},{beginning}x{one.small_id}"
    assert PEOPLE.in_text(text) == {one.number, other.number}
    for within in (f"1{one.id}", f"{one.id}1", f"{one.id}{one.id}", f"{one.id}"[:-1]):
        assert PEOPLE.in_text(within) == set()
    assert PEOPLE.in_text(f"{one.id}") == PEOPLE.in_text(f"x{one.id}x") == {one.number}


GIVEN = {
    "uuid": (uuid.UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8"), True),
    "uuid as text": ("6BA7B810-9DAD-41D1-80B4-00C04FD430C8", True),
    "token": ("usr_01hv7q3c5z8x2k9m4n6p", True),
    "long number": (1_182_736_450_912_837_465, True),
    "row": (13, False),
    "time": (1_764_500_000_000, False),
    "short": ("customer-10001", False),
    "record": ({"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"}, False),
    "odd": ("'; DROP TABLE users; -- and more", False),
}


@pytest.mark.parametrize(("identity", "expected"), GIVEN.values(), ids=GIVEN)
def test_further_ids(identity, expected):
    """An id of the project's own is recognised if nobody else can have it, in texts and numbers."""
    people = People.mint(3, seed=1)
    people.recognise(2, identity)
    told = {2} if expected else set()
    assert people.in_text(f"deleted {identity}, as asked") == told
    assert people.in_text(str(identity).upper()) == told
    if isinstance(identity, int):
        assert people.in_value(identity) == told
    found = {hit.person for hit in Scanner(people).hits(f"x {identity} y".encode())}
    assert found == told


def test_a_uuid_in_every_form():
    """A UUID is recognised without dashes, and as sixteen bytes."""
    people, identity = People.mint(3, seed=1), uuid.UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8")
    people.recognise(1, identity)
    assert people.in_text(identity.hex) == {1}
    assert {hit.person for hit in Scanner(people).hits(b"." + identity.bytes + b".")} == {1}


def test_ids_of_their_own_are_no_further_ones():
    """What a person has anyway is searched for once."""
    people = People.mint(3, seed=1)
    for own in (people[0].email, people[0].id, f"user:{people[0].key}"):
        people.recognise(0, own)
    assert people.given == {}


def test_families():
    """Of four alike one is within two others, and the last is as long and differs in one letter."""
    people = People.mint(1_000, seed=3, alike=True)
    for attribute in ("key", "id", "small_id", "name", "email"):
        assert len({getattr(one, attribute) for one in people}) == 1_000
    assert [one.like for one in people[:9]] == [None, 0, 0, 0, None, 4, 4, 4, None]
    for first, end, beginning, near in zip(*(people[n::4] for n in range(4)), strict=True):
        assert end.key.startswith(first.key)
        assert end.name.startswith(first.name)
        assert beginning.email.endswith(first.email)
        assert len(end.email) == len(first.email)
        assert sum(a != b for a, b in zip(near.key, first.key, strict=True)) == 1
        assert (near.key[:9], near.key[-5:]) == (first.key[:9], first.key[-5:])
        assert f"{end.id}".startswith(f"{first.id}")
        assert f"{beginning.id}".endswith(f"{first.id}")
        for one in (end, beginning, near):
            digits = zip(f"{one.small_id}", f"{first.small_id}", strict=True)
            assert sum(a != b for a, b in digits) == 1
    for one in people:
        assert int(float(one.id)) == one.id < 2**53
        assert one.small_id < 2**31
        assert any(low <= one.id <= high for low, high in people.id_ranges)


@pytest.mark.parametrize("number", range(8))
def test_those_who_look_alike_are_told_apart(number):
    """Whose key or number it is that holds another's is told by what stands beside it."""
    people = People.mint(8, seed=1, alike=True)
    one = people[number]
    value = one.value("Fare")
    for text in (one.key, one.name, one.email, f"<{one.email.upper()}>", f"id={one.id};"):
        assert people.in_value(text) == {number}
    assert people.in_value(one.id) == people.in_value(float(one.small_id)) == {number}
    assert people.in_value(value) == {number}
    assert people.in_text(f"1{one.id}") == people.in_text(f"{one.id}0") == set()


def test_one_digit_more_is_nobody():
    """A number that holds somebody's and is not another person's is nobody's."""
    people = People.mint(1, seed=1, alike=True)
    for text in (f"9{people[0].id}", f"{people[0].id}9"):
        assert people.in_text(text) == set()
