"""The evidence of a run is a file that every JSON parser reads."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from pytest_mlreqs.report.json_file import FORMAT, write
from pytest_mlreqs.report.ledger import Ledger
from tests.report.conftest import MACHINE


def refuse(word):
    """Refuse what Python's parser takes beyond JSON."""
    raise ValueError(f"{word} is no JSON")


@pytest.fixture
def written(tmp_path, results):
    """Writes the records of a run and reads them back, strictly."""

    def written_of(*records, declared=("latency", "drift"), configuration="pyproject.toml"):
        ledger = Ledger(declared)
        for position, record in enumerate(records):
            ledger.add(str(position), record)
        write(results(ledger, configuration, json="new/folder/run.json"))
        text = (tmp_path / "new/folder/run.json").read_text(encoding="utf-8")
        assert text.endswith("}\n")
        return json.loads(text, parse_constant=refuse)

    return written_of


def record(**fields):
    """A verdict as it is put on record."""
    return {"name": "latency", "requirement": "latency", "state": "satisfied", **fields}


def test_the_document(written):
    """The file has the format, the version, the configuration, the counts and all verdicts."""
    document = written(record(measurements=[{"value": 1.5}]))
    assert datetime.fromisoformat(document.pop("time")).tzinfo == timezone.utc
    assert document == {
        "format": FORMAT,
        "pytest_mlreqs": "1.2",
        "revision": "abc123",
        "configuration": "pyproject.toml",
        "machine": MACHINE,
        "counts": {"declared": 2, "satisfied": 1, "accepted": 0, "undecided": 0, "violated": 0},
        "not_checked": ["drift"],
        "verdicts": [record(measurements=[{"value": 1.5}])],
    }


def test_a_run_without_configuration(written):
    """A project without a table of its own has null for its configuration."""
    document = written(declared=(), configuration=None)
    assert (document["configuration"], document["verdicts"]) == (None, [])


def test_numbers_that_json_does_not_know(written):
    """NaN and infinity become null, however deep they stand."""
    values = {"a": float("nan"), "b": [float("inf"), (1.0, -float("inf"))]}
    (verdict,) = written(record(value=values))["verdicts"]
    assert verdict["value"] == {"a": None, "b": [None, [1.0, None]]}


def test_a_file_that_exists_is_replaced(written):
    """The evidence of an earlier run is replaced."""
    written(record(fault="x" * 10_000))
    assert written()["verdicts"] == []


@pytest.mark.parametrize("text", ["Größe", "\N{SNOWMAN}", 'a "quote"\n', "lone \udc80 surrogate"])
def test_any_text_is_written(written, text):
    """Whatever a model says, be it a file name in another encoding, is written and read back."""
    (verdict,) = written(record(fault=text))["verdicts"]
    assert verdict["fault"] == text


def test_text_stays_readable(written, tmp_path):
    """Letters outside of ASCII are written as they are."""
    written(record(fault="Größe"))
    assert "Größe" in (tmp_path / "new/folder/run.json").read_text(encoding="utf-8")


def test_no_file(tmp_path, results):
    """Where none is asked for, none is written."""
    write(results(Ledger(()), json=None))
    assert list(tmp_path.iterdir()) == []
