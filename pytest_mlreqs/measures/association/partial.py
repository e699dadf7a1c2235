"""partial: is a score related to an attribute beyond what some columns explain?

The generalised covariance measure of Shah and Peters (2020): the expectation given the columns is
taken off both, and what is left of them is correlated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_mlreqs.measures.association.association import crossfitted

if TYPE_CHECKING:
    from pytest_mlreqs.measures.association.attributes import Attribute
    from pytest_mlreqs.measures.tables.columns import Coded

Array = np.ndarray[Any, Any]

_NOTHING = 0.01  # of the score's standard deviation: what is less is the error of the probes
_TOLD = 0.1  # of a group's standard deviation


@dataclass(frozen=True, slots=True)
class Partial:
    """What one output of a score and one group, or number, still have to do with each other.

    Attributes:
        group: position among the targets of the attribute.
        output: position among the outputs of the score.
        r: partial correlation, -1 to 1; 0 where `blind`.
        se: its standard error.
        plain: correlation before anything is taken off.
        blind: the columns tell the group itself, so that nothing is left to correlate with.
    """

    group: int
    output: int
    r: float
    se: float
    plain: float
    blind: bool


def unexplained(scores: Array, given: Coded) -> Array:
    """What the columns leave of every output, by the better probe; 0 where it is next to nothing.

    Args:
        scores: shape (n, k).
        given: the columns, n rows; none of them explains the mean only.
    """
    rest = np.zeros_like(scores)
    for output, score in enumerate(scores.T):
        if score.std() > 0:
            error = score - _closest(score, given)
            if error.std() > _NOTHING * score.std():
                rest[:, output] = error
    return rest


def partial(scores: Array, rest: Array, of: Attribute, given: Coded) -> list[Partial]:
    """Correlate every output with every target, given the columns.

    Args:
        scores: shape (n, k), of the rows of the attribute.
        rest: shape (n, k); what the columns leave of them.
        of: the attribute of n rows.
        given: the columns, n rows.
    """
    targets = of.targets()
    others = targets - _attribute_expected(of, given)
    found = []
    for output in range(scores.shape[1]):
        for group in range(targets.shape[1]):
            plain, _ = correlation(scores[:, output], targets[:, group])
            blind = bool(others[:, group].std() <= _TOLD * targets[:, group].std())
            # What is left of a group that the columns tell is the error of a probe.
            r, se = (0.0, 0.0) if blind else correlation(rest[:, output], others[:, group])
            found.append(Partial(group, output, r, se, plain, blind))
    return found


def correlation(a: Array, b: Array) -> tuple[float, float]:
    """Pearson's correlation and its standard error, whatever the two are distributed like.

    From the influence function of the correlation; at r = 0 the ratio of the two is the statistic
    of Shah and Peters. Constant values are uncorrelated with anything.
    """
    spread = a.std(), b.std()
    if not all(spread):
        return 0.0, 0.0
    u, v = (a - a.mean()) / spread[0], (b - b.mean()) / spread[1]
    r = float(np.mean(u * v))
    return r, float(np.std(u * v - r * (u**2 + v**2) / 2) / np.sqrt(len(a)))


def _closest(values: Array, given: Coded) -> Array:
    """The expectation of numbers by the probe with the smaller squared error."""
    guesses = [guess[:, 0] for guess in crossfitted(given, values, classes=False).values()]
    return min(guesses, key=lambda guess: float(np.mean((values - guess) ** 2)))


def _attribute_expected(of: Attribute, given: Coded) -> Array:
    """The expectation of each target by the better probe: the smaller log loss for groups."""
    if of.numbers is not None:
        return _closest(of.numbers, given)[:, None]
    rows = np.arange(len(of.codes))
    guesses = crossfitted(given, of.codes, classes=True).values()
    best = max(guesses, key=lambda p: float(np.log(np.clip(p[rows, of.codes], 1e-9, 1)).sum()))
    return best[:, list(of.judged)]
