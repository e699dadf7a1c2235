"""persons: synthetic persons as they are minted, each like nobody else or some alike.

A deletion that compares parts of keys, as `LIKE` does, takes others along whose keys are alike. So
persons may be minted in families: the key of one is within those of others.
"""

from __future__ import annotations

import hashlib
import random
import string
import struct

_MARK, _OWN = 8, 16  # letters: shared by the group, and a person's own
_PREFIX, _DIGITS = 8, 8  # of an id: both together stay below 2**53, which a float64 still holds
_SMALL_PREFIX, _SMALL_DIGITS = 5, 5  # of a small id, which fits 32 bits; no date of today is close
_AFFIX = 3  # letters that the key of one who looks like another has more than the other's
_FAMILY = 4  # persons of whom the others look like the first
_LAST = 3  # bytes of a recorded value that the group shares


class Person:
    """One synthetic person.

    Attributes:
        number: position in the group, from 0.
        key: 21 to 24 lower-case letters that nobody else has; part of a name, an address, a
            sentence.
        id: a whole number of 15 or 16 digits, below 2**53.
        small_id: a whole number of 10 digits, below 2**31.
        like: the number of the person whose key, address and numbers these look like: they begin
            as the other's do, or end so, or differ in one letter or digit; None for one like
            nobody else.
    """

    def __init__(
        self,
        number: int,
        key: str,
        id: int,
        small_id: int,
        *,
        mark: str = "",
        ending: str = "",
        like: int | None = None,
    ) -> None:
        self.number = number
        self.key = key
        self.id = id
        self.small_id = small_id
        self.like = like
        self._mark = mark or key[:_MARK]
        self._ending = ending
        self._values: dict[str, float] = {}
        self._random = random.Random(key)  # noqa: S311

    @property
    def name(self) -> str:
        """The key as a name: one word, capitalised."""
        return self.key.capitalize()

    @property
    def email(self) -> str:
        """An address that no mail can reach (RFC 2606)."""
        return f"{self.key}{self._ending}@example.invalid"

    def value(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A number of this person's own between two limits, the same whenever `name` is asked for.

        Its last 24 bits are the mark of the group, no text in ASCII, and all others are drawn, so
        that nobody else has it and one search finds those of all.
        """
        if name not in self._values:
            drawn = _marked(self._random.uniform(low, high), self._mark)
            self._values[name] = min(max(drawn, low), high)
        return self._values[name]

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers that were given out as this person's own."""
        return tuple(self._values.values())

    def __repr__(self) -> str:
        return f"Person({self.number})"


def unlike(
    count: int, source: random.Random, mark: str, prefix: str, small_prefix: str
) -> list[Person]:
    """Persons of whom none is like another."""
    owns = source.sample(range(26**6), count)
    ids = source.sample(range(10**_DIGITS), count)
    small = source.sample(range(10**_SMALL_DIGITS), count)
    persons = []
    for number in range(count):
        tail = "".join(source.choices(string.ascii_lowercase, k=_OWN - 6))
        own_id = int(f"{prefix}{ids[number]:0{_DIGITS}}")
        small_id = int(f"{small_prefix}{small[number]:0{_SMALL_DIGITS}}")
        persons.append(Person(number, mark + _letters(owns[number]) + tail, own_id, small_id))
    return persons


def alike(
    count: int, source: random.Random, mark: str, prefix: str, small_prefix: str
) -> list[Person]:
    """Families: the first, one longer at the end, one at the beginning, one of the same length.

    The address of the first has a `_` where that of the second has a letter: a pattern in SQL.
    """
    families = -(-count // _FAMILY)
    more = "".join(source.choices(string.ascii_lowercase, k=_AFFIX))
    digit = source.randrange(5, 9)  # before fifteen others: still below 2**53
    owns = source.sample(range(26**6), families)
    ids = source.sample(range(10 ** (_DIGITS - 2)), families)
    small = source.sample(range(10 ** (_SMALL_DIGITS - 2)), families)
    ending = f"_{more[1:]}"
    persons: list[Person] = []
    for number in range(0, count, _FAMILY):
        family = number // _FAMILY
        tail = "".join(source.choices(string.ascii_lowercase, k=_OWN - _AFFIX - 7))
        one, other = source.sample(string.ascii_lowercase, 2)
        key, near = (f"{mark}{_letters(owns[family])}{letter}{tail}" for letter in (one, other))
        digits = source.sample(string.digits, 3)
        rest = f"{ids[family]:0{_DIGITS - 2}}"
        own = f"{prefix}{digits[0]}{rest}"
        short = f"{small[family]:0{_SMALL_DIGITS - 2}}"
        smalls = [f"{small_prefix}{one}{short}{digits[0]}" for one in digits]
        smalls.append(f"{smalls[0][:-1]}{digits[1]}")
        made = [
            (key, own, ending),
            (f"{key}{more}", f"{own}{digit}", ""),
            (f"{more}{key}", f"{digit}{own}", ending),
            (near, f"{prefix}{digits[1]}{rest}", ending),
        ]
        for at, (name, written, end) in enumerate(made[: count - number]):
            like = number if at else None
            person = Person(
                number + at, name, int(written), int(smalls[at]), mark=mark, ending=end, like=like
            )
            persons.append(person)
    return persons


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
