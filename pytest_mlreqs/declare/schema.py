"""schema: the JSON Schema that tells editors what [tool.mlreqs] may hold.

It derives from the classes that the configuration is read into. What options must fulfil together,
and whether a file or a module exists, only a run can tell.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.config import Accepted
from pytest_mlreqs.declare.sources import Address, App, File

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of a TOML document with [tool.mlreqs], for all kinds of the catalogue."""
    kinds = {name: catalogue.load(name) for name in catalogue.names()}
    shared = (Terms, Accepted, File, App, Address)
    references, parts = msgspec.json.schema_components(
        [*shared, *kinds.values()], schema_hook=_unknown, ref_template="#/$defs/{name}"
    )
    names = [str(reference["$ref"]).rpartition("/")[2] for reference in references]
    terms, *_ = (parts[name]["properties"] for name in names)
    for name in names[: len(shared)]:
        parts[name]["additionalProperties"] = False
    tables = dict(zip(kinds, names[len(shared) :], strict=True))
    for kind, name in tables.items():
        own = parts[name]
        own["description"] = catalogue.summary(kind)
        own["properties"] = {**own["properties"], **_words(kinds[kind]), **terms}
        own["additionalProperties"] = False
    accepted, *sources = references[1 : len(shared)]
    table = _table(
        {
            "subjects": {
                "type": "object",
                "description": "What is examined: each becomes a fixture of its name.",
                "additionalProperties": {"anyOf": [{"type": "string"}, *sources]},
            },
            "accept": {
                "type": "object",
                "description": "Violations that are accepted for a reason, until a day.",
                "additionalProperties": accepted,
            },
            "tests": {
                "type": "string",
                "description": "The folder whose tests the requirements run with.",
            },
            **terms,
            **{kind: _one_or_several(f"#/$defs/{name}") for kind, name in tables.items()},
        }
    )
    document = {
        "type": "object",
        "properties": {"tool": {"type": "object", "properties": {"mlreqs": table}}},
    }
    return {"$schema": _DIALECT, "title": "[tool.mlreqs]", **document, "$defs": parts}


def _unknown(cls: type[Any]) -> dict[str, Any]:
    """Anything may stand for what only another package's own type can tell."""
    return {"title": cls.__name__}


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _words(cls: type[Requirement]) -> dict[str, Any]:
    """What may stand in the table of any kind, beside the terms."""
    fixture = {"type": "string"}
    return {
        "id": {
            "type": "string",
            "pattern": r"^[\w.-]+$",
            "description": "Name of this requirement, if there are several of its kind.",
        },
        "uses": {
            **_table(dict.fromkeys(cls.subjects(), fixture)),
            "description": "Which fixture supplies a subject, if not the one of its name.",
        },
    }


def _one_or_several(reference: str) -> dict[str, Any]:
    """A table, or an array of tables."""
    one = {"$ref": reference}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
