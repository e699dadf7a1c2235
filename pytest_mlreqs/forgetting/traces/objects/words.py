"""words: what is searched for in texts and bytes: marked keys, ids, digests, words of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_mlreqs.forgetting.traces.objects import rows as rows_of
from pytest_mlreqs.forgetting.traces.objects.needles import Found
from pytest_mlreqs.forgetting.traces.people import People

TEXT, DIGEST, WORD = "text", "digest", "word"

_SHORTEST = 3
_LENGTHS = {32, 40, 64}  # of digests in hexadecimal digits
_ENCODINGS = ("latin-1", "utf-16-le", "utf-32-le")
_BATCH = 1_000  # texts that are looked at at once; one by one only where they tell of somebody
_BEFORE, _AFTER = 16, 64  # characters around a mark in bytes that are read


class Words:
    """What is searched for in texts.

    Args:
        people: whose keys and ids are known.
        own: words that nobody but a planted person has -> these persons; see `own_words`.
    """

    def __init__(self, people: People, own: dict[str, set[int]] | None = None) -> None:
        self._people = people
        self._own = own or {}
        self._digests = {digest.hex(): number for digest, number in people.digests.items()}
        spellings = (people.mark, people.mark.upper(), people.mark.capitalize())
        starts = (*spellings, people.prefix, people.small_prefix)
        self._starts = [(start.encode(code), code) for start in starts for code in _ENCODINGS]

    def text(self, text: str) -> Iterator[Found]:
        """Of one text."""
        people = self._people.in_text(text)
        if people:
            yield Found(TEXT, frozenset(people), 1)
        number = self._digests.get(text.lower()) if len(text) in _LENGTHS else None
        if number is not None:
            yield Found(DIGEST, frozenset({number}), 1)

    def texts(self, texts: Sequence[str]) -> Iterator[Found]:
        """Of many texts at once."""
        people: set[int] = set()
        count = 0
        for first in range(0, len(texts), _BATCH):
            batch = texts[first : first + _BATCH]
            told = self._people.in_text("\n".join(batch))  # nobody's key or id goes across lines
            if told:
                people |= told
                count += sum(bool(self._people.in_text(text)) for text in batch)
        if people:
            yield Found(TEXT, frozenset(people), count)
        if not _LENGTHS.isdisjoint(map(len, texts)):
            known = (self._digests.get(one.lower()) for one in texts if len(one) in _LENGTHS)
            digests = [number for number in known if number is not None]
            if digests:
                yield Found(DIGEST, frozenset(digests), len(digests))
        if self._own:
            words = set(filter(self._own.__contains__, map(str.casefold, texts)))
            owners = frozenset().union(*(self._own[word] for word in words))
            if owners:
                yield Found(WORD, owners, len(words))

    def raw(self, data: bytes) -> Iterator[Found]:
        """Of texts anywhere in bytes, in eight bits or as Unicode."""
        people: set[int] = set()
        count = 0
        for needle, encoding in self._starts:
            size = len("a".encode(encoding))
            at = data.find(needle)
            while at >= 0:
                start = max(at % size, at - _BEFORE * size)
                near = data[start : at + _AFTER * size].decode(encoding, errors="replace")
                seen = self._people.in_text(near)
                people |= seen
                count += bool(seen)
                at = data.find(needle, at + 1)
        if people:
            yield Found(TEXT, frozenset(people), count)
        digest = self._people.digests.get(data) if len(data) <= 32 else None
        if digest is not None:
            yield Found(DIGEST, frozenset({digest}), 1)


def own_words(
    rows: Any, others: Any, owners: Sequence[int], ignored: Iterable[str] = ()
) -> dict[str, set[int]]:
    """Cells and words of planted rows that are in nobody else's -> whose they are, case folded.

    A surname that others have too is no trace of anyone.

    Args:
        rows: of the planted people; a frame or an array.
        others: of everybody else.
        owners: the person of each row.
        ignored: words that a model may hold for other reasons.
    """
    common = {word for _, word in _words(others)} | {word.casefold() for word in ignored}
    own: dict[str, set[int]] = {}
    for at, word in _words(rows):
        if word not in common:
            own.setdefault(word, set()).add(owners[at])
    return own


def _words(rows: Any) -> Iterator[tuple[int, str]]:
    """Every text of the rows, and every word of it, with the position of the row."""
    for column in rows_of.columns(rows):
        if column.dtype.kind not in "OUS":
            continue
        for at, cell in enumerate(column.tolist()):
            for text in map(str.casefold, _texts(cell)):
                for word in {text, *re.findall(r"\w+", text)}:
                    if len(word) >= _SHORTEST and not word.isdigit():
                        yield at, word


def _texts(cell: Any) -> list[str]:
    """The texts of a cell: itself, or those that it is a list of."""
    if isinstance(cell, str):
        return [cell]
    some = cell if isinstance(cell, (list, tuple, set, frozenset)) else ()
    return [one for one in some if isinstance(one, str)]
