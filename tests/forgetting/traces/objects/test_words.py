"""Tests of pytest_mlreqs.forgetting.traces.objects.words."""

import hashlib

import pytest

from pytest_mlreqs.forgetting.traces.objects.needles import Found
from pytest_mlreqs.forgetting.traces.objects.words import Words
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(4, seed=1)


def found(texts, own=None):
    """What is found in texts."""
    return list(Words(PEOPLE, own).texts(texts))


@pytest.mark.parametrize("at", [0, 1, 999, 1_000, 1_001, 2_500])
def test_somebody_among_many_texts(at):
    """Whoever is named in one of thousands of texts is found, wherever it is."""
    texts = [f"tok{number:06}" for number in range(2_500)]
    texts.insert(at, f"<{PEOPLE[3].name}>")
    assert found(texts) == [Found("text", frozenset({3}), 1)]


def test_texts_are_counted_once():
    """A text that tells of somebody by a key and by an id is one; each text that does counts."""
    both = f"{PEOPLE[1].key} {PEOPLE[1].id}"
    texts = ["a", both, f"{PEOPLE[2].small_id}", PEOPLE[2].key.upper()] * 600
    assert found(texts) == [Found("text", frozenset({1, 2}), 1_800)]


def test_nothing_goes_across_texts():
    """What stands in two texts in part is in neither, and ids are told apart from more digits."""
    key, number = PEOPLE[0].key, f"{PEOPLE[0].small_id}"
    assert not found([key[:12], key[12:], f"1{number}", number[:5], number[5:]])
    assert found(["1", number, "1"]) == [Found("text", frozenset({0}), 1)]


def test_own_words_and_digests():
    """Words that only planted people have are told in any case, digests in hexadecimal."""
    digest = hashlib.sha256(PEOPLE[1].key.encode()).hexdigest()
    own = {"braund": {2}, "owen": {1}}
    expected = [Found("digest", frozenset({1}), 1), Found("word", frozenset({2}), 1)]
    assert found(["Braund", "BRAUND", "x", digest], own) == expected
