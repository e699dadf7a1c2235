"""json_file: the evidence of a run as a file for other programs.

The format is documented in the README and counted by `format`: fields may be added under the same
number, and a change of meaning or a removal raises it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_mlreqs.report.ledger import Ledger

FORMAT = 1


def write(
    path: Path,
    ledger: Ledger,
    *,
    configuration: str | None,
    version: str,
    machine: Mapping[str, str | float | None],
) -> None:
    """Write the run to `path`, creating its folder if need be."""
    document = {
        "format": FORMAT,
        "pytest_mlreqs": version,
        "configuration": configuration,
        "machine": dict(machine),
        "counts": ledger.counts,
        "not_checked": ledger.not_checked,
        "verdicts": ledger.records,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
