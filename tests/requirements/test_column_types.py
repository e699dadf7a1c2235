"""Columns of any type: who reads none of them is never accused, and who does is found out."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.requirements.feature_cost import FeatureCost
from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from pytest_mlreqs.requirements.leakage import Leakage
from pytest_mlreqs.requirements.proxies import Proxies
from pytest_mlreqs.requirements.reasons import Reasons

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")

ROWS = 60
GENERATOR = np.random.default_rng(0)
A = GENERATOR.normal(size=ROWS)
FEW = GENERATOR.integers(0, 4, ROWS).tolist()
MANY = GENERATOR.permutation(ROWS).tolist()
Y = pd.Series((GENERATOR.normal(size=ROWS) > 0).astype(int))
PROTECTED = pd.DataFrame({"sex": GENERATOR.integers(0, 2, ROWS)})
DAY = dt.datetime(2020, 1, 1)  # noqa: DTZ001  (columns without a zone)


def gaps(values):
    """The same with gaps in place of one value."""
    return [None if value == values[0] else value for value in values]


def arrow_dtype(make, kind):
    """A pandas column of an Arrow type."""
    return lambda ks: pd.Series([make(k) for k in ks], dtype=pd.ArrowDtype(kind))


PANDAS = {
    "list": lambda ks: pd.Series([[k] for k in ks]),
    "array": lambda ks: pd.Series([np.array([k, 1]) for k in ks]),
    "dict": lambda ks: pd.Series([{"v": k} for k in ks]),
    "complex": lambda ks: pd.Series(ks) + 1j,
    "arrow list": arrow_dtype(lambda k: [k], pa.list_(pa.int64())),
    "arrow list with gaps": lambda ks: arrow_dtype(
        lambda k: None if k is None else [k], pa.list_(pa.int64())
    )(gaps(ks)),
    "arrow struct": arrow_dtype(lambda k: {"v": k}, pa.struct([("v", pa.int64())])),
    "arrow map": arrow_dtype(lambda k: [("v", k)], pa.map_(pa.string(), pa.int64())),
    "arrow decimal": arrow_dtype(decimal.Decimal, pa.decimal128(10, 2)),
    "arrow date": arrow_dtype(lambda k: (DAY + dt.timedelta(k)).date(), pa.date32()),
    "arrow duration": arrow_dtype(dt.timedelta, pa.duration("us")),
    "arrow bytes": arrow_dtype(lambda k: bytes([k]), pa.binary()),
    "unused category": lambda ks: pd.Series(
        pd.Categorical(list(map(str, ks)), categories=[*map(str, range(ROWS)), "x"])
    ),
    "categories of tuples": lambda ks: pd.Series(pd.Categorical([(k,) for k in ks])),
    "categories of intervals": lambda ks: pd.Series(pd.cut(ks, range(-1, ROWS))),
    "ordered category": lambda ks: pd.Series(pd.Categorical(ks, ordered=True)),
    "interval": lambda ks: pd.Series(pd.arrays.IntervalArray.from_arrays(ks, [k + 1 for k in ks])),
    "period": lambda ks: pd.Series(pd.PeriodIndex([f"{1900 + k}-01" for k in ks], freq="M")),
    "nullable whole": lambda ks: pd.Series(gaps(ks), dtype="Int64"),
    "nullable float": lambda ks: pd.Series(gaps(ks), dtype="Float64"),
    "decimal": lambda ks: pd.Series([decimal.Decimal(k) / 3 for k in ks]),
    "bytes": lambda ks: pd.Series([bytes([k]) for k in ks]),
    "sparse": lambda ks: pd.Series(pd.arrays.SparseArray(np.array(ks, float))),
    "time zone": lambda ks: pd.Series([DAY + dt.timedelta(k) for k in ks]).dt.tz_localize("UTC"),
    "timedelta": lambda ks: pd.Series([dt.timedelta(k) for k in ks]),
    "date": lambda ks: pd.Series([(DAY + dt.timedelta(k)).date() for k in ks]),
    "mixed": lambda ks: pd.Series([k if k % 2 else str(k) for k in ks], dtype=object),
    "huge": lambda ks: pd.Series([2**70 + k for k in ks], dtype=object),
}


def arrow(kind, make):
    """A column of an Arrow table."""

    def made(ks):
        try:
            return pa.table({"a": A, "c": pa.array([make(k) for k in ks], type=kind)})
        except pa.ArrowNotImplementedError:  # run ends, before pyarrow 21
            pytest.skip(f"this pyarrow makes no array of {kind}")

    return made


def polars(dtype, make):
    """A column of a Polars frame."""
    return lambda ks: pl.DataFrame({"a": A, "c": pl.Series([make(k) for k in ks], dtype=dtype)})


TABLES = {
    "Arrow list": arrow(pa.list_(pa.int64()), lambda k: [k]),
    "Arrow struct": arrow(pa.struct([("v", pa.int64())]), lambda k: {"v": k}),
    "Arrow map": arrow(pa.map_(pa.string(), pa.int64()), lambda k: [("v", k)]),
    "Arrow run ends": arrow(pa.run_end_encoded(pa.int32(), pa.int64()), lambda k: k),
    "Arrow decimal": arrow(pa.decimal128(10, 2), decimal.Decimal),
    "Arrow half": arrow(pa.float16(), np.float16),
    "Polars list": polars(pl.List(pl.Int64), lambda k: [k]),
    "Polars array": polars(pl.Array(pl.Int64, 2), lambda k: [k, 1]),
    "Polars struct": polars(pl.Struct({"v": pl.Int64}), lambda k: {"v": k}),
    "Polars object": polars(pl.Object, lambda k: frozenset([k])),
    "Polars 128 bits": polars(pl.Int128, lambda k: k),
    "Polars 128 bits, large": polars(pl.Int128, lambda k: 2**100 + k),
    "Polars decimal": polars(pl.Decimal(10, 2), decimal.Decimal),
    "Polars duration": polars(pl.Duration, dt.timedelta),
}
ARRAYS = {
    "complex array": lambda ks: np.column_stack([A + 0j, np.array(ks) + 1j]),
    "array of objects": lambda ks: np.array(
        [[a, [k]] for a, k in zip(A, ks, strict=True)], dtype=object
    ),
}
FRAMES = {
    **{name: lambda ks, make=make: pd.DataFrame({"a": A, "c": make(ks)})
       for name, make in PANDAS.items()},
    **TABLES, **ARRAYS,
}  # fmt: skip
ODD = ("complex", "arrow list", "arrow struct", "list", "interval", "period", "time zone",
       "Arrow list", "Arrow struct", "Polars object", "Polars 128 bits, large",
       "complex array")  # fmt: skip


def column(X, name):
    """The values of a column, as Python has them."""
    if isinstance(X, np.ndarray):
        return list(X[:, ("a", "c").index(name)])
    values = X[name]
    listed = getattr(values, "to_pylist", None) or getattr(values, "to_list", None)
    return listed() if listed else list(values)


def innocent(X):
    """A model that does not look at the column."""
    return np.array([complex(value).real for value in column(X, "a")])


def guilty(X):
    """A model that tells the values of the column apart by their texts."""
    return np.array([sum(map(ord, repr(v))) % 97 / 97 for v in column(X, "c")])


def named(X):
    """What the two columns are called."""
    return ("0", "1") if isinstance(X, np.ndarray) else ("a", "c")


KINDS = {
    "forbidden_features": lambda a, c: ForbiddenFeatures(columns=(c,), reason="r"),
    "feature_cost": lambda a, c: FeatureCost(sources={a: "s"}),
    "reasons": lambda a, c: Reasons(watch=(c,), reason="r", redraws=10, top=1),
}


def oks(requirement, model, X, **more):
    """What a kind says of a model."""
    return [one.ok for one in requirement.check(model=model, X=X, **more)]


@pytest.mark.parametrize("values", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("frame", FRAMES)
def test_columns_of_every_type_tell_who_reads_them(frame, values):
    """Whatever a column holds, a model that reads it is violated, and another one satisfied."""
    X = FRAMES[frame](values)
    for kind, make in KINDS.items():
        requirement = make(*named(X))
        assert set(oks(requirement, innocent, X)) == {True}, kind
        assert False in oks(requirement, guilty, X), kind


@pytest.mark.parametrize("frame", ODD)
def test_columns_of_every_type_are_no_hindrance(frame):
    """Statistics of a column of whatever type accuse no model that does not read it."""
    X = FRAMES[frame](FEW)
    assert False not in oks(Leakage(), innocent, X, y=Y)
    a, _ = named(X)
    proxies = Proxies(attributes=("sex",), reason="r", legitimate=(a,))
    assert False not in oks(proxies, innocent, X, protected=PROTECTED)


@pytest.mark.parametrize("frame", FRAMES)
def test_rows_are_written_back_as_they_were(frame):
    """What a model is given has the values and the types that X had, in any order of rows."""
    X = FRAMES[frame](MANY)
    seen = opened(X)
    back = seen.back(seen.frame.iloc[::-1])
    assert type(back) is type(X)
    expected = list(reversed(column(X, "c")))
    assert list(map(repr, column(back, "c"))) == list(map(repr, expected))
    if hasattr(X, "schema"):
        assert back.schema == X.schema
    elif hasattr(X, "dtypes"):
        assert list(back.dtypes) == list(X.dtypes)


def test_attributes_of_a_frame_are_kept_and_in_nobodys_way():
    """An array in `attrs`, which pandas cannot compare, accuses nobody; the model still has it."""
    X = pd.DataFrame({"a": A, "c": FEW})
    X.attrs = {"weights": np.array([1.0, 2.0])}

    def weighted(rows):
        return rows["a"].to_numpy() * rows.attrs["weights"][1]

    for kind, make in KINDS.items():
        assert set(oks(make("a", "c"), weighted, X)) == {True}, kind
    assert False not in oks(Leakage(), weighted, X, y=Y)
    assert list(X.attrs) == ["weights"]


@pytest.mark.parametrize("frame", ODD)
def test_planted_violations_are_noticed_in_columns_of_every_type(frame):
    """A violation that is planted in a column of whatever type is noticed."""
    X = FRAMES[frame](FEW)
    requirement = KINDS["forbidden_features"](*named(X))
    (planted,) = requirement.plant(model=innocent, X=X)
    assert False in [one.ok for one in requirement.check(**{"X": X, **planted.subjects})]
