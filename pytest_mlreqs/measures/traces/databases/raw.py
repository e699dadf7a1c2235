"""raw: who is told by bytes of no known format, such as the pages of a database's file."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator

from pytest_mlreqs.measures.traces.people import People

_KEY, _ID, _SMALL = 24, 16, 10  # characters of a key, an id, a small id


def found(data: bytes | mmap.mmap, people: People) -> dict[str, set[int]]:
    """The spellings that people are found by, and who is.

    Keys in any case as UTF-8 or UTF-16; ids as digits, as whole numbers of 64 bits and as floats.
    """
    told: dict[str, set[int]] = {}
    for how, who in _told(data, people):
        if who:
            told.setdefault(how, set()).update(who)
    return told


def _told(data: bytes | mmap.mmap, people: People) -> Iterator[tuple[str, set[int]]]:
    for mark in (people.mark, people.mark.capitalize(), people.mark.upper()):
        for at in _places(data, mark.encode()):
            yield "text", people.in_text(data[at : at + _KEY].decode("latin-1"))
        for at in _places(data, mark.encode("utf-16-le")):
            text = data[at : at + 2 * _KEY].decode("utf-16-le", "replace")
            yield "text in UTF-16", people.in_text(text)
    for at in _places(data, people.prefix.encode()):
        digits = data[at : at + _ID]  # what comes next in a page may be a digit
        if len(digits) == _ID and digits.isdigit():
            yield "digits", people.in_value(int(digits))
    for at in _places(data, people.small_prefix.encode()):
        around = data[max(at - 1, 0) : at + _SMALL + 1]  # ten digits are no proof among others
        yield "digits", people.in_text(around.decode("latin-1"))
    for how, code in (("whole number", "q"), ("float", "d")):
        for order, first in ((">", 0), ("<", 4)):  # where the half is that all ids share
            halves = {struct.pack(order + code, end)[first : first + 4] for end in people.id_range}
            for half in halves:
                for at in _places(data, half):
                    whole = data[max(at - first, 0) : at - first + 8]
                    if len(whole) == 8:
                        yield how, people.in_value(struct.unpack(order + code, whole)[0])


def _places(data: bytes | mmap.mmap, needle: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)
