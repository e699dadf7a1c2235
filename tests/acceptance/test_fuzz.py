"""Whatever stands in [tool.mlreqs], it is a run or a usage error, never a traceback."""

import datetime
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.config import read
from pytest_mlreqs.declare.pyproject import ConfigError

WORDS = st.sampled_from(
    """latency forbidden_features subjects accept tests timeout_s max_memory_mib isolation undecided
    id uses columns reason rows max_p95_ms max_p50_ms method warmup max_calls max_seconds model X
    until path trust sha256 p95 latencey""".split()  # noqa: SIM905
)
KEYS = st.one_of(WORDS, st.text(max_size=8))
VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.dates(),
        WORDS,
        st.sampled_from(
            ["os:getcwd", "a.csv", "fail", "predict", datetime.date(2999, 1, 1), 5, 0.5]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=6)


def toml(value):
    """A value in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = "".join(c if c.isalnum() or c in " _-:./" else f"\\U{ord(c):08x}" for c in value)
        return f'"{text}"'
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    return repr(value)


def document(table):
    """The table as [tool.mlreqs]."""
    return "[tool.mlreqs]\n" + "".join(f"{toml(k)} = {toml(v)}\n" for k, v in table.items())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES)
def test_reading(table):
    """Reading gives a configuration, or lines that each begin with file and line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pyproject.toml"
        text = document(table)
        path.write_text(text, encoding="utf-8")
        try:
            config = read(path, Catalogue())
        except ConfigError as error:
            assert error.problems
            for problem in error.problems:
                told = re.match(r"pyproject\.toml:(\d+): \[", problem)
                assert told, problem
                assert 1 <= int(told[1]) <= len(text.splitlines())
        else:
            assert all(declaration.line >= 1 for declaration in config.declarations)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(TABLES)
def test_running(pytester, table):
    """Pytest ends with its code for wrong usage, or runs."""
    (pytester.path / "pyproject.toml").write_text(document(table), encoding="utf-8")
    (pytester.path / "test_a.py").write_text("def test_a(): pass\n")
    result = pytester.runpytest("-p", "no:cacheprovider")
    assert result.ret in (
        pytest.ExitCode.OK,
        pytest.ExitCode.TESTS_FAILED,
        pytest.ExitCode.USAGE_ERROR,
    )
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def tables(**likely):
    """Tables whose keys are mostly right, and whose values mostly fit their key."""
    return st.fixed_dictionaries(
        {}, optional={k: st.one_of(v, v, VALUES) for k, v in likely.items()}
    )


TEXT = st.sampled_from(["a", "", "race_*", "os:getcwd", "os:getcwdd", "nowhere:x", "a.csv", "::"])
NUMBER = st.one_of(st.integers(-2, 30), st.floats(), st.sampled_from([0, 10**400, -0.0]))
SHARED = {"id": TEXT, "uses": tables(model=TEXT, X=TEXT, Y=TEXT), "timeout_s": NUMBER}
FILE = tables(path=TEXT, trust=st.lists(TEXT), sha256=st.sampled_from(["", "0" * 64, "A" * 64]))
LATENCY = tables(max_p50_ms=NUMBER, max_p95_ms=NUMBER, rows=NUMBER, method=TEXT, **SHARED)
FEATURES = tables(columns=st.lists(TEXT, max_size=3), reason=TEXT, rows=NUMBER, **SHARED)
EXCEPTION = tables(reason=TEXT, until=st.one_of(st.dates(), st.datetimes(), st.times()))
LIKELY = tables(
    subjects=tables(model=st.one_of(TEXT, FILE), X=st.one_of(TEXT, FILE), request=TEXT),
    accept=st.dictionaries(st.sampled_from(["latency", "latency[a]", "latencey", ""]), EXCEPTION),
    latency=st.one_of(LATENCY, st.lists(LATENCY, max_size=3)),
    forbidden_features=st.one_of(FEATURES, st.lists(FEATURES, max_size=3)),
    tests=st.sampled_from(["", ".", "tests", "..", "\x00", "a" * 300]),
    max_memory_mib=NUMBER,
    isolation=st.sampled_from(["process", "none", "thread"]),
    undecided=st.sampled_from(["warn", "fail", "pass"]),
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(LIKELY)
def test_reading_likely_tables(table):
    """Tables that are nearly right are read, or told line by line, as any other."""
    test_reading.hypothesis.inner_test(table)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(LIKELY)
def test_running_likely_tables(pytester, table):
    """Tables that are nearly right end in a run or a usage error, as any other."""
    test_running.hypothesis.inner_test(pytester, table)
