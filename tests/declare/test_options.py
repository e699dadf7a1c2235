"""A table becomes a frozen class, or everything that is wrong with it is said at once."""

from __future__ import annotations

import datetime
import math
from typing import Annotated, Literal

import msgspec
import msgspec.inspect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.declare.options import (
    Problem,
    convert,
    description,
    expected,
    nearest,
    shown,
    suggestion,
)

Text = Annotated[str, msgspec.Meta(min_length=1)]
Above = Annotated[float, msgspec.Meta(gt=0)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One option of every type that kinds use."""

    max_p95_ms: Annotated[float, msgspec.Meta(gt=0, description="the slowest of twenty calls")]
    columns: tuple[Text, ...] = ()
    calls: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    strict: bool = False
    mode: Literal["fast", "slow"] = "fast"
    until: datetime.date | None = None
    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{4}$")] | None = None
    limits: list[Above] = []
    ranges: dict[str, tuple[float, ...]] = {}
    ratio: float = 1.0

    def __post_init__(self):
        if self.calls > 50 and self.strict:
            raise ValueError("'calls' above 50 and 'strict' exclude each other")


def problems(**table):
    """What is wrong with a table that has the required option."""
    options, found = convert(Options, {"max_p95_ms": 20, **table}, ("tool", "x"))
    assert (options is None) is bool(found)
    return found


def only_text(**table):
    """The one thing that is wrong."""
    (problem,) = problems(**table)
    return problem.text


def test_convert():
    """A right table becomes an instance with its defaults and in the types of the class."""
    options, found = convert(Options, {"max_p95_ms": 20, "columns": ["Sex"]}, ())
    assert found == []
    assert options == Options(max_p95_ms=20.0, columns=("Sex",))
    assert type(options.max_p95_ms) is float


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("max_p95_ms", "20", "option 'max_p95_ms' must be a number above 0, got '20'"),
        ("max_p95_ms", 0, "option 'max_p95_ms' must be a number above 0, got 0"),
        ("max_p95_ms", True, "option 'max_p95_ms' must be a number above 0, got true"),
        ("max_p95_ms", math.inf, "option 'max_p95_ms' must be a number above 0, got inf"),
        ("max_p95_ms", math.nan, "option 'max_p95_ms' must be a number above 0, got nan"),
        ("max_p95_ms", {}, "option 'max_p95_ms' must be a number above 0, got a table"),
        (
            "calls",
            False,
            "option 'calls' must be a whole number of at least 1 and of at most 100, got false",
        ),
        (
            "calls",
            1.5,
            "option 'calls' must be a whole number of at least 1 and of at most 100, got 1.5",
        ),
        (
            "columns",
            "Sex",
            "option 'columns' must be a list of strings that are not empty, got 'Sex'",
        ),
        (
            "columns",
            ["Sex", ""],
            "option 'columns' must be a list of strings that are not empty, got ['Sex', '']",
        ),
        ("strict", 1, "option 'strict' must be true or false, got 1"),
        ("mode", "fats", "option 'mode' must be 'fast' or 'slow', got 'fats'"),
        ("until", "soon", "option 'until' must be a date such as 2027-01-31, got 'soon'"),
        (
            "digest",
            "12345",
            "option 'digest' must be a string like ^[0-9a-f]{4}$, got '12345'",
        ),
        ("max_p95", 2, "has no option 'max_p95'; did you mean 'max_p95_ms'?"),
    ],
)
def test_problems_word_for_word(key, value, text):
    """A wrong option is told with its name, what it must be and what it is."""
    assert problems(**{key: value}) == [Problem(("tool", "x", key), text)]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_no_number_is_infinite_however_deep(value):
    """Infinite numbers and NaN are refused inside lists and tables too."""
    assert problems(limits=[1.0, value])
    assert problems(ranges={"a": [0.0, value]})


@pytest.mark.parametrize("key", ["max_p95_ms", "ratio"])
def test_numbers_beyond_all_types_are_refused(key):
    """A whole number that fits no float is a problem, whether the option has bounds or not."""
    assert only_text(**{key: 10**400}).startswith(f"option {key!r} must be a number")


def test_a_missing_option_is_told_with_its_meaning():
    """An option that is required and absent is named at the table, with its description."""
    _, found = convert(Options, {}, ("tool", "x"))
    text = "needs the option 'max_p95_ms': the slowest of twenty calls"
    assert found == [Problem(("tool", "x"), text)]


def test_all_problems_at_once():
    """Ten mistakes in one table give ten problems."""
    table = {
        "p95": 20, "columns": "Sex", "calls": 0, "strict": "yes", "mode": "", "until": 1,
        "digest": "", "limits": [0], "colour": 1,
    }  # fmt: skip
    _, found = convert(Options, table, ("x",))
    assert {problem.path[-1] for problem in found} == {*table, "x"}
    assert len(found) == 10


@pytest.mark.parametrize(("value", "word"), [(5, "5"), ("a", "'a'"), ([], "[]"), (True, "true")])
def test_no_table(value, word):
    """What is no table at all is told as it is."""
    options, (problem,) = convert(Options, value, ("tool", "x"))
    assert options is None
    assert problem.text.endswith(f"must be a table, got {word}")


def test_what_options_must_fulfil_together():
    """An error of `__post_init__` stands where the first option that it names does."""
    text = "'calls' above 50 and 'strict' exclude each other"
    assert problems(calls=60, strict=True) == [Problem(("tool", "x", "calls"), text)]


def test_an_impossible_option_is_not_told_twice():
    """What options must fulfil together is asked only once each of them is right."""
    assert len(problems(calls=60, strict=True, mode="no")) == 1


@pytest.mark.parametrize(
    ("hint", "phrase"),
    [
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (Above, "a number above 0"),
        (
            Annotated[float, msgspec.Meta(ge=0, lt=1)],
            "a number of at least 0 and below 1",
        ),
        (Annotated[int, msgspec.Meta(le=5)], "a whole number of at most 5"),
        (str, "a string"),
        (Text, "a string that is not empty"),
        (Annotated[str, msgspec.Meta(pattern="^a$")], "a string like ^a$"),
        (Literal["a", "b"], "'a' or 'b'"),
        (datetime.date, "a date such as 2027-01-31"),
        (datetime.date | None, "a date such as 2027-01-31"),
        (str | float, "a string or a number"),
        (list[str], "a list of strings"),
        (tuple[Text, ...], "a list of strings that are not empty"),
        (frozenset[int], "a list of whole numbers"),
        (Annotated[list[str], msgspec.Meta(min_length=1)], "a list of strings, at least one"),
        (list[Above], "a list of numbers above 0"),
        (
            list[Annotated[int, msgspec.Meta(ge=1)]],
            "a list of whole numbers of at least 1",
        ),
        (list[Literal["a", "b"]], "a list of 'a' or 'b'"),
        (list[bool], "a list of true or false"),
        (list[datetime.date], "a list of dates such as 2027-01-31"),
        (list[Annotated[str, msgspec.Meta(pattern="^a$")]], "a list of strings like ^a$"),
        (list[list[str]], "a list of lists of strings"),
        (dict[str, int], "a table of whole numbers"),
        (Options, "a table"),
        (datetime.time, "another type"),
    ],
)
def test_expected(hint, phrase):
    """A type is a phrase that fits into a sentence."""
    assert expected(msgspec.inspect.type_info(hint)) == phrase


def test_description():
    """The description of an option is found through `Annotated` and beside None."""
    told = Annotated[float, msgspec.Meta(description="seconds")]
    assert description(told) == "seconds"
    assert description(told | None) == "seconds"
    assert description(float) == description(Above) == ""


@pytest.mark.parametrize(
    ("word", "known", "name"),
    [
        ("p95", ["calls", "max_p95_ms", "rows"], "max_p95_ms"),
        ("latencey", ["forbidden_features", "latency"], "latency"),
        ("Latency", ["latency", "memory"], "latency"),
        ("max-p95-ms", ["max_p95_ms"], "max_p95_ms"),
        ("zzgrmbl", ["latency", "memory", "drift"], None),
        ("", ["latency"], None),
        ("latency", [], None),
    ],
)
def test_nearest(word, known, name):
    """The name most likely meant is found by spelling and by shared parts, or there is none."""
    assert nearest(word, known) == name


def test_suggestion():
    """The nearest name is asked for; where none is near, all are told; where none is, nothing."""
    assert suggestion("latencey", ["latency"]) == "; did you mean 'latency'?"
    assert suggestion("zzgrmbl", iter(["latency", "drift"])) == " (known: latency, drift)"
    assert suggestion("zzgrmbl", []) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (1, "1"),
        ("a", "'a'"),
        ({"a": 1}, "a table"),
        (("a", "b"), "['a', 'b']"),
        ("x" * 100, "'" + "x" * 59 + "..."),
        (datetime.date(2027, 1, 31), "2027-01-31"),
    ],
)
def test_shown(value, text):
    """A value reads as in the file, and a long one is cut short."""
    assert shown(value) == text


TOML = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.integers(-(10**400), 10**400),
        st.floats(),
        st.text(),
        st.dates(),
        st.times(),
        st.datetimes(),
        st.sampled_from(["fast", "00ff", 20, 1.5, [0.5]]),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=6,
)
KEYS = st.one_of(st.sampled_from(Options.__struct_fields__), st.text())


@given(TOML | st.dictionaries(KEYS, TOML))
def test_whatever_the_table_convert_does_not_raise(table):
    """Any TOML value gives an instance or problems, never both and never an exception."""
    options, found = convert(Options, table, ("tool",))
    assert (options is None) is bool(found)


@given(st.fixed_dictionaries({"max_p95_ms": TOML}, optional=dict.fromkeys(
    Options.__struct_fields__[1:], TOML)))  # fmt: skip
def test_whatever_convert_accepts_satisfies_the_constraints(table):
    """No option comes through that is out of bounds, infinite or a bool in place of a number."""
    options, _ = convert(Options, table, ())
    if options is not None:
        numbers = [options.max_p95_ms, *options.limits]
        numbers += [end for ends in options.ranges.values() for end in ends]
        assert all(type(number) is float and math.isfinite(number) for number in numbers)
        assert options.max_p95_ms > 0
        assert min(options.limits, default=1) > 0
        assert type(options.calls) is int
        assert 1 <= options.calls <= 100
        assert type(options.strict) is bool
        assert options.mode in ("fast", "slow")
        assert all(map(len, options.columns))
