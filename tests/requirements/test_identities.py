"""Programs know what our kinds measure by identifiers that outlive the words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pytest_mlreqs

ROOT = Path(pytest_mlreqs.__file__).parent
MAKING = {"Measurement", "at_least", "at_most", "none_of", "undecided", "within"}
KINDS = [
    path.relative_to(ROOT).as_posix()
    for folder in ("requirements", "history", "measures", "forgetting")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def nameless(source):
    """The lines that make a measurement without an identifier of its own."""
    lines = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MAKING:
            given = {keyword.arg for keyword in call.keywords}  # None: `**identity`
            if (call.args or "name" in given) and not {"id", None} & given:
                lines.append(call.lineno)
    return lines


@pytest.mark.parametrize("module", KINDS)
def test_every_measurement_says_its_identifier(module):
    """No measurement of ours takes its identifier from its words."""
    assert nameless((ROOT / module).read_text(encoding="utf-8")) == []


def test_nameless_measurements_are_found():
    """The search finds those without, and passes over those with an identifier."""
    source = "at_most('p95', 3, 2)\nMeasurement(name='p95')\nat_most('p95', 3, 2, id='p95')"
    assert nameless(source) == [1, 2]
