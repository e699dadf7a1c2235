"""The most continuous output of a model is its score."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import scipy.sparse

from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.scoring import SCORES, method, scorer, scorers

X = np.array([[1.0], [2.0]])
NOTHING = "and nothing else that predicts: give a function of the rows that does"


def model(**methods):
    """An object with the given methods."""
    return type("Model", (), {name: staticmethod(call) for name, call in methods.items()})()


def answers(value):
    """A method that answers the same for each row."""
    return lambda given: np.full(len(given), value)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("predict", "decision_function", "predict_proba"), "predict_proba"),
        (("predict", "decision_function"), "decision_function"),
        (("predict", "transform"), "predict"),
    ],
)
def test_the_most_continuous_output_is_taken(names, name):
    """Probabilities come before decisions and decisions before labels."""
    numbers = {"predict": 1, "decision_function": 2, "predict_proba": 3, "transform": 4}
    taken = scorer(model(**{known: answers(numbers[known]) for known in names}))
    assert taken.name == name
    assert taken(X).tolist() == taken.probed(X).tolist() == [numbers[name]] * 2


def test_a_method_that_is_none_is_not_taken():
    """An attribute that cannot be called is no method."""
    thing = model(predict=answers(1))
    thing.predict_proba = None
    assert scorer(thing).name == "predict"


def has(missing, there, named):
    """What is said of a model that has other methods."""
    told = f"the model (Model) has no {missing}: it has {there}; name what is to be called"
    return f'{told}: method = "{named}"'


def score(given):
    """The first column."""
    return given[:, 0]


class Called:
    """A model that is called, as those of PyTorch are."""

    def __call__(self, given):
        return given[:, 0] * 2


@pytest.mark.parametrize(
    ("function", "name", "output"),
    [
        (score, "score", [1.0, 2.0]),
        (functools.partial(score), "partial", [1.0, 2.0]),
        (Called(), "Called", [2.0, 4.0]),
    ],
)
def test_functions_are_their_own_score(function, name, output):
    """A plain function is called itself, under its own name."""
    for taken in (scorer(function), method(function, "predict"), method(function, "transform")):
        assert taken.name == name
        assert taken(X).tolist() == output


def test_a_named_method_is_taken():
    """The method that is asked for comes before every other, and before calling the model."""
    thing = model(predict=answers(1), predict_proba=answers(3), __call__=answers(9))
    assert method(thing, "predict")(X).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("thing", "name", "told"),
    [
        (3, "predict", f"the model (int) has no predict, {NOTHING}"),
        (
            model(transform=answers(1)),
            "predict",
            has("predict", "transform", "transform"),
        ),
        (
            model(predict=answers(1), predict_proba=answers(1), __call__=answers(1)),
            "transform",
            has("transform", "predict_proba, predict", "predict_proba"),
        ),
        (
            model(predict_partial_hazard=answers(1), predict_median=answers(1), predictors=3),
            None,
            has("predict", "predict_median, predict_partial_hazard", "predict_median"),
        ),
        (Called, "predict", f"the model (type) has no predict, {NOTHING}"),
    ],
)
def test_a_model_without_the_method(thing, name, told):
    """What does not predict is told by its type and by what it has instead."""
    with pytest.raises(DeclarationError) as error:
        method(thing, name)
    assert str(error.value) == told


def test_a_thing_that_scores_nothing():
    """What neither predicts nor can be called has no score."""
    with pytest.raises(DeclarationError, match=r"^the model \(Model\) has no predict: it has tran"):
        scorer(model(transform=answers(1)))


def test_every_output_is_offered():
    """All outputs of a model are told, the most continuous first, or the one that is declared."""
    thing = model(**{name: answers(1) for name in reversed(SCORES)})
    names = [one.name for one in scorers(thing)]
    assert names == ["predict_proba", "decision_function", "predict"] == list(SCORES)
    assert [one.name for one in scorers(thing, "predict")] == ["predict"]
    assert [one.name for one in scorers(score)] == ["score"]


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("predict_proba", "predict"), "predict_proba"),
        (("decision_function", "predict_proba"), "predict_proba"),
        (("predict", "decision_function"), "predict"),
    ],
)
def test_what_is_called_where_nothing_is_declared(names, name):
    """Those who want an answer get `predict`, and where there is none another output."""
    assert method(model(**dict.fromkeys(names, answers(1)))).name == (
        "predict" if "predict" in names else name
    )


def refuses(given):
    """A method that is there and answers nothing."""
    raise NotImplementedError("no probabilities")


def test_an_output_that_raises_is_passed_over():
    """A method that raises on rows that another one answers is no output of the model."""
    thing = model(predict=answers(1), predict_proba=refuses)
    taken = scorer(thing, opened(X).frame, opened(X))
    assert taken.name == "predict"
    assert taken.passed.startswith("predict_proba raised NotImplementedError: no probabilities")
    assert scorer(thing).name == "predict_proba"
    with pytest.raises(Fault, match=r"^predict_proba raised NotImplementedError"):
        scorer(thing, X, named="predict_proba")(X)


def test_a_model_that_answers_nothing_is_told_by_its_first_output():
    """Where no output answers, the most continuous one says why."""
    thing = model(predict=refuses, predict_proba=refuses)
    with pytest.raises(Fault, match=r"^predict_proba raised NotImplementedError"):
        scorer(thing, X)(X)


def test_an_output_for_one_row_at_a_time():
    """An output that takes single rows only is not passed over for that."""

    def single(given):
        if len(given) != 1:
            raise ValueError("one row")
        return [0.5]

    assert scorer(model(predict=single, predict_proba=single), X).name == "predict_proba"
    assert scorer(model(predict=single, predict_proba=refuses), X).name == "predict"


def test_trying_changes_nothing():
    """An output that is tried gets rows of its own."""
    given = X.copy()

    def spoils(rows):
        rows[:] = 0
        return [0, 0]

    scorer(model(predict=spoils, predict_proba=refuses), given)
    assert given.tolist() == X.tolist()


@pytest.mark.parametrize(("thing", "name"), [(score, "score"), (Called(), "Called")])
def test_a_stand_in_is_called_as_what_it_stands_for(thing, name):
    """Messages name the user's model, and not what harms it."""
    harmed = Altered(thing, lambda call, given: call(given))
    assert scorer(harmed).name == name
    other = Altered(model(predict=answers(1)), lambda call, given: call(given))
    with pytest.raises(DeclarationError, match=r"^the model \(Model\) has no transform: it has"):
        method(other, "transform")


def test_sparse_and_tensors_are_arrays():
    """A sparse matrix is filled up, and a tensor let go of its gradient."""
    sparse = scipy.sparse.csr_matrix(np.eye(2))
    assert scorer(lambda given: sparse)(X).tolist() == [[1, 0], [0, 1]]

    class Tensor:
        def detach(self):
            return self

        def cpu(self):
            return np.array([0.25, 0.5])

    assert scorer(lambda given: Tensor())(X).tolist() == [0.25, 0.5]


def test_several_targets_are_columns():
    """The probabilities of several targets stand side by side."""
    thing = model(predict_proba=lambda given: [np.zeros((2, 2)), np.ones((2, 3))])
    assert scorer(thing)(X).shape == scorer(thing).probed(X).shape == (2, 5)


def test_labels_are_scores_where_there_is_nothing_better():
    """Labels come through as they are."""
    thing = model(predict=lambda given: ["yes", "no"])
    assert scorer(thing)(X).tolist() == ["yes", "no"]


@pytest.mark.parametrize("call", ["__call__", "probed"])
@pytest.mark.parametrize(
    ("predict", "told"),
    [
        (lambda given: given / "a", "predict raised "),
        (lambda given: [1], "predict returned 1 prediction for 2 rows"),
        (lambda given: None, "predict returned None"),
    ],
)
def test_every_call_is_checked(call, predict, told):
    """What comes out of a score is checked at every call, not at the first alone."""
    with pytest.raises(Fault) as error:
        getattr(scorer(model(predict=predict)), call)(X)
    assert str(error.value).startswith(told)


def test_the_first_call_holds_the_model_to_its_contract():
    """The probing call sees that the input was changed."""

    def predict(given):
        given[0] = 5
        return [0, 0]

    given = X.copy()
    with pytest.raises(Fault, match=r"^predict changed its input"):
        scorer(model(predict=predict)).probed(given)


@pytest.mark.parametrize("first", [2, 3, 40])
def test_an_input_that_is_changed_from_some_call_on(first):
    """A model that leaves the first inputs alone and changes later ones is found out in time."""
    calls = []

    def later(given):
        calls.append(0)
        if len(calls) >= first:
            given[0] = 9
        return [0, 0]

    taken = scorer(model(predict=later))
    taken.probed(X.copy())
    with pytest.raises(Fault, match=r"^predict changed its input"):
        for _ in range(2 * first):
            taken(X.copy())


@pytest.mark.parametrize("times", [2, 5], ids=["as many as rows", "more than rows"])
def test_a_column_for_each_row_is_no_row_for_each(times):
    """Curves of survival that stand in columns are told as that, however many times there are."""

    def survival(given):
        return np.linspace(1, 0, times)[:, None] * np.ones(len(given))

    told = rf"^predict answers with {times} rows and [12] columns for .* lambda X: np.asarray"
    with pytest.raises(DeclarationError, match=told):
        scorer(model(predict=survival)).probed(X)
    turned = scorer(lambda given: survival(given).T)
    assert turned.probed(X).shape == (2, times)


def test_probabilities_of_as_many_classes_as_rows():
    """An answer of n rows and n columns is right where fewer rows make fewer rows."""
    assert scorer(model(predict=lambda given: np.zeros((len(given), 2)))).probed(X).shape == (2, 2)
