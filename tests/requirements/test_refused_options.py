"""Budgets that are no numbers, or that nobody could decide in time, stop the run by their line."""

import msgspec
import msgspec.inspect as types
import pytest

from pytest_mlreqs.declare import config
from pytest_mlreqs.declare.options import expected
from pytest_mlreqs.declare.pyproject import ConfigError
from tests import pages
from tests.pages import CATALOGUE, KINDS

NUMBERS = [
    (kind, field.name)
    for kind in KINDS
    for field in msgspec.structs.fields(CATALOGUE.load(kind))
    if "number" in (words := expected(types.type_info(field.type))) and " of " not in words[:9]
]
ODD = ["-1", "nan", "inf", "-inf", '"20"', "true", "[]", "2027-01-31", "9" * 400]


def problems(tmp_path, text):
    """All that is wrong with a declaration."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.read(path, CATALOGUE)
    return caught.value.problems


def with_last(kind, option, value):
    """A declaration of a kind whose last line is about the option, and the number of that line."""
    table = pages.options(kind)
    table.pop(option, None)
    return f"{pages.lines(kind, table)}\n{option} = {value}\n", 2 + len(table)


def test_there_are_numbers():
    """The search for options that are numbers finds those that may be left out, too."""
    assert {("latency", "max_p50_ms"), ("leakage", "max_auc"), ("throughput", "rows")} <= {*NUMBERS}


@pytest.mark.parametrize("value", ODD, ids=lambda value: value[:10])
@pytest.mark.parametrize(("kind", "option"), NUMBERS)
def test_what_is_no_number(tmp_path, kind, option, value):
    """It is told with file, line, what it must be and what it is, whatever the option."""
    text, line = with_last(kind, option, value)
    (told,) = problems(tmp_path, text)
    start = f"pyproject.toml:{line}: [tool.mlreqs.{kind}] option {option!r} must be a "
    assert told.startswith(start)
    assert "number" in told.removeprefix(start)


@pytest.mark.parametrize(("kind", "option"), NUMBERS)
def test_a_misspelt_option(tmp_path, kind, option):
    """It is told with the option that was most likely meant."""
    typed = option.replace("_", "-", 1) if "_" in option else option + "s"
    text, line = with_last(kind, typed, 3)
    (told, *_) = problems(tmp_path, text)
    words = f"has no option {typed!r}; did you mean {option!r}?"
    assert told == f"pyproject.toml:{line}: [tool.mlreqs.{kind}] {words}"


@pytest.mark.parametrize(
    ("kind", "options", "line", "words"),
    [
        ("latency", {"max_p999_ms": 5, "max_calls": 1_000}, 2, "max_p999_ms takes 5,212 calls"),
        ("latency", {"max_p95_ms": 5, "max_seconds": 0}, 3, "of at least 0.1, got 0"),
        ("latency", {"max_p95_ms": 5, "rate_per_s": 1, "max_seconds": 9}, 2, "at 1 a second"),
        ("latency", {"max_load_ms": 5, "max_seconds": 0.1}, 2, "takes 8 new processes, 0.24 s"),
        ("memory", {"max_growth_bytes_per_call": 0, "max_seconds": 0}, 3, "of at least 0.1"),
        ("compute_regression", {"max_memory_growth": 2, "max_calls": 9}, 3, "of at least 40"),
    ],
)  # fmt: skip
def test_what_no_model_could_keep(tmp_path, kind, options, line, words):
    """It is told before any test has run, on the line of the option, with what to change."""
    (told,) = problems(tmp_path, pages.lines(kind, options))
    assert told.startswith(f"pyproject.toml:{line}: [tool.mlreqs.{kind}")
    assert words in told


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("latency", {"max_p95_ms": 600}),
        ("latency", {"max_p99_ms": 120, "rows": 3}),
        ("latency", {"max_p95_ms": 5_000, "max_seconds": 0.1}),
        ("latency", {"max_p95_ms": 5, "rate_per_s": 0.1}),
        ("latency", {"max_p95_ms": 5, "warmup": 900_000}),
        ("latency", {"max_load_ms": 90_000, "max_first_call_ms": 60_000}),
        ("latency", {"max_p95_ms": 5, "max_seconds": 90}),
        ("latency", {"max_p95_ms": 5, "max_seconds": 90, "timeout_s": 5}),
        ("throughput", {"rows": 9_000, "min_rows_per_s": 2}),
        ("memory", {"max_growth_bytes_per_call": 0, "max_seconds": 99}),
        ("feature_cost", {"max_ms_per_column": 9_000}),
        ("feature_cost", {"max_ms_of": {"a": 9_000}, "max_ms_per_step": 9_000}),
        ("compute_regression", {"max_memory_growth": 2, "max_seconds": 31}),
    ],
)
def test_what_a_quick_model_keeps_is_not_refused(tmp_path, kind, options):
    """However generous a limit is, and however long a slow model would take to be judged by it."""
    path = tmp_path / "pyproject.toml"
    path.write_text(pages.lines(kind, options), encoding="utf-8")
    (declared,) = config.read(path, CATALOGUE).declarations
    asked = declared.requirement.seconds()
    limit = declared.terms.limit_s(asked)
    assert limit == (5 if "timeout_s" in options else max(60, 1.5 * asked))
