"""A process that is watched, and models that are called where their calls can be seen."""

import os

import pytest

from pytest_mlreqs.core import tracers


@pytest.fixture
def watched(monkeypatch):
    """A debugger is attached to the process; returns why nothing is held against calls then."""
    monkeypatch.setattr(tracers, "_of_the_process", lambda: ["gdb"])
    return "gdb makes calls slower while it runs: run without it"


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    """Let models be called in this process, where their calls can be seen; forks take time."""
    monkeypatch.setattr("pytest_mlreqs.models.copies.forkable", lambda: False)


@pytest.fixture
def two_cores(monkeypatch):
    """The machine has two cores, wherever it is tested."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
