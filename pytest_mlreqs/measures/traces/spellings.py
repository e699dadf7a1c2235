"""spellings: every way in which planted people are likely to be written down, as bytes.

All of a group share a mark, and so do most of their spellings: what few of them differ in is the
`shared` part, by which any number of people cost no more than one.
"""

from __future__ import annotations

import base64
import string
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_mlreqs.measures.traces.people import People

_DIGITS = frozenset(b"0123456789")
FIRST_DIGIT, _LAST_DIGIT = ord("."), ord("m")  # 64 characters: hexadecimal, and the point
LONG = 15  # bytes from which on a row of digits is worth a search of its own
_SIGNIFICANT = 14  # digits of a recorded value: it is found where 15 or more were written


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way of writing people down.

    Attributes:
        how: its name, as a trace tells it.
        written: what is written -> who it is; all of one length.
        shared: from where to where few of them differ; nothing where each is like no other.
        step: bytes from one digit to the next, if no further digit may stand next to them; else 0.
    """

    how: str
    written: dict[bytes, int]
    shared: tuple[int, int] = (0, 0)
    step: int = 0

    @property
    def length(self) -> int:
        """Bytes of what is written."""
        return len(next(iter(self.written)))

    @property
    def heads(self) -> set[bytes]:
        """The shared parts there are; whole texts where they share nothing."""
        first, last = self.shared
        return {text[first : last or None] for text in self.written}

    @property
    def is_of_digits(self) -> bool:
        """Whether it is a long row of what can be a digit, decimal or hexadecimal, or the point."""
        each = (FIRST_DIGIT <= min(text) <= max(text) <= _LAST_DIGIT for text in self.written)
        return self.length >= LONG and all(each)

    def parted(self) -> tuple[Spelling, Spelling]:
        """What of it can stand in plain text, ASCII without a zero, and what cannot."""
        plain = {
            text: one for text, one in self.written.items() if text.isascii() and 0 not in text
        }
        other = {text: one for text, one in self.written.items() if text not in plain}
        return replace(self, written=plain), replace(self, written=other)

    def read(self, data: memoryview, start: int) -> int | None:
        """Who is written at this position; nobody, most of the time."""
        stop = start + self.length
        if start < 0 or stop > len(data):
            return None
        number = self.written.get(bytes(data[start:stop]))
        if number is not None and self.step and self._longer(data, start, stop):
            return None
        return number

    def _longer(self, data: memoryview, start: int, stop: int) -> bool:
        before, after = start - self.step, stop - 1 + self.step
        return (before >= 0 and data[before] in _DIGITS) or (
            after < len(data) and data[after] in _DIGITS
        )


def spellings(people: People) -> list[Spelling]:
    """Every spelling that a raw search looks for; none for no people."""
    found = [*_texts(people), *_digits(people), *_numbers(people), *_values(people)]
    return [one for one in [*found, *_digests(people), *_given(people)] if one.written]


def _texts(people: People) -> Iterator[Spelling]:
    """Keys, from their second letter on: it is lower case in a name with a capital, too."""
    mark = len(people.mark) - 1
    lower = {one.key[1:].encode(): one.number for one in people}
    upper = {text.upper(): number for text, number in lower.items()}
    for texts in (lower, upper):
        for how, step in (("text", 1), ("UTF-16", 2), ("UTF-32", 4)):
            wide = {_wide(text, step): number for text, number in texts.items()}
            yield Spelling(how, wide, (0, mark * step - step + 1))
        for case in (str.lower, str.upper):
            yield Spelling("hex", _hex(texts, case), (0, 2 * mark))
        yield from _base64(texts, mark)


def _digits(people: People) -> Iterator[Spelling]:
    """Ids in decimal digits; small ones only where no further digit makes them another number."""
    ids = {str(one.id).encode(): one.number for one in people}
    small = {str(one.small_id).encode(): one.number for one in people}
    for texts, prefix, alone in ((ids, people.prefix, 0), (small, people.small_prefix, 1)):
        for step in (1, 2, 4):
            wide = {_wide(text, step): number for text, number in texts.items()}
            shared = len(prefix) * step - step + 1
            yield Spelling("digits", wide, (0, shared), step * alone)
    powers = {text[:1] + b"." + text[1:]: number for text, number in ids.items()}
    yield Spelling("digits", powers, (0, len(people.prefix) + 1))
    yield Spelling("hex", _hex(ids, str.lower), (0, 2 * len(people.prefix)))
    yield from _base64(ids, len(people.prefix))


def _numbers(people: People) -> Iterator[Spelling]:
    """Ids as eight bytes, SQLite's among them, and as pickles have them."""
    ids = [(one.id, one.number) for one in people]
    small = [(one.small_id, one.number) for one in people]
    whole, real = "whole number", "number"
    yield Spelling(whole, _packed("<q", ids), (4, 7))
    yield Spelling(whole, _packed(">q", ids), (0, 4))
    yield Spelling(whole, _packed("<q", small), (2, 8))
    yield Spelling(whole, _packed(">q", small), (2, 6))
    yield Spelling(real, _packed("<d", ids), (4, 8))
    yield Spelling(real, _packed(">d", ids), (0, 4))
    yield Spelling(real, _packed("<d", small), (5, 8))
    yield Spelling(real, _packed(">d", small), (0, 3))
    pickled = {b"\x8a\x07" + one.to_bytes(7, "little"): number for one, number in ids}
    yield Spelling(whole, pickled, (6, 9))


def _values(people: People) -> Iterator[Spelling]:
    """The numbers that were given out, as eight bytes and in digits."""
    values = [(value, number) for value, number in people.values.items() if value % 1]
    yield Spelling("recorded value", _packed("<d", values), (0, 3))
    yield Spelling("recorded value", _packed(">d", values), (5, 8))
    texts = {_decimal(value): number for value, number in values}
    for length in {len(text) for text in texts}:
        same = {text: number for text, number in texts.items() if len(text) == length}
        if length > _SIGNIFICANT:
            yield Spelling("recorded value", same)


def _given(people: People) -> Iterator[Spelling]:
    """Further ids, in lower and in upper case; those of UUIDs as bytes, too."""
    for length in sorted({len(text) for text in people.given}):
        same = {text: one for text, one in people.given.items() if len(text) == length}
        for case in (str.lower, str.upper):
            texts = {case(text).encode(): one for text, one in same.items()}
            for how, step in (("id", 1), ("UTF-16", 2)):
                yield Spelling(how, {_wide(text, step): one for text, one in texts.items()})
        raw = {bytes.fromhex(text): one for text, one in same.items() if _is_raw(text)}
        yield Spelling("id", raw)


def _is_raw(text: str) -> bool:
    return len(text) == 32 and all(letter in string.hexdigits for letter in text)


def _digests(people: People) -> Iterator[Spelling]:
    """Unsalted digests, in bytes and in hex of either case."""
    for how, length in (("md5", 16), ("sha1", 20), ("sha256", 32)):
        raw = {text: number for text, number in people.digests.items() if len(text) == length}
        yield Spelling(how, raw)
        for case in (str.lower, str.upper):
            yield Spelling(how, _hex(raw, case))


def _wide(text: bytes, step: int) -> bytes:
    """The characters so many bytes apart, from the first to the last: either byte order."""
    return (b"\0" * (step - 1)).join(text[at : at + 1] for at in range(len(text)))


def _hex(texts: dict[bytes, int], case: Callable[[str], str]) -> dict[bytes, int]:
    return {case(text.hex()).encode(): number for text, number in texts.items()}


def _base64(texts: dict[bytes, int], shared: int) -> Iterator[Spelling]:
    """The characters that are wholly theirs, wherever in a group of three bytes they begin.

    None of them has a `+` or a `/`, so that the alphabet for addresses writes the same.
    """
    for before in range(3):
        first = -(-8 * before // 6)
        coded = {}
        for text, number in texts.items():
            whole = base64.b64encode(bytes(before) + text + bytes(3))
            coded[whole[first : 8 * (before + len(text)) // 6]] = number
        yield Spelling("base64", coded, (0, 8 * (before + shared) // 6 - first))


def _packed(code: str, numbers: Iterable[tuple[float, int]]) -> dict[bytes, int]:
    return {struct.pack(code, value): number for value, number in numbers}


def _decimal(value: float) -> bytes:
    """The leading digits of a value, as a program writes it that writes all of them."""
    text = repr(abs(value))
    mantissa = text.partition("e")[0]
    zeros = len(mantissa) - len(mantissa.lstrip("0."))
    point = 0 if zeros or "." not in mantissa[:_SIGNIFICANT] else 1
    return mantissa[: zeros + _SIGNIFICANT + point].encode()
