"""Noise that no copy of a process repeats, and that is the same in every run of the tests.

A model that takes its noise from the system is no other in a forked copy of its process, and would
make a test fail as often as its rule is wrong. The number of draws is kept where all copies see it.
"""

import mmap
import struct

import numpy as np

_NUMBER = struct.Struct("Q")
_drawn = mmap.mmap(-1, _NUMBER.size)


def entropy():
    """A generator that is no other's, in whichever process."""
    (number,) = _NUMBER.unpack(_drawn[: _NUMBER.size])
    _drawn[: _NUMBER.size] = _NUMBER.pack(number + 1)
    return np.random.default_rng([20_261_130, number])


def start_again():
    """Let the first generator come next."""
    _drawn[: _NUMBER.size] = _NUMBER.pack(0)
