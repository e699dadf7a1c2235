"""raw: who is told by bytes of no known format: a cell, or the pages of a database's file."""

from __future__ import annotations

import functools
from typing import Any

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Scanner


def found(data: Any, people: People) -> dict[str, set[int]]:
    """The spellings that people are found by, and who is.

    Args:
        data: bytes, or a file that is mapped into memory.
        people: who was planted; ask once all their values were given out.
    """
    told: dict[str, set[int]] = {}
    for hit in _scanner(people).hits(data):
        told.setdefault(hit.how, set()).add(hit.person)
    return told


@functools.lru_cache(maxsize=4)
def _scanner(people: People) -> Scanner:
    return Scanner(people)
