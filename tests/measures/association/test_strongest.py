"""The strongest input is one that the model reads, as far as anybody can tell."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.association.single_input import target
from pytest_mlreqs.measures.association.strongest import strongest

GENERATOR = np.random.default_rng(0)
Y = pd.Series([0, 1] * 100)
ROWS = pd.DataFrame({"copy": Y * 2.0, "near": Y + GENERATOR.normal(0, 0.6, 200), "noise": 1.0})


@pytest.mark.parametrize(
    ("read", "limit", "top", "proven", "unread"),
    [
        ({0: True, 1: True, 2: True}, 0.9, 0, True, []),
        ({0: False, 1: True, 2: True}, 0.7, 1, True, ["copy"]),
        ({0: None, 1: True, 2: True}, 0.95, 0, False, []),
        ({0: None, 1: True, 2: True}, 0.6, 1, True, []),
        ({0: False, 1: False, 2: False}, 0.99, None, True, ["copy"]),
    ],
    ids=["read", "not read", "doubtful", "the next is certain", "none"],
)
def test_strongest(read, limit, top, proven, unread):
    """What is read for certain comes before what may be; what is not read never counts."""
    inputs = SimpleNamespace(names=list(ROWS.columns), read=read.get)
    seen = strongest(inputs, ROWS, target(Y, classes=True), [0, 1, 2], limit)
    assert (seen.top[0] if seen.top else None, seen.proven, seen.unread) == (top, proven, unread)
