"""What is served is held to the requirements too: the Flask app takes the place of the model."""

import pytest

from pytest_mlreqs import Endpoint

pytest.importorskip("flask", reason="the service needs Flask: pip install flask")
pytest.importorskip("httpx", reason='endpoints need an extra: pip install "pytest-mlreqs[http]"')


@pytest.fixture(scope="module")
def few(X):
    """Each row is a request, so that a few have to do."""
    return X.sample(2, random_state=0)


@pytest.fixture(scope="module")
def service(model):
    """The service as a model: each row is posted to it, in this process."""
    from titanic.service import create

    return Endpoint(create(model), path="/predict")


@pytest.mark.mlreqs("forbidden_features", during="predict", uses={"model": "service", "X": "few"})
def test_the_service_says_what_the_model_says(service, model, few):
    """Through JSON and back, probabilities stay as they are."""
    assert service.predict(few) == pytest.approx(model.predict_proba(few)[:, 1])


@pytest.mark.mlreqs("latency[single_row]", max_p95_ms=100, rate_per_s=20, uses={"model": "service"})
def test_twenty_passengers_a_second(service, X):
    """Users do not wait for each other: latency counts from when a request was due."""
    assert 0 <= service.predict(X.head(1))[0] <= 1
