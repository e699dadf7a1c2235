"""fingerprint: on which machine, and at which commit, something was measured."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from pytest_mlreqs.measures.machine import allowance

UNKNOWN = "unknown"
_CI = ("GITHUB_SHA", "CI_COMMIT_SHA")  # GitHub Actions, GitLab
_LIBRARIES = ("numpy", "scikit-learn")
_CPUINFO = Path("/proc/cpuinfo")


def machine() -> str:
    """What speed depends on, in words: processor, cores, system, Python, NumPy, scikit-learn."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    parts = [
        _processor(),
        f"{os.cpu_count() or 1} cores",
        f"{platform.system()} {platform.machine()}",
        python,
    ]
    return "; ".join([*parts, *(f"{name} {_version(name)}" for name in _LIBRARIES)])


def facts() -> dict[str, str | float | None]:
    """The machine, the cores that this process may use of it, and what sets their frequency."""
    return {
        "fingerprint": machine(),
        "cores": allowance.cores(),
        "quota_cores": allowance.quota(),
        "governor": allowance.governor(),
    }


def changed(before: str, now: str) -> str:
    """What differs between two machines: `scikit-learn 1.5.0 was scikit-learn 1.4.2`."""
    pairs = zip(before.split("; "), now.split("; "), strict=False)
    return ", ".join(f"{new} was {old}" for old, new in pairs if old != new)


def commit(folder: str, environment: Mapping[str, str] = os.environ) -> str:
    """The commit that is checked out in `folder` or above, as CI or git's own files tell.

    Changes that are not committed make no difference.
    """
    for name in _CI:
        if re.fullmatch(r"[0-9a-f]{40,64}", environment.get(name, "")):
            return environment[name]
    for above in (Path(folder), *Path(folder).parents):
        try:
            if (found := _head(above / ".git")) is not None:
                return found
        except (OSError, UnicodeDecodeError):
            return UNKNOWN
    return UNKNOWN


def _head(git: Path) -> str | None:
    """The commit that HEAD is at; None where there is no repository."""
    if git.is_file():  # of a worktree or submodule: `gitdir: where it is`
        git = git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    if not (git / "HEAD").is_file():
        return None
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head
    name = head.removeprefix("ref:").strip()
    shared = git
    if (git / "commondir").is_file():  # a worktree shares its branches with the others
        shared = git / (git / "commondir").read_text(encoding="utf-8").strip()
    if (shared / name).is_file():
        return (shared / name).read_text(encoding="utf-8").strip()
    packed = shared / "packed-refs"
    for line in packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else ():
        value, _, ref = line.partition(" ")
        if ref == name:
            return value
    return UNKNOWN  # nothing is committed yet


def _processor() -> str:
    if sys.platform == "linux":
        try:
            text = _CPUINFO.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        if found is not None:
            return " ".join(found[1].replace(";", ",").split())
    return platform.processor() or platform.machine() or UNKNOWN


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN
