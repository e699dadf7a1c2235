"""The databases that searches and rehearsals are tried on."""

import pytest

from tests.stores import postgresql, redis_url, url, write  # noqa: F401


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    """Let models be called in this process, where their calls can be seen; forks take time."""
    monkeypatch.setattr("pytest_mlreqs.models.copies.forkable", lambda: False)
