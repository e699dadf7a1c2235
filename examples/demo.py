"""Run the Titanic example in both colours and check that it comes out as documented.

    python examples/demo.py

Exits 0 when the compliant model meets every requirement and the careless one breaks every one. One
may be undecided for both: what users wait for at a rate counts every delay, other programs' too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TITANIC = Path(__file__).parent / "titanic"
RUNS = {
    "compliant": ([], "satisfied"),
    "careless": (["--mlreqs-config", "careless.toml", "-m", "mlreqs"], "violated"),
}
AT_A_RATE = "latency[single_row] @ test_twenty_passengers_a_second"


def run(name: str) -> str:
    """Run one of the two; returns how it came out, or nothing if that is not as documented."""
    arguments, expected = RUNS[name]
    print(f"\n$ cd examples/titanic && pytest {' '.join(arguments)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "verdicts.json")
        command = [sys.executable, "-m", "pytest", *arguments, f"--mlreqs-json={report}"]
        code = subprocess.run(command, cwd=TITANIC, check=False).returncode
        verdicts = json.loads(report.read_text(encoding="utf-8"))
    states = {verdict["label"]: verdict["state"] for verdict in verdicts["verdicts"]}
    undecided = [label for label in states if label == AT_A_RATE and states[label] == "undecided"]
    wrong = [label for label in states if states[label] != expected and label not in undecided]
    if not states or wrong or verdicts["not_checked"] or code != (expected == "violated"):
        return ""
    told = f"every requirement {expected}, as documented"
    return told + "".join(f", but {label}: undecided on this machine now" for label in undecided)


def main() -> int:
    """Run both, then say how they came out."""
    results = {name: run(name) for name in RUNS}
    print()
    for name, told in results.items():
        print(f"{name}: {told or 'NOT SO'}")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
