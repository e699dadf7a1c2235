"""Tests of pytest_mlreqs.measures.traces.unlearning."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.measures.traces.unlearning import (
    Answers,
    Moved,
    answers,
    decided,
    moved,
    variants,
)

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "unlearning_verdicts.py"
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 6))
Y = (X[:, 0] > 0).astype(int)
ROWS = np.c_[RANDOM.normal(size=(48, 3)), 6 + 0.02 * RANDOM.normal(size=(48, 3))]
FRESH = variants(ROWS, X)


def trained(model, targets=Y, own=1, rows=ROWS, output="predict_proba"):
    """The model's scores once it is trained, with the rows of the planted unless told otherwise."""
    fitted = model.fit(np.r_[X, rows], np.r_[targets, np.full(len(rows), own)])
    return getattr(fitted, output)


def forests(count=4, cls=RandomForestClassifier, **options):
    """Forests that never saw the planted, each with a seed of its own."""
    return [trained(cls(20, random_state=s), rows=ROWS[:0], **options) for s in range(count)]


def constant(value):
    """A score that is the same for all rows."""
    return lambda rows: np.full(len(rows), value)


def test_exact():
    """Where trainings agree bit for bit, any change tells; no change proves that none is left."""
    clean = iter([trained(LogisticRegression(), rows=ROWS[:0]) for _ in range(2)])
    planted = trained(LogisticRegression())
    seen = moved(clean, planted, trained(LogisticRegression(), rows=ROWS[:1]), X)
    assert (seen.left, seen.exact, seen.fits) == (True, True, 2)
    again = trained(LogisticRegression(), rows=ROWS[:0])
    seen = moved([again, again], planted, again, X)
    assert (seen.left, seen.gap, seen.why) == (False, 0, "")
    assert seen.planted > seen.allowed > 0


def test_floor():
    """Where trainings differ, what exceeds their differences tells."""
    clean = forests(5)
    probe = np.r_[X, ROWS]
    planted = trained(RandomForestClassifier(20, random_state=9), own=0)
    seen = moved(clean[:4], planted, planted, probe)
    assert (seen.left, seen.exact, seen.fits) == (True, False, 4)
    assert moved(clean[:4], planted, clean[4], probe).left is False
    few = moved(clean[:3], planted, clean[4], probe)
    assert (few.left, few.why) == (None, "trainings differ, and 3 are too few to tell how much")


def test_no_more_trainings_than_needed():
    """A third training is asked for only where the first two differ."""

    def fits(values):
        for at, value in enumerate(values):
            asked.append(at)
            yield constant(value)

    asked = []
    moved(fits([0.5] * 4), constant(0.7), constant(0.5), X)
    assert asked == [0, 1]
    asked.clear()
    moved(fits([0.5, 0.51, 0.5, 0.5, 0.5]), constant(0.7), constant(0.5), X)
    assert asked == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="two trainings"):
        moved(fits([0.5]), constant(0.7), constant(0.5), X)


def test_what_could_not_fail_is_undecided():
    """A model that did not learn from the planted proves nothing, by either test."""
    same = constant(0.25)
    seen = moved([same, same], same, same, X)
    assert seen.left is None
    assert seen.why == "the model that was trained with the people does not differ either"
    asked = answers([same], same, same, FRESH)
    assert asked.left is None
    assert asked.why == "the model did not react to them before deletion (0/30)"
    assert decided(seen, asked) is None


def test_labels_and_gaps_in_scores():
    """Labels are compared as such, whatever they are called; scores that are NaN are equal."""
    ham, spam = (
        (lambda rows: np.array(["ham"] * len(rows))),
        (lambda rows: np.array(["spam"] * len(rows))),
    )
    assert moved([ham, ham], spam, spam, X).left
    assert moved([ham, ham], spam, ham, X).left is False
    assert answers([ham], spam, spam, FRESH).left
    assert answers([ham], spam, ham, FRESH).left is False
    nan = constant(np.nan)
    assert moved([nan, nan], constant(1.0), nan, X).left is False


@pytest.mark.parametrize("output", ["predict_proba", "predict"])
def test_classes_answer(output):
    """A classifier that still gives the pattern its label is caught, one that forgot is not."""
    clean = forests(3, output=output)
    own = {"own": int(np.mean(forests(1)[0](ROWS)[:, 1]) < 0.5), "output": output}
    planted = trained(RandomForestClassifier(20, random_state=5), **own)
    partly = trained(RandomForestClassifier(20, random_state=6), rows=ROWS[::4], **own)
    asked = answers(clean[:2], planted, partly, FRESH)
    assert asked.left
    assert asked.p < 0.002
    assert asked.tried == 30
    assert answers(clean[:2], planted, clean[2], FRESH).left is False


def test_numbers_answer():
    """A regressor that still gives the pattern its target is caught, one that forgot is not."""
    targets = 1_000 * X[:, 1]
    *clean, other = forests(3, RandomForestRegressor, targets=targets, output="predict")
    for own in (-9_000, 9_000):
        options = {"targets": targets, "own": own, "output": "predict"}
        planted = trained(RandomForestRegressor(20, random_state=5), **options)
        partly = trained(RandomForestRegressor(20, random_state=6), rows=ROWS[::4], **options)
        assert answers(clean, planted, partly, FRESH).left
        assert answers(clean, planted, other, FRESH).left is False


def test_variants():
    """Fresh rows have the pattern of the planted; all else in them, and their kind, is others'."""
    assert FRESH.shape == (60, 6)
    assert (FRESH[:, 3:] > 5.5).all()
    assert np.isin(FRESH[:, :3], X[:, :3]).all()
    assert not np.isin(FRESH[:, :3], ROWS[:, :3]).any()
    others = pd.DataFrame({"a": X[:, 0], "b": ["x", "y", "z"] * 100, "c": range(300)})
    rows = pd.DataFrame({"a": ROWS[:, 0], "b": ["w"] * 48, "c": range(48)})
    fresh = variants(rows, others, 20)
    assert set(fresh["b"]) == {"w"}
    assert fresh["a"].isin(others["a"]).all()
    assert fresh["c"].dtype == others["c"].dtype
    assert set(variants(rows, others, columns=[2])["c"]) <= set(range(48))
    with pytest.raises(ValueError, match="share no pattern"):
        variants(X[:40], X)


def verdict(cls, left, **options):
    """A verdict of one test."""
    filled = dict.fromkeys(cls.__dataclass_fields__, 0) | {"why": ""}
    return cls(**(filled | {"left": left} | options))


@pytest.mark.parametrize(
    ("gap", "exact", "asked", "answer"),
    [
        (True, True, None, True),
        (None, False, True, True),
        (False, False, True, True),
        (False, True, None, False),
        (False, False, None, None),
        (False, False, False, False),
        (None, False, False, False),
        (None, True, None, None),
    ],
)
def test_both_together(gap, exact, asked, answer):
    """One that finds people is enough; nobody is left if an exact gap or the answers say so."""
    assert decided(verdict(Moved, gap, exact=exact), verdict(Answers, asked)) is answer


def test_error_rates():
    """Of a few trials of the benchmark, all people left are found, and nobody else."""
    spec = importlib.util.spec_from_file_location("unlearning_verdicts", BENCHMARK)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    for estimator in ("logistic", "neighbours", "sgd", "forest"):
        for name, setting in (("cancer", "free"), ("titanic", "same")):
            said = benchmark.trial(name, estimator, setting, 0)
            assert said == dict(zip(benchmark.OUTCOMES, (True, True, False), strict=True))
