"""The examples do what they say."""

import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLES = Path(__file__).parent


def pytest_in(folder, *arguments):
    """Run pytest there as a user would."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("example", "config", "file", "passed"),
    [
        ("titanic", "pyproject.toml", "test_model.py", 5),
        ("titanic", "careless.toml", "test_model.py", 5),
        ("register", "careless.toml", "test_office.py", 2),
        ("adult", "careless.toml", "test_model.py", 3),
        ("compas", "vendor.toml", "test_model.py", 2),
    ],
)
def test_own_tests_see_nothing(examples, example, config, file, passed):
    """The team's own tests are green for both models, which is the point of the story."""
    done = pytest_in(examples / example, "--mlreqs-config", config, f"tests/{file}")
    assert done.returncode == 0, done.stdout
    assert f"{passed} passed" in done.stdout


@pytest.mark.parametrize("example", ["adult", "compas"])
def test_a_model_that_carries_no_more_than_it_may(example):
    """The models in service meet their requirements on real people."""
    done = pytest_in(EXAMPLES / example)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("example", "config", "attribute", "proxy"),
    [
        ("adult", "careless.toml", "gender", "marital-status"),
        ("compas", "vendor.toml", "race", "decile_score"),
    ],
)
def test_a_model_that_carries_a_protected_attribute(example, config, attribute, proxy):
    """It is caught on real people though it never sees the attribute, and the proxy is named."""
    done = pytest_in(EXAMPLES / example, "--mlreqs-config", config, "-m", "mlreqs")
    assert done.returncode == 1, done.stdout
    assert "violated   proxies  " in done.stdout
    assert f"the score carries {attribute!r} beyond what" in done.stdout
    assert f"try:      leave out or coarsen {proxy}, or" in done.stdout
    assert done.stdout.count("FAILED") == 1


@pytest.mark.parametrize("example", ["titanic", "adult", "compas"])
def test_both_runs_declare_the_same(example):
    """The twins are held to one and the same requirements."""
    tables = [
        {kind: table for kind, table in _mlreqs(file).items() if kind != "subjects"}
        for file in sorted((EXAMPLES / example).glob("*.toml"))
    ]
    assert len(tables) == 2
    assert tables[0] == tables[1]


def _mlreqs(file):
    return tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["mlreqs"]
