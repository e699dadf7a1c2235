"""What the plugin costs when it is installed but unused.

Runs `pytest --collect-only` in a project without [tool.mlreqs], by turns with the plugin and with
`-p no:mlreqs`, and prints medians of the paired differences.

    python benchmarks/idle_cost.py [pairs]
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ARMS = {"plugin": [], "without": ["-p", "no:mlreqs"]}
# Bytecode is kept, as it is for everybody who has run pytest before.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run(arguments: list[str], folder: Path) -> tuple[float, float]:
    """CPU and wall-clock milliseconds of one pytest process."""
    start = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *arguments, str(folder)],
        ENVIRONMENT,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit("pytest did not collect")
    return (usage.ru_utime + usage.ru_stime) * 1e3, (time.perf_counter() - start) * 1e3


def main(pairs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text('[project]\nname = "idle"\nversion = "1"\n')
        (folder / "test_idle.py").write_text("def test_idle(): pass\n")
        for arguments in ARMS.values():
            run(arguments, folder)  # bytecode and file cache
        seen: dict[str, list[tuple[float, float]]] = {arm: [] for arm in ARMS}
        for _ in range(pairs):
            for arm in random.sample(list(ARMS), len(ARMS)):
                seen[arm].append(run(ARMS[arm], folder))
    for index, what in enumerate(("CPU", "wall")):
        bare = statistics.median(times[index] for times in seen["without"])
        differences = [
            a[index] - b[index] for a, b in zip(seen["plugin"], seen["without"], strict=True)
        ]
        extra = statistics.median(differences)
        print(
            f"{what}: bare pytest {bare:.0f} ms, with the plugin {extra:+.1f} ms "
            f"({1 + extra / bare:.3f}x; median of {pairs} interleaved pairs)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
