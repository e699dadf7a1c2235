"""allowance: how many of the machine's cores this process may use, and at which speed.

A container may have fewer than there are, as a share of their time: cgroups(7), cpu.max of version
2 or cpu.cfs_quota_us of version 1. What it asks for beyond that it waits for, which is counted.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/proc/self/cgroup")
_MOUNTED = Path("/sys/fs/cgroup")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quota(groups: Path = _GROUPS, mounted: Path = _MOUNTED) -> float | None:
    """Cores that a container may use on average; None without a limit, and where nobody tells.

    Args:
        groups: which control groups the process is in, as Linux tells.
        mounted: where the control groups are.
    """
    found = [limit for folder in _folders(groups, mounted) for limit in _limits(folder)]
    return min(found, default=None)


def governor() -> str | None:
    """What decides on the frequency of the cores, such as `performance`; None if nobody tells."""
    try:
        return _GOVERNOR.read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def _folders(groups: Path, mounted: Path) -> Iterator[Path]:
    """Folders of the process's groups and of those above that are seen from here."""
    with contextlib.suppress(OSError):
        for line in groups.read_text(encoding="utf-8", errors="replace").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            root = mounted / "cpu" if controllers else mounted
            group = Path(path.lstrip("/"))
            for below in (group, *group.parents):
                yield root / below


def _limits(folder: Path) -> Iterator[float]:
    """The limit of a group in cores, by either version."""
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
        allowed, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        yield int(allowed) / int(period)
    with contextlib.suppress(OSError, ValueError):
        allowed, period = (
            (folder / f"cpu.cfs_{what}_us").read_text(encoding="ascii")
            for what in ("quota", "period")
        )
        if int(allowed) > 0:
            yield int(allowed) / int(period)
