"""jobs: does it take longer to start workers for a call than they save?

An estimator with `n_jobs` hands its work out to threads or processes, in calls with one row too.
What there is to do then is often less than the handing out.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.models.frames import batches
from pytest_mlreqs.models.scoring import Scorer, method

_LONGEST_S = 3.0
_PAIRS = 20
_WORTH = 0.8  # of the time of a call
_LONG_MS = 1_000.0  # calls that take longer do so for what the workers do


@dataclass(frozen=True, slots=True)
class Jobs:
    """Parameters that ask for workers, and median milliseconds of a call with and without them."""

    names: tuple[str, ...]
    ms: float
    alone_ms: float

    def hint(self) -> str:
        """What to try; empty unless it saves a fifth of the time."""
        if self.alone_ms > _WORTH * self.ms:
            return ""
        name = self.names[0] + (f" (and {len(self.names) - 1} more)" if len(self.names) > 1 else "")
        return f"{name} = 1: a call takes {number(self.alone_ms)} ms then, not {number(self.ms)}"


def alone(model: Any, name: str, X: Any, rows: int, clock: Clock) -> Jobs | None:
    """Call a model and a copy of it that starts no workers in turns.

    None for one that starts none, and where it makes no difference as calls are long.

    Args:
        model: of scikit-learn, or with its parameters; it is left as it is.
        name: the method.
        X: all rows.
        rows: of a call.
        clock: of all calls.
    """
    try:
        given = model.get_params(deep=True)
        names = tuple(
            key
            for key, value in given.items()
            if key.rpartition("__")[2] == "n_jobs" and value not in (None, 1)
        )
        if not names:
            return None
        single = copy.deepcopy(model)
        single.set_params(**dict.fromkeys(names, 1))
        inputs = (rows for _, rows in itertools.islice(batches(X, rows), _PAIRS))
        own = method(model, name)
        if _took(own, next(inputs), clock) > _LONG_MS:
            return None
        return Jobs(names, *_in_turns((own, method(single, name)), inputs, clock))
    except Exception:  # what cannot be copied, or has parameters of another sort
        return None


def _in_turns(scorers: Sequence[Scorer], inputs: Iterable[Any], clock: Clock) -> list[float]:
    """Median milliseconds of each."""
    took: list[list[float]] = [[] for _ in scorers]
    until = clock.seconds() + _LONGEST_S
    for given in inputs:
        for one, times in zip(scorers, took, strict=True):
            times.append(_took(one, given, clock))
        if clock.seconds() > until:
            break
    return [median(times) for times in took]


def _took(one: Scorer, given: Any, clock: Clock) -> float:
    start = clock.seconds()
    one.call(given)
    return 1e3 * (clock.seconds() - start)
