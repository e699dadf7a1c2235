"""Tests of pytest_mlreqs.requirements.artifact_size."""

import pickle
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.core.measurement import MIB, DeclarationError
from pytest_mlreqs.core.provided import Project
from pytest_mlreqs.requirements.artifact_size import ArtifactSize


def model(mib):
    """A pipeline with a classifier that kept so many MiB."""
    classifier = LogisticRegression().fit([[0], [1]], [0, 1])
    classifier.kept_ = b"1" * (mib * MIB)
    return make_pipeline(FunctionTransformer(), classifier)


def check(requirement, **subjects):
    """The one measurement."""
    (size,) = requirement.check(**subjects)
    return size


def test_satisfied():
    """A model within its limit is satisfied, and says how that was measured."""
    size = check(ArtifactSize(max_mib=2), model=model(1))
    assert size.ok is True
    assert (size.name, size.limit, size.unit) == ("size of the model", 2, "MiB")
    assert size.value == pytest.approx(1, rel=0.01)
    assert size.how == "pickled by protocol 5, not compressed"
    assert size.details == ()


def test_violated():
    """A model that is too large is violated, and shows its largest parts in aligned columns."""
    size = check(ArtifactSize(max_mib=2), model=model(3))
    assert size.ok is False
    assert size.text == "size of the model is 3 MiB, limit 2 MiB"
    assert any(
        line.startswith("steps.logisticregression.kept_") and line.endswith("100 %")
        for line in size.details
    )
    assert len({len(line) for line in size.details}) == 1
    assert size.hint == "look at steps.logisticregression.kept_ first"


def test_boundary():
    """A model of the very limit keeps within it, one byte more does not."""
    stored = np.ones(50_000)
    size = len(pickle.dumps(stored, protocol=5))
    assert check(ArtifactSize(max_mib=size / MIB), model=stored).ok is True
    assert check(ArtifactSize(max_mib=(size - 1) / MIB), model=stored).ok is False


def test_path(tmp_path, monkeypatch):
    """A relative path starts from the project's folder, wherever the tests are started."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.bin").write_bytes(b"1" * MIB)
    requirement = ArtifactSize(max_mib=0.5, path="models")
    assert requirement.needs() == ()
    monkeypatch.chdir("/")
    size = check(requirement, project=Project(tmp_path))
    assert (size.ok, size.value, size.how) == (False, 1, "the bytes of models")
    assert size.details == ("m.bin  1 MiB  100 %",)
    assert size.hint == "look at m.bin first"
    assert check(ArtifactSize(max_mib=1, path=str(tmp_path / "models" / "m.bin"))).ok is True


def test_nothing_at_the_path(tmp_path):
    """A model that was not stored where the declaration says is an error of the run."""
    with pytest.raises(DeclarationError, match=f"there is no gone.joblib in {tmp_path}"):
        check(ArtifactSize(max_mib=1, path="gone.joblib"), project=Project(tmp_path))


def test_what_cannot_be_pickled():
    """A model that cannot be pickled is undecided, with what to do."""
    size = check(ArtifactSize(max_mib=1), model=lambda X: X)
    assert size.ok is None
    assert "the model cannot be pickled: " in size.text
    assert size.hint == "store it, and name the file with `path`"


def test_planted_ballast_is_noticed():
    """Ballast in the model is noticed, and the model itself is untouched."""
    requirement = ArtifactSize(max_mib=2)
    subject = model(1)
    (planted,) = requirement.plant(subject)
    assert planted.what == "the model carries 2.5 MiB more"
    assert check(requirement, **planted.subjects).ok is False
    assert check(requirement, model=subject).ok is True


def test_planted_file_is_noticed(tmp_path):
    """A file that is too large is noticed, and gone afterwards."""
    stored = tmp_path / "m.bin"
    stored.write_bytes(b"1" * 100)
    requirement = ArtifactSize(max_mib=2, path=str(stored))
    (planted,) = requirement.plant()
    assert check(requirement, **planted.subjects).ok is False
    other = Path(planted.subjects["model"])
    assert other.exists()
    del planted
    assert not other.exists()
    assert check(requirement).ok is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "max_mib"),
        ({"max_mib": 0}, "> 0"),
        ({"max_mib": 1, "path": ""}, "length >= 1"),
    ],
)
def test_misconfigured(options, words):
    """A limit is needed, and a path says something."""
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(options, ArtifactSize)


def test_collected_without_subjects(project):
    """A stored model is held to its limit although no subject is there."""
    (project("").path / "m.bin").write_bytes(b"1" * MIB)
    made = project('[tool.mlreqs.artifact_size]\nmax_mib = 0.5\npath = "m.bin"\n')
    result = made.runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["size of the model is 1 MiB, limit 0.5 MiB", "1 of 1 requirements can fail here"]
    )
