"""What a run waits for: nothing that other tests measure, as tests here allow for a busy machine."""

import tempfile

import pytest


@pytest.fixture(autouse=True)
def _own_lock(monkeypatch, tmp_path):
    """Let the runs of a test wait for each other alone; `test_waiting.py` says how they wait."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
