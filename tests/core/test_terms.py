"""Tests of pytest_mlreqs.core.terms."""

import msgspec
import pytest

from pytest_mlreqs.core import terms
from pytest_mlreqs.core.terms import NO_SQLALCHEMY, Terms


@pytest.mark.parametrize("place", ["sqlite:///h", "$HISTORY"])
def test_a_history_that_is_shared(place):
    """A history that other projects may share needs a name for this one."""
    with pytest.raises(msgspec.ValidationError, match='needs a name: series = "churn"'):
        msgspec.convert({"history": place}, Terms)


def test_a_url_without_the_extra(monkeypatch):
    """A URL is refused where nothing understands it, and the extra is named."""
    monkeypatch.setattr(terms, "has_sqlalchemy", lambda: False)
    with pytest.raises(ValueError, match=r'pip install "pytest-mlreqs\[sql\]"') as told:
        Terms(history="postgresql://server/db", series="churn")
    assert str(told.value) == NO_SQLALCHEMY
