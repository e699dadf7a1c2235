"""junit: what was measured as properties of a test case, which pytest writes with `--junitxml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def properties(record: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The value of each measurement of a verdict, and its state."""
    for measurement in record["measurements"]:
        name = "_".join(measurement["name"].split())
        value = measurement["value"]
        if isinstance(value, (list, dict)):
            value = ", ".join(map(str, value))
        yield f"mlreqs.{record['name']}.{name}", value
    yield f"mlreqs.{record['name']}.state", record["state"]
