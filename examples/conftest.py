"""What the tests of the examples share. `make examples` runs them: they take minutes."""

import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent


@pytest.fixture
def examples(tmp_path):
    """A copy of all examples: the register opens its office anew in every session."""
    unwanted = shutil.ignore_patterns("var", ".mlreqs", "__pycache__")
    return shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=unwanted)
