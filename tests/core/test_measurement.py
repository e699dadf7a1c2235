"""A measurement keeps to plain values, holds a value to its limit and says so in one sentence."""

from __future__ import annotations

import enum
import json
import math
import pickle
import re
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_mlreqs.core.limits import at_least, at_most, none_of, within
from pytest_mlreqs.core.measurement import Measurement, described, number, undecided
from pytest_mlreqs.core.plain import plain

NAN = float("nan")
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(("value", "ok"), [(19.9, True), (20, True), (20.0001, False)])
def test_at_most_includes_its_limit(value, ok):
    """A value on the upper limit is within it and the next one beyond is not."""
    assert at_most("p95", value, 20).ok is ok


@pytest.mark.parametrize(("value", "ok"), [(0.81, True), (0.8, True), (0.7999, False)])
def test_at_least_includes_its_limit(value, ok):
    """A value on the lower limit is within it and the next one below is not."""
    assert at_least("accuracy", value, 0.8).ok is ok


@pytest.mark.parametrize(("value", "ok"), [(0.9, False), (1, True), (2, True), (2.1, False)])
def test_within_includes_both_limits(value, ok):
    """Both ends of an allowed range belong to it."""
    assert within("ratio", value, 1, 2).ok is ok


@pytest.mark.parametrize(
    ("interval", "upper", "lower"),
    [
        ((1, 2), True, False),
        ((1, 5), True, None),
        ((4, 6), None, None),
        ((5, 6), None, True),
        ((6, 7), False, True),
    ],
)
def test_intervals_decide_three_ways(interval, upper, lower):
    """An interval satisfies or violates as a whole and is undecided where the limit cuts it."""
    middle = sum(interval) / 2
    assert at_most("x", middle, 5, interval=interval).ok is upper
    assert at_least("x", middle, 5, interval=interval).ok is lower


@given(FINITE, FINITE, FINITE, FINITE)
def test_a_limit_between_interval_ends_is_never_decided(a, b, value, limit):
    """A verdict on an interval is the verdict that both of its ends have in common."""
    low, high = sorted((a, b))
    for hold in (at_most, at_least):
        ends = {hold("x", end, limit).ok for end in (low, high)}
        ok = hold("x", value, limit, interval=(low, high)).ok
        assert ok is (ends.pop() if len(ends) == 1 else None)


@pytest.mark.parametrize("hold", [at_most, at_least])
def test_nan_is_violated(hold):
    """What could not be computed does not keep within any limit."""
    assert hold("x", NAN, 1).ok is False
    assert hold("x", 1, NAN).ok is False


def test_nan_is_not_within_a_range():
    """What could not be computed does not lie between two limits."""
    assert within("x", NAN, 0, 1).ok is False


@pytest.mark.parametrize(
    ("value", "interval"), [(NAN, (1, 1)), (1, (NAN, 1)), (1, (1, NAN)), (NAN, (NAN, NAN))]
)
@pytest.mark.parametrize("hold", [at_most, at_least])
def test_nan_beside_an_interval_never_passes(hold, value, interval):
    """No interval makes up for a value or an end that could not be computed."""
    assert hold("x", value, 1, interval=interval).ok is not True


def test_an_interval_may_be_an_array():
    """The two quantiles that NumPy returns are an interval."""
    interval = np.quantile([1.0, 2.0, 3.0], [0.0, 1.0])
    assert at_most("x", 2, 5, interval=interval).interval == (1.0, 3.0)


@pytest.mark.parametrize(
    ("measurement", "text"),
    [
        (at_most("p95 of predict", 31.54, 20, "ms"), "p95 of predict is 31.5 ms, limit 20 ms"),
        (
            at_most("p95 of predict", 31.54, 20, "ms", interval=(30.9, 32.2)),
            "p95 of predict is 31.5 ms (95 % interval 30.9 to 32.2), limit 20 ms",
        ),
        (at_most("rows", 1_200_000, 1000), "rows is 1,200,000, limit 1,000"),
        (at_least("accuracy", 0.7512, 0.8), "accuracy is 0.751, at least 0.8 required"),
        (
            at_least("rows", 5, 10, "rows", interval=(1, 9)),
            "rows is 5 rows (95 % interval 1 to 9), at least 10 rows required",
        ),
        (within("mean", 2.5, 0, 1, "kg"), "mean is 2.5 kg, allowed 0 to 1 kg"),
        (within("mean", 2.5, 0, 1), "mean is 2.5, allowed 0 to 1"),
        (none_of("columns used", {"Sex", "Age"}), "columns used: Age, Sex"),
        (none_of("columns used", ()), "columns used: none"),
        (undecided("drift", "3 rows are too few"), "drift: undecided because 3 rows are too few"),
    ],
)
def test_texts(measurement, text):
    """The sentence names the thing, its value, its interval and its limit."""
    assert measurement.text == text


def test_none_of_is_violated_by_what_was_found():
    """Whatever was found violates, and is listed in order as the value."""
    found = none_of("columns used", (name for name in ("Sex", "Age")))
    assert (found.ok, found.value, found.limit) == (False, ["Age", "Sex"], [])
    assert none_of("columns used", []).ok is True


def test_undecided_is_neither():
    """What cannot be judged is neither within a limit nor beyond one."""
    measurement = undecided("drift", "no reference", value=3, how="counted", hint="wait")
    assert measurement.ok is None
    assert (measurement.value, measurement.how, measurement.hint) == (3, "counted", "wait")


@pytest.mark.parametrize("hold", [at_most, at_least])
def test_evidence_is_kept(hold):
    """How it was measured, the worst offenders and the hint stay with the measurement."""
    kept = hold("x", 1, 2, "ms", interval=(0, 3), how="timed", worst=[7, "row"], hint="cache")
    assert (kept.value, kept.limit, kept.unit, kept.interval) == (1, 2, "ms", (0.0, 3.0))
    assert (kept.how, kept.worst, kept.hint) == ("timed", ("7", "row"), "cache")


def test_a_range_is_its_limit():
    """A range is kept as the list of its two ends, beside its evidence."""
    kept = within("x", 1, 0, 2, "ms", how="timed", worst=["a"], hint="cache")
    assert kept.limit == [0.0, 2.0]
    assert (kept.unit, kept.how, kept.worst, kept.hint) == ("ms", "timed", ("a",), "cache")


def test_numpy_does_not_get_in():
    """A measurement made of NumPy scalars holds Python's own types."""
    made = Measurement(
        name="x", text="x", ok=np.bool_(False), value=np.float32(0.5), limit=np.int64(3),
        interval=(np.float64(1), np.float64(2)), worst=(np.int64(7),),
    )  # fmt: skip
    types = [type(part) for part in (made.ok, made.value, made.limit, *made.interval, *made.worst)]
    assert types == [bool, float, int, float, float, str]


def test_as_dict_is_json():
    """A measurement as a dictionary has all fields and only JSON types."""
    kept = at_most("x", np.float64(1), 2, "ms", interval=(0, 3), worst=("a",))
    assert json.loads(json.dumps(kept.as_dict())) == {
        "id": "x", "of": "", "name": "x", "ok": None,
        "text": "x is 1 ms (95 % interval 0 to 3), limit 2 ms", "value": 1.0, "unit": "ms",
        "limit": {"value": 2, "direction": "at_most", "unit": "ms", "option": ""},
        "interval": [0.0, 3.0], "how": "", "hint": "", "warning": "", "part": "", "waited": None,
        "evidence": [
            {
                "type": "offenders", "what": "", "items": [{"where": "a", "value": None,
                "moves": None}], "unit": "", "digits": 3, "total": None,
            },
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("made", "limit"),
    [
        (undecided("x", "why"), None),
        (
            undecided("x", "why", option="max_ms"),
            {"value": None, "direction": "", "unit": "", "option": "max_ms"},
        ),
        (at_least("x", 1, 0), {"value": 0, "direction": "at_least", "unit": "", "option": ""}),
    ],
)
def test_as_dict_of_a_limit(made, limit):
    """A limit stands there with all that is known of it, and is null where nothing is."""
    assert made.as_dict()["limit"] == limit


def test_identity():
    """What a kind says of a measurement for programs is kept, whatever the words for people."""
    for made in (
        at_most("how long it takes", 1, 2, id="p95", of="predict", option="max_p95_ms"),
        at_least("how long it takes", 1, 2, id="p95", of="predict", option="max_p95_ms"),
        within("how long it takes", 1, 2, 3, id="p95", of="predict", option="max_p95_ms"),
        none_of("how long it takes", [], id="p95", of="predict", option="max_p95_ms"),
        undecided("how long it takes", "why", id="p95", of="predict", option="max_p95_ms"),
    ):
        assert (made.id, made.of, made.option) == ("p95", "predict", "max_p95_ms")


@pytest.mark.parametrize(
    ("made", "direction"),
    [
        (at_most("x", 1, 2), "at_most"),
        (at_least("x", 1, 2), "at_least"),
        (within("x", 1, 2, 3), "within"),
        (none_of("x", []), "at_most"),
        (undecided("x", "why"), ""),
        (Measurement(name="x", text="x", ok=True), ""),
    ],
)
def test_direction(made, direction):
    """Which side of its limit is allowed is part of a measurement."""
    assert made.direction == direction


class Colour(str, enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    LARGE = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.bool_(True), True),
        (np.int8(-3), -3),
        (np.float32(0.5), 0.5),
        (np.str_("a"), "a"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(7), 7),
        (np.array([1, None, "a"], dtype=object), [1, None, "a"]),
        (np.datetime64("2027-01-31"), "2027-01-31"),
        (np.longdouble(1.5), 1.5),
        (Path("a/b"), "a/b"),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"b": np.int64(1)}.keys(), ["b"]),
        ((1, (2, [np.int64(3)])), [1, [2, [3]]]),
        (deque([1, 2]), [1, 2]),
        (range(3), [0, 1, 2]),
        ({1: {"a": (np.float64(2),)}}, {"1": {"a": [2.0]}}),
        (Size.LARGE, 3),
        (None, None),
        (1 + 2j, "(1+2j)"),
        (b"raw", "b'raw'"),
    ],
)
def test_plain_unpacks(value, expected):
    """Everything that a check may come up with ends as JSON types."""
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)


def test_plain_enum_of_strings_is_text():
    """A member of an enumeration of strings becomes a string and nothing more."""
    assert type(plain(Colour.RED)) is str


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(max_size=4),
    st.dates(),
    st.complex_numbers(),
    st.integers(-128, 127).map(np.int8),
    st.floats(width=32).map(np.float32),
    st.booleans().map(np.bool_),
    st.text(alphabet="abc").map(Path),
    st.lists(st.floats(), max_size=3).map(np.array),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=2), st.integers(), st.none()), inner),
        st.sets(st.one_of(st.integers(), st.text(max_size=2), st.floats()), max_size=3),
    ),
    max_leaves=10,
)


def _strict(value):
    if isinstance(value, list):
        return all(map(_strict, value))
    if type(value) is dict:
        return all(type(key) is str and _strict(item) for key, item in value.items())
    return type(value) in (type(None), bool, int, float, str)


@given(ANYTHING)
def test_plain_is_json_and_pickles(value):
    """Whatever goes in, what comes out serialises as JSON and crosses a process boundary."""
    result = plain(value)
    assert _strict(result)
    json.dumps(result)
    assert repr(pickle.loads(pickle.dumps(result))) == repr(result)


@given(ANYTHING)
def test_measurements_pickle(value):
    """A measurement survives the way out of the isolated check as it is."""
    measurement = Measurement(name="x", text="x", ok=None, value=value, worst=("a",))
    assert repr(pickle.loads(pickle.dumps(measurement))) == repr(measurement)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (20, "20"),
        (20.0, "20"),
        (31.54, "31.5"),
        (0.05, "0.05"),
        (0.123456, "0.123"),
        (-2.5, "-2.5"),
        (999.4, "999"),
        (999.9, "1,000"),
        (-999.9, "-1,000"),
        (1234.5678, "1,235"),
        (1_000_000, "1,000,000"),
        (10**20, "100,000,000,000,000,000,000"),
        (1e20, "1e+20"),
        (1.5e-7, "1.5e-07"),
        (np.float64(2.5), "2.5"),
        (np.int64(1500), "1,500"),
        (float("inf"), "inf"),
        (NAN, "nan"),
    ],
)
def test_number(value, text):
    """A number reads as a person writes it."""
    assert number(value) == text


@given(st.floats(min_value=0.001, max_value=1e14))
@example(999.7)
def test_everyday_numbers_have_no_exponent(value):
    """Numbers of everyday size are written out, and to three digits right."""
    text = number(value)
    assert "e" not in text
    assert math.isclose(float(text.replace(",", "")), value, rel_tol=0.0051)


def test_described_tells_the_place():
    """An exception is told with its message on one line and the place that raised it."""
    try:
        number("no\n  number")
    except ValueError as error:
        told = described(error)
    assert re.fullmatch(r"ValueError: .*no.* \(measurement\.py:\d+, in number\)", told)


def test_described_without_message_and_place():
    """An exception without message, that nobody raised, is told by its type."""
    assert described(KeyError()) == "KeyError"


def test_described_is_short():
    """A message of pages is cut."""
    told = described(ValueError("x" * 10_000))
    assert told == f"ValueError: {'x' * 488} ..."


def test_described_survives_a_broken_message():
    """An exception whose message cannot be had is told by its type."""

    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

    assert described(Broken()) == "Broken"
