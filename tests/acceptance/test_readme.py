"""The README promises nothing that does not happen."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_mlreqs.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(name, text=README):
    """The text between `<!-- name -->` and `<!-- /name -->`."""
    return text.split(f"<!-- {name} -->")[1].split(f"<!-- /{name} -->")[0].strip()


def masked(text):
    """Output with numbers made equal, as no two runs measure the same."""
    text = re.sub(r"=+", "=", re.sub(r"_+ ", "_ ", re.sub(r" _+", " _", text)))
    # An interval is told of enough calls, and how many there are is for the machine to say.
    text = re.sub(r" \(95 % interval [^)]*\)", "", text)
    text = re.sub(r", others took \d+ % of the cores", "", text)
    text = re.sub(r"(?<!\S)-(?=\d)", "", text)  # a byte less than nothing
    lines = [re.sub(r"\d[\d.,]*", "N", line).rstrip(" .") for line in text.splitlines()]
    # Of a histogram, that it is there: no two have the same bars.
    lines = [re.sub(r" +N - N ms +N #+$", "bar", line) for line in lines]
    lines = [re.sub(r" +", " ", line) for line in lines]  # columns are as wide as their numbers
    # Nor are there as many bars, or rounds of calls, each time.
    lines = [line for line, after in itertools.pairwise([*lines, ""]) if line != after]
    return [
        line for line in lines if line and not line.startswith(("plugins:", "platform", "rootdir:"))
    ]


def test_catalogue_lists_every_kind():
    """The table of kinds in the README is the one that the kinds themselves give."""
    catalogue = Catalogue()
    rows = ["| kind | | ML Test Score |", "| --- | --- | --- |"]
    for kind in catalogue.names():
        rows.append(f"| `{kind}` | {catalogue.summary(kind)} | {catalogue.load(kind).rubric} |")
    assert block("catalogue") == "\n".join(rows)


@pytest.mark.parametrize(
    ("readme", "example"), [("README.md", "titanic"), ("examples/register/README.md", "register")]
)
def test_careless_output_is_real(examples, readme, example):
    """What a README shows of a careless twin is what pytest prints, but for the numbers."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    shown = block("careless", text).removeprefix("```").removesuffix("```").strip()
    command, _, output = shown.partition("\n")
    arguments = command.removeprefix("$ pytest ").split()
    # Without what makes pytest print otherwise: xdist, colours, and the long lines of a CI job.
    odd = ("PYTEST_", "CI", "BUILD_NUMBER", "FORCE_COLOR", "PY_COLORS")
    alone = {k: v for k, v in os.environ.items() if not k.startswith(odd)}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=examples / example,
        capture_output=True,
        text=True,
        check=False,
        env={**alone, "COLUMNS": "100"},
    )
    assert run.returncode == 1, run.stdout
    assert masked(output) == masked(run.stdout)


def test_own_kind_works(pytester):
    """The kind that the README shows can be pasted into conftest.py, declared and proven."""
    code = next(part for part in README.split("```python") if "class MissingValues" in part)
    pytester.makeconftest(
        code.split("```")[0]
        + """
import pandas, pytest

@pytest.fixture
def X():
    return pandas.DataFrame({"age": [1.0, None, 3.0, 4.0], "fare": [1.0, 2.0, 3.0, 4.0]})
"""
    )
    pytester.makepyprojecttoml("[tool.mlreqs.missing_values]\nmax_share = 0.2\n")
    result = pytester.runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["largest share of missing values is 0.25, limit 0.2", "1 of 1 requirements can fail here"]
    )


@pytest.mark.parametrize("path", re.findall(r"\b([A-Z]+\.md)\b", README))
def test_named_files_exist(path):
    """Every file that the README names is there."""
    assert (ROOT / path).is_file()
