"""Evidence is plain data, and never what stands in somebody's row."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from pytest_mlreqs.core.evidence import (
    Column,
    Evidence,
    Group,
    Groups,
    Histogram,
    Note,
    Offender,
    Offenders,
    Series,
    Table,
    renamed,
)
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Measurement

ALL = [
    Table(columns=(Column("a"), Column("b", "ms")), rows=(("x", np.float32(0.5)), ("y", None))),
    Histogram(edges=np.array([1.0, 2.0]).tolist(), counts=(np.int64(3),), limit=np.float64(2)),
    Series(x=(np.int64(1), "b"), y=(np.float64(2), 3), marks=(("b", "jump"),)),
    Groups(rows=(Group("a", np.int64(3), np.float32(0.5), None, np.float64(1)),)),
    Offenders(what="row", items=(Offender(np.int64(3), np.float64(0.5)),)),
    Note(text="a\x00"),
]


@pytest.mark.parametrize("record", ALL, ids=lambda record: type(record).__name__)
def test_records_are_plain(record):
    """Whatever NumPy gave, a record is JSON, pickles, and is the same when it is read back."""
    plain = msgspec.to_builtins(record)
    assert msgspec.convert(json.loads(json.dumps(plain)), Evidence) == record
    assert repr(pickle.loads(pickle.dumps(record))) == repr(record)
    assert "np." not in repr(record)
    assert plain["type"] == type(record).__name__.lower()


@pytest.mark.parametrize(
    ("what", "where"), [("row", "Anna"), ("row", 0.5), ("call", True), ("column", 3), ("", 3)]
)
def test_offenders_are_where_they_are(what, where):
    """A row is known by its position and a column by its name, and by nothing else."""
    with pytest.raises(TypeError, match="an offender"):
        Offenders(what=what, items=(Offender(where),))


def test_renamed():
    """All text of a record can be told in other words; numbers stay."""
    table = Table(columns=(Column("place"),), rows=(("/tmp/x", 3),))
    assert renamed(table, lambda text: text.replace("/tmp/x", "app.db")) == Table(
        columns=(Column("place"),), rows=(("app.db", 3),)
    )


def test_words_of_a_check():
    """Offenders and details in words are kept as they are given, and read back."""
    made = at_most("x", 3, 2, worst=[7, "row\x00"])
    assert made.evidence == (Offenders(what="", items=(Offender("7"), Offender("row\\x00"))),)
    assert made.worst == ("7", "row\\x00")
    made = Measurement(name="x", text="x", ok=False, worst=["a"], details=["b", "c"])
    assert (made.worst, made.details) == (("a",), ("b", "c"))


def test_words_replace_words():
    """Where others are given, they take the place of offenders, or of all else."""
    kept = at_most("x", 3, 2, worst=["a"], evidence=[Note(text="b")])
    assert replace(kept, worst=["c"]).evidence == (
        Offenders(what="", items=(Offender("c"),)),
        Note(text="b"),
    )
    assert (replace(kept, details=["d"]).worst, replace(kept, details=["d"]).details) == (
        ("a",),
        ("d",),
    )
    assert replace(kept, worst=()).evidence == (Note(text="b"),)
    assert replace(kept, text="y").evidence == kept.evidence
