"""The README promises nothing that does not happen."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_catalogue_lists_every_kind():
    """The table of kinds in the README is the one that the kinds themselves give."""
    code = runpy.run_path(str(ROOT / ".ci" / "readme.py"))
    assert code["with_kinds"](README) == README, "write it with `make readme`"


def code(word):
    """The Python that the README shows with a word in it."""
    return next(part for part in README.split("```python") if word in part).split("```")[0]


def test_own_kind_works(pytester):
    """The kind that the README shows can be pasted into conftest.py, declared and proven."""
    pytester.makeconftest(
        code("class Gaps")
        + """
import pandas, pytest

@pytest.fixture
def X():
    return pandas.DataFrame({"age": [1.0, None, 3.0, 4.0], "fare": [1.0, 2.0, 3.0, 4.0]})
"""
    )
    pytester.makepyprojecttoml("[tool.mlreqs.gaps]\nmax_share = 0.2\n")
    result = pytester.runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["largest share of missing values is 0.25, limit 0.2", "1 of 1 requirements can fail here"]
    )


def test_the_test_of_an_own_kind_works(pytester):
    """The tests that the README shows for it pass."""
    shown = code("class Gaps") + code("from pytest_mlreqs.testing")
    pytester.makepyfile(shown)
    pytester.runpytest().assert_outcomes(passed=4)


@pytest.mark.parametrize("path", re.findall(r"\b([A-Z]+\.md)\b", README))
def test_named_files_exist(path):
    """Every file that the README names is there."""
    assert (ROOT / path).is_file()
