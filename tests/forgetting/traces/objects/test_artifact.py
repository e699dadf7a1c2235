"""Tests of pytest_mlreqs.forgetting.traces.objects.artifact."""

import hashlib
import struct

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PowerTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pytest_mlreqs.forgetting.traces.objects.artifact import Searcher, search, weak
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(4, seed=1)
RANDOM = np.random.default_rng(0)
OTHERS = RANDOM.normal(size=(300, 5))
ROWS = np.array([[one.value(f"x{c}", 2, 4) for c in range(5)] for one in PEOPLE])
STRANGERS = People.mint(4, seed=2)
THEIRS = np.array([[one.value(f"x{c}", 2, 4) for c in range(5)] for one in STRANGERS])
ONE = PEOPLE[2]


def fitted(model, rows=ROWS):
    """The model, trained on the others and the rows."""
    X = np.r_[OTHERS, rows]
    return model.fit(X, X[:, 0] > 0)


def test_numbers_that_are_too_short_are_not_clean():
    """An array of float16 may come from anybody's rows, so it is told as not searched."""
    found = search({"x": np.ones(9, dtype=np.float16), "y": np.ones(9)}, PEOPLE)
    assert not found.traces
    (why,) = found.unsearched
    assert why.startswith("model['x']: numbers of 16 bits")


def test_a_row_in_complex_numbers():
    """A planted row is found in the parts of complex numbers of either precision."""
    for dtype in (np.complex64, np.complex128):
        found = search(np.r_[OTHERS, ROWS].astype(dtype), PEOPLE, ROWS, OTHERS)
        assert found.people == frozenset(range(len(PEOPLE)))


@pytest.mark.parametrize(
    ("obj", "how"),
    [
        ({"who": ONE.name}, "text"),
        ([ONE.email, "x"], "text"),
        (f"id {ONE.id}", "text"),
        (np.array(["a", ONE.key.upper()]), "text"),
        (np.array([b"a", ONE.key.encode()]), "text"),
        (ONE.key.encode("utf-16-le") + b"\0" * 99, "text"),
        (hashlib.sha256(ONE.email.encode()).hexdigest(), "digest"),
        (["x", hashlib.md5(ONE.key.encode()).hexdigest().upper()], "digest"),
        (hashlib.sha1(ONE.key.encode()).digest(), "digest"),
        (ONE.id, "whole number"),
        (np.arange(10) + ONE.id, "whole number"),
        (np.array([5, ONE.small_id], dtype="i4"), "whole number"),
        ([1.5, float(ONE.id)], "whole number"),
        (ONE.values[0], "number"),
        (np.array([[1.0, ONE.values[1]]]), "number"),
        (np.array([1.0, ONE.values[1]], dtype=np.longdouble), "number"),
        (np.array([1.0, complex(0, ONE.values[1])]), "number"),
        ([complex(ONE.values[2], 1)], "number"),
        (b"x" * 31 + struct.pack("<d", ONE.values[0]) + b"yy", "number"),
        ({ONE.values[3]: object()}, "number"),
        (np.asfortranarray(np.r_[np.ones((9_000, 3)), [[3.0, 3, ONE.values[4]]]]), "number"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else type(value).__name__,
)
def test_what_a_person_was_given_is_found(obj, how):
    """A key, an id, a digest, a number of a person is found in every form, and nobody else's."""
    found = search(obj, PEOPLE)
    assert {(trace.how, trace.people) for trace in found.traces} == {(how, frozenset({2}))}
    assert search(obj, STRANGERS).traces == ()


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        make_pipeline(
            PowerTransformer(), StandardScaler(), KNeighborsClassifier(algorithm="brute")
        ),
        make_pipeline(
            make_column_transformer((StandardScaler(), [0, 1, 2]), ("passthrough", [3])),
            KNeighborsClassifier(),
        ),
    ],
    ids=["plain", "scaled", "twice", "columns"],
)
def test_rows_are_found_in_every_space(model):
    """Rows are found as each step makes them; a model of others, or of nobody else, has none."""
    planted = fitted(model)
    found = search(planted, PEOPLE, ROWS, OTHERS)
    assert any(trace.where.endswith("_fit_X") for trace in found.traces)
    assert found.people == {0, 1, 2, 3}
    clean = fitted(clone(model), THEIRS)
    assert search(clean, PEOPLE, ROWS, np.r_[OTHERS, THEIRS], planted=planted).traces == ()


def test_rows_of_another_scale_are_found():
    """Rows as the planted model scaled them are found where the scaler was fitted anew since."""
    planted = fitted(make_pipeline(StandardScaler(), KNeighborsClassifier()))
    stale = make_pipeline(StandardScaler().fit(OTHERS), planted[-1])
    hows = {trace.how for trace in search(stale, PEOPLE, ROWS, OTHERS, planted=planted).traces}
    assert "feature row" in hows
    assert search(stale, PEOPLE, ROWS, OTHERS).traces == ()


def test_float32_needs_three_of_a_row():
    """Two numbers of a row among float32 may be chance; three are a person."""
    single = np.zeros((5_000, 5), dtype="f4")
    single[7, :2] = ROWS[1, :2]
    assert search(single, PEOPLE, ROWS, OTHERS).traces == ()
    single[7, :3] = ROWS[1, :3]
    (trace,) = search(single, PEOPLE, ROWS, OTHERS).traces
    assert (trace.how, trace.people, trace.count) == ("feature row", {1}, 1)
    assert search(single.ravel(), PEOPLE, ROWS, OTHERS).people == {1}
    assert search(single.tobytes()[:50_000], PEOPLE, ROWS, OTHERS).people == {1}


def test_common_values_and_words_are_nobodys():
    """A class, a whole number or a surname that others have too is no trace of the planted."""
    others = pd.DataFrame({"class": [1, 2, 3] * 20, "name": ["Smith, John", "Doe, Ann", "Li"] * 20})
    rows = pd.DataFrame({"class": [3, 3, 1, 2], "name": ["Smith", "Doe", "Zyx, Ann", "Li"]})
    text = CountVectorizer().fit(others["name"])
    classes = OneHotEncoder().fit(others)
    for model in (text, classes, KNeighborsClassifier().fit(others[["class"]], others["class"])):
        assert search(model, PEOPLE, rows, others).traces == ()
    text = CountVectorizer().fit([*others["name"], *rows["name"]])
    (trace,) = search(text, PEOPLE, rows, others).traces
    assert (trace.where, trace.how, trace.people) == ("model.vocabulary_.keys()", "word", {2})


def test_splits_are_a_hint():
    """A tree that splits beside the planted is a weak trace; one that never saw them is none."""
    far = ROWS + 3
    planted = DecisionTreeClassifier(random_state=0).fit(
        np.r_[OTHERS, far], np.r_[OTHERS[:, 0] > 0, np.zeros(4, bool)]
    )
    (trace,) = search(planted, PEOPLE, far, OTHERS).traces
    assert weak(trace)
    assert trace.where == "model.tree_.__getstate__()['nodes']['threshold']"
    clean = DecisionTreeClassifier(random_state=0).fit(OTHERS, OTHERS[:, 0] > 0)
    assert search(clean, PEOPLE, far, OTHERS).traces == ()


def test_places_alike_are_one_trace():
    """Places that differ by their position only are one trace, with all people and counts."""
    (trace,) = search([{"a": one.key} for one in PEOPLE], PEOPLE).traces
    assert (trace.where, trace.people, trace.count) == ("model[*]['a']", {0, 1, 2, 3}, 4)


def test_rows_stay_as_they_are():
    """A step that works in place does not touch the rows it is tried on."""
    model = make_pipeline(StandardScaler(copy=False), KNeighborsClassifier()).fit(
        np.r_[OTHERS, ROWS], np.r_[OTHERS, ROWS][:, 0] > 0
    )
    rows, others = ROWS.copy(), OTHERS.copy()
    search(model, PEOPLE, rows, others)
    assert (rows == ROWS).all()
    assert (others == OTHERS).all()


def test_owners():
    """Several rows of a person are theirs; rows without owners are refused."""
    rows = np.repeat(ROWS, 2, axis=0) + np.arange(8)[:, None] * 1e-3
    searcher = Searcher(PEOPLE, rows, OTHERS, owners=[0, 0, 1, 1, 2, 2, 3, 3])
    assert searcher.search(rows[5]).people == {2}
    with pytest.raises(ValueError, match="8 rows of planted people have 4 owners"):
        search(None, PEOPLE, rows)
