"""json_file: the evidence of a run as a file for other programs.

`json_format` says what it holds, and is counted by `format`: fields may be added under the same
number, and a change of meaning or a removal raises it.
"""

from __future__ import annotations

import datetime
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_mlreqs.report.results import Results

FORMAT = 2
OPTIONS = {"--mlreqs-json": {"metavar": "PATH", "help": "write all verdicts to this JSON file"}}


def write(results: Results) -> None:
    """Write the run to the file that the option names."""
    results.write("--mlreqs-json", lambda: _document(results))


def _document(results: Results) -> str:
    """The run as JSON."""
    content = {
        "format": FORMAT,
        "pytest_mlreqs": results.version,
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "revision": results.revision(),
        "configuration": results.configuration,
        "machine": dict(results.machine()),
        "counts": results.ledger.counts,
        "not_checked": results.ledger.not_checked,
        "verdicts": results.ledger.records,
    }
    return json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
