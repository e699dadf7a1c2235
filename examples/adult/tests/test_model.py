"""What the team tests of its model. All of it holds for the careless twin too."""

from sklearn.metrics import roc_auc_score


def test_ranks_incomes(model, X, y):
    """People who earn more score higher than the others, most of the time."""
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.84


def test_education_pays(model, X):
    """Who studied longer scores higher in the mean."""
    scores = model.predict_proba(X)[:, 1]
    assert scores[X["education-num"] > 12].mean() > scores[X["education-num"] <= 12].mean()


def test_race_and_gender_are_no_inputs(X):
    """No column is called race or gender: a check by name, which proves little."""
    assert not {"race", "gender"} & set(X.columns)
