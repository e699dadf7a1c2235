"""told: who is told by the cells or values of a store, and by which spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.databases import raw
from pytest_mlreqs.forgetting.traces.databases.unpacking import unpacked
from pytest_mlreqs.forgetting.traces.people import People

_DIGESTS = {16: "md5", 20: "sha1", 32: "sha256"}  # by the number of bytes
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
ROUNDED = "recorded value, rounded"
"""What one number of 32 bits tells by; others may have it too."""

_AT_ONCE = 4 << 20  # bytes


def told(value: Any, people: People) -> dict[str, set[int]]:
    """The spellings by which a value tells of people, and of whom."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _in_bytes(bytes(value), people)
    everybody = people.in_value(value)
    if not everybody:
        return _narrow(value, people)
    if isinstance(value, str):
        named = people.in_text(value)
        digest = _DIGESTS.get(len(value) // 2, "digest")
        return {how: who for how, who in (("text", named), (digest, everybody - named)) if who}
    return {"own value" if float(value) in people.values else "number": everybody}


def _narrow(value: Any, people: People) -> dict[str, set[int]]:
    """Who is told by numbers of 32 bits: a row of them in a text, or one."""
    if isinstance(value, str):
        numbers = [*map(float, _NUMBER.findall(value))] if people.rounded and "[" in value else []
        with np.errstate(over="ignore"):
            row = np.array(numbers, dtype="<f4")
        return raw.found(row.tobytes(), people) if len(row) > 1 else {}
    number = people.rounded.get(float(value)) if isinstance(value, (float, Decimal)) else None
    return {} if number is None else {ROUNDED: {number}}


def telling(cells: Sequence[Any], people: People) -> Iterator[Any]:
    """Those of many cells that may tell of somebody.

    Most cells of bytes are short and tell of nobody, so that they are looked through together.
    """
    group: list[bytes] = []
    contents: list[bytes] = []
    size = 0
    for cell in [one for one in cells if one is not None]:
        if isinstance(cell, (bytes, bytearray, memoryview)):
            group.append(bytes(cell))
            contents += [group[-1], *(unpacked(group[-1]) or ("", b""))[1:]]
            size += len(contents[-2]) + len(contents[-1])
        else:
            yield cell
        if size > _AT_ONCE:
            yield from _suspects(group, contents, people)
            group, contents, size = [], [], 0
    yield from _suspects(group, contents, people)


def _suspects(group: list[bytes], contents: list[bytes], people: People) -> list[bytes]:
    if raw.found(b"\n".join(contents), people):
        return group
    return [cell for cell in group if cell in people.digests]


def _in_bytes(data: bytes, people: People) -> dict[str, set[int]]:
    found = raw.found(data, people)
    if data in people.digests:
        found[_DIGESTS[len(data)]] = {people.digests[data]}
    inside = unpacked(data)
    if inside is not None:
        name, content = inside
        for how, who in raw.found(content, people).items():
            found[f"{how} in {name}"] = who
    return found
