"""The examples do what they say."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def pytest_in(folder, *arguments):
    """Run pytest there as a user would."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_demo():
    """The demo finds the compliant Titanic green and the careless one red, as documented."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "compliant: every requirement satisfied, as documented" in done.stdout
    assert "careless: every requirement violated, as documented" in done.stdout


@pytest.mark.parametrize("config", ["pyproject.toml", "careless.toml"])
def test_own_tests_see_nothing(config):
    """The team's own tests are green for both models, which is the point of the story."""
    done = pytest_in(EXAMPLES / "titanic", "--mlreqs-config", config, "tests/test_model.py")
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout
