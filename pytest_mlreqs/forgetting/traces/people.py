"""people: synthetic persons, minted so that whatever is left of them can be found.

Nobody real is ever searched for: most values of a real person belong to others too. A minted one
carries values that nobody else has, and all of a group share one *mark*, so that a search for ten
thousand of them costs no more than one for one of them.
"""

from __future__ import annotations

import decimal
import hashlib
import math
import random
import string
import struct
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pytest_mlreqs.forgetting.traces import persons
from pytest_mlreqs.forgetting.traces.persons import Person

_ID, _SMALL_ID = 16, 10  # digits at most
_SINGLE = 3e38  # the largest number of 32 bits
_LONG_ID, _LONG_NUMBER = 20, 15  # letters and digits of an id, and digits, that no other has
_OF_IDS = set(string.ascii_lowercase + string.digits + "-_.:@/+=~")
_HASHES = ("md5", "sha1", "sha256")


@dataclass(frozen=True, slots=True)
class Longer:
    """How the key or number of one contains that of another.

    Attributes:
        before, after: what it has before the other's, and after it.
        number: whose it is.
    """

    before: str
    after: str
    number: int


class People(Sequence[Person]):
    """A group of synthetic persons, and how to recognise them.

    Args:
        group: as `mint` makes them.
        mark: the letters that all their keys hold.
        prefix: the digits that all their ids hold.
        small_prefix: the digits that all their small ids begin with.

    Attributes:
        keys: each key that is not a part of another's and more, with those that contain it.
        ids: likewise for their ids, in digits.
        given: further ids, in lower case -> whose they are.
    """

    def __init__(
        self, group: Sequence[Person], *, mark: str, prefix: str, small_prefix: str
    ) -> None:
        self._persons = tuple(group)
        self.mark = mark
        self.prefix = prefix
        self.small_prefix = small_prefix
        self.keys = _contained({one.number: one.key for one in group}, group)
        self.ids = _contained({one.number: str(one.id) for one in group}, group)
        self._by_key = {one.key: one.number for one in group}
        self._by_id = {one.id: one.number for one in group}
        self._by_id |= {one.small_id: one.number for one in group}

        self.given: dict[str, int] = {}

    @classmethod
    def mint(cls, count: int, seed: object = None, *, alike: bool = False) -> People:
        """`count` persons; without a seed nobody like them has ever been made before.

        Args:
            count: how many.
            seed: of the random numbers.
            alike: whether three of four look like the first of the four.
        """
        source = random.SystemRandom() if seed is None else random.Random(str(seed))  # noqa: S311
        mark = "".join(source.choices(string.ascii_lowercase, k=8))
        prefix = str(source.randrange(45_036_000, 90_071_992))  # between 2**52 and 2**53
        small_prefix = str(source.randrange(19_000, 21_000))  # no time of today
        group = persons.alike if alike else persons.unlike
        minted = group(count, source, mark, prefix, small_prefix)
        return cls(minted, mark=mark, prefix=prefix, small_prefix=small_prefix)

    def __len__(self) -> int:
        return len(self._persons)

    def __getitem__(self, index: Any) -> Any:
        return self._persons[index]

    def __iter__(self) -> Iterator[Person]:
        return iter(self._persons)

    @property
    def id_ranges(self) -> tuple[tuple[int, int], ...]:
        """From the least to the largest id, and small id, that any could have; nobody else is in.

        One for each number of digits, and for what they have before the prefix.
        """
        texts = [str(one.id) for one in self]
        shapes = {text.partition(self.prefix)[0]: set[int]() for text in texts}
        for text in texts:
            shapes[text.partition(self.prefix)[0]].add(len(text))
        starts = [(f"{before}{self.prefix}", n) for before in shapes for n in shapes[before]]
        starts.append((self.small_prefix, _SMALL_ID))
        return tuple((int(one.ljust(n, "0")), int(one.ljust(n, "9"))) for one, n in starts)

    @cached_property
    def digests(self) -> dict[bytes, int]:
        """Digests (md5, sha1, sha256; unsalted) of what identifies a person -> that person."""
        found: dict[bytes, int] = {}
        for one in self:
            for text in (one.key, one.name, one.email, str(one.id), str(one.small_id)):
                for name in _HASHES:
                    digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
                    found[digest] = one.number
        return found

    @cached_property
    def values(self) -> dict[float, int]:
        """The numbers that were given out as a person's own -> that person. Ask after planting."""
        return {value: one.number for one in self for value in one.values}

    @cached_property
    def rounded(self) -> dict[float, int]:
        """The same as numbers of 32 bits have them; others may have such numbers too."""
        bounded = ((one, who) for one, who in self.values.items() if one % 1 and abs(one) < _SINGLE)
        return {struct.unpack("f", struct.pack("f", one))[0]: who for one, who in bounded}

    def number(self, text: str) -> int:
        """Whose key or id it is, in lower case or in digits."""
        return self._by_id[int(text)] if text.isdecimal() else self._by_key[text]

    def recognise(self, number: int, identity: object) -> None:
        """Search for an id, too, that a project has given to a person.

        Only what nobody else can have: a UUID, a text of 20 letters and digits or more, a whole
        number of 16 digits or more.
        """
        text = str(identity).casefold()
        if not isinstance(identity, (str, int, uuid.UUID)) or set(text) - _OF_IDS:
            return
        long = sum(map(str.isalnum, text)) >= _LONG_ID
        whole = isinstance(identity, int) and abs(identity) >= 10**_LONG_NUMBER
        if (long or whole) and not self.in_text(text):
            self.given[text] = number
            if len(text) == 36 and _is_hex(text.replace("-", "")):  # a UUID
                self.given[text.replace("-", "")] = number

    def in_text(self, text: str) -> set[int]:
        """Who is named in a text: by key in any case, or by an id."""
        lower = text.casefold()
        found = {number for one, number in self.given.items() if one in lower}
        start = lower.find(self.mark)
        while start >= 0:
            for length in self._lengths:
                core = lower[start : start + length]
                found |= self._only(self._owner(core, lower, start, start + length))
            start = lower.find(self.mark, start + 1)
        for prefix in (self.prefix, self.small_prefix):
            start = text.find(prefix)
            while start >= 0:
                found |= self._numbered(text, start)
                start = text.find(prefix, start + 1)
        return found

    def _owner(self, core: str, text: str, start: int, stop: int) -> int | None:
        """Whose key it is of which some letters stand there."""
        for one in self.keys.get(core, ()):
            before = text[max(start - len(one.before), 0) : start]
            if before == one.before and text.startswith(one.after, stop):
                return one.number
        return self._by_key.get(core)

    def _numbered(self, text: str, start: int) -> set[int]:
        """Whose number it is that holds a prefix which begins there; none with further digits."""
        first = start - 1 if text[max(start - 1, 0) : start].isdecimal() else start
        last = start
        while last - first <= _ID and text[last : last + 1].isdecimal():
            last += 1
        if text[max(first - 1, 0) : first].isdecimal():
            return set()
        return self._only(self._by_id.get(int(text[first:last])))

    @cached_property
    def _lengths(self) -> frozenset[int]:
        return frozenset(map(len, self.keys))

    def in_value(self, value: object) -> set[int]:
        """Who is told by one value: a text, bytes, a whole number, a float or a decimal."""
        if isinstance(value, str):
            digest = bytes.fromhex(value) if _is_hex(value) else b""
            return self.in_text(value) | self._only(self.digests.get(digest))
        if isinstance(value, (bytes, bytearray, memoryview)):
            raw = bytes(value)
            return self.in_text(raw.decode("latin-1")) | self._only(self.digests.get(raw))
        if isinstance(value, bool) or not isinstance(value, (int, float, decimal.Decimal)):
            return set()
        if math.isfinite(value) and value == int(value):
            number = self._by_id.get(int(value))
            return self._only(self.given.get(str(int(value))) if number is None else number)
        return self._only(self.values.get(float(value)))

    @staticmethod
    def _only(number: int | None) -> set[int]:
        return set() if number is None else {number}


def _contained(texts: dict[int, str], group: Sequence[Person]) -> dict[str, tuple[Longer, ...]]:
    """The texts that hold no other's, each with how those of others hold it."""
    found: dict[str, tuple[Longer, ...]] = {}
    for one in group:
        text = texts[one.number]
        other = text if one.like is None else texts.get(one.like, text)
        before, inner, after = text.partition(other)
        core = inner or before
        found.setdefault(core, ())
        if core != text:
            found[core] += (Longer(before, after, one.number),)
    return found


def _is_hex(text: str) -> bool:
    return len(text) in (32, 40, 64) and all(c in string.hexdigits for c in text)
