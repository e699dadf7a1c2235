"""A measurement has a name for programs, which is taken from its words where a kind gives none."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core.identity import direction_of, identified


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("p95 of predict", ("p95", "predict")),
        ("p95 of predict of X", ("p95", "predict of X")),
        ("largest share", ("largest_share", "")),
        ("AUC of X for 'Sex'", ("auc", "X for 'Sex'")),
        ("50 % quantile, in ms", ("50_quantile_in_ms", "")),
        ("größe", ("gr_e", "")),
        ("大小", ("value", "")),
        ("", ("value", "")),
    ],
)
def test_identity(name, found):
    """What stands before the first `of` is the identifier, and what stands behind it is its own."""
    assert identified(name) == found
    assert identified("x", *found) == found


@pytest.mark.parametrize("id", ["P95", "p 95", "p.95", "p95\n", "größe"])
def test_what_is_no_identifier(id):
    """An identifier that a kind gives has small letters, digits and underscores only."""
    with pytest.raises(ValueError, match="the id of a measurement has a-z, 0-9 and _ only, not "):
        identified("x", id)


@pytest.mark.parametrize(
    ("value", "limit", "ok", "found"),
    [
        (1, None, True, ""),
        (1, [0.0, 2.0], True, "within"),
        (["Age"], [], False, "at_most"),
        (1, 2, True, "at_most"),
        (3, 2, False, "at_most"),
        (3, 2, True, "at_least"),
        (1, 2, False, "at_least"),
        (1, 2, None, "at_most"),
        (2, 2, True, "at_most"),
        ("a", 2, True, "at_most"),
    ],
)
def test_direction(value, limit, ok, found):
    """Where a kind does not say which side of a limit is allowed, its verdict tells."""
    assert direction_of(value, limit, ok=ok) == found
