"""careless: the same model with two more columns, which lift its AUC from 0.85 to 0.91.

Neither of them is gender. But a husband is a man, and a wife is a woman.
"""

from sklearn.pipeline import Pipeline

from adult.data import earns_more, people
from adult.model import CATEGORIES, train


def load() -> Pipeline:
    """The model in service."""
    return train(people(), earns_more(), [*CATEGORIES, "marital-status", "relationship"])
