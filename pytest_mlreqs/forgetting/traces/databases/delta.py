"""delta: who is left in a Delta Lake table: in files it no longer uses, and in its own log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from urllib.parse import unquote

from pytest_mlreqs.forgetting.traces.databases import raw
from pytest_mlreqs.forgetting.traces.databases.told import telling, told
from pytest_mlreqs.forgetting.traces.people import People

LOG = "_delta_log"

_VACUUM = (
    "DeltaTable(path).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)"
)
_PURGE = f"REORG TABLE ... APPLY (PURGE), then {_VACUUM}"
_EXPIRE = (
    "DeltaTable(path).alter.set_table_properties({'delta.logRetentionDuration':"
    " 'interval 0 days'}); DeltaTable(path).create_checkpoint();"
    " DeltaTable(path).cleanup_metadata()"
)
_EXTRA = 'not searched: Parquet is an extra: pip install "pytest-mlreqs[parquet]"'


def left(folder: str, people: People) -> Iterator[tuple[str, frozenset[int], str]]:
    """Files that tell of people, of whom, and what clears them.

    Nobody where a file could not be read, and then why. What the table still shows is no residue,
    but for files of which rows are only marked as deleted.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        yield folder, frozenset(), _EXTRA
        return
    shown, marked = _used(folder)
    for inside, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(inside, name)
            known = os.path.relpath(path, folder).replace(os.sep, "/")
            if known in shown:
                continue
            logged = known.startswith(f"{LOG}/")
            try:
                who = _in_file(path, people)
            except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
                yield path, frozenset(), f"not searched: {error}"
                continue
            if who:
                clear = _EXPIRE if logged else _PURGE if known in marked else _VACUUM
                yield path, frozenset(who), clear


def _used(folder: str) -> tuple[set[str], set[str]]:
    """The files that the table shows whole, and those of which some rows are marked as deleted."""
    import pyarrow.parquet as pq

    log = os.path.join(folder, LOG)
    names = sorted(os.listdir(log))
    checkpoints = [name for name in names if name.endswith(".parquet") and ".checkpoint" in name]
    newest = checkpoints[-1].partition(".")[0] if checkpoints else ""
    actions: list[dict[str, dict[str, object] | None]] = []
    for name in checkpoints:
        if name.partition(".")[0] == newest:
            table = pq.ParquetFile(os.path.join(log, name)).read()
            kept = [one for one in ("add", "remove") if one in table.column_names]
            actions += table.select(kept).to_pylist()
    for name in names:
        if name.endswith(".json") and name.partition(".")[0] > newest:
            with open(os.path.join(log, name), encoding="utf-8") as file:
                actions += [json.loads(line) for line in file if line.strip()]
    files: dict[str, bool] = {}
    for action in actions:
        for removed in filter(None, [action.get("remove")]):
            files.pop(unquote(str(removed["path"])), None)
        for added in filter(None, [action.get("add")]):
            files[unquote(str(added["path"]))] = bool(added.get("deletionVector"))
    return {one for one, some in files.items() if not some}, {one for one in files if files[one]}


def _in_file(path: str, people: People) -> set[int]:
    with open(path, "rb") as file:
        data = file.read()
    found = set[int]().union(*raw.found(data, people).values())
    return found | _in_parquet(path, people) if data[:4] == b"PAR1" else found


def _in_parquet(path: str, people: People) -> set[int]:
    import pyarrow.parquet as pq

    found: set[int] = set()
    for batch in pq.ParquetFile(path).iter_batches():
        for column in batch.columns:
            cells = column.to_pylist()
            texts = [str(one) if isinstance(one, (dict, list)) else one for one in cells]
            for value in telling(texts, people):
                found = found.union(*told(value, people).values())
    return found
