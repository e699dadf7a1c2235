"""How many cores a container may use is read as the kernel tells it."""

import os

import pytest

from pytest_mlreqs.measures.machine import allowance
from pytest_mlreqs.measures.machine.allowance import cores, governor, quota


def made(folder, **files):
    """A control group."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("cpu_", "cpu.", 1)).write_text(text)


@pytest.fixture
def told(tmp_path):
    """The limit of a process in these groups, mounted below a folder."""

    def told_of(groups):
        (tmp_path / "groups").write_text(groups)
        return quota(tmp_path / "groups", tmp_path / "mounted")

    return told_of


def test_second_version(tmp_path, told):
    """The least of the group and those above counts; `max` is no limit."""
    made(tmp_path / "mounted", cpu_max="max 100000\n")
    assert told("0::/a/b\n") is None
    made(tmp_path / "mounted" / "a", cpu_max="150000 100000\n")
    made(tmp_path / "mounted" / "a" / "b", cpu_max="400000 100000\n")
    assert told("0::/a/b\n") == 1.5
    assert told("0::/\n") is None


def test_first_version(tmp_path, told):
    """Only the group of the cpu controller counts; a quota of -1 is no limit."""
    root = tmp_path / "mounted" / "cpu"
    made(root, cpu_cfs_quota_us="-1\n", cpu_cfs_period_us="100000\n")
    made(root / "pod", cpu_cfs_quota_us="50000\n", cpu_cfs_period_us="100000\n")
    assert told("4:memory:/pod\n1:cpu,cpuacct:/\n0::/\n") is None
    assert told("4:memory:/\n1:cpu,cpuacct:/pod\n0::/\n") == 0.5


def test_nobody_tells(tmp_path, told, monkeypatch):
    """Without control groups there is no limit, and without a governor none is named."""
    assert quota(tmp_path / "none", tmp_path) is None
    assert told("0::/gone\n") is None
    monkeypatch.setattr(allowance, "_GOVERNOR", tmp_path / "none")
    assert governor() is None
    (tmp_path / "set").write_text("performance\n")
    monkeypatch.setattr(allowance, "_GOVERNOR", tmp_path / "set")
    assert governor() == "performance"


def test_cores(monkeypatch):
    """There are as many cores as the process may run on, or else as there are."""
    assert 1 <= cores() <= (os.cpu_count() or 1)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores() == (os.cpu_count() or 1)
