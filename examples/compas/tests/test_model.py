"""What a court might test of a risk score. All of it holds for the vendor's too."""

from sklearn.metrics import roc_auc_score


def risk(model, X):
    """The score, of whichever of the two."""
    return model.predict_proba(X)[:, 1] if hasattr(model, "predict_proba") else model(X)


def test_ranks_defendants(model, X, y):
    """Who was charged again scored higher than who was not, two times out of three."""
    assert roc_auc_score(y, risk(model, X)) > 0.66


def test_a_record_counts(model, X):
    """More than five prior charges mean a higher score than none."""
    scores = risk(model, X)
    assert scores[X["priors_count"] > 5].mean() > scores[X["priors_count"] == 0].mean()
