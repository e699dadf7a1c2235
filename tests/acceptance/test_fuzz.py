"""Whatever stands in [tool.mlreqs], it is a run or a usage error, never a traceback."""

import datetime
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_mlreqs.catalogue import Catalogue
from pytest_mlreqs.config import read
from pytest_mlreqs.pyproject import ConfigError

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
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    return repr(value)


def document(table):
    """The table as [tool.mlreqs]."""
    return "[tool.mlreqs]\n" + "".join(f"{toml(k)} = {toml(v)}\n" for k, v in table.items())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
    max_examples=15,
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
