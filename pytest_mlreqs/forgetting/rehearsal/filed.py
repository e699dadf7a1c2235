"""filed: databases that are files, known by their bytes and by those of what is beside them."""

from __future__ import annotations

import os

from pytest_mlreqs.forgetting.traces.content import Content
from pytest_mlreqs.forgetting.traces.known import Known

FILED = ("sqlite", "duckdb")
BESIDE = ("-wal", "-shm", "-journal", ".wal")  # what a database keeps beside its file


def tables(location: str, known: Known) -> Content:
    """The tables of a database; a file with bytes that are known is not read again."""
    from pytest_mlreqs.forgetting.traces.databases import sql

    if not location.startswith(FILED):
        return sql.content(location, known=known)
    return known.content(_bytes(location), lambda: sql.content(location, known=known))


def changed(location: str, before: Content | None, known: Known | None) -> dict[str, range]:
    """Between which rows of a table there are any that it did not hold before.

    Args:
        location: the URL of a database.
        before: its tables as they were.
        known: what was read of them since; of bytes that were not read nothing is said.
    """
    from pytest_mlreqs.forgetting.traces.state import between

    if before is None or known is None or not location.startswith(FILED):
        return {}
    now = known.held(_bytes(location)) or {}
    return {name: between(before[name], now[name]) for name in now if name in before}


def _bytes(location: str) -> tuple[str, bytes]:
    """What only a file with these very bytes has."""
    from pytest_mlreqs.forgetting.traces.databases import database
    from pytest_mlreqs.forgetting.traces.files.mapped import fingerprint, mapped

    path = database.file_of(location)
    files = (f"{path}{ending}" for ending in ("", *BESIDE) if ending != "-shm")  # it is an index
    return location, fingerprint(*(mapped(one) for one in files if os.path.exists(one)))
