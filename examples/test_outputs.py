"""What the READMEs show of a careless twin is what pytest prints."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def block(name, text):
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
