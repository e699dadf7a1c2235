"""What the runs of tests wait for: nothing that others measure, and no import without a use."""

import tempfile

import pytest


@pytest.fixture(autouse=True)
def _own_lock(monkeypatch, tmp_path):
    """Let the runs of a test wait for each other alone; `test_waiting.py` says how they wait."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture(autouse=True)
def _no_hypothesis(request, monkeypatch):
    """Let runs, and their workers, do without the plugin of Hypothesis: it takes them a second."""
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # which takes away what the variable holds
        monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")
