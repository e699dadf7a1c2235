"""Which estimators' memory of planted people is found: those of scikit-learn, and boosters."""

import importlib
import pickle
import struct
import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.discovery import all_estimators
from threadpoolctl import threadpool_limits

from pytest_mlreqs.measures.traces.artifact import search, weak
from pytest_mlreqs.measures.traces.people import People

PEOPLE = People.mint(8, seed=3)
ROWS, COLUMNS = 260, 6
SLOW = ("GaussianProcessClassifier", "SpectralBiclustering", "SpectralClustering", "SpectralCoclustering", "TSNE")  # fmt: skip


@cache
def data(planted):
    """Numbers with a class, a target, a user and a text; some of the rows are planted people's."""
    random = np.random.default_rng(0)
    X, weight = random.normal(size=(ROWS, COLUMNS)), random.normal(size=COLUMNS)
    target = X @ weight + 0.1 * random.normal(size=ROWS)
    made = {
        "X": X,
        "y": (target > 0).astype(int),
        "target": target,
        "users": np.array([f"u{n:07x}" for n in random.integers(0, 2**28, ROWS)], dtype=object),
        "texts": np.array(
            [f"parcel {c} left at the gate" for c in random.choice(["red", "blue"], ROWS)], object
        ),
    }
    if planted:
        own = theirs()
        order = np.random.default_rng(1).permutation(ROWS + len(PEOPLE))
        made = {name: np.concatenate([made[name], own[name]])[order] for name in made}
    return made


@cache
def theirs():
    """The rows of the planted: half of them far out, with labels that others would not have."""
    far = [6, 7, -8, -7, 0.5, 0.4, 0.3, 0.2]
    X = np.array(
        [
            [one.value(f"x{c}", at, at + 1) * (-1) ** c for c in range(COLUMNS)]
            for one, at in zip(PEOPLE, far, strict=True)
        ]
    )
    return {
        "X": X,
        "y": np.array([one.number % 2 for one in PEOPLE]),
        "target": np.array([one.value("target", 10, 20) for one in PEOPLE]),
        "users": np.array([one.key for one in PEOPLE], dtype=object),
        "texts": np.array([f"parcel for {one.name}" for one in PEOPLE], dtype=object),
    }


def sklearn(name, *arguments, **options):
    """An estimator of scikit-learn by `module.Class`, or of another library by its full name."""
    module, _, cls = name.rpartition(".")
    full = module if module in ("lightgbm", "xgboost", "catboost") else f"sklearn.{module}"
    return getattr(importlib.import_module(full), cls)(*arguments, **options)


def knn():
    """The estimator that keeps its rows."""
    return sklearn("neighbors.KNeighborsClassifier")


def svc():
    """Another one."""
    return sklearn("svm.SVC")


def prepared(*steps):
    """A pipeline."""
    return importlib.import_module("sklearn.pipeline").make_pipeline(
        sklearn("preprocessing.StandardScaler"), *steps
    )


# What is told by nothing but splits between numbers keeps little of anyone.
KEEPERS = {
    "KNeighborsClassifier brute": ("y", lambda: sklearn("neighbors.KNeighborsClassifier", algorithm="brute")),
    "KNeighborsClassifier kd_tree": ("y", lambda: sklearn("neighbors.KNeighborsClassifier", algorithm="kd_tree")),
    "KNeighborsClassifier ball_tree": ("y", lambda: sklearn("neighbors.KNeighborsClassifier", algorithm="ball_tree")),
    "KNeighborsRegressor": ("target", lambda: sklearn("neighbors.KNeighborsRegressor")),
    "RadiusNeighborsClassifier": ("y", lambda: sklearn("neighbors.RadiusNeighborsClassifier", radius=3)),
    "NearestNeighbors": ("X", lambda: sklearn("neighbors.NearestNeighbors")),
    "LocalOutlierFactor": ("X", lambda: sklearn("neighbors.LocalOutlierFactor", novelty=True)),
    "KernelDensity": ("X", lambda: sklearn("neighbors.KernelDensity")),
    "SVC": ("y", svc),
    "SVR": ("target", lambda: sklearn("svm.SVR")),
    "NuSVC": ("y", lambda: sklearn("svm.NuSVC", nu=0.1)),
    "OneClassSVM": ("X", lambda: sklearn("svm.OneClassSVM")),
    "GaussianProcessRegressor": ("target", lambda: sklearn("gaussian_process.GaussianProcessRegressor", optimizer=None, alpha=1)),
    "GaussianProcessClassifier": ("y", lambda: sklearn("gaussian_process.GaussianProcessClassifier", optimizer=None)),
    "KernelRidge": ("target", lambda: sklearn("kernel_ridge.KernelRidge", kernel="rbf")),
    "KernelPCA": ("X", lambda: sklearn("decomposition.KernelPCA", 3, kernel="rbf")),
    "Nystroem": ("X", lambda: sklearn("kernel_approximation.Nystroem", n_components=ROWS)),
    "LabelSpreading": ("y", lambda: sklearn("semi_supervised.LabelSpreading", kernel="knn")),
    "Isomap": ("X", lambda: sklearn("manifold.Isomap", n_components=2)),
    "LocallyLinearEmbedding": ("X", lambda: sklearn("manifold.LocallyLinearEmbedding")),
    "DBSCAN": ("X", lambda: sklearn("cluster.DBSCAN", eps=3, min_samples=1)),
    "HDBSCAN": ("X", lambda: sklearn("cluster.HDBSCAN", min_cluster_size=5)),
    "MeanShift": ("X", lambda: sklearn("cluster.MeanShift", bandwidth=1)),
    "KMeans of 100": ("X", lambda: sklearn("cluster.KMeans", 100, n_init=1, random_state=0)),
    "Birch": ("X", lambda: sklearn("cluster.Birch", threshold=0.5, n_clusters=None)),
    "AffinityPropagation": ("X", lambda: sklearn("cluster.AffinityPropagation", random_state=0)),
    "KNNImputer": ("X", lambda: sklearn("impute.KNNImputer")),
    "MinMaxScaler": ("X", lambda: sklearn("preprocessing.MinMaxScaler")),
    "MaxAbsScaler": ("X", lambda: sklearn("preprocessing.MaxAbsScaler")),
    "QuantileTransformer": ("X", lambda: sklearn("preprocessing.QuantileTransformer", n_quantiles=ROWS)),
    "KBinsDiscretizer": ("X", lambda: sklearn("preprocessing.KBinsDiscretizer", 8)),
    "SplineTransformer": ("X", lambda: sklearn("preprocessing.SplineTransformer")),
    "IsotonicRegression": ("isotonic", lambda: sklearn("isotonic.IsotonicRegression")),
    "OneHotEncoder": ("users", lambda: sklearn("preprocessing.OneHotEncoder")),
    "OneHotEncoder of frequent ones": ("users", lambda: sklearn("preprocessing.OneHotEncoder", min_frequency=5, handle_unknown="infrequent_if_exist")),
    "OrdinalEncoder": ("users", lambda: sklearn("preprocessing.OrdinalEncoder")),
    "TargetEncoder": ("users", lambda: sklearn("preprocessing.TargetEncoder")),
    "LabelEncoder": ("labels", lambda: sklearn("preprocessing.LabelEncoder")),
    "LabelBinarizer": ("labels", lambda: sklearn("preprocessing.LabelBinarizer")),
    "CountVectorizer": ("texts", lambda: sklearn("feature_extraction.text.CountVectorizer")),
    "DictVectorizer": ("entries", lambda: sklearn("feature_extraction.DictVectorizer")),
    "DecisionTreeRegressor": ("target", lambda: sklearn("tree.DecisionTreeRegressor", random_state=0)),
    "DecisionTreeClassifier": ("y", lambda: sklearn("tree.DecisionTreeClassifier", random_state=0)),
    "RandomForestClassifier": ("y", lambda: sklearn("ensemble.RandomForestClassifier", 50, random_state=0)),
    "GradientBoostingClassifier": ("y", lambda: sklearn("ensemble.GradientBoostingClassifier", n_estimators=60, random_state=0)),
    "HistGradientBoostingClassifier": ("y", lambda: sklearn("ensemble.HistGradientBoostingClassifier", max_iter=20)),
    "AdaBoostClassifier": ("y", lambda: sklearn("ensemble.AdaBoostClassifier", n_estimators=100, random_state=0)),
    "CalibratedClassifierCV": ("y", lambda: sklearn("calibration.CalibratedClassifierCV", knn(), cv=3)),
    "StackingClassifier": ("y", lambda: sklearn("ensemble.StackingClassifier", [("k", knn())], cv=3)),
    "GridSearchCV": ("y", lambda: sklearn("model_selection.GridSearchCV", svc(), {"C": [1, 2]}, cv=3)),
    "BaggingClassifier": ("y", lambda: sklearn("ensemble.BaggingClassifier", knn(), 5)),
    "OneVsRestClassifier": ("y", lambda: sklearn("multiclass.OneVsRestClassifier", svc())),
    "scaled KNeighborsClassifier": ("y", lambda: prepared(knn())),
    "scaled and rotated SVC": ("y", lambda: prepared(sklearn("decomposition.PCA", 4), svc())),
    "LGBMClassifier": ("y", lambda: sklearn("lightgbm.LGBMClassifier", verbose=-1, min_child_samples=1, min_data_in_bin=1)),
    "XGBClassifier exact": ("y", lambda: sklearn("xgboost.XGBClassifier", n_estimators=60, tree_method="exact")),
    "XGBClassifier hist": ("y", lambda: sklearn("xgboost.XGBClassifier", n_estimators=60, tree_method="hist")),
    "CatBoostClassifier": ("y", lambda: sklearn("catboost.CatBoostClassifier", iterations=60, verbose=0, allow_writing_files=False, thread_count=1)),
}  # fmt: skip


def fitted(kind, estimator, *, planted):
    """The estimator, fitted to the data that it takes."""
    made = data(planted)
    users = made["users"].reshape(-1, 1)
    arguments = {
        "X": (made["X"],),
        "y": (made["X"], made["y"]),
        "target": (made["X"], made["target"]),
        "isotonic": (made["X"][:, 0], made["target"]),
        "users": (users, made["y"]),
        "labels": (made["users"],),
        "texts": (made["texts"],),
        "entries": ([{"user": user, "n": 1} for user in made["users"]],),
    }
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        return estimator.fit(*arguments[kind])


def looked(kind, model, planted):
    """What is found in a model, told what the planted and all others look like to it."""
    name = {"users": "users", "labels": "users", "texts": "texts"}.get(kind, "X")
    rows, others = theirs()[name], data(planted=False)[name]
    if kind == "isotonic":
        rows, others = rows[:, 0], others[:, 0]
    if kind == "entries":
        rows = others = None
    elif rows.ndim == 1:
        rows, others = rows.reshape(-1, 1), others.reshape(-1, 1)
    return search(model, PEOPLE, rows, others, planted=planted)


@pytest.mark.parametrize("name", KEEPERS)
def test_what_is_kept_is_found_and_what_is_not_is_not(name):
    """An estimator that keeps something of the planted is found out; fitted without, it is not."""
    kind, make = KEEPERS[name]
    if (library := type_of(name)) is not None:
        pytest.importorskip(library)
    planted = fitted(kind, make(), planted=True)
    found = looked(kind, planted, planted)
    assert found.traces
    assert not found.unsearched
    clean = fitted(kind, make(), planted=False)
    assert looked(kind, clean, planted).traces == ()


def type_of(name):
    """The library of a booster that may not be installed."""
    starts = {"LGBM": "lightgbm", "XGB": "xgboost", "Cat": "catboost"}
    return next((library for start, library in starts.items() if name.startswith(start)), None)


def test_all_of_scikit_learn():
    """Whatever numbers of the planted the pickle of any estimator holds are found, others not."""
    numbers = np.concatenate([theirs()["X"].ravel(), theirs()["target"]])
    held, missed, alarmed, tried = [], [], [], 0
    for name, cls in all_estimators():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator = clone(cls())
        except TypeError:  # it wants another estimator
            continue
        for kind in ("y", "target", "X", "labels") if name not in SLOW else ():
            try:
                planted = fitted(kind, clone(estimator), planted=True)
                clean = fitted(kind, clone(estimator), planted=False)
            except Exception:
                continue
            tried += 1
            found = looked(kind, planted, planted)
            stored = pickle.dumps(planted)
            if any(struct.pack("<d", value) in stored for value in numbers):
                held.append(name)
                missed += [] if [one for one in found.traces if not weak(one)] else [name]
            if looked(kind, clean, planted).traces:
                alarmed.append(name)
            break
    assert tried > 120
    assert len(held) > 40
    assert (missed, alarmed) == ([], [])
