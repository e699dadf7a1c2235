"""Tests of pytest_mlreqs.forgetting.traces.texts."""

import random

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.texts import Texts

TEXTS = ["", "a", "ab", "a\0", "\0", "äöü", "\ud800", "x" * 7, "x" * 8, "x" * 9, "y" * 8, "a\nb"]
TEXTS += ["z" * length for length in (255, 256, 257, 1_000)] + ["z" * 999 + "y", "y" + "z" * 256]


def test_one_number_for_each_text():
    """Each text has a number that no other has, wherever it stands and whatever is beside it."""
    together = Texts.of(TEXTS).hashed().tolist()
    assert len(set(together)) == len(TEXTS)
    assert together == [int(Texts.of([text]).hashed()[0]) for text in TEXTS]
    assert Texts.of(TEXTS[::-1]).hashed().tolist() == together[::-1]


def test_at_any_byte():
    """What is before and after a text in memory does not matter."""
    expected = Texts.of(["between the others"]).hashed()
    for before in range(9):
        data = b"\xff" * before + b"between the others" + b"\xff" * 9
        found = Texts(data, np.array([before]), np.array([18])).hashed()
        assert found.tolist() == expected.tolist()


def test_known_numbers():
    """The numbers are the same today, tomorrow and on any machine."""
    assert [f"{number:016x}" for number in Texts.of(["", "ab", "x" * 300]).hashed().tolist()] == [
        "0000000000000000",
        "c4fcee716f661256",
        "1546d9cac139b512",
    ]


def test_texts_that_are_almost_the_same():
    """Another letter anywhere makes another number, in no two of very many alike."""
    chance = random.Random(1)
    texts = [f"{chance.getrandbits(1):b}user {number:07d}" for number in range(100_000)]
    assert len(set(Texts.of(texts).hashed().tolist())) == len(set(texts))


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:3]], ids=["any", "ASCII"])
def test_back_to_objects(texts):
    """Texts come out as they went in."""
    assert Texts.of(texts).at(np.arange(len(texts))) == texts
    assert Texts.of(texts).at(np.array([2, 1])) == [texts[2], texts[1]]


@pytest.mark.parametrize("some", [slice(0, 3), slice(4, 9), slice(2, 2), slice(10, 99)], ids=str)
def test_a_part(some):
    """Some texts in a row are as they are among all, without the bytes of the others."""
    part = Texts.of(TEXTS)[some]
    assert part.at(np.arange(len(part))) == TEXTS[some]
    assert part.data == Texts.of(TEXTS[some]).data
    assert part.hashed().tolist() == Texts.of(TEXTS).hashed()[some].tolist()


def test_no_texts():
    """Of none there are none."""
    assert len(Texts.of([])) == len(Texts.of([]).hashed()) == 0
