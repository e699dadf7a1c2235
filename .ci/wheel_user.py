"""Use the built wheel as a new user would: fresh environment, three lines of TOML, `pytest`.

Builds the wheel, installs it into a temporary environment, and in a new folder runs a project
that has nothing but a model and a pyproject.toml: once within its budget, once beyond it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODEL = """
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    def rows():
        return pd.DataFrame({"age": range(60), "fare": [x % 7 for x in range(60)]})

    def load():
        X = rows()
        return LogisticRegression().fit(X, X["age"] > 30)
"""
PROJECT = """
    [tool.mlreqs]
    subjects = {{ model = "scoring:load", X = "scoring:rows" }}
    {requirement}
"""
GOOD = "latency = { max_p95_ms = 500 }"
BAD = 'forbidden_features = { columns = ["age"], reason = "protected" }'
TYPO = "latency = { p95 = 20 }"


def main() -> None:
    """Build, install, and run the three projects."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        call(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT))
        (wheel,) = folder.glob("*.whl")
        venv.create(folder / "env", with_pip=True)
        bin_ = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin")
        call(str(bin_ / "python"), "-m", "pip", "install", "--quiet", str(wheel))
        project = folder / "project"
        project.mkdir()
        (project / "scoring.py").write_text(textwrap.dedent(MODEL))
        for requirement, code, words in (
            (GOOD, 0, "1 declared, 1 satisfied"),
            (BAD, 1, "the model reads"),
            (TYPO, 4, "did you mean 'max_p95_ms'"),
        ):
            text = textwrap.dedent(PROJECT.format(requirement=requirement))
            (project / "pyproject.toml").write_text(text)
            run = subprocess.run(
                [str(bin_ / "pytest")], cwd=project, capture_output=True, text=True, check=False
            )
            output = run.stdout + run.stderr
            print(f"$ pytest   # {requirement}\n{output}")
            if run.returncode != code or words not in output:
                sys.exit(f"expected exit code {code} and {words!r}")


def call(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
