"""Tests of pytest_mlreqs.measures.machine.fingerprint."""

import platform
import subprocess

import numpy as np
import pytest
import sklearn

from pytest_mlreqs.measures.machine.fingerprint import UNKNOWN, changed, commit, facts, machine

SHA = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40


def test_machine():
    """The fingerprint names what speed depends on, the same each time."""
    parts = machine().split("; ")
    assert len(parts) == 6
    assert parts[0]
    assert parts[1].endswith(" cores")
    assert parts[2] == f"{platform.system()} {platform.machine()}"
    assert parts[3].endswith(platform.python_version())
    assert parts[4:] == [f"numpy {np.__version__}", f"scikit-learn {sklearn.__version__}"]
    assert machine() == machine()


def test_facts():
    """What a report tells of the machine has the fingerprint in it."""
    seen = facts()
    assert list(seen) == ["fingerprint", "cores", "quota_cores", "governor"]
    assert seen["fingerprint"] == machine()
    assert seen["cores"] >= 1


def test_changed():
    """What differs between two machines is named, and nothing else."""
    assert changed("a; 2 cores; numpy 1", "a; 4 cores; numpy 2") == (
        "4 cores was 2 cores, numpy 2 was numpy 1"
    )


@pytest.mark.parametrize("name", ["GITHUB_SHA", "CI_COMMIT_SHA"])
def test_commit_of_ci(tmp_path, name):
    """CI says which commit it runs; what is no commit is not believed."""
    assert commit(str(tmp_path), {name: SHA}) == SHA
    assert commit(str(tmp_path), {name: "main"}) == UNKNOWN


def test_commit_on_a_branch(tmp_path):
    """The commit of the branch that is checked out is found from a folder below."""
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs" / "heads" / "main").write_text(SHA + "\n")
    (tmp_path / "below").mkdir()
    assert commit(str(tmp_path / "below"), {}) == SHA


def test_commit_of_a_detached_head(tmp_path):
    """A commit that is checked out itself is found."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(SHA + "\n")
    assert commit(str(tmp_path), {}) == SHA


def test_commit_that_is_packed(tmp_path):
    """A branch that git has packed away is found, and not one whose name begins alike."""
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    packed = f"# pack-refs with: peeled\n{OTHER} refs/heads/main2\n{SHA} refs/heads/main\n"
    (git / "packed-refs").write_text(packed)
    assert commit(str(tmp_path), {}) == SHA


def test_commit_of_a_worktree(tmp_path):
    """A worktree names its repository, and shares the branches of that."""
    own = tmp_path / "main" / ".git" / "worktrees" / "other"
    heads = tmp_path / "main" / ".git" / "refs" / "heads"
    own.mkdir(parents=True)
    heads.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/topic\n")
    (own / "commondir").write_text("../..\n")
    (heads / "topic").write_text(SHA + "\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".git").write_text(f"gitdir: {own}\n")
    assert commit(str(tmp_path / "other"), {}) == SHA


def test_no_commit(tmp_path):
    """A new repository has none, and a damaged one tells none."""
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert commit(str(tmp_path), {}) == UNKNOWN
    (git / "HEAD").write_bytes(b"\xff\xfe")
    assert commit(str(tmp_path), {}) == UNKNOWN


def test_commit_is_what_git_says(tmp_path):
    """What is read from git's files is what git itself says."""
    try:
        run = ["git", "-c", "user.name=n", "-c", "user.email=e@x", "-C", str(tmp_path)]
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        subprocess.run([*run, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
        told = subprocess.run([*run, "rev-parse", "HEAD"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("git is not here")
    assert commit(str(tmp_path), {}) == told.stdout.decode().strip()
