"""shap: the explanation of one row by SHAP (Lundberg and Lee 2017); `pytest-mlreqs[shap]`."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import described
from pytest_mlreqs.explain import Explanation, Unexplained
from pytest_mlreqs.explain.question import Question

_COLUMNS = 10
_BACKGROUND = 100
_ROUNDS = 10  # orders of the columns, there and back


def explain(
    model: Any, X: pd.DataFrame, row: int, *, background: int = _BACKGROUND, seed: int = 0
) -> Explanation:
    """Why `model` scores the row at position `row` of `X` as it does, by SHAP's permutations.

    The weights of columns add up to the score of the row, less the mean score of the background.

    Args:
        model: what predicts; takes frames like `X`, strings and categories included.
        X: the data that values are taken from.
        row: position of the row; negative ones count from the end.
        background: how many rows of `X` stand for all.
        seed: the same seed gives the same explanation.

    Raises:
        Unexplained: SHAP is not installed, or it or the model raised.
    """
    shap = _library()
    state = np.random.get_state()  # noqa: NPY002  (SHAP seeds the generator of the whole process)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            question = Question(model, X, row)
            rows = np.random.default_rng(seed).permutation(question.background)[:background]
            masker = shap.maskers.Independent(rows, max_samples=background)
            explainer = shap.explainers.Permutation(
                question.score, masker, feature_names=question.names, seed=seed
            )
            evaluations = _ROUNDS * (2 * len(question.names) + 1)
            found = explainer(question.row[None], max_evals=evaluations, silent=True)[0]
    except Unexplained:
        raise
    except Exception as error:
        raise Unexplained(f"SHAP could not explain it: {described(error)}") from error
    finally:
        np.random.set_state(state)  # noqa: NPY002

    position = range(len(X))[row]
    weights = np.asarray(found.values)

    order = np.argsort(-np.abs(weights), kind="stable")[:_COLUMNS]
    main = tuple((question.names[at], float(weights[at])) for at in order)
    draw = partial(_draw, shap, question, found, f"{question.outcome}, row {position}, by SHAP")
    return Explanation(position, main, "shap", question.outcome, draw)


def _draw(shap: Any, question: Question, found: Any, title: str, path: str) -> None:
    """Draw what was found to a file."""
    import matplotlib.pyplot as plt

    shown = [
        question.meanings[at][int(number)] if at in question.meanings else number
        for at, number in enumerate(question.row)
    ]
    if Path(path).suffix == ".html":
        force = shap.plots.force(
            found.base_values,
            np.asarray(found.values),
            features=shown,
            feature_names=question.names,
        )
        shap.save_html(path, force)
        return
    figure = plt.figure()  # else it would be drawn over an open one
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found.display_data = np.array(shown, dtype=object)
        shap.plots.waterfall(found, max_display=_COLUMNS, show=False)
        figure.axes[0].set_title(title)
        figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


def _library() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of SHAP's own dependencies
            import shap
    except ImportError as error:
        raise Unexplained('SHAP is an extra: pip install "pytest-mlreqs[shap]"') from error
    return shap
