"""Tests of pytest_mlreqs.requirements.proxies."""

import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from pytest_mlreqs import testing
from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.measures.association import association
from pytest_mlreqs.report.evidence import worst
from pytest_mlreqs.requirements.proxies import Proxies
from pytest_mlreqs.testing import assert_planted_noticed, assert_refused, assert_violated

N = 2100


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Two folds and a few trees, which tell what there is here; the real ones have own tests."""
    monkeypatch.setattr(association, "FOLDS", 2)
    for name in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
        monkeypatch.setattr(association, name, partial(few_trees, getattr(association, name)))


def few_trees(cls, **options):
    """Boosted trees as the probes are made of, but eight of them that learn faster."""
    return cls(**{**options, "max_iter": 8, "learning_rate": 0.5})


def people(rows=N, seed=0):
    """Inputs, and a sex that shows in the district and explains part of the skill."""
    generator = np.random.default_rng(seed)
    female = generator.random(rows) < 0.4
    X = pd.DataFrame(
        {
            "skill": generator.normal(size=rows) + female,
            "district": generator.normal(size=rows) + 1.6 * female,
            "noise": generator.normal(size=rows),
        }
    )
    return X, pd.DataFrame({"sex": np.where(female, "f", "m")})


X, PROTECTED = people(seed=5)
SEX = PROTECTED["sex"]


def declared(**options):
    """A requirement on sex, with `skill` legitimate unless told otherwise."""
    return Proxies(**{"attributes": ("sex",), "reason": "r", "legitimate": ("skill",), **options})


def fitted(*columns, estimator=None, seed=1):
    """A model that takes these columns, of people who were hired for skill and sex."""
    rows, protected = people(seed=seed)
    hired = rows["skill"] + 1.5 * (protected["sex"] == "f") + rows["noise"] > 0.5
    estimator = (estimator or LogisticRegression()).fit(rows[[*columns]].to_numpy(), hired)

    class Model:
        def __getattr__(self, name):
            if name not in ("predict_proba", "decision_function", "predict"):
                raise AttributeError(name)
            call = getattr(estimator, name)
            return lambda X: call(X[[*columns]].to_numpy())

    return Model()


FAIR = fitted("skill", "noise")
UNFAIR = fitted("skill", "district")


def check(requirement, model, X=X, protected=PROTECTED):
    """All measurements."""
    return list(requirement.check(model, X, protected))


def test_satisfied():
    """A model that follows the sex through a legitimate column only passes."""
    use, presence = check(declared(), FAIR)
    assert use.ok is True
    assert use.name == "partial correlation with sex"
    assert use.value < 0.05
    assert use.interval[1] <= 0.1
    assert "given skill, without which it is 0.3" in use.how
    assert presence.ok is True


def test_violated():
    """A model that uses the district fails, and the district is named."""
    use, presence = check(declared(), UNFAIR)
    assert use.ok is False
    assert use.text.startswith(
        "the score carries 'sex' beyond what skill may explain: partial correlation with sex is 0."
    )
    assert worst(use)[0].startswith("district (AUC 0.8")
    assert use.hint.startswith("leave out or coarsen district, or declare")
    assert presence.ok is True


def test_present_but_unused():
    """That some columns tell the sex is no violation, and is printed."""
    use, presence = check(declared(), FAIR)
    assert use.ok is True
    assert presence.name == "AUC of X for sex"
    assert presence.value > 0.85
    assert presence.limit is None
    assert presence.text.endswith(": for information")
    assert "base rate " in presence.text
    assert "balanced error rate 0." in presence.how


def test_boundary():
    """A limit inside of the interval leaves the verdict open, with the reason."""
    (use, _) = check(declared(), UNFAIR)
    (within, _) = check(declared(max_partial_correlation=use.value), UNFAIR)
    (below, _) = check(declared(max_partial_correlation=use.interval[1] + 1e-6), UNFAIR)
    (above, _) = check(declared(max_partial_correlation=use.interval[0] - 1e-6), UNFAIR)
    assert (within.ok, below.ok, above.ok) == (None, True, False)
    assert within.text.endswith(": undecided because the interval spans the limit")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"reason": "r", "legitimate": ["a"]}, "needs the option 'attributes'"),
        ({"attributes": [], "reason": "r", "legitimate": ["a"]}, "at least one, got []"),
        ({"attributes": ["s"], "legitimate": ["a"]}, "needs the option 'reason'"),
        ({"attributes": ["s"], "reason": "r", "max_auc": 1.0}, "below 1, got 1.0"),
        ({"attributes": ["s"], "reason": "r", "max_partial_correlation": 0}, "above 0 and below"),
        ({"attributes": ["s"], "reason": "r"}, "nothing would be judged: declare `legitimate`"),
        ({"attributes": ["s"], "reason": "r", "legitimate": ["s"]}, "'s' is both a protected att"),
    ],
)
def test_refused(options, words):
    """Attributes and a reason must be given, limits that can be broken, and something to judge."""
    assert_refused(Proxies, words, **options)


def test_nothing_is_legitimate():
    """Where nothing may explain it, every relation counts."""
    (use, _) = check(declared(legitimate=()), FAIR)
    assert use.ok is False
    assert use.text.startswith("the score carries 'sex' with nothing to explain it: ")
    assert worst(use)[0].startswith("skill")


AUC = Proxies(attributes=("sex",), reason="r", max_auc=0.8)


def test_presence_only():
    """With a limit on the AUC alone only that is judged, and the column that tells is named."""
    (told,) = check(AUC, UNFAIR)
    assert told.ok is False
    assert told.limit == 0.8
    assert told.name == "AUC of the columns that the model reads for sex"
    assert "base rate " in told.text
    assert "told most by district (AUC 0.8" in told.text
    assert worst(told)[0].startswith("district (AUC 0.8")
    assert told.hint == "leave out or coarsen district"


def test_a_column_that_is_not_read_breaks_no_limit():
    """A model that does not read the district is not accused of it."""
    (told,) = check(AUC, FAIR)
    assert told.ok is True
    assert "told most by skill (AUC 0.7" in told.text
    assert "2 columns" in told.how


def test_all_columns_together_may_be_within():
    """Which columns are read is not tried where all of them tell little."""
    calls = []

    def model(X):
        calls.append(1)
        return X["noise"].to_numpy()

    (told,) = check(AUC, model, X.assign(district=0.0))
    assert told.ok is True
    assert len(calls) < 9  # one column alone would take so many


def test_no_column_is_read():
    """A model that reads nothing reads nothing that tells."""
    (told,) = check(AUC, lambda X: np.zeros(len(X)))
    assert (told.ok, told.value) == (True, 0.5)


def test_few_rows_do_not_clear_a_model_of_presence():
    """A probe of a few hundred rows may not have found what there is."""
    (told,) = check(AUC, FAIR, X[:900], PROTECTED[:900])
    assert told.ok is None
    assert told.text.endswith("undecided because fewer than 1,000 rows cannot clear a model")


def test_the_attribute_itself_is_read():
    """That the model reads the attribute itself is said first, of whatever is measured."""
    rows = X.assign(sex=SEX)
    model = lambda X: X["skill"] + 3 * (X["sex"] == "f")
    (told,) = check(AUC, model, rows)
    assert (told.ok, told.value) == (False, 1)
    assert told.text.startswith("the model reads 'sex' itself; AUC of the columns that ")
    assert worst(told)[0] == "sex (AUC 1)"
    assert "forbidden_features" in told.hint
    use, presence = check(declared(), model, rows)
    assert use.ok is False
    assert use.text.startswith("the model reads 'sex' itself; the score carries 'sex' beyond")
    assert worst(use)[0].startswith("sex (AUC 1")
    assert presence.value < 0.95  # of all other columns
    (use, _) = check(declared(), lambda X: X["noise"] + 0.05 * (X["sex"] == "f"), rows)
    assert use.ok is True
    assert use.text.startswith("the model reads 'sex' itself; partial correlation")


def test_the_attribute_itself_is_not_read():
    """A column of the attribute that is not read is left out, which is said."""
    (told,) = check(AUC, FAIR, X.assign(sex=SEX))
    assert told.ok is True
    assert "the column 'sex' of X is not read by the model, and is left out" in told.how


def test_another_attribute_that_is_read():
    """A column of X that is another attribute counts where it is read."""
    rows = X.assign(role=np.where(SEX == "f", "nurse", "smith"))
    both = Proxies(attributes=("sex", "role"), reason="r", max_auc=0.8)
    model = lambda X: X["role"] == "nurse"
    sex, role = check(both, model, rows, PROTECTED.assign(role=rows["role"]))
    assert sex.ok is False
    assert worst(sex) == ("role (AUC 1)",)
    assert role.text.startswith("the model reads 'role' itself; ")


def test_whether_a_column_is_read_cannot_be_told():
    """Where the model lets nobody change the column that tells, it is undecided."""
    known = X["district"].copy()

    def model(X):
        if list(X["district"]) != list(known[X.index]):
            raise ValueError("not my districts")
        return X["noise"].to_numpy()

    (told,) = check(AUC, model)
    assert told.ok is None
    assert "whether the model reads 'district' cannot be told" in told.text


def test_presence_open():
    """An AUC about the limit is undecided."""
    (told,) = check(AUC, UNFAIR)
    (told,) = check(Proxies(attributes=("sex",), reason="r", max_auc=told.value), UNFAIR)
    assert told.ok is None


@pytest.mark.parametrize("rows", [400, 999])
def test_few_rows(rows):
    """Fewer than 1,000 rows can accuse a model but not clear it."""
    wide = declared(max_partial_correlation=0.3)
    assert check(wide, UNFAIR, X[:rows], PROTECTED[:rows])[0].ok is not True
    assert check(declared(), UNFAIR, X[:rows], PROTECTED[:rows])[0].ok is False
    (fair, _) = check(wide, FAIR, X[:rows], PROTECTED[:rows])
    assert fair.ok is None
    assert fair.text.endswith("undecided because fewer than 1,000 rows cannot clear a model")


@pytest.mark.parametrize(
    "model",
    [
        fitted("skill", "district", estimator=LinearRegression()),
        fitted("skill", "district", estimator=LinearSVC(dual=False)),
        lambda X: X["district"] > 1,
        lambda X: np.where(X["district"] > 1, "yes", "no"),
        lambda X: np.where(X["district"] > 1, "yes", np.where(X["noise"] > 0, "no", "perhaps")),
        lambda X: np.column_stack([X["noise"], X["district"]]),
    ],
    ids=["regression", "decision", "flags", "labels", "three labels", "two outputs"],
)
def test_other_scores(model):
    """Whatever the model answers, what it does with the district is found."""
    assert check(declared(), model)[0].ok is False


def test_a_constant_score():
    """A score that never moves carries nothing."""
    assert check(declared(), lambda X: np.zeros(len(X)))[0].ok is True


def test_numbers():
    """A number is an attribute too, and its upper half is told apart."""
    age = X["district"] * 10 + 40
    requirement = declared(attributes=("age",))
    use, presence = check(requirement, UNFAIR, protected=age.rename("age"))
    assert use.ok is False
    assert "the upper half has higher scores" in use.how
    assert presence.value > 0.95
    assert check(requirement, FAIR, protected=pd.DataFrame({"age": age}))[0].ok is True


def test_several_groups():
    """Each of several groups is compared with all others, and the worst is told."""
    three = PROTECTED.assign(sex=np.where(X["noise"] > 0.4, "x", SEX))
    (use, _) = check(declared(), UNFAIR, protected=three)
    assert use.ok is False
    assert "of 3 by size" in use.how


def test_no_names_of_groups():
    """Groups are named only on demand, and values of people never."""
    secret = PROTECTED.assign(sex=SEX.map({"f": "secret-f", "m": "secret-m"}))
    told = check(declared(), UNFAIR, protected=secret)
    assert not [m for m in told if "secret" in str(m.as_dict())]
    told = check(declared(show_values=True), UNFAIR, protected=secret)
    assert "'secret-f' has higher scores" in told[0].how


def test_the_attribute_among_the_inputs():
    """A column of X that is an attribute is no input for the probes and explains nothing."""
    told = check(declared(legitimate=("s*",)), UNFAIR, X[["skill", "district"]].assign(sex=SEX))
    assert told[0].ok is False
    assert "given skill, without" in told[0].how
    assert told[1].value < 0.99


def test_it_is_told_by_what_is_legitimate():
    """Where the legitimate columns tell the attribute themselves, nothing can be said."""
    told = check(declared(legitimate=("copy",)), UNFAIR, X.assign(copy=SEX))
    assert told[0].ok is None
    assert told[0].text.endswith(
        "undecided because the legitimate columns (copy) tell the attribute"
    )


def test_globs():
    """Attributes and legitimate columns may be globs."""
    wild = declared(attributes=("s*", "t"), legitimate=("sk*", "n?ise"))
    told = check(wild, FAIR, protected=PROTECTED.assign(s2=SEX, other=SEX))
    assert [m.name for m in told] == [
        "partial correlation with sex",
        "AUC of X for sex",
        "partial correlation with s2",
        "AUC of X for s2",
        "partial correlation with t",
    ]
    assert told[-1].text.endswith("undecided because no column of protected is called 't'")


def test_a_legitimate_column_that_is_none():
    """A misspelt legitimate column leaves the verdict open, rather than accuse the model."""
    why = r"no column of X is called 'skil'.* \(declared legitimate\)"
    with pytest.raises(Undecided, match=why):
        check(declared(legitimate=("skil",)), FAIR)


def test_key():
    """Rows are matched by a key, which is no input itself; those without a partner are counted."""
    keyed = X.assign(id=np.arange(N))
    beside = PROTECTED.assign(id=np.arange(N)).sample(frac=1, random_state=0)[100:]
    use, presence = check(declared(key="id"), UNFAIR, keyed, beside.reset_index(drop=True))
    assert use.ok is False
    assert use.how.endswith("matched by 'id'; 100 rows of X without a partner")
    assert "2,000 rows" in presence.how


def test_unmatched():
    """Rows that cannot be matched leave every attribute open, and nothing is planted."""
    for judge in (check, lambda *given: list(given[0].plant(*given[1:]))):
        with pytest.raises(Undecided, match="X has 2,100 rows and protected 2,095"):
            judge(declared(attributes=("sex", "b")), FAIR, X, PROTECTED[5:])


def test_rows_are_capped():
    """At most `rows` rows are scored, with the attribute of the same people."""
    sizes = []

    def model(X):
        sizes.append(len(X))
        return X["district"].to_numpy()

    (use, _) = check(declared(rows=600), model)
    assert max(sizes) == 600
    assert use.ok is False


@pytest.mark.parametrize(
    ("inputs", "beside"),
    [
        (X, PROTECTED.to_numpy()),
        (X[:1], PROTECTED[:1]),
        (X[:59], PROTECTED[:59]),
        (X, PROTECTED.assign(sex="f")),
        (X, PROTECTED.assign(sex=None)),
    ],
    ids=["array beside", "one row", "few", "one group", "unknown"],
)
def test_not_enough(inputs, beside):
    """What tells nothing leaves the verdict open, with one reason for each attribute."""
    (told,) = check(declared(), lambda X: X["noise"].to_numpy(), inputs, beside)
    assert told.ok is None


@pytest.mark.parametrize(
    ("inputs", "why"),
    [(X.to_numpy(), "no column of X is called 'skill'"), (X[:0], "X has no rows")],
)
def test_nothing_to_examine(inputs, why):
    """What has no names or no rows leaves all open."""
    with pytest.raises(Undecided, match=why):
        check(declared(), lambda X: X["noise"].to_numpy(), inputs, PROTECTED[: len(inputs)])


def test_odd_columns():
    """Texts, gaps, times, constants, repeated names and an index of texts are no obstacle."""
    odd = X.assign(
        text=[f"t{n % 700}" for n in range(N)],
        gaps=np.where(np.arange(N) % 3, np.nan, 1.0),
        empty=np.nan,
        day=pd.date_range("2020-01-01", periods=N),
        flag=np.arange(N) % 2 == 0,
        kind=pd.Categorical(["a", "b", None] * (N // 3)),
        one=1,
    )
    odd = pd.concat([odd, odd[["noise", "text"]]], axis=1).set_index(odd["text"] + "x")
    wide = declared(legitimate=("skill", "text", "gaps", "empty", "day", "kind", "flag", "one"))
    assert check(wide, lambda X: X["district"].to_numpy(), odd)[0].ok is False
    assert check(wide, lambda X: X["skill"].to_numpy(), odd)[0].ok is True


def test_unknown_values():
    """People whose attribute is unknown are left out and counted."""
    beside = PROTECTED.assign(sex=SEX.where(np.arange(N) % 10 > 0))
    (use, _) = check(declared(), UNFAIR, protected=beside)
    assert use.ok is False
    assert use.how.endswith("210 rows without a value")


def test_faulty_model():
    """What a model does wrong is a fault, not a verdict on the attribute."""
    broken = {"model": lambda X: np.zeros(1), "X": X, "protected": PROTECTED}
    assert_violated(testing.check(declared(), **broken), "returned 1 prediction")


@pytest.mark.parametrize(
    "model",
    [
        FAIR,
        fitted("skill", estimator=LinearRegression()),
        lambda X: np.where(X["skill"] > 1, "yes", "no"),
        lambda X: np.zeros(len(X)),
    ],
    ids=["classifier", "regression", "labels", "constant"],
)
def test_planted_violations_are_noticed(model):
    """A score that moves with a column that tells an attribute is noticed; nothing is changed."""
    rows, beside = X[:500], PROTECTED[:500].assign(age=X["noise"][:500] * 10)
    before = rows.copy(), beside.copy()
    planted = list(declared(attributes=("sex", "age")).plant(model, rows, beside))
    assert len(planted) == 2
    for one, name in zip(planted, ("sex", "age"), strict=True):
        subjects = {"model": model, "X": rows, "protected": beside, **one.subjects}
        told = list(declared(attributes=(name,)).check(**subjects))
        assert told[0].ok is False, one.what
        assert worst(told[0])[0].startswith("planted proxy")
    assert check(declared(), model, rows, beside)[0].ok is not False
    pd.testing.assert_frame_equal(rows, before[0])
    pd.testing.assert_frame_equal(beside, before[1])


def test_planted_presence_is_noticed():
    """A planted column that tells the attribute breaks a limit on the AUC."""
    requirement = Proxies(attributes=("sex",), reason="r", max_auc=0.95)
    assert_planted_noticed(requirement, model=FAIR, X=X, protected=PROTECTED)


def test_nothing_to_plant():
    """Where nothing can be judged nothing is planted."""
    assert list(declared().plant(FAIR, X, PROTECTED.assign(sex="f"))) == []


def test_false_alarms():
    """Models that follow legitimate columns only are hardly ever accused."""
    requirement = declared(rows=1000)
    seen = []
    for seed in range(6):
        rows, beside = people(1000, 100 + seed)
        seen.append(check(requirement, fitted("skill", "noise", seed=seed), rows, beside)[0].ok)
    assert False not in seen


def test_light():
    """Importing the kind imports nothing heavy."""
    code = (
        "import sys, pytest_mlreqs.requirements.proxies\n"
        "print({'numpy', 'pandas', 'sklearn', 'pytest'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


class TwoThresholds:
    """A fair score, and labels by another threshold for those of a district."""

    def predict_proba(self, X):
        skill = 1 / (1 + np.exp(-X["skill"].to_numpy()))
        return np.column_stack([1 - skill, skill])

    def predict(self, X):
        least = np.where(X["district"] > 0.8, 0.35, 0.75)
        return np.where(self.predict_proba(X)[:, 1] > least, "yes", "no")


def test_threshold_of_a_group():
    """Labels carry what the score does not; `method` judges the score alone."""
    use, _ = check(declared(), TwoThresholds())
    assert use.ok is False
    assert "scores in predict;" in use.how
    assert check(declared(method="predict_proba"), TwoThresholds())[0].ok is True
