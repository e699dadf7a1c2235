"""A check that has to wait for another one's turn says so, and does not wait for ever."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core import quiet
from pytest_mlreqs.core.judgement import attempt

ALONE = """
class Alone(Size, frozen=True, kw_only=True):
    "Measures the machine."
    alone = True

def pytest_mlreqs_kinds():
    return [Alone]
"""
FIXTURE = "\n@pytest.fixture\ndef X():\n    return [1, 2, 3]\n"
TOML = "[tool.mlreqs]\ntimeout_s = 60\nalone = { max_rows = 5 }\n"
OTHER = "4711 1 /home/shop"


class Time:
    """A clock that goes on only while somebody sleeps."""

    now = 0.0

    def monotonic(self):
        """Seconds."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def measuring(monkeypatch, tmp_path):
    """Let another process measure for some seconds."""

    def make(seconds):
        clock = Time()
        monkeypatch.setattr(quiet, "time", clock)
        monkeypatch.setattr(quiet, "_file", lambda: tmp_path / "lock")
        monkeypatch.setattr(quiet, "_locked", lambda descriptor: clock.now > seconds)
        monkeypatch.setattr(quiet, "_signature", lambda descriptor: OTHER)

    return make


@pytest.fixture
def run(project, capfd):
    """The result of a run with a requirement that measures the machine."""

    def make(*arguments):
        made = project(TOML, conftest=FIXTURE + ALONE)
        capfd.readouterr()
        return made.runpytest(*arguments)

    return make


def test_the_wait_is_told(run, measuring, capfd):
    """Who is waited for stands on the terminal at once, and in the evidence afterwards."""
    measuring(3)
    result = run()
    result.assert_outcomes(passed=1)
    said = "mlreqs: alone waits for process 4711 (in /home/shop), which measures; at most 60 s\n"
    assert said in capfd.readouterr().err
    assert said not in result.stdout.str()  # it came past what pytest keeps of a test


def test_the_wait_is_evidence(run, measuring, pytester):
    """How long it waited stands beside how it was measured."""
    measuring(12)
    run("--mlreqs-json=j.json")
    report = (pytester.path / "j.json").read_text(encoding="utf-8")
    assert "by len; began after 12 s of waiting for process 4711" in report


def test_it_gives_up(run, measuring):
    """A check whose turn does not come within its time limit is undecided, with what to do."""
    measuring(600)
    result = run("-W", "default", "-rs")
    result.assert_outcomes(skipped=1, warnings=1)
    told = "*process 4711 (in /home/shop) measured something else for 60 s, *"
    result.stdout.fnmatch_lines([f"*a quiet machine: undecided because {told}timeout_s = 60*"])


def test_a_lost_turn_decides_nothing(run, measuring, monkeypatch):
    """What was measured while another one measured, too, is undecided and keeps its value."""
    measuring(0)
    monkeypatch.setattr(quiet.Turn, "lost", True)
    result = run("-W", "default", "-rs")
    result.assert_outcomes(skipped=1, warnings=1)
    why = "this process was stopped, and another check measured meanwhile"
    result.stdout.fnmatch_lines([f"*rows of X is 3 rows, limit 5 rows: undecided because {why}*"])


def test_others_wait_for_nobody(project, monkeypatch):
    """A requirement that does not measure the machine has no turn."""
    monkeypatch.setattr(attempt, "quiet", None)
    project("[tool.mlreqs]\nsize = { max_rows = 5 }\n").runpytest().assert_outcomes(passed=1)
