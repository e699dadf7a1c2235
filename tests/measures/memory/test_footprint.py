"""Tests of pytest_mlreqs.measures.memory.footprint."""

import numpy as np
import pytest

from pytest_mlreqs.core.measurement import MIB, Undecided
from pytest_mlreqs.measures.memory.footprint import Footprint, loads
from pytest_mlreqs.measures.memory.peak import resettable

pytestmark = pytest.mark.skipif(not resettable(), reason="needs Linux")


def test_known_size():
    """Bytes take what they have, at the peak and afterwards; nothing is inherited."""
    earlier = np.ones(300 * MIB // 8)
    (seen,) = loads(b"\1" * (64 * MIB), {"peak": 200 * MIB}, timeout_s=60)
    assert seen.peak == pytest.approx(64 * MIB, rel=0.1)
    assert seen.held == pytest.approx(64 * MIB, rel=0.1)
    assert seen.stored == pytest.approx(64 * MIB, rel=0.01)
    assert earlier.nbytes == 300 * MIB


def test_another_process_beyond_the_limit():
    """What is beyond a limit is measured in another process too."""
    model = b"\1" * (8 * MIB)
    for what in ("peak", "held"):
        assert len(loads(model, {what: 4 * MIB}, timeout_s=60)) == 2
        assert len(loads(model, {what: 400 * MIB}, timeout_s=60)) == 1


def test_a_table():
    """All that is known of a process is told in MiB."""
    table = Footprint(3 * MIB, 2 * MIB, MIB).table()
    assert table.columns[1].unit == "MiB"
    assert table.rows == (("at the peak", 3), ("afterwards", 2), ("pickled", 1))


class Here:
    """A model of a module that only exists here."""

    def __reduce__(self):
        return __import__, ("no_such_module_anywhere",)


def test_what_cannot_be_loaded():
    """What cannot be loaded elsewhere is told, and so is what cannot be pickled."""
    with pytest.raises(Undecided, match="cannot be loaded in a fresh process: ModuleNotFoundErr"):
        loads(Here(), {"peak": MIB}, timeout_s=60)
    with pytest.raises(Undecided, match="the model cannot be pickled"):
        loads(lambda: 1, {"held": MIB}, timeout_s=60)
