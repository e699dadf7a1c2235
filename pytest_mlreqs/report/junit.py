"""junit: what was measured as properties of a test case, which pytest writes with `--junitxml`.

Their names are made of identifiers, which stay when words change: `mlreqs.latency.p95.predict` is a
value, and `.limit`, `.unit`, `.low` and `.high` stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def properties(record: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What each measurement of a verdict says in numbers, and the state of the verdict."""
    for measurement in record["measurements"]:
        quantity = ".".join(filter(None, (measurement["id"], "_".join(measurement["of"].split()))))
        name = f"mlreqs.{record['name']}.{quantity}"
        yield name, _flat(measurement["value"])
        low, high = measurement["interval"] or (None, None)
        limit = (measurement["limit"] or {}).get("value")
        beside = {"limit": limit, "unit": measurement["unit"], "low": low, "high": high}
        for word, value in beside.items():
            if value not in (None, "", []):
                yield f"{name}.{word}", _flat(value)
    yield f"mlreqs.{record['name']}.state", record["state"]


def _flat(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, (list, dict)) else value
