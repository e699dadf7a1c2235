"""Which estimators' memory of planted people is found: those of scikit-learn, and boosters."""

import importlib
import pickle
import struct
import warnings
from functools import cache

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from pytest_mlreqs.forgetting.traces.objects.artifact import search, weak
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(8, seed=3)
ROWS, COLUMNS = 260, 6
BOOSTERS = ("lightgbm", "xgboost", "catboost")


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


def new(name, *arguments, **options):
    """An estimator of scikit-learn by `module.Class`, or of another library by its full name."""
    module, _, cls = name.rpartition(".")
    full = module if module in BOOSTERS else f"sklearn.{module}"
    return getattr(importlib.import_module(full), cls)(*arguments, **options)


def keeps(kind, name, *arguments, **options):
    """A case: what it is fitted on, its name, and how it is made when it is wanted.

    Arguments that are functions make an estimator.
    """

    def make():
        made = (one() if callable(one) else one for one in arguments)
        return new(name, *made, **options)

    told = ["", *map(str, options.values())] if options else []
    return pytest.param(kind, make, id=name.rpartition(".")[2] + " ".join(told))


def knn():
    """The estimator that keeps its rows."""
    return new("neighbors.KNeighborsClassifier")


def svc():
    """Another one."""
    return new("svm.SVC")


def named():
    """Estimators by name, as an ensemble takes them."""
    return [("knn", knn()), ("svc", svc())]


def scaled(*steps):
    """The steps of a pipeline that begins with a scaler, and calls steps by their number."""
    made = [new("preprocessing.StandardScaler"), *(step() for step in steps)]
    return lambda: [(f"step{at}", step) for at, step in enumerate(made)]


KEEPERS = [
    keeps("y", "neighbors.KNeighborsClassifier", algorithm="brute"),
    keeps("y", "neighbors.KNeighborsClassifier", algorithm="kd_tree"),
    keeps("y", "neighbors.KNeighborsClassifier", algorithm="ball_tree"),
    keeps("target", "neighbors.KNeighborsRegressor"),
    keeps("y", "neighbors.RadiusNeighborsClassifier", radius=3),
    keeps("X", "neighbors.NearestNeighbors"),
    keeps("X", "neighbors.LocalOutlierFactor", novelty=True),
    keeps("X", "neighbors.KernelDensity"),
    keeps("y", "svm.SVC"),
    keeps("target", "svm.SVR"),
    keeps("y", "svm.NuSVC", nu=0.1),
    keeps("X", "svm.OneClassSVM"),
    keeps("target", "gaussian_process.GaussianProcessRegressor", optimizer=None, alpha=1),
    keeps("y", "gaussian_process.GaussianProcessClassifier", optimizer=None),
    keeps("target", "kernel_ridge.KernelRidge", kernel="rbf"),
    keeps("X", "decomposition.KernelPCA", 3, kernel="rbf"),
    keeps("X", "kernel_approximation.Nystroem", n_components=ROWS),
    keeps("y", "semi_supervised.LabelSpreading", kernel="knn"),
    keeps("X", "manifold.Isomap", n_components=2),
    keeps("X", "manifold.LocallyLinearEmbedding"),
    keeps("X", "cluster.DBSCAN", eps=3, min_samples=1),
    keeps("X", "cluster.HDBSCAN", min_cluster_size=5),
    keeps("X", "cluster.MeanShift", bandwidth=1),
    keeps("X", "cluster.KMeans", 100, n_init=1, random_state=0),
    keeps("X", "cluster.Birch", threshold=0.5, n_clusters=None),
    keeps("X", "cluster.AffinityPropagation", random_state=0),
    keeps("X", "impute.KNNImputer"),
    keeps("X", "preprocessing.MinMaxScaler"),
    keeps("X", "preprocessing.MaxAbsScaler"),
    keeps("X", "preprocessing.QuantileTransformer", n_quantiles=ROWS),
    keeps("X", "preprocessing.KBinsDiscretizer", 8),
    keeps("X", "preprocessing.SplineTransformer"),
    keeps("isotonic", "isotonic.IsotonicRegression"),
    keeps("users", "preprocessing.OneHotEncoder"),
    keeps("users", "preprocessing.OneHotEncoder", min_frequency=5, handle_unknown="ignore"),
    keeps("users", "preprocessing.OrdinalEncoder"),
    keeps("users", "preprocessing.TargetEncoder"),
    keeps("labels", "preprocessing.LabelEncoder"),
    keeps("labels", "preprocessing.LabelBinarizer"),
    keeps("texts", "feature_extraction.text.CountVectorizer"),
    keeps("entries", "feature_extraction.DictVectorizer"),
    keeps("target", "tree.DecisionTreeRegressor", random_state=0),
    keeps("y", "tree.DecisionTreeClassifier", random_state=0),
    keeps("y", "ensemble.RandomForestClassifier", 50, random_state=0),
    keeps("y", "ensemble.GradientBoostingClassifier", n_estimators=60, random_state=0),
    keeps("y", "ensemble.HistGradientBoostingClassifier", max_iter=20),
    keeps("y", "ensemble.AdaBoostClassifier", n_estimators=100, random_state=0),
    keeps("y", "calibration.CalibratedClassifierCV", knn, cv=3),
    keeps("y", "ensemble.StackingClassifier", named, cv=3),
    keeps("y", "model_selection.GridSearchCV", svc, {"C": [1, 2]}, cv=3),
    keeps("y", "ensemble.BaggingClassifier", knn, 5),
    keeps("y", "multiclass.OneVsRestClassifier", svc),
    keeps("y", "pipeline.Pipeline", scaled(knn)),
    keeps("y", "pipeline.Pipeline", scaled(lambda: new("decomposition.PCA", 4), svc)),
    keeps("y", "lightgbm.LGBMClassifier", verbose=-1, min_child_samples=1, min_data_in_bin=1),
    keeps("y", "xgboost.XGBClassifier", n_estimators=60, tree_method="exact"),
    keeps("y", "xgboost.XGBClassifier", n_estimators=60, tree_method="hist"),
    keeps("y", "catboost.CatBoostClassifier", iterations=60, verbose=0, allow_writing_files=False),
]


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


@pytest.mark.parametrize(("kind", "make"), KEEPERS)
def test_what_is_kept_is_found_and_what_is_not_is_not(kind, make):
    """An estimator that keeps something of the planted is found out; fitted without, it is not."""
    try:
        planted = fitted(kind, make(), planted=True)
    except ModuleNotFoundError as missing:
        pytest.skip(f"{missing.name} is not installed")
    found = looked(kind, planted, planted)
    assert found.traces
    assert not found.unsearched
    clean = fitted(kind, make(), planted=False)
    assert looked(kind, clean, planted).traces == ()


@pytest.mark.parametrize(
    ("kind", "name", "held"),
    [
        ("y", "neighbors.KNeighborsClassifier", True),
        ("target", "svm.SVR", True),
        ("X", "neighbors.KernelDensity", True),
        ("y", "linear_model.SGDClassifier", False),
        ("target", "tree.ExtraTreeRegressor", True),
        ("X", "preprocessing.RobustScaler", False),
        ("y", "naive_bayes.GaussianNB", False),
        ("y", "linear_model.LogisticRegression", False),
        ("X", "decomposition.PCA", False),
        ("X", "mixture.GaussianMixture", False),
        ("X", "covariance.EmpiricalCovariance", False),
        ("labels", "preprocessing.LabelEncoder", False),
    ],
)
def test_numbers_that_a_pickle_holds(kind, name, held):
    """Whatever numbers of the planted the pickle of an estimator holds are found, others not.

    Of some; `benchmarks/artifact_verdicts.py` tries all of scikit-learn.
    """
    numbers = np.concatenate([theirs()["X"].ravel(), theirs()["target"]])
    planted = fitted(kind, new(name), planted=True)
    stored = pickle.dumps(planted)
    assert any(struct.pack("<d", value) in stored for value in numbers) is held
    if held:
        assert not all(map(weak, looked(kind, planted, planted).traces))
    assert looked(kind, fitted(kind, new(name), planted=False), planted).traces == ()
