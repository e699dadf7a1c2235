"""The skeleton of a kind is a kind: `make kind NAME=calibration`."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / ".ci" / "kind"), run_name="kind")
CONFTEST = """
from pathlib import Path
from pytest_mlreqs import requirements

requirements.__path__.append(str(Path(__file__).parent / "pytest_mlreqs" / "requirements"))
"""


@pytest.fixture
def root(tmp_path):
    """A repository without kinds."""
    for folder in ("pytest_mlreqs/requirements", "tests/requirements"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("name", ["t5_x", "a_name_with_thirty_letters_inn"])
def test_what_is_written_works(root, name):
    """The kind has its name everywhere, and its own tests pass."""
    paths = SCRIPT["write"](name, root)
    assert [path.relative_to(root).as_posix() for path in paths] == [
        f"pytest_mlreqs/requirements/{name}.py",
        f"tests/requirements/test_{name}.py",
    ]
    assert not [path for path in paths if "skeleton" in path.read_text(encoding="utf-8").lower()]
    (root / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "4 passed" in done.stdout
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is not None:
        shutil.copy(ROOT / "pyproject.toml", root)
        (root / "conftest.py").unlink()
        shutil.copy(ROOT / "pytest_mlreqs/requirements/__init__.py", paths[0].parent)
        for command in (["check"], ["format", "--check"]):
            subprocess.run([ruff, *command, "--no-cache"], cwd=root, check=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Calibration", "'Calibration' is no name of a kind: write lower-case words"),
        ("a-b", "no name of a kind"),
        ("a__b", "no name of a kind"),
        ("_a", "no name of a kind"),
        ("p95_5", "no name of a kind"),
        ("", "no name of a kind"),
        ("../a", "no name of a kind"),
        ("a_name_with_more_than_30_letters", "at most 30 letters"),
        ("class", "'class' means something else already"),
        ("subjects", "'subjects' means something else already"),
        ("timeout_s", "'timeout_s' means something else already"),
        ("latency", "'latency' exists already: read it with `pytest --mlreqs-explain latency`"),
    ],
)
def test_names_that_cannot_be(root, name, words):
    """A name that no kind can have is refused with what to write, and nothing is written."""
    with pytest.raises(ValueError, match=words):
        SCRIPT["write"](name, root)
    assert not list(root.rglob("*.py"))


@pytest.mark.parametrize(
    "place", ["pytest_mlreqs/requirements/a.py", "tests/requirements/test_a.py"]
)
def test_nothing_is_written_over(root, place):
    """Where one of the files exists, both stay as they are."""
    (root / place).write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match=f"{place} exists already: nothing is written"):
        SCRIPT["write"]("a", root)
    assert [path.read_text(encoding="utf-8") for path in root.rglob("*.py")] == ["mine"]


def test_the_command():
    """It says what is wrong in one line, without a traceback."""
    command = [sys.executable, ROOT / ".ci" / "kind", "latency"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("'latency' exists already")
