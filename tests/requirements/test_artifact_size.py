"""Tests of pytest_mlreqs.requirements.artifact_size."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.report.evidence import lines
from pytest_mlreqs.requirements.artifact_size import ArtifactSize
from pytest_mlreqs.testing import (
    assert_error,
    assert_planted_noticed,
    assert_refused,
    assert_satisfied,
    assert_undecided,
    assert_violated,
    check,
)

MIB = 1 << 20


def model(mib):
    """A pipeline with a classifier that kept so many MiB."""
    classifier = LogisticRegression().fit([[0], [1]], [0, 1])
    classifier.kept_ = b"1" * (mib * MIB)
    return make_pipeline(FunctionTransformer(), classifier)


def test_satisfied():
    """A model within its limit is satisfied, and says how that was measured."""
    (size,) = assert_satisfied(check(ArtifactSize(max_mib=2), model=model(1)))
    assert (size.name, size.limit, size.unit) == ("size of the model", 2, "MiB")
    assert size.value == pytest.approx(1, rel=0.01)
    assert size.how == "pickled by protocol 5, not compressed"
    assert lines(size) == ()


def test_violated():
    """A model that is too large is violated, and shows its largest parts in aligned columns."""
    verdict = check(ArtifactSize(max_mib=2), model=model(3))
    (size,) = assert_violated(verdict, "size of the model is 3 MiB, limit 2 MiB")
    assert any(
        line.startswith("steps.logisticregression.kept_") and line.endswith("100 %")
        for line in lines(size)
    )
    assert len({len(line) for line in lines(size)}) == 1
    assert size.hint == "look at steps.logisticregression.kept_ first"


def test_boundary():
    """A model of the very limit keeps within it, one byte more does not."""
    stored = np.ones(50_000)
    size = len(pickle.dumps(stored, protocol=5))
    assert_satisfied(check(ArtifactSize(max_mib=size / MIB), model=stored))
    assert_violated(check(ArtifactSize(max_mib=(size - 1) / MIB), model=stored))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs the option 'max_mib'"),
        ({"max_mib": 0}, "a number above 0, got 0"),
        ({"max_mib": 1, "path": ""}, "a string that is not empty"),
    ],
)
def test_refused(options, words):
    """A limit is needed, and a path says something."""
    assert_refused(ArtifactSize, words, **options)


def test_planted_ballast():
    """Ballast in the model is noticed, and the model itself is untouched."""
    requirement, subject = ArtifactSize(max_mib=2), model(1)
    planted = assert_planted_noticed(requirement, model=subject)
    assert planted == ("the model carries 2.5 MiB more",)
    assert_satisfied(check(requirement, model=subject))


def test_planted_file(tmp_path):
    """A file that is too large is noticed, and gone afterwards."""
    stored = tmp_path / "m.bin"
    stored.write_bytes(b"1" * 100)
    requirement = ArtifactSize(max_mib=2, path=str(stored))
    assert assert_planted_noticed(requirement) == (f"{stored} has 2.5 MiB",)
    (planted,) = requirement.plant()
    other = Path(planted.subjects["model"])
    assert other.exists()
    del planted
    assert not other.exists()
    assert_satisfied(check(requirement))


def test_path(tmp_path, monkeypatch):
    """A relative path starts from the project's folder, wherever the tests are started."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.bin").write_bytes(b"1" * MIB)
    requirement = ArtifactSize(max_mib=0.5, path="models")
    assert requirement.needs() == ()
    monkeypatch.chdir("/")
    (size,) = assert_violated(check(requirement, project=tmp_path))
    assert (size.value, size.how) == (1, "the bytes of models")
    assert lines(size) == ("m.bin  1 MiB  100 %",)
    assert size.hint == "look at m.bin first"
    assert_satisfied(check(ArtifactSize(max_mib=1, path=str(tmp_path / "models" / "m.bin"))))


def test_nothing_at_the_path(tmp_path):
    """A model that was not stored where the declaration says is an error of the run."""
    verdict = check(ArtifactSize(max_mib=1, path="gone.joblib"), project=tmp_path)
    assert_error(verdict, f"there is no gone.joblib in {tmp_path}")


def test_what_cannot_be_pickled():
    """A model that cannot be pickled is undecided, with what to do."""
    verdict = check(ArtifactSize(max_mib=1), model=lambda X: X)
    (size,) = assert_undecided(verdict, "the model cannot be pickled: ")
    assert size.hint == "store it, and name the file with `path`"


def test_collected_without_subjects(project):
    """A stored model is held to its limit although no subject is there."""
    (project("").path / "m.bin").write_bytes(b"1" * MIB)
    made = project('[tool.mlreqs.artifact_size]\nmax_mib = 0.5\npath = "m.bin"\n')
    result = made.runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["size of the model is 1 MiB, limit 0.5 MiB", "1 of 1 requirements can fail here"]
    )
