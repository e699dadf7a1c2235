"""json_format: what the file of `--mlreqs-json` holds, as types.

`json_format.json` beside this module is the same as a JSON Schema. `msgspec.json.decode(data,
type=Document)` reads a file, evidence included.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pytest_mlreqs.core.evidence import Evidence
from pytest_mlreqs.core.identity import Direction


class _Object(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has these fields, all of them."""


class Limit(_Object, frozen=True, kw_only=True):
    """What a value is held to.

    Attributes:
        value: a number, the two ends of a range, or a list of what may be found; null where the
            option is known and the limit was not reached.
        direction: the allowed side; empty where no single limit says it.
        unit: of the limit.
        option: that sets it, or empty.
    """

    value: Any
    direction: Direction
    unit: str
    option: str


class Measurement(_Object, frozen=True, kw_only=True):
    """One value of a verdict; see `pytest_mlreqs.Measurement`."""

    id: str
    of: str
    name: str
    text: str
    ok: bool | None
    value: Any
    unit: str
    limit: Limit | None
    interval: tuple[float | None, float | None] | None
    how: str
    hint: str
    warning: str
    part: str
    waited: float | None
    evidence: list[Evidence]


class Proof(_Object, frozen=True, kw_only=True):
    """A planted violation, whether it was noticed, and what the check said."""

    what: str
    noticed: bool
    said: str


class Verdict(_Object, frozen=True, kw_only=True):
    """What came of a requirement in one test.

    Attributes:
        name: the requirement, or a part of it.
        kind: the kind of requirement.
        requirement: the name under which it counts.
        label: the name with the parameters of its test.
        node: the test.
        declared: file and line, or empty.
        state: what became of it.
        fault: what the subject did wrong, or null.
        error: why the check could not be made, or null.
        seconds: how long it took.
        reason: why a violation is accepted, or null.
        until: the last day of that, or null.
        proofs: of `--mlreqs-prove`.
        measurements: in the order of the check.
    """

    name: str
    kind: str
    requirement: str
    label: str
    node: str
    declared: str
    state: Literal["satisfied", "violated", "undecided", "accepted", "error"]
    fault: str | None
    error: str | None
    seconds: float
    reason: str | None
    until: str | None
    proofs: list[Proof]
    measurements: list[Measurement]


class Document(_Object, frozen=True, kw_only=True):
    """One run.

    Attributes:
        format: raised when a field changes its meaning or goes.
        pytest_mlreqs: the version of the plugin.
        time: when it ended, UTC, ISO 8601.
        revision: the commit that is checked out, or `unknown`.
        configuration: the file that declares requirements, or null.
        machine: where it ran.
        counts: requirements by state.
        not_checked: names of requirements without a verdict.
        verdicts: test by test.
    """

    format: Literal[2]
    pytest_mlreqs: str
    time: str
    revision: str
    configuration: str | None
    machine: dict[str, str | float | None]
    counts: dict[str, int]
    not_checked: list[str]
    verdicts: list[Verdict]


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    return msgspec.json.schema(Document)
