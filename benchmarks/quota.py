"""quota: this process with less of the cores than it asks for, as in a container with a limit.

It takes the rights to make a control group: root, and the cpu controller of cgroups(7).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_FIRST, _SECOND = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
_PERIOD_US = 100_000


@contextlib.contextmanager
def quota(cores: float) -> Iterator[None]:
    """Let all threads of this process together have so many cores, on average of 0.1 s."""
    root = _SECOND if _second() else _FIRST
    group = root / f"quota-{os.getpid()}"
    group.mkdir()
    allowed = int(cores * _PERIOD_US)
    try:
        if root is _SECOND:
            (group / "cpu.max").write_text(f"{allowed} {_PERIOD_US}", encoding="ascii")
        else:
            (group / "cpu.cfs_quota_us").write_text(str(allowed), encoding="ascii")
        (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        try:
            yield
        finally:
            (root / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    finally:
        group.rmdir()


def _second() -> bool:
    """Whether the cpu controller is the one of version 2."""
    file = _SECOND / "cgroup.controllers"
    return file.exists() and "cpu" in file.read_text(encoding="ascii").split()
