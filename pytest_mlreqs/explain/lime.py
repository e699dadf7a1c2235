"""lime: the explanation of one row by LIME (Ribeiro et al. 2016); `pytest-mlreqs[lime]`."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pytest_mlreqs.core.measurement import described
from pytest_mlreqs.explain import Explanation, Unexplained
from pytest_mlreqs.explain.question import Question

_COLUMNS = 10


def explain(
    model: Any, X: pd.DataFrame, row: int, *, samples: int = 5_000, seed: int = 0
) -> Explanation:
    """Why `model` scores the row at position `row` of `X` as it does, by LIME.

    A linear model is fitted to the scores of rows made up around the row. The weights of columns
    are steps of the score: being in the row's quartile, or of its category, against not being so.

    Args:
        model: what predicts; takes frames like `X`, strings and categories included.
        X: the data that values are made up from.
        row: position of the row; negative ones count from the end.
        samples: how many rows are made up.
        seed: the same seed gives the same explanation.

    Raises:
        Unexplained: LIME is not installed, or it or the model raised.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of LIME's own dependencies
            from lime.lime_tabular import LimeTabularExplainer
    except ImportError as error:
        raise Unexplained('LIME is an extra: pip install "pytest-mlreqs[lime]"') from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            question = Question(model, X, row)
            explainer = LimeTabularExplainer(
                question.background,
                mode="regression",  # one number is explained, also where it is a probability
                feature_names=question.names,
                categorical_features=list(question.meanings),
                categorical_names=question.meanings,
                feature_selection="highest_weights",
                random_state=seed,
            )
            found = explainer.explain_instance(
                question.row, question.score, num_features=_COLUMNS, num_samples=samples
            )
    except Unexplained:
        raise
    except Exception as error:
        raise Unexplained(f"LIME could not explain it: {described(error)}") from error

    position = range(len(X))[row]
    weights = [(question.names[at], float(weight)) for at, weight in found.as_map()[1]]
    weights.sort(key=lambda pair: -abs(pair[1]))
    draw = partial(_draw, found, f"{question.outcome}, row {position}, by LIME")
    return Explanation(position, tuple(weights), "lime", question.outcome, draw)


def _draw(found: Any, title: str, path: str) -> None:
    """Draw what was found to a file."""
    import matplotlib.pyplot as plt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LIME leaves a file of its own open
        if Path(path).suffix == ".html":
            found.save_to_file(path)
            return
        figure = found.as_pyplot_figure()
    figure.axes[0].set_title(title)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)
