"""Which output of a model is asked is decided alike by every kind."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.requirements.compute_regression import ComputeRegression
from pytest_mlreqs.requirements.feature_cost import FeatureCost
from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from pytest_mlreqs.requirements.latency import Latency
from pytest_mlreqs.requirements.leakage import Leakage
from pytest_mlreqs.requirements.memory import Memory
from pytest_mlreqs.requirements.proxies import Proxies
from pytest_mlreqs.requirements.reasons import Reasons
from pytest_mlreqs.requirements.throughput import Throughput

ROWS = 1_200
GENERATOR = np.random.default_rng(0)
X = pd.DataFrame({name: GENERATOR.normal(size=ROWS) for name in ("a", "b", "group")})
Y = pd.Series((X["a"] + X["b"] + 2 * GENERATOR.normal(size=ROWS) > 0).astype(int))
PROTECTED = pd.DataFrame({"sex": GENERATOR.integers(0, 2, ROWS)})
GUILTY_X = X.assign(group=PROTECTED["sex"] * 1.0)

SCORING = {
    "forbidden_features": ForbiddenFeatures(columns=("group",), reason="r"),
    "reasons": Reasons(watch=("group",), reason="r", max_share=0.3),
    "proxies": Proxies(
        attributes=("sex",), reason="r", legitimate=("a", "b"), max_partial_correlation=0.2
    ),
    "leakage": Leakage(),
    "feature_cost": FeatureCost(sources={"a": "s", "b": "s"}),
}
TIMED = {
    "latency": Latency(max_p50_ms=1_000, max_calls=20),
    "throughput": Throughput(rows=10, min_rows_per_s=5),
    "memory": Memory(max_peak_mib=512),
    "compute_regression": ComputeRegression(max_slowdown=9, relative_to="previous", max_calls=40),
    "feature_cost": FeatureCost(max_ms_per_column=90, max_seconds=0.5),
}


class Delegates:
    """A wrapper that offers what the model inside may lack."""

    def __init__(self, inner):
        self.inner = inner

    def predict_proba(self, X):
        return self.inner.predict_proba(X)

    def predict(self, X):
        return self.inner.predict(X)


def reads(*names):
    """A pipeline that reads these columns alone."""
    return lambda rows: rows[list(names)].to_numpy()


def stack():
    """A classifier over others, itself without probabilities."""
    return StackingClassifier(
        [("l", LogisticRegression())], final_estimator=LinearSVC(dual=False), cv=2
    )


def hard_vote():
    """A vote by labels."""
    voters = [("l", LogisticRegression()), ("s", LinearSVC(dual=False))]
    return VotingClassifier(voters, voting="hard")


def fitted(model, frame, *names):
    """A pipeline around the model that reads some of the columns."""
    return make_pipeline(FunctionTransformer(reads(*names)), model()).fit(frame, Y)


MODELS = {
    "stack": stack,
    "hard vote": hard_vote,
    "SVC without probabilities": SVC,
}


def subjects(kind, model, frame):
    """What a kind examines."""
    found = {"model": model, "X": frame}
    if kind == "proxies":
        found["protected"] = PROTECTED
    if kind == "leakage":
        found["y"] = Y
    return found


def verdict(kind, requirement, model, frame=X):
    """False if anything is violated, None if anything is undecided, else True."""
    told = list(requirement.check(**subjects(kind, model, frame)))
    oks = [one.ok for one in told]
    return False if False in oks else None if None in oks else True


@pytest.mark.parametrize("kind", SCORING)
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_probabilities_that_are_there_and_raise_accuse_nobody(make, kind):
    """Where `predict_proba` raises, the next output is judged: innocent models pass every kind."""
    model = Delegates(fitted(make, X, "a", "b"))
    assert verdict(kind, SCORING[kind], model) is True


@pytest.mark.parametrize("kind", ["forbidden_features", "reasons", "proxies", "feature_cost"])
def test_the_next_output_is_judged(kind):
    """Where `predict_proba` raises, the next output still shows what the model reads."""

    class Guilty:
        def predict_proba(self, X):
            raise NotImplementedError

        def predict(self, X):
            return np.where(X["group"] > 0.5, "yes", "no")

    assert verdict(kind, SCORING[kind], Guilty(), GUILTY_X) is False


@pytest.mark.parametrize("kind", SCORING)
def test_a_declared_output_is_the_one_that_is_judged(kind):
    """With `method`, another output of the model counts for nothing."""

    class Two:
        def predict_proba(self, X):
            return X["group"].to_numpy()

        def other(self, X):
            return X["a"].to_numpy() / 9

        predict = other

    requirement = type(SCORING[kind])(
        **{
            name: getattr(SCORING[kind], name)
            for name in SCORING[kind].__struct_fields__
            if name != "method"
        },
        method="other",
    )
    assert verdict(kind, requirement, Two(), GUILTY_X) is True


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize("name", ["predict_proba", "decision_function"])
def test_a_model_without_predict_is_called_by_what_it_has(kind, name):
    """A model that has no `predict` is measured by the output that it has."""

    class Model:
        pass

    setattr(Model, name, lambda self, rows: rows["a"].to_numpy())
    requirement = TIMED[kind]
    given = {"model": Model(), "X": X}
    if kind == "compute_regression":
        given["previous"] = Model()
    told = list(requirement.check(**given))
    assert False not in [one.ok for one in told]
    if kind != "feature_cost":
        assert any(name in one.name for one in told)


@pytest.mark.parametrize("kind", [*SCORING, *TIMED])
def test_a_method_that_the_model_lacks_is_a_mistake_of_the_declaration(kind):
    """A declared method that is not there is an error with what there is, and no violation."""
    known = {**SCORING, **TIMED}[kind]
    values = {name: getattr(known, name) for name in known.__struct_fields__ if name != "method"}
    requirement = type(known)(**values, method="transform")
    model = LogisticRegression().fit(X, Y)
    given = subjects(kind, model, X)
    if kind == "compute_regression":
        given["previous"] = model
    with pytest.raises(DeclarationError, match=r'has no transform: it has .*method = "predict'):
        list(requirement.check(**given))


def test_the_option_is_described_once():
    """Whatever kind has the option `method` describes it in the same words."""
    catalogue = Catalogue()
    kinds = [catalogue.load(name) for name in catalogue.names()]
    hints = [kind.__annotations__["method"] for kind in kinds if "method" in kind.__struct_fields__]
    assert len(hints) >= 9
    assert {str(hint) for hint in hints} == {"Method | None"}
