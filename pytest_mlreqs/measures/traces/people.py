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
from functools import cached_property
from typing import Any

_MARK, _OWN = 8, 16  # letters: shared by the group, and a person's own
_PREFIX, _DIGITS = 8, 8  # of an id: both together stay below 2**53, which a float64 still holds
_SMALL_PREFIX, _SMALL_DIGITS = 5, 5  # of a small id, which fits 32 bits; no date of today is close
_LAST = 3  # bytes of a recorded value that the group shares
_LONG_ID, _LONG_NUMBER = 20, 15  # letters and digits of an id, and digits, that no other has
_OF_IDS = set(string.ascii_lowercase + string.digits + "-_.:@/+=~")
_HASHES = ("md5", "sha1", "sha256")


class Person:
    """One synthetic person.

    Attributes:
        number: position in the group, from 0.
        key: 24 lower-case letters that nobody else has; part of a name, an address, a sentence.
        id: a whole number of 16 digits, below 2**53.
        small_id: a whole number of 10 digits, below 2**31.
    """

    def __init__(self, number: int, key: str, id: int, small_id: int) -> None:  # noqa: A002
        self.number = number
        self.key = key
        self.id = id
        self.small_id = small_id
        self._values: dict[str, float] = {}
        self._random = random.Random(key)  # noqa: S311

    @property
    def name(self) -> str:
        """The key as a name: one word, capitalised."""
        return self.key.capitalize()

    @property
    def email(self) -> str:
        """An address that no mail can reach (RFC 2606)."""
        return f"{self.key}@example.invalid"

    def value(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A number of this person's own between two limits, the same whenever `name` is asked for.

        Its last 24 bits are the mark of the group, no text in ASCII, and all others are drawn, so
        that nobody else has it and one search finds those of all.
        """
        if name not in self._values:
            drawn = _marked(self._random.uniform(low, high), self.key[:_MARK])
            self._values[name] = min(max(drawn, low), high)
        return self._values[name]

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers that were given out as this person's own."""
        return tuple(self._values.values())

    def __repr__(self) -> str:
        return f"Person({self.number})"


class People(Sequence[Person]):
    """A group of synthetic persons, and how to recognise them.

    Args:
        persons: as `mint` makes them.
        mark: the letters that all their keys begin with.
        prefix: the digits that all their ids begin with.
        small_prefix: the digits that all their small ids begin with.

    Attributes:
        given: further ids, in lower case -> whose they are.
    """

    def __init__(
        self, persons: Sequence[Person], *, mark: str, prefix: str, small_prefix: str
    ) -> None:
        self._persons = tuple(persons)
        self.mark = mark
        self.prefix = prefix
        self.small_prefix = small_prefix
        self._by_key = {one.key: one.number for one in persons}
        self._by_id = {one.id: one.number for one in persons}
        self._by_id |= {one.small_id: one.number for one in persons}

        self.given: dict[str, int] = {}

    @classmethod
    def mint(cls, count: int, seed: object = None) -> People:
        """`count` persons; without a seed nobody like them has ever been made before."""
        source = random.SystemRandom() if seed is None else random.Random(str(seed))  # noqa: S311
        mark = "".join(source.choices(string.ascii_lowercase, k=_MARK))
        prefix = str(source.randrange(45_036_000, 90_071_992))  # between 2**52 and 2**53
        small_prefix = str(source.randrange(19_000, 21_000))  # no time of today
        owns = source.sample(range(26**6), count)
        ids = source.sample(range(10**_DIGITS), count)
        small = source.sample(range(10**_SMALL_DIGITS), count)
        persons = []
        for number in range(count):
            tail = "".join(source.choices(string.ascii_lowercase, k=_OWN - 6))
            key = mark + _letters(owns[number]) + tail
            own_id = int(f"{prefix}{ids[number]:0{_DIGITS}}")
            small_id = int(f"{small_prefix}{small[number]:0{_SMALL_DIGITS}}")
            persons.append(Person(number, key, own_id, small_id))
        return cls(persons, mark=mark, prefix=prefix, small_prefix=small_prefix)

    def __len__(self) -> int:
        return len(self._persons)

    def __getitem__(self, index: Any) -> Any:
        return self._persons[index]

    def __iter__(self) -> Iterator[Person]:
        return iter(self._persons)

    @property
    def id_range(self) -> tuple[int, int]:
        """The least and the largest id that anyone of them could have; nobody else is between."""
        return int(self.prefix + "0" * _DIGITS), int(self.prefix + "9" * _DIGITS)

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

    def recognise(self, number: int, identity: object) -> None:
        """Search for an id, too, that a project has given to a person.

        As far as nobody else can have it: a UUID, a text of 20 letters and digits or more, a whole
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
            number = self._by_key.get(lower[start : start + _MARK + _OWN])
            found |= set() if number is None else {number}
            start = lower.find(self.mark, start + 1)
        for prefix, digits in ((self.prefix, _DIGITS), (self.small_prefix, _SMALL_DIGITS)):
            start = text.find(prefix)
            while start >= 0:
                end = start + len(prefix) + digits
                own = text[start:end]
                beside = text[start - 1 : start] + text[end : end + 1]  # nothing at either end
                if own.isdecimal() and not any(map(str.isdecimal, beside)):
                    found |= self._only(self._by_id.get(int(own)))
                start = text.find(prefix, start + 1)
        return found

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


def _letters(number: int) -> str:
    """Six letters for a number below 26**6."""
    letters = []
    for _ in range(6):
        number, digit = divmod(number, 26)
        letters.append(string.ascii_lowercase[digit])
    return "".join(letters)


def _marked(value: float, mark: str) -> float:
    """The value with the last bits of its mantissa replaced by some that the mark decides."""
    last = bytearray(hashlib.sha256(mark.encode()).digest()[:_LAST])
    last[0] |= 0x80
    return float(struct.unpack("<d", last + struct.pack("<d", value)[_LAST:])[0])


def _is_hex(text: str) -> bool:
    return len(text) in (32, 40, 64) and all(c in string.hexdigits for c in text)
