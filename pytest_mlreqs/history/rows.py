"""rows: an observation as a row of a table, the same in a file and on a server.

The first eight columns are those of the first version, which put the quantity into words of its
own; the others may be missing in what it has made, and are empty in what it has written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_mlreqs.core.past import Observation, around

FIRST = ("series", "quantity", "machine", "revision", "at", "value", "error", "waited")
LATER = ("unit", "low", "high")


def quantity(id: str, of: str) -> str:
    """What is measured, as the rows of a series are told apart by."""
    return f"{id} of {of}" if of else id


def row(observation: Observation) -> dict[str, Any]:
    """The values by column."""
    low, high = observation.interval or (None, None)
    return {
        "series": observation.series,
        "quantity": quantity(observation.id, observation.of),
        "machine": observation.machine,
        "revision": observation.revision,
        "at": observation.at,
        "value": observation.value,
        "error": observation.error,
        "waited": observation.waited,
        "unit": observation.unit,
        "low": low,
        "high": high,
    }


def words(id: str, of: str) -> tuple[str, str]:
    """What the column `quantity` may have for a quantity: now, and in the first version."""
    return quantity(id, of), of


def observation(found: Mapping[str, Any], id: str, of: str) -> Observation:
    """What a row tells of the quantity."""
    low, high = found.get("low"), found.get("high")
    if low is None and found["error"]:  # all that the first version kept
        low, high = around(found["value"], found["error"])
    return Observation(
        id=id, of=of, value=found["value"],
        interval=None if low is None or high is None else (low, high),
        unit=found.get("unit") or "", waited=found["waited"], series=found["series"],
        machine=found["machine"], revision=found["revision"], at=found["at"],
    )  # fmt: skip
