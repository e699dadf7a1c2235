"""scoring: which outputs a model offers, which of them is its score, and how to get it.

Judging by labels misses every influence that does not cross the threshold, so the most
continuous output that a model has is its score: `predict_proba`, else `decision_function`, else
`predict`, else the model called as a function. How a method is called is its family's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.models import family
from pytest_mlreqs.models.computed import computing
from pytest_mlreqs.models.contract import checked, guarded, probe
from pytest_mlreqs.models.frames import Opened, take

if TYPE_CHECKING:
    import numpy as np

SCORES = ("predict_proba", "decision_function", "predict")
_CALLED = ("predict", "predict_proba", "decision_function")  # by those who want an answer, timed
_FEW = 50  # rows that show which outputs answer
_ALIKE = ("predict", "transform", "score_samples", "forecast")  # how methods that answer begin


@dataclass(frozen=True, slots=True)
class Scorer:
    """One output of a model.

    Attributes:
        name: `predict_proba`, ..., or the name of the function that the model is.
        call: the method, whose answer is computed when it returns; see `computed`.
        opened: how the rows are written for it, if they are not scored as they are.
        passed: outputs that would come first and raise, with what they raise; else empty.
    """

    name: str
    call: Callable[[Any], Any]
    opened: Opened | None = None
    passed: str = ""
    _calls: Iterator[int] = field(default_factory=lambda: count(1), compare=False, repr=False)

    def __call__(self, X: Any) -> np.ndarray[Any, Any]:
        """Scores of shape (n,) or (n, k) for the n rows of `X`; raises `Fault`.

        Calls 1, 2, 4, 8, ... also hold the model to its contract: what it does to its input from
        some call on shows before there have been twice as many.
        """
        calls = next(self._calls)
        if calls & (calls - 1) == 0:
            return probe(self.call, self.name, self.written(X))
        return checked(guarded(self.call, self.name)(self.written(X)), self.name, len(X))

    def probed(self, X: Any) -> np.ndarray[Any, Any]:
        """The same for the first call: also holds the model to its contract."""
        return probe(self.call, self.name, self.written(X), turned=True)

    def on(self, opened: Opened) -> Scorer:
        """The same for rows of `opened.frame`, which the model gets as what they were."""
        return replace(self, opened=opened)

    def written(self, X: Any) -> Any:
        """The rows as the model takes them."""
        if self.opened is None:
            return X
        return guarded(self.opened.back, "converting the rows back to the type of X")(X)


def scorers(model: Any, named: str | None = None) -> tuple[Scorer, ...]:
    """Every output that a model offers, the most continuous first; a plain function itself.

    Args:
        model: anything that predicts.
        named: the only output that is asked for, if one is declared.

    Raises:
        DeclarationError: there is none, or not the one that is asked for.
    """
    if named is not None:
        return (method(model, named),)
    calls = [(name, family.call(model, name)) for name in SCORES]
    found = tuple(Scorer(name, computing(call, name)) for name, call in calls if call is not None)
    return found or (method(model),)


def scorer(
    model: Any,
    rows: Any = None,
    given: Opened | None = None,
    named: str | None = None,
    run: Callable[[Callable[[], Any]], Any] = lambda work: work(),
) -> Scorer:
    """The most continuous output of a model that answers some rows.

    A method that is there and raises whatever it is given (a vote of classifiers of which one has
    no probabilities) is passed over where another one answers. Where none does, it is the first,
    whose exception says why.

    Args:
        model: anything that predicts.
        rows: n rows of `given.frame`, or as the model takes them, of which a few are tried.
        given: how they are written as what X was.
        named: the only output that is asked for, if one is declared.
        run: where they are tried, so that a model with a memory does not remember it.

    Raises:
        DeclarationError: there is no output, or not the one that is asked for.
    """
    found = scorers(model, named)
    if given is not None:
        found = tuple(one.on(given) for one in found)
    if rows is None or len(found) == 1 or not len(rows):
        return found[0]
    rows = take(rows, range(0, len(rows), -(-len(rows) // _FEW)))
    at, passed = run(lambda: _answering(found, rows) or _answering(found, take(rows, [0]))) or (
        0,
        "",
    )
    return replace(found[at], passed=passed)


def decisions(
    model: Any,
    rows: Any = None,
    given: Opened | None = None,
    named: str | None = None,
    run: Callable[[Callable[[], Any]], Any] = lambda work: work(),
) -> tuple[Scorer, ...]:
    """The most continuous output of a model, and beside it the labels, if it gives some as well.

    Labels need not follow from the score: a threshold may be another one for each group. Takes and
    raises what `scorer` does.
    """
    score = scorer(model, rows, given, named, run)
    labels = family.call(model, SCORES[-1]) if named is None else None
    if labels is None or score.name not in SCORES[:-1]:
        return (score,)
    return (score, Scorer(SCORES[-1], computing(labels, SCORES[-1]), given))


def _answering(found: Sequence[Scorer], rows: Any) -> tuple[int, str] | None:
    """Which output is the first to answer, and what those before it raise."""
    passed: list[str] = []
    for at, one in enumerate(found):
        try:
            guarded(one.call, one.name)(one.written(_copied(rows)))
        except Fault as fault:
            passed.append(str(fault))
        else:
            return at, "; ".join(passed)
    return None


def _copied(rows: Any) -> Any:
    """Rows that a model may change."""
    return rows.copy() if hasattr(rows, "copy") else rows


def method(model: Any, name: str | None = None) -> Scorer:
    """What is called: the method `name`; for a plain function, whatever the name, itself.

    Args:
        model: anything that answers.
        name: if none is declared, `predict`, else `predict_proba`, else `decision_function`.

    Raises:
        DeclarationError: the model has no such method and is no function; says what it has.
    """
    response = family.response(model) if name is None else None
    if response is not None:  # a caller that names no method ignores the answer
        return Scorer("predict", computing(response, "predict"))
    for wanted in _CALLED if name is None else (name,):
        found = family.call(model, wanted)
        if found is not None:
            return Scorer(wanted, computing(found, wanted))
    others = (*SCORES, "transform")
    plain = callable(model) and not isinstance(model, type)
    if plain and all(family.call(model, other) is None for other in others):
        return Scorer(called(model), computing(family.function(model), called(model)))
    raise DeclarationError(_missing(model, name))


def called(model: Any) -> str:
    """What a model is called in messages: by its own name, whatever stands in for it."""
    own = getattr(model, "__dict__", {}).get("__wrapped__", model)
    return str(getattr(own, "__name__", type(own).__name__))


def _missing(model: Any, name: str | None) -> str:
    own = getattr(model, "__dict__", {}).get("__wrapped__", model)
    has = [known for known in (*SCORES, "transform") if family.call(own, known) is not None]
    more = (
        [] if isinstance(own, type) else
        [one for one in dir(type(own)) if one.startswith(_ALIKE) and one not in has]
    )  # fmt: skip
    has += [one for one in more if callable(getattr(type(own), one))]
    told = f"the model ({type(own).__name__}) has no {name or 'predict'}"
    if not has:
        return f"{told}, and nothing else that predicts: give a function of the rows that does"
    wanted = next((one for one in has if one != name), has[0])
    return f'{told}: it has {", ".join(has)}; name what is to be called: method = "{wanted}"'
