"""CONTRIBUTING.md says what is so."""

import re
from pathlib import Path

import pytest

from tests.test_layers import MODULES, strays

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)/` \| .+ \|(.*)\|$", TEXT, re.MULTILINE)


def test_every_folder_has_its_row():
    """The layout names all folders of the package, and no others."""
    package = ROOT / "pytest_mlreqs"
    files = [path for path in package.rglob("*") if path.suffix in (".py", ".md")]
    folders = {path.relative_to(package).parts[0] for path in files if path.parent != package}
    assert {name for name, _ in ROWS} == folders


@pytest.mark.parametrize(("folder", "cell"), ROWS)
def test_folders_import_what_their_row_allows(folder, cell):
    """A folder imports nothing of the package that its row in the layout does not name."""
    folders = {name for name, _ in ROWS}
    allowed = folders if cell.strip() == "all" else set(re.findall(r"`(\w+)`", cell))
    assert allowed <= folders
    if any(module.startswith(f"{folder}/") for module in MODULES):
        assert strays(folder, *allowed) == {}


def test_every_command_is_there():
    """All targets of make, and all files, that the text names exist."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = re.findall(r"(?:^    |`)make ([a-z ]+)", TEXT, re.MULTILINE)
    named = {word for line in lines for word in line.split()}
    assert named
    assert named <= targets
    for path in re.findall(r"`((?:core|tests|models)/[\w/]+\.py)`", TEXT):
        if "calibration" not in path:
            assert any((ROOT / top / path).is_file() for top in (".", "pytest_mlreqs")), path
