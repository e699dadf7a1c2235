"""What the families share: people, and the verdicts on what a model may not read of them."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures


@pytest.fixture(scope="session")
def people():
    """People with an age, an income and noise; whoever is older or richer than most pays."""
    generator = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "Age": generator.integers(18, 90, 300).astype(float),
            "income": generator.lognormal(1, 1, 300),
            "noise": generator.normal(size=300),
        }
    )
    return X, (X["Age"] / 20 + X["income"] > 5).astype(int)


@pytest.fixture(scope="session")
def ageless(people):
    """The same people as a model sees them that cannot learn anything from their age."""
    X, y = people
    return X.assign(Age=50.0), y


@pytest.fixture
def judged():
    """Measures the influence of columns; also tries that every planted violation is noticed."""

    def measure(model, X, *columns):
        requirement = ForbiddenFeatures(columns=columns, reason="protected")
        told = list(requirement.check(model, X))
        for planted in requirement.plant(model, X):
            harmed = list(requirement.check(**{"model": model, "X": X, **planted.subjects}))
            assert False in [m.ok for m in harmed], planted.what
        return [m for m in told if m.name != "order of columns"]

    return measure
