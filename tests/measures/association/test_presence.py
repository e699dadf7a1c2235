"""Tests of pytest_mlreqs.measures.association.presence."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.association.attributes import attribute
from pytest_mlreqs.measures.association.presence import presence, presence_read

N = 600
GENERATOR = np.random.default_rng(0)
MEMBER = GENERATOR.random(N) < 0.4
OF = attribute(pd.Series(np.where(MEMBER, "f", "m")))
X = pd.DataFrame(
    {
        "copy": np.where(MEMBER, "x", "y"),
        "noise": GENERATOR.normal(size=N),
        "weak": GENERATOR.normal(size=N) + MEMBER,
    }
)


class Read:
    """Inputs of which it is known, or not, whether they are read."""

    def __init__(self, *known):
        self._known = known

    def read(self, at):
        """Whether it is."""
        return self._known[at]

    def possibly(self, at):
        """Whether it may be."""
        return self._known[at] is not False

    def doubt(self, at):
        """Why it is not known."""
        return f"cannot tell of {at}"


def test_strongest():
    """The columns that tell most are named, the best first, and those that tell nothing are not."""
    found = presence(X, OF, [0, 1, 2])
    assert (found.group.area.value, found.interval[1]) == (1.0, 1.0)
    assert [name for name, _ in found.strongest] == ["copy", "weak"]
    assert found.named().startswith("copy (AUC 1), weak (AUC 0.7")


def test_nothing():
    """No columns tell nothing."""
    found = presence(X, OF, [])
    assert found.group.area.value == 0.5
    assert found.interval[0] == pytest.approx(0.5)
    assert found.named() == ""


@pytest.mark.parametrize(
    ("known", "columns", "doubt"),
    [
        ((True, True, True), (0, 1, 2), ""),
        ((False, True, True), (1, 2), ""),
        ((None, False, True), (0, 2), "cannot tell of 0"),
        ((True, None, False), (0,), ""),
        ((False, None, False), (1,), ""),
    ],
)
def test_what_is_read(known, columns, doubt):
    """Columns that are not read do not count, and doubt matters only where it decides."""
    found = presence_read(X, OF, [0, 1, 2], Read(*known), 0.9)
    assert (found.columns, found.doubt) == (columns, doubt)


def test_nothing_is_tried_where_all_is_within():
    """Whether a column is read is not asked where all of them together are within the limit."""
    assert presence_read(X, OF, [1, 2], None, 0.9).columns == (1, 2)
