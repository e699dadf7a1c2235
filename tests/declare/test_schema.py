"""Tests of pytest_mlreqs.declare.schema."""

import json
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import SETTINGS, WORDS
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.pyproject import mlreqs_table, parsed
from pytest_mlreqs.declare.schema import schema

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.toml"))


class Odd:
    """What JSON knows nothing of."""


class Ripeness(Requirement, frozen=True, kw_only=True):
    """Bound the days since harvest.

    Why
        They rot.
    """

    max_days: Annotated[int, msgspec.Meta(ge=1, description="the most days")]
    odd: Any = None
    other: Odd | None = None

    def check(self, fruit, X=None):
        """Measure nothing."""


@pytest.fixture(scope="module")
def document():
    """The schema, as it is printed."""
    return json.loads(json.dumps(schema(Catalogue([Ripeness]))))


@pytest.fixture
def table(document):
    """The part that is about [tool.mlreqs]."""
    return document["properties"]["tool"]["properties"]["mlreqs"]


@pytest.fixture
def kind(document, table):
    """The schema of the table of a kind, by the kind's name."""

    def find(name):
        one, several = table["properties"][name]["anyOf"]
        assert several == {"type": "array", "items": one, "minItems": 1}
        return document["$defs"][one["$ref"].removeprefix("#/$defs/")]

    return find


def test_words_of_the_table(table):
    """Kinds and settings may stand in the table, and nothing else."""
    assert set(table["properties"]) == {*Catalogue([Ripeness]).names(), *SETTINGS}
    assert table["additionalProperties"] is False


@pytest.mark.parametrize("name", [*Catalogue().names(), "ripeness"])
def test_words_of_a_kind(kind, name):
    """Its own options and those that all kinds share may stand in its table, and nothing else."""
    told, cls = kind(name), Catalogue([Ripeness]).load(name)
    assert set(told["properties"]) == {*cls.__struct_fields__, *WORDS}
    assert told["additionalProperties"] is False
    needed = [field.name for field in msgspec.structs.fields(cls) if field.required]
    assert told.get("required", []) == needed
    assert set(told["properties"]["uses"]["properties"]) == set(cls.subjects())


def test_options(kind):
    """An option has its type, its bounds, its meaning and its default; a kind its first line."""
    ripeness = kind("ripeness")
    assert ripeness["description"] == "Bound the days since harvest."
    assert ripeness["properties"]["max_days"] == {
        "type": "integer",
        "minimum": 1,
        "description": "the most days",
    }
    assert kind("forbidden_features")["properties"]["during"]["default"] == "predict"


def test_subjects_and_exceptions(document, table):
    """Subjects are strings or tables of a file or an app, exceptions have a reason and a day."""
    text, file, app, url = table["properties"]["subjects"]["additionalProperties"]["anyOf"]
    assert text == {"type": "string"}
    parts = document["$defs"]
    assert set(parts[file["$ref"].rpartition("/")[2]]["properties"]) == {"path", "trust", "sha256"}
    asked = {"body", "prepare", "answer", "headers"}
    names = {*asked, "app", "path", "interface"}
    assert set(parts[app["$ref"].rpartition("/")[2]]["properties"]) == names
    assert set(parts[url["$ref"].rpartition("/")[2]]["properties"]) == {*asked, "url"}
    accepted = table["properties"]["accept"]["additionalProperties"]["$ref"].rpartition("/")[2]
    assert parts[accepted]["required"] == ["reason", "until"]
    assert parts[accepted]["additionalProperties"] is False


def test_references_lead_somewhere(document):
    """No reference is to a part that is not there."""

    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else ()
            value = list(value.values())
        for item in value if isinstance(value, list) else ():
            yield from references(item)

    found = set(references(document))
    assert found >= {
        f"#/$defs/{name}" for name in ("Accepted", "File", "App", "Address", "Ripeness")
    }
    assert found <= {f"#/$defs/{name}" for name in document["$defs"]}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_examples(kind, path):
    """Whatever the examples declare stands in the schema."""
    for name, value in mlreqs_table(parsed(path, path.read_bytes())).items():
        if name not in SETTINGS:
            for one in value if isinstance(value, list) else [value]:
                assert set(one) <= set(kind(name)["properties"])
