"""leakage: the model learns nothing that it will not know when it counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.measurement import Measurement, at_most, number, undecided
from pytest_mlreqs.measures.naming import matching
from pytest_mlreqs.models.altered import Altered
from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.scoring import scorer
from pytest_mlreqs.requirement import Planted, Requirement

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_CERTAIN, _LIKELY = 0.01, 0.05  # how often chance must make as many shared rows

_Share = Annotated[
    float, Meta(ge=0, lt=1, description="largest share of rows of X that X_train holds")
]


class Leakage(Requirement, frozen=True, kw_only=True):
    """No input gives the target away, none names the row, and no row is in training and test.

    Why
        A column that is filled in after the fact, a key, or a test row seen in training make a
        model look better than it is, and nothing in the code is wrong. Leakage inflated results
        in 17 fields of science (Kapoor and Narayanan 2023); Breck et al. (2017, Model 1 and Data
        4) ask for features and evaluation that a review can rely on.

    Declare
        [tool.mlreqs.leakage]
        max_auc = 0.95
        max_shared_share = 0.0          # needs X_train among the subjects

    Measures
        Only inputs that move the model's score are judged: what is dropped cannot leak. For each,
        how well it predicts the target alone: its values, or twenty bins and one for gaps, get
        the share of the target in four fifths of the rows and are judged on the rest, and numbers
        by their order. The AUC is the best over classes; of a number, that of being above its
        median. A column looks like an identifier if nearly all of its values differ and they are
        row numbers, long numbers of one length, or short codes with digits. Rows of X are looked
        for in X_train, numbers to six figures.

    Verdict
        Violated when the 95 % interval of the AUC (DeLong et al. 1988) lies above `max_auc`,
        satisfied when it lies below, else undecided: an input at the limit is accused in at most
        2.5 % of samples. Violated when the model reads an identifier that is not `allowed`. Shared
        rows: violated beyond `max_shared_share`, if chance makes so many in less than 1 % of
        samples (Fisher's exact test against the twins within X_train); satisfied if in 5 % or
        more, as frames of few values share rows by chance.

    Cannot see
        Two inputs that tell the target only together, leakage through time or groups, and inputs
        that are rightly that good: raise `max_auc`, or list them under `allowed`.
    """

    rubric = "model 1"

    max_auc: Annotated[
        float, Meta(gt=0.5, le=1, description="largest AUC of a single input; 1 allows all")
    ] = 0.95
    identifiers: Annotated[bool, Meta(description="whether to look for identifiers")] = True
    max_shared_share: _Share | None = None
    allowed: Annotated[
        tuple[str, ...], Meta(description="inputs that may be that good, by name or glob")
    ] = ()
    rows: Annotated[
        int, Meta(ge=1, description="how many rows of X are tried, drawn with a fixed seed")
    ] = 10_000

    def __post_init__(self) -> None:
        if self.max_auc == 1 and not self.identifiers and self.max_shared_share is None:
            raise ValueError("requires nothing; set max_auc, identifiers or max_shared_share")

    def needs(self) -> tuple[str, ...]:
        """`X_train` where rows are looked for in it."""
        return ("model", "X", "y", *(("X_train",) if self.max_shared_share is not None else ()))

    def check(self, model: Any, X: Any, y: Any, X_train: Any = None) -> Iterator[Measurement]:
        """Yield one measurement per suspicious input, and one for the rows."""
        from pytest_mlreqs.measures.influence import positions

        given = opened(X, model)
        why = ""
        if given is None:
            why = f"X is a {type(X).__name__}, which has no columns; give a frame or an array"
        elif given.frame.empty:
            why = "X has no rows"
        elif len(given.frame) != len(y):
            why = f"X has {len(given.frame)} rows and y has {len(y)}"
        if given is None or why:
            yield undecided("inputs", why)
            return
        where = positions(len(given.frame), self.rows)
        rows = given.frame.iloc[where]
        read = _read(model, given, rows)
        how = f"{len(read)} of {rows.shape[1]} columns move the score of {number(len(rows))} rows"
        excused = {p for name in self.allowed for p in matching(name, rows.columns)}
        judged = [column for column in read if column not in excused]
        if self.max_auc < 1:
            yield from self._alone(rows.iloc[:, judged], _taken(y, where), how)
        if self.identifiers:
            yield _identifiers(rows.iloc[:, judged], how)
        if self.max_shared_share is not None:
            yield self._shared(given.frame, read, X_train)

    def _alone(self, inputs: pd.DataFrame, y: Any, how: str) -> Iterator[Measurement]:
        from pytest_mlreqs.measures import single_input

        known, members = single_input.classes(y)
        if not members:
            why = f"there are too few rows of each class among {len(known)} with a target"
            yield undecided("best single input", why)
            return
        told = {
            str(name): single_input.alone(inputs.iloc[known, position], members)
            for position, name in enumerate(inputs.columns)
        }
        ranked = sorted(told.items(), key=lambda item: -item[1].auc)
        worst = [f"{name} ({number(alone.auc)})" for name, alone in ranked[:5]]
        beyond = [item for item in ranked if item[1].interval[1] > self.max_auc]
        for name, alone in beyond or ranked[:1]:
            yield at_most(
                f"AUC of {name} alone" if beyond else "AUC of the best single input",
                alone.auc,
                self.max_auc,
                interval=alone.interval,
                how=f"cross-fitted on {number(alone.rows)} rows; {how}",
                worst=worst,
                hint=f"is {name!r} known when the prediction is made? If so, list it in `allowed`",
            )
        if not ranked:
            yield Measurement(
                name="AUC of the best single input", text="no input is judged", ok=True, how=how
            )

    def _shared(self, X: pd.DataFrame, read: list[int], X_train: Any) -> Measurement:
        from pytest_mlreqs.measures.identity import shared

        assert self.max_shared_share is not None  # else nobody asks
        name = "share of rows of X that are in X_train"
        train = opened(X_train)
        if train is None or train.frame.empty:
            return undecided(name, f"X_train is a {type(X_train).__name__} without rows")
        # A row that was copied is the same all over; one that was numbered anew, in what is read.
        tried = [shared(X, train.frame), shared(X.iloc[:, read], train.frame)]
        if not tried[0].columns:
            return undecided(name, "X_train has none of the columns of X")
        seen = min((one for one in tried if one.columns), key=lambda one: one.p)
        held = at_most(
            name, 100 * len(seen.where) / seen.rows, 100 * self.max_shared_share, "%",
            how=f"{number(len(seen.where))} of {number(seen.rows)} rows, compared in "
            f"{seen.columns} columns to six figures; {number(100 * seen.chance)} % of X_train have "
            f"a twin there, and chance makes as many shared ones in {_percent(seen.p)} of "
            "samples",
            worst=[f"row {row}" for row in seen.where[:5]],
            hint="split before rows are repeated, and by whoever the rows are about",
        )  # fmt: skip
        if held.ok or seen.p < _CERTAIN:
            return held
        if seen.p >= _LIKELY:
            text = f"{held.text}, which chance explains"
            return dataclasses.replace(held, ok=True, text=text, worst=())
        why = f"chance makes as many in {_percent(seen.p)} of samples"
        return undecided(name, why, value=held.value, how=held.how)

    def plant(self, model: Any, X: Any, y: Any, X_train: Any = None) -> Iterator[Planted]:
        """An input that copies the target, one that numbers the rows, and rows out of training."""
        import numpy as np

        given = opened(X, model)
        if given is None or given.frame.empty:
            return
        frame = given.frame
        if self.max_auc < 1:
            what = "a column that copies the target is read"
            yield Planted(what, _added(model, given, np.asarray(y).ravel()))
        if self.identifiers and len(frame) >= 100:
            what = "a column that numbers the rows is read"
            order = np.random.default_rng(0).permutation(len(frame))
            yield Planted(what, _added(model, given, order))
        train = opened(X_train)
        if train is not None and not train.frame.empty:
            rows = train.frame.iloc[np.arange(len(frame)) % len(train.frame)]
            yield Planted("the rows of X are those of X_train", {"X": given.back(rows)})


def _percent(p: float) -> str:
    return f"{number(100 * p)} %" if p >= 1e-4 else "less than 0.01 %"


def _added(model: Any, given: Opened, values: Any) -> dict[str, object]:
    """The rows with one column more, and the model with its score moved by that column's rank."""
    import numpy as np

    def alter(call: Callable[[Any], Any], X: pd.DataFrame) -> Any:
        output = np.asarray(call(given.back(X.drop(columns="planted"))))
        codes = X["planted"].map(repr).rank(method="dense").to_numpy()
        if output.dtype.kind not in "fiub":
            return np.char.add(output.astype(str), codes.astype(str))
        return output + (0.01 * codes / len(X)).reshape(-1, *[1] * (output.ndim - 1))

    return {"model": Altered(model, alter), "X": given.frame.assign(planted=values)}


def _read(model: Any, given: Opened, rows: pd.DataFrame) -> list[int]:
    """Positions of the columns that move the score."""
    from pytest_mlreqs.measures.influence import influence
    from pytest_mlreqs.models.batching import sample

    seen = sample(scorer(model).on(given), rows, _all(len(rows)))
    return [
        column
        for column in range(rows.shape[1])
        if influence(seen.score, seen.rows, column, seen.baseline, seen.where).moved
    ]


def _all(rows: int) -> np.ndarray[Any, Any]:
    from pytest_mlreqs.measures.influence import positions

    return positions(rows, 1_000)


def _identifiers(inputs: pd.DataFrame, how: str) -> Measurement:
    from pytest_mlreqs.measures.identity import identifier

    found: dict[str, str] = {}
    for position, name in enumerate(inputs.columns):
        why = identifier(inputs.iloc[:, position])
        if why is not None:
            found[str(name)] = why
    names = ", ".join(map(repr, found)) or "none"
    return Measurement(
        name="identifiers among the inputs",
        text=f"identifiers among the inputs: {names}",
        ok=not found,
        value=", ".join(found),
        how=how,
        worst=tuple(f"{name}: {why}" for name, why in found.items()),
        hint="take it out of the inputs, or list it in `allowed`",
    )


def _taken(y: Any, where: np.ndarray[Any, Any]) -> Any:
    import numpy as np

    return y.iloc[where] if hasattr(y, "iloc") else np.asarray(y)[where]
