"""The two other doors: requirements on ordinary tests."""

import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier


@pytest.mark.mlreqs("latency[single_row]", max_p50_ms=20, max_p95_ms=40)
def test_one_passenger_at_a_time(model, X):
    """A marked test runs, and then its model is held to the requirement."""
    assert model.predict(X.head(1))[0] in (0, 1)


@pytest.mark.parametrize("depth", [1, 3])
def test_a_shallow_tree_would_do(mlreqs, X, y, depth):
    """Candidates are held to the declared requirements before anybody deploys them."""
    inputs = make_column_transformer(("passthrough", ["Pclass", "SibSp", "Parch"]))
    candidate = make_pipeline(inputs, DecisionTreeClassifier(max_depth=depth, random_state=0))
    candidate.fit(X, y)
    mlreqs.enforce("forbidden_features", model=candidate, X=X)
    assert mlreqs.check("latency[single_row]", model=candidate, X=X)
