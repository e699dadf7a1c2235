"""What takes memory in new processes too, which import no more than NumPy for it."""

import numpy as np

KIB = 128  # numbers
ROWS = np.arange(80).reshape(40, 2)


class Broadcast:
    """Takes so many KiB for each row of a call."""

    def __init__(self, kib=0, fixed=0):
        self.kib = kib
        self.fixed = fixed

    def predict(self, X):
        return (
            np.ones((len(X), self.kib * KIB + 1)).mean(axis=1)
            + np.ones(self.fixed * KIB + 1).mean()
        )


def train(X, y):
    """Take 40 MiB, and more than a few rows."""
    return Broadcast(fixed=40 * 1024 * (len(X) == len(y) == 40)).predict(X)
