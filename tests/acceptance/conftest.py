"""What the tests of the examples share."""

import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def examples(tmp_path):
    """A copy of all examples: the register opens its office anew in every session."""
    unwanted = shutil.ignore_patterns("var", ".mlreqs", "__pycache__")
    return shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=unwanted)
