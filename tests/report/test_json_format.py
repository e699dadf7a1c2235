"""The file of a run is what its schema says."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pytest_mlreqs.core import evidence
from pytest_mlreqs.core.limits import at_most, none_of, reported, within
from pytest_mlreqs.core.measurement import undecided
from pytest_mlreqs.core.verdict import Verdict
from pytest_mlreqs.report import json_format
from pytest_mlreqs.report.json_file import write
from pytest_mlreqs.report.ledger import Ledger

NAN = float("nan")
RECORDS = (
    evidence.Table(columns=(evidence.Column("a"),), rows=(("x",), (NAN,))),
    evidence.Histogram(edges=(1, 2), counts=(3,), limit=2),
    evidence.Series(x=(1, "b"), y=(NAN, 3), low=(1, NAN), high=(2, 3)),
    evidence.Groups(rows=(evidence.Group("a", 3, NAN),)),
    evidence.Offenders(what="row", items=(evidence.Offender(3, NAN),)),
    evidence.Note(text="a"),
)
MEASURED = (
    at_most("x", NAN, 2, interval=(NAN, 3), evidence=RECORDS),
    within("x", 1, 0, 2),
    none_of("x", ["a"]),
    undecided("x", "why", option="max_x"),
    reported("x", 3, "ms"),
)


def document(tmp_path, results, **fields):
    """A run with one verdict, as it is written."""
    verdict = Verdict(name="latency", kind="latency", measurements=MEASURED)
    record = {
        **verdict.as_dict(), "requirement": "latency", "label": "latency", "node": "a.py::test",
        "declared": "", "reason": None, "until": None,
        "proofs": [{"what": "a", "noticed": True, "said": "b"}], **fields,
    }  # fmt: skip
    ledger = Ledger(["latency"])
    ledger.add("a.py::test", record)
    write(results(ledger, json="run.json"))
    return (tmp_path / "run.json").read_bytes()


def test_a_file_is_read_back(tmp_path, results):
    """Every sort of measurement and evidence is read back, numbers that JSON has not as null."""
    read = msgspec.json.decode(document(tmp_path, results), type=json_format.Document)
    (verdict,) = read.verdicts
    first = verdict.measurements[0]
    assert [type(one) for one in first.evidence] == [
        evidence.Offenders,
        *(type(one) for one in RECORDS if not isinstance(one, evidence.Offenders)),
    ]
    assert (first.value, first.interval, first.evidence[0].items[0].value) == (
        None,
        (None, 3),
        None,
    )
    assert [one.limit and one.limit.direction for one in verdict.measurements] == [
        *("at_most", "within", "at_most", "", None),
    ]


def test_other_fields_are_no_part_of_it(tmp_path, results):
    """What the format does not name is not written unnoticed."""
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        msgspec.json.decode(document(tmp_path, results, surprise=1), type=json_format.Document)


def test_the_schema_in_the_package():
    """The schema that the package holds is that of the types."""
    pytest.importorskip("msgspec", minversion="0.20")  # older ones indent what they describe
    path = Path(json_format.__file__).with_suffix(".json")
    wanted = json.loads(json.dumps(json_format.schema()))
    assert json.loads(path.read_text(encoding="utf-8")) == wanted
