"""Tests of pytest_mlreqs.forgetting.traces.numerals: numbers of few bits, and of few bytes."""

import importlib.util
import struct

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Scanner

FAST = importlib.util.find_spec("ahocorasick_rs") is not None
SCANNERS = [False, True] if FAST else [False]


def minted(count):
    """Two people with as many numbers each, and a scanner for each way."""
    people = People.mint(2, seed=1)
    for one in people:
        for at in range(count):
            one.value(f"v{at}", -1, 1)
    return people


def half(values, *, rounded):
    """The upper half of a float32."""
    bits = np.array(values, "<f4").view("<u4").astype("u8")
    if rounded:
        bits += 0x7FFF + ((bits >> 16) & 1)
    return (bits >> 16).astype("<u2")


NARROW = {
    "float32": lambda values: np.array(values, "<f4"),
    "float32, big-endian": lambda values: np.array(values, ">f4"),
    "float16": lambda values: np.array(values, "<f2"),
    "bfloat16": lambda values: half(values, rounded=True),
    "bfloat16, cut": lambda values: half(values, rounded=False),
}


@pytest.mark.parametrize("fast", SCANNERS)
@pytest.mark.parametrize("code", NARROW)
def test_vectors(fast, code):
    """A vector of somebody is found in numbers of few bits, wherever it stands in bytes."""
    people = minted(8)
    scanner = Scanner(people, fast=fast)
    others = NARROW[code](np.random.default_rng(0).uniform(-1, 1, 4_000)).tobytes()
    assert not list(scanner.hits(others))
    for before in (*range(9), 4_001):
        data = others[:before] + NARROW[code](people[1].values).tobytes() + others
        assert {hit.person for hit in scanner.hits(data)} == {1}, before
        assert {hit.how[:11] for hit in scanner.hits(data)} == {"numbers of "}


@pytest.mark.parametrize("fast", SCANNERS)
@pytest.mark.parametrize("count", [2, 3])
def test_two_numbers(fast, count):
    """Two numbers of 32 bits one after the other are enough."""
    people = minted(count)
    data = b"\xff\xfe\xfd" * 7 + np.array(people[0].values[-2:], "<f4").tobytes() + b"\xff" * 5
    assert {hit.person for hit in Scanner(people, fast=fast).hits(data)} == {0}


@pytest.mark.parametrize("fast", SCANNERS)
@pytest.mark.parametrize("signed", [0, 1])
def test_seven_bits_a_byte(fast, signed):
    """An id is found as Protocol Buffers and Avro write it."""
    people = People.mint(8, seed=1, alike=True)
    scanner = Scanner(people, fast=fast)
    for one in people:
        number, written = one.id << signed, b""
        while number > 127:
            number, written = number >> 7, written + bytes([number & 127 | 128])
        data = b"\x08" + written + bytes([number]) + struct.pack("<q", 5)
        assert {hit.person for hit in scanner.hits(data)} == {one.number}
