"""work: what is measured, whatever it is: a prediction, a training, or the body of a test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.harm.altered import Alter
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

_BATCHES = 3  # other rows may take other amounts


@dataclass(frozen=True, slots=True)
class Work:
    """A call and its inputs.

    Attributes:
        name: what it is called in messages.
        call: takes one argument.
        given: arguments, each with the position of its first row.
        X: all rows there are; None where the call takes none.
        subject: what the call is of, for another process to call; None where it lives in this one.
        method: of the subject; empty where that is a training.
    """

    name: str
    call: Callable[[Any], Any]
    given: Sequence[tuple[int, Any]]
    X: Any = None
    subject: Any = None
    method: str = ""

    def harmed(self, harm: Alter) -> Callable[..., Any]:
        """What stands in for a training, and can be pickled where it can, or for a test's body."""
        if self.subject is None:
            return lambda: harm(self.call, None)
        return partial(_harmed, harm, self.subject)


def _harmed(harm: Alter, train: Any, X: Any, y: Any) -> Any:
    return harm(training(train), (X, y))


def of_a_model(model: Model, X: Rows, rows: int | None) -> Work:
    """What is called of a model that was called before, on all of X or on batches drawn.

    Raises:
        DeclarationError: the model has no such method.
        Fault: it breaks its contract.
        Undecided: X has fewer rows than a batch.
    """
    predict = model.call
    given = [(0, X.raw)] if rows is None else list(itertools.islice(X.batches(rows), _BATCHES))
    predict.probed(copied(given[0][1]))  # what the first call builds is there after it
    return Work(predict.name, predict.call, given, X.raw, model.raw, predict.name)


def of_training(train: Any, X: Any, y: Any) -> Work:
    """A training, an estimator or a function, on all of X."""
    return Work("train", training(train), [(0, (X, y))], subject=train)


def training(train: Any) -> Callable[[Any], Any]:
    """What trains on a pair of X and y."""
    from pytest_mlreqs.models.training import fit

    return lambda pair: fit(train, *pair)


def of_a_test(body: Callable[[], Any]) -> Work:
    """The body of a test."""
    name = "the test's body"
    return Work(name, guarded(lambda _: body(), name), [(0, None)])


def copied(data: Any) -> Any:
    """What a model or a training may change."""
    if isinstance(data, tuple):
        return tuple(map(copied, data))
    return data.copy() if hasattr(data, "copy") else data
