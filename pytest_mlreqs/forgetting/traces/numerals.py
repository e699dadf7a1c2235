"""numerals: every way in which the numbers of planted people are likely to be written in bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.spelling import Spelling

_SIGNIFICANT = 14  # digits of a recorded value: it is found where 15 or more were written


def spellings(people: People) -> Iterator[Spelling]:
    """Every spelling of their ids as numbers, and of the numbers that were given out as theirs."""
    yield from _numbers(people)
    yield from _values(people)
    yield from _vectors(people)


def _numbers(people: People) -> Iterator[Spelling]:
    """Ids as eight bytes, SQLite's among them, and as pickles have them."""
    small = [(one.small_id, one.number) for one in people]
    whole, real = "whole number", "number"
    for low, high in people.id_ranges:
        ids = [(one.id, one.number) for one in people if low <= one.id <= high]
        yield Spelling(whole, _packed("<q", ids), (4, 7))
        yield Spelling(whole, _packed(">q", ids), (0, 4))
        yield Spelling(real, _packed("<d", ids), (4, 8))
        yield Spelling(real, _packed(">d", ids), (0, 4))
        pickled = {b"\x8a\x07" + one.to_bytes(7, "little"): number for one, number in ids}
        yield Spelling(whole, pickled, (6, 9))
        for signed in (0, 1):  # as Protocol Buffers and Avro have them
            varied = {_varint(one << signed): number for one, number in ids}
            yield Spelling(whole, varied, (5, len(next(iter(varied), b""))))
    yield Spelling(whole, _packed("<q", small), (2, 8))
    yield Spelling(whole, _packed(">q", small), (2, 6))
    yield Spelling(real, _packed("<d", small), (5, 8))
    yield Spelling(real, _packed(">d", small), (0, 3))


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


def _vectors(people: People) -> Iterator[Spelling]:
    """Numbers one after the other as they were given out, of so few bits that one tells nothing."""
    for code, size in (("<f4", 4), (">f4", 4), ("<f2", 2), ("rounded", 2), ("cut", 2)):
        written: dict[int, dict[bytes, int]] = {}
        for one in people:
            # Sixteen bytes are soon looked up; of two numbers of 32 bits, eight are as sure.
            width = 16 // size if size * len(one.values) >= 16 else 8 // size
            numbers = _narrow(one.values, code)
            for first in range(len(numbers) - width + 1) if size == 4 or width == 8 else ():
                some = numbers[first : first + width]
                if len(np.unique(some)) > width // 2:
                    written.setdefault(width, {})[some.tobytes()] = one.number
        for texts in written.values():
            yield Spelling(f"numbers of {8 * size} bits", texts)


def _narrow(values: Sequence[float], code: str) -> np.ndarray[Any, Any]:
    with np.errstate(over="ignore"):
        if code in ("rounded", "cut"):  # the upper half of a float32
            bits = np.array(values, "<f4").view("<u4")
            up = np.uint32(0x7FFF) + ((bits >> 16) & np.uint32(1)) if code == "rounded" else 0
            return ((bits + np.uint32(up)) >> 16).astype("<u2")
        return np.array(values, code)


def _packed(code: str, numbers: Iterable[tuple[float, int]]) -> dict[bytes, int]:
    return {struct.pack(code, value): number for value, number in numbers}


def _decimal(value: float) -> bytes:
    """The leading digits of a value, as a program writes it that writes all of them."""
    text = repr(abs(value))
    mantissa = text.partition("e")[0]
    zeros = len(mantissa) - len(mantissa.lstrip("0."))
    point = 0 if zeros or "." not in mantissa[:_SIGNIFICANT] else 1
    return mantissa[: zeros + _SIGNIFICANT + point].encode()


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first, and the upper bit where more follow."""
    low = number & 127
    return bytes([low]) if number < 128 else bytes([low | 128]) + _varint(number >> 7)
