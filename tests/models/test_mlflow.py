"""An MLflow pyfunc takes what its signature names, and nothing else."""

import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import scorer

pyfunc = pytest.importorskip("mlflow.pyfunc")
pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow gives advice on type hints


@pytest.fixture
def saved(tmp_path, people):
    """Saves a model of the age, with a signature of these columns, and loads it."""
    from mlflow.models import infer_signature

    class Older(pyfunc.PythonModel):
        """Scores by age where there is one."""

        def predict(self, context, model_input, params=None):
            rows = getattr(model_input, "Age", model_input["income"])
            return (rows / 100).to_numpy()

    def save(*columns):
        X, y = people
        signature = infer_signature(X[list(columns)], y / 2) if columns else None
        where = str(tmp_path / "-".join(["model", *columns]))
        options = {"signature": signature, "pip_requirements": []}
        pyfunc.save_model(where, python_model=Older(), **options)
        return pyfunc.load_model(where)

    return save


def test_a_column_that_is_read(people, judged, saved):
    """A column in the signature that moves the score is found."""
    model = saved("Age", "income")
    told = judged(model, people[0], "Age", "income")
    assert [m.ok for m in told] == [False, True]
    assert family.inputs(model) == ("Age", "income")
    assert not family.drops(model, "Age")


def test_a_column_that_is_dropped(people, judged, saved):
    """A column that is not in the signature never reaches the model, which is a proof."""
    model = saved("income")
    assert family.drops(model, "Age")
    assert judged(model, people[0], "Age")[0].ok is True


def test_without_a_signature(people, judged, saved):
    """Nothing is dropped where nothing is declared."""
    model = saved()
    assert family.inputs(model) is None
    assert not family.drops(model, "Age")
    assert judged(model, people[0], "Age")[0].ok is False


def test_missing_columns(people, saved):
    """What the signature demands and X lacks is told by MLflow."""
    with pytest.raises(Fault, match="predict raised MlflowException"):
        scorer(saved("Age", "income"))(people[0][["income"]])


def test_polars(people, judged, saved):
    """MLflow refuses Polars frames, which is a fault and no verdict on the column."""
    polars = pytest.importorskip("polars")
    with pytest.raises(Fault, match="MlflowException"):
        judged(saved("Age"), polars.from_pandas(people[0]), "Age")
