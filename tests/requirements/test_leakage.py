"""Tests of pytest_mlreqs.requirements.leakage."""

import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from pytest_mlreqs.core.measurement import DeclarationError, Undecided
from pytest_mlreqs.report.evidence import worst
from pytest_mlreqs.requirements.leakage import Leakage


def table(rows=600, seed=0):
    """Passengers: a measurement, a class, a row number, and a boat that is known afterwards."""
    generator = np.random.default_rng(seed)
    lived = generator.random(rows) < 0.4
    boat = pd.Series(generator.choice(["A", "B", "7"], rows)).where(pd.Series(lived))
    X = pd.DataFrame(
        {
            "fare": generator.lognormal(3, 1, rows) * (1 + lived),
            "pclass": generator.integers(1, 4, rows),
            "number": np.arange(rows),
            "boat": boat,
        }
    )
    return X, pd.Series(lived.astype(int), name="lived")


X, Y = table()
DEFAULT = Leakage()
SHARED = Leakage(max_shared_rows=0)


def reads(*columns):
    """A model whose score is moved by these columns, and by no others."""

    def model(X):
        return sum(
            pd.factorize(X[column], sort=True)[0] / len(X) * 0.5 ** (n + 1)
            if X[column].dtype.kind not in "fiu"
            else X[column].to_numpy(dtype=float) * 0.5 ** (n + 1)
            for n, column in enumerate(columns)
        )

    return model


def check(requirement, model, X=X, y=Y, X_train=None):
    """All measurements."""
    return list(requirement.check(model, X, y, X_train))


def test_satisfied():
    """A model that leaves the telling column and the row number alone passes, and that is said."""
    model = make_pipeline(
        make_column_transformer(("passthrough", ["fare", "pclass"])), LogisticRegression()
    )
    strongest, identifiers = check(DEFAULT, model.fit(X, Y))
    assert [strongest.ok, identifiers.ok] == [True, True]
    assert strongest.text.startswith("AUC of the strongest single input, 'fare', is 0.")
    assert strongest.how.endswith("rows moves; not read by the model: boat")
    assert identifiers.how.endswith("followed by the next one, not read by the model")


def test_violated():
    """A model that reads what is only known afterwards fails, by the input and its AUC."""
    strongest, identifiers = check(DEFAULT, reads("fare", "boat"))
    assert strongest.ok is False
    assert strongest.name == "AUC of the strongest single input"
    assert strongest.text == (
        "AUC of the strongest single input, 'boat', is 1 (95 % interval 0.993 to 1), limit 0.95"
    )
    assert worst(strongest)[0] == "boat (1)"
    assert identifiers.ok is True


def test_row_number():
    """A model that reads a row number fails; the target has no part in it."""
    strongest, identifiers = check(DEFAULT, reads("fare", "number"))
    assert strongest.ok is True
    assert identifiers.ok is False
    assert identifiers.text == "identifiers that the model reads: number"
    assert identifiers.how == (
        "number: 600 different whole numbers in 600 rows, 599 of them followed by the next one"
    )


def test_years_or_row_numbers():
    """Whole numbers that are counted through and may be years leave it undecided, and say so."""
    frame = X.head(300).assign(number=np.arange(1800, 2100))
    _, identifiers = check(DEFAULT, reads("fare", "number"), frame, Y.head(300))
    assert identifiers.ok is None
    assert "'number' holds identifiers or years, which look alike" in identifiers.text
    assert "name it in `allowed`" in identifiers.hint
    _, identifiers = check(DEFAULT, reads("fare"), frame, Y.head(300))
    assert identifiers.ok is True


def test_identifiers_may_be_left_alone():
    """Without the option nothing is said of identifiers."""
    (strongest,) = check(Leakage(no_identifiers=False), reads("fare", "number"))
    assert strongest.ok is True


@pytest.mark.parametrize("allowed", [("boat", "number"), ("b*t", "num*")])
def test_allowed(allowed):
    """An input named as legitimate is not judged."""
    told = check(Leakage(allowed=allowed), reads("fare", "boat", "number"))
    assert [m.ok for m in told] == [True, True]


def test_boundary():
    """An interval that holds the limit leaves it undecided; one that ends at it does not."""
    (at,) = check(Leakage(no_identifiers=False), reads("fare"))
    low, high = at.interval
    for limit, ok in [(high, True), ((low + high) / 2, None), (low - 1e-9, False)]:
        (told,) = check(Leakage(no_identifiers=False, max_auc=limit), reads("fare"))
        assert told.ok is ok


def test_few_rows():
    """A perfect input in a few rows proves nothing."""
    strongest, _ = check(DEFAULT, reads("boat"), X.head(25), Y.head(25))
    assert strongest.value > 0.95
    assert strongest.ok is None
    assert strongest.text.endswith(
        "because the value of 'boat' may be above the limit with 9 rows of the rarest class; "
        "give more rows of X"
    )


@pytest.mark.parametrize(("rows", "positives"), [(130, 34), (940, 47), (58, 29)])
@pytest.mark.parametrize("names", [("no", "yes"), (0, 1)])
def test_a_copy_in_few_rows(rows, positives, names):
    """A perfect copy of the target is a leak with 29 rows of the rarer class, and so is told."""
    lived = np.random.default_rng(0).permutation(rows) < positives
    frame = pd.DataFrame({"boat": np.where(lived, names[1], names[0]), "fare": np.arange(rows) / 7})
    strongest, _ = check(DEFAULT, reads("boat"), frame, lived)
    assert strongest.ok is False
    planted = next(iter(DEFAULT.plant(reads("fare"), frame[["fare"]], lived)))
    strongest, _ = DEFAULT.check(**{"y": lived, **planted.subjects})
    assert strongest.ok is False


@pytest.mark.parametrize(
    "options",
    [
        {"max_auc": 0.5},
        {"max_auc": 1.1},
        {"max_shared_rows": -1},
        {"allowed": [""]},
        {"rows": 0},
        {"max_auc": 1, "max_r2": 1, "no_identifiers": False},
    ],
)
def test_misconfigured(options):
    """Limits that cannot be, and those that require nothing, are refused."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, Leakage)


def test_training_rows_are_needed_where_shared_rows_are_limited():
    """Who limits no shared rows need not supply any training rows."""
    assert DEFAULT.needs() == ("model", "X", "y")
    assert SHARED.needs() == ("model", "X", "y", "X_train")


TARGETS = {
    "frame": (X["boat"].notna().to_frame(), "AUC"),
    "array": (Y.to_numpy(), "AUC"),
    "column": (Y.to_numpy()[:, None], "AUC"),
    "list": (Y.tolist(), "AUC"),
    "strings": (Y.map({0: "died", 1: "lived"}), "AUC"),
    "category": (Y.map({0: "died", 1: "lived"}).astype("category"), "AUC"),
    "bool": (Y.astype(bool), "AUC"),
    "gaps": (Y.astype(float).where(X.index % 7 > 0), "AUC"),
    "text gaps": (Y.map({0: "died", 1: "lived"}).where(X.index % 7 > 0), "AUC"),
    "index": (Y.set_axis(range(1000, 1600)), "AUC"),
    "classes": (X["boat"].fillna("none"), "AUC"),
    "numbers": (X["boat"].map({"A": 10, "B": 30, "7": 50}).fillna(0) + X.index / 6000, "R2"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_targets(target):
    """Targets of any shape and type are understood, rows without one being left out."""
    y, unit = TARGETS[target]
    strongest, _ = check(DEFAULT, reads("boat", "fare"), y=y)
    assert strongest.ok is False
    assert strongest.text.startswith(f"{unit} of the strongest single input, 'boat', is ")
    assert ("86 without a target" in strongest.how) == ("gaps" in target)


@pytest.mark.parametrize("y", [[1] * 600, [None] * 600, np.zeros((600, 2)), list(range(600))[::-1]])
def test_targets_that_tell_nothing(y):
    """Of one class, none at all or two targets nothing is said; row numbers are numbers."""
    strongest, _ = check(DEFAULT, reads("fare"), y=y)
    assert strongest.ok is (True if isinstance(y, list) and y[0] == 599 else None)


def test_numbers_are_classes_for_a_classifier():
    """Many whole numbers are classes if the model gives probabilities."""
    y = X["fare"].rank().astype(int) // 30
    model = make_pipeline(
        make_column_transformer(("passthrough", ["fare"])), LogisticRegression(max_iter=200)
    )
    assert check(DEFAULT, model.fit(X, y // 10), y=y)[0].name.startswith("AUC")
    assert check(DEFAULT, reads("fare"), y=y)[0].name.startswith("R2")


RATING = pd.Series(X["fare"].rank().to_numpy().astype(int) * 5 // 601)


@pytest.mark.parametrize(
    ("options", "units"),
    [
        ({}, ["R2"]),
        ({"max_r2": 0.8}, ["R2"]),
        ({"max_auc": 0.9}, ["AUC"]),
        ({"max_auc": 0.9, "max_r2": 0.8}, ["AUC", "R2"]),
    ],
)
def test_few_whole_numbers(options, units):
    """A regressor of whole numbers is judged by what is declared, and by R2 if nothing is."""
    frame = X.assign(copy=RATING)
    model = lambda X: X["copy"] * 0.5
    *strongest, _ = check(Leakage(**options), model, frame, RATING)
    assert sorted((one.name[:3].strip(), one.ok) for one in strongest) == [
        (u, False) for u in units
    ]
    planted = next(iter(Leakage(**options).plant(reads("pclass"), X, RATING)))
    *strongest, _ = Leakage(**options).check(**{"y": RATING, **planted.subjects})
    assert [one.ok for one in strongest] == [False] * len(units)


@pytest.mark.parametrize(
    ("options", "y", "why"),
    [
        ({"max_r2": 0.8}, Y.map(str), "`max_r2` is declared, but y holds classes"),
        ({"max_auc": 0.8}, X["fare"], "`max_auc` is declared, but y holds numbers"),
    ],
)
def test_a_limit_that_does_not_apply(options, y, why):
    """A limit that would not be looked at is refused, unless the other one stands beside it."""
    with pytest.raises(DeclarationError, match=why):
        check(Leakage(**options), reads("pclass"), y=y)
    assert check(Leakage(max_auc=0.9, max_r2=0.9), reads("pclass"), y=y)[0].ok is True


def test_wrong_length():
    """Targets that do not belong to the rows are an error of what is declared."""
    with pytest.raises(DeclarationError, match="y has 599 entries for 600 rows of X"):
        check(DEFAULT, reads("fare"), y=Y[1:])


def test_labels_only():
    """A model that gives labels only is judged by them, and that is said."""
    strongest, identifiers = check(
        DEFAULT, lambda X: np.where(X["boat"].notna() | (X["number"] < 9), "lived", "died")
    )
    assert [strongest.ok, identifiers.ok] == [False, False]
    assert "rows moves, labels only" in strongest.how


def test_arrays():
    """The inputs of an array are told by their position."""
    rows = X[["fare", "number"]].assign(y=Y).to_numpy()
    strongest, identifiers = check(DEFAULT, lambda X: X[:, 1] + X[:, 2], rows)
    assert strongest.text.startswith("AUC of the strongest single input, 'input 2', is 1 ")
    assert identifiers.text == "identifiers that the model reads: input 1"


def test_neither_frame_nor_array():
    """Of anything else nothing is said, and nothing is planted into it."""
    for judge in (check, lambda *given: list(given[0].plant(*given[1:], Y))):
        with pytest.raises(Undecided, match="X is a list"):
            judge(SHARED, lambda X: [0] * len(X), [[1]] * 600)


@pytest.mark.parametrize(
    ("rows", "why"), [(X.head(0), "X has no rows"), (X.iloc[:, :0], "X has no columns")]
)
def test_empty(rows, why):
    """Without rows or columns nothing is said."""
    with pytest.raises(Undecided, match=why):
        check(SHARED, reads("fare"), rows, Y[: len(rows)], X)


def test_one_row():
    """One row tells nothing of the target."""
    strongest, identifiers = check(DEFAULT, reads("fare"), X.head(1), Y.head(1))
    assert (strongest.ok, identifiers.ok) == (None, True)


def test_nothing_is_read():
    """A model that reads nothing reads no leak."""
    strongest, identifiers = check(DEFAULT, lambda X: np.zeros(len(X)))
    assert (strongest.ok, identifiers.ok) == (True, True)
    assert strongest.text == "AUC of the strongest single input: the model reads none of them"


def test_whether_it_is_read_cannot_be_told():
    """A leak that the model lets nobody change is undecided."""
    boats = X["boat"].copy()

    def model(X):
        if list(X["boat"].fillna("")) != list(boats.iloc[X.index].fillna("")):
            raise ValueError("not my boats")
        return X["fare"].to_numpy()

    strongest, _ = check(DEFAULT, model)
    assert strongest.ok is None
    assert "whether the model reads 'boat' cannot be told: the model refuses" in strongest.text


def test_odd_columns():
    """Duplicate names, constants, dates, lists, gaps and infinities are no leaks."""
    odd = pd.concat(
        [
            X[["fare", "fare"]],
            pd.DataFrame(
                {
                    "constant": "same",
                    "empty": np.nan,
                    "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(X["number"], "h"),
                    "list": [[n % 3] for n in range(600)],
                    "huge": np.where(X["pclass"] == 1, np.inf, 1e300),
                    "flag": X["pclass"] == 2,
                    "nullable": X["pclass"].astype("Int64").where(X["pclass"] > 1),
                    "category": X["pclass"].map(str).astype("category"),
                }
            ),
        ],
        axis=1,
    ).set_axis(range(5000, 5600))
    told = check(DEFAULT, lambda X: X.iloc[:, 0].to_numpy() + X["flag"], odd)
    assert [m.ok for m in told] == [True, True]


# --- shared rows ----------------------------------------------------------------------------------


def test_split():
    """A clean split shares no row, and rows in which nothing but the unread number is new do."""
    *_, shared = check(SHARED, reads("fare", "pclass"), X[400:], Y[400:], X[:400])
    assert (shared.ok, shared.value) == (True, 0)
    copies = pd.concat([X[:400], X[400:420].assign(number=range(20))])
    *_, shared = check(SHARED, reads("fare", "pclass"), X[400:], Y[400:], copies)
    assert shared.ok is False
    assert shared.text == (
        "20 of 200 rows of X stand in the training data with all that the model reads, "
        "0 expected by chance, limit 0"
    )
    assert worst(shared) == ("row 0", "row 1", "row 2", "row 3", "row 4")


@pytest.mark.parametrize(("limit", "ok"), [(19, False), (20, True)])
def test_as_many_as_allowed(limit, ok):
    """So many shared rows as the limit says are allowed, and not one more."""
    requirement = Leakage(max_shared_rows=limit)
    *_, shared = check(requirement, reads("fare"), X[400:], Y[400:], X[:420])
    assert shared.ok is ok


def test_coincidence():
    """Rows of a few categories that stand in both tables by chance are no leak."""
    model = reads("pclass", "sex")
    rows = X.assign(sex=X["number"] % 2)
    *_, shared = check(SHARED, model, rows[400:], Y[400:], rows[:400])
    assert (shared.ok, shared.value) == (True, 200)
    *_, shared = check(SHARED, model, rows[400:], Y[400:], rows)
    assert shared.ok is False
    assert "with all columns, 0 expected by chance" in shared.text


@pytest.mark.parametrize(
    ("others", "why"),
    [
        (X[["pclass"]], "X_train has no column 'fare'"),
        (X.head(0), "X_train has no rows"),
        ([1], "X_train is a list"),
    ],
)
def test_training_rows_that_cannot_be_compared(others, why):
    """Training rows without what the model reads leave it undecided."""
    *_, shared = check(SHARED, reads("fare"), X_train=others)
    assert shared.ok is None
    assert why in shared.text


def test_other_order_and_type():
    """Columns are found by name, and equal numbers of another type are equal."""
    others = X[["boat", "pclass", "fare"]].astype({"pclass": float})
    *_, shared = check(SHARED, reads("fare", "pclass"), X_train=others)
    assert shared.value == 600


def test_one_column_of_text():
    """Of a model that reads texts, the training rows themselves are found to be shared."""
    texts = pd.DataFrame({"text": [f"what {n} people say of it" for n in range(600)]})
    model = lambda X: X["text"].str.len()
    *_, shared = check(SHARED, model, texts, X_train=texts)
    assert shared.ok is False
    assert shared.text.startswith("600 of 600 rows of X stand in the training data")
    assert "0 expected by chance" in shared.text
    *_, shared = check(SHARED, model, texts[:300], Y[:300], texts[300:])
    assert shared.ok is True


@pytest.mark.parametrize(
    "write",
    [
        lambda frame: frame.astype({"day": str}),
        lambda frame: frame.astype({"fare": str}),
        lambda frame: frame.astype({"pclass": "category", "day": "datetime64[s]"}),
        lambda frame: frame.set_index("day"),
        lambda frame: frame.assign(
            day=frame["day"].dt.tz_localize("UTC"), fare=frame["fare"].round(4)
        ),
    ],
    ids=["dates as text", "numbers as text", "categories", "index", "zone and precision"],
)
def test_rows_that_are_written_otherwise(write):
    """Shared rows are the same rows however one side has written them."""
    frame = X[["fare", "pclass"]].assign(day=pd.date_range("2020-01-01", periods=600))
    model = lambda X: X["fare"] + X["day"].dt.day + X["pclass"]
    *_, shared = check(SHARED, model, frame[300:], Y[300:], write(frame[:375]))
    assert (shared.ok, shared.value) == (False, 75)


def test_no_values_of_people():
    """Messages hold no value of the data."""
    rows = X.assign(boat=X["boat"].map("secret-{}".format), ssn=[f"secret-{n}" for n in range(600)])
    told = check(SHARED, reads("boat", "ssn"), rows, X_train=rows)
    assert [m.ok for m in told] == [False, False, False]
    assert "secret" not in str([m.as_dict() for m in told])


# --- proofs and error rates -----------------------------------------------------------------------

CLEAN = X.assign(number=X["fare"] / 3, boat=X["fare"].map("{:.2f}kg".format))


@pytest.mark.parametrize(
    ("model", "X", "y"),
    [
        (reads("fare"), CLEAN, Y),
        (reads("fare"), CLEAN, Y.map({0: "died", 1: "lived"})),
        (reads("fare"), CLEAN, Y.astype(float).where(CLEAN.index > 9)),
        (LinearRegression().fit(CLEAN[["fare", "number"]], CLEAN["pclass"] * np.pi),
         CLEAN[["fare", "number"]], CLEAN["pclass"] * np.pi + CLEAN.index),
        (lambda X: np.where(X["fare"] > 9, "lived", "died"), CLEAN, Y),
        (lambda X: X[:, 0], CLEAN[["fare", "number"]].to_numpy(), Y.to_numpy()),
    ],
    ids=["classes", "strings", "gaps", "numbers", "labels", "array"],
)  # fmt: skip
def test_planted_violations_are_noticed(model, X, y):
    """A copy of the target, a row number and shared rows are noticed, whatever the subjects."""
    subjects = {"model": model, "X": X[300:], "y": y[300:], "X_train": X[:300]}
    assert [m.ok for m in SHARED.check(**subjects)] == [True, True, True]
    planted = list(SHARED.plant(**subjects))
    assert [one.what for one in planted] == [
        "the model reads a copy of the target",
        "the model reads the number of the row",
        "the model was trained on X, too",
    ]
    for one, place in zip(planted, range(3), strict=True):
        told = list(SHARED.check(**{**subjects, **one.subjects}))
        assert told[place].ok is False, one.what


def test_what_is_not_required_is_not_planted():
    """No violation is planted of what nobody required."""
    idle = Leakage(max_auc=1, max_r2=0.99, no_identifiers=False)
    assert list(idle.plant(reads("fare"), X, Y.map(str))) == []


def test_false_alarms():
    """An honest input of AUC .90 is never called a leak, and a copy with 1 % noise always is."""
    told = []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        y = generator.integers(0, 2, 2000)
        wrong = generator.random(2000) < 0.01
        rows = pd.DataFrame(
            {"fare": generator.normal(size=2000) + 1.8124 * y, "copy": np.where(wrong, 1 - y, y)}
        )
        told += [check(DEFAULT, reads(name), rows, y)[0].ok for name in ("fare", "copy")]
    assert told == [True, False] * 20


def test_light():
    """Importing the kind imports nothing heavy."""
    code = (
        "import sys, pytest_mlreqs.requirements.leakage\n"
        "print({'numpy', 'pandas', 'sklearn', 'pytest'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_an_allowed_name_that_is_a_little_different():
    """A name under `allowed` that is not quite that of an input is told with the one it may be."""
    rows = pd.DataFrame({"worst_size": np.arange(100.0), "noise": np.arange(100.0) % 7})
    y = pd.Series((np.arange(100) % 2).astype(int))

    def model(rows):
        return rows["noise"].to_numpy()

    told = {one.name: one for one in Leakage(allowed=("Worst Size",)).check(model, rows, y)}
    open_ = told["'Worst Size' in allowed"]
    assert open_.ok is None
    assert open_.text.endswith("is called 'Worst Size'; did you mean 'worst_size'?")
    known = [one.name for one in Leakage(allowed=("religion", "noise")).check(model, rows, y)]
    assert not [name for name in known if "in allowed" in name]
