"""answers: what the command line asks about kinds and declarations; no test runs then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_mlreqs.declare import notes
from pytest_mlreqs.declare.options import suggestion
from pytest_mlreqs.declare.schema import schema
from pytest_mlreqs.doors import declared


def answer(config: pytest.Config, path: Path | None) -> str:
    """The text that `--mlreqs-explain NAME`, `--mlreqs-schema` or `--mlreqs-list` asks for.

    Args:
        config: pytest's.
        path: the file that declares requirements, if there is one.

    Raises:
        pytest.UsageError: there is no such page, or the file is wrong.
    """
    if config.option.mlreqs_explain is not None:
        return _page(config, config.option.mlreqs_explain)
    if config.option.mlreqs_schema:
        return json.dumps(schema(declared.catalogue(config)), indent=2)
    return _list(config, path)


def _page(config: pytest.Config, name: str) -> str:
    catalogue = declared.catalogue(config)
    if name not in catalogue.pages():
        near = suggestion(name, catalogue.pages())
        raise pytest.UsageError(f"--mlreqs-explain: there is no page {name!r}{near}")
    return catalogue.explain(name)


def _list(config: pytest.Config, path: Path | None) -> str:
    catalogue, found, shown = declared.read(config, path)
    width = max(map(len, catalogue.names()))
    lines = ["kinds of requirement:"]
    lines += [f"  {kind:{width}}  {catalogue.summary(kind)}" for kind in catalogue.names()]
    lines += ["methods that kinds share (--mlreqs-explain NAME):"]
    lines += [f"  {name:{width}}  {notes.summary(name)}" for name in notes.names()]
    if found is None:
        return "\n".join([*lines, "declared: nothing (there is no [tool.mlreqs])"])
    lines += [f"declared in {shown}:"]
    lines += [f"  {d.name}  ({d.where})" for d in found.collected] or ["  nothing"]
    return "\n".join(lines)
