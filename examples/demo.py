"""Run the Titanic example in both colours and check that it comes out as documented.

    python examples/demo.py

Exits 0 when the compliant model meets every requirement and the careless one breaks every one.
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


def run(name: str) -> bool:
    """Run one of the two; returns whether every requirement is in its documented state."""
    arguments, expected = RUNS[name]
    print(f"\n$ cd examples/titanic && pytest {' '.join(arguments)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "verdicts.json")
        command = [sys.executable, "-m", "pytest", *arguments, f"--mlreqs-json={report}"]
        code = subprocess.run(command, cwd=TITANIC, check=False).returncode
        verdicts = json.loads(report.read_text(encoding="utf-8"))
    states = {verdict["label"]: verdict["state"] for verdict in verdicts["verdicts"]}
    wrong = {label: state for label, state in states.items() if state != expected}
    as_documented = states and not wrong and not verdicts["not_checked"]
    return bool(as_documented) and code == (0 if expected == "satisfied" else 1)


def main() -> int:
    """Run both, then say how they came out."""
    results = {name: run(name) for name in RUNS}
    print()
    for name, as_documented in results.items():
        told = f"every requirement {RUNS[name][1]}, as documented" if as_documented else "NOT SO"
        print(f"{name}: {told}")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
