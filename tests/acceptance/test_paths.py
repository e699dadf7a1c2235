"""A relative path means the same wherever pytest is started, in every option and at every door."""

import pytest

TOML = """
[tool.pytest.ini_options]

[tool.mlreqs.subjects]
model = "model.json_lines:load"
X = "rows.csv"

[tool.mlreqs.artifact_size]
max_mib = 1
path = "var/model.bin"

[tool.mlreqs.compute_regression]
max_memory_growth = 2
rows = 1
history = "kept/history.sqlite"
"""
MODEL = "def load():\n    return lambda X: [0.0] * len(X)\n"
TESTS = """
import pytest

@pytest.mark.mlreqs("artifact_size", path="var/model.bin", max_mib=2)
def test_marked(): pass

def test_fixture(mlreqs):
    assert mlreqs.check("artifact_size", path="var/model.bin").state == "satisfied"
"""


@pytest.fixture
def service(pytester):
    """A service in a monorepo, whose root has a file of the same name that is too large."""
    folder = pytester.path / "services" / "a"
    for place, size in ((folder, 1), (pytester.path, 3 << 20)):
        (place / "var").mkdir(parents=True)
        (place / "var" / "model.bin").write_bytes(b"1" * size)
    (folder / "model").mkdir()
    (folder / "model" / "json_lines.py").write_text(MODEL)
    (folder / "pyproject.toml").write_text(TOML)
    (folder / "rows.csv").write_text("a\n1\n2\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_doors.py").write_text(TESTS)
    return folder


@pytest.mark.parametrize("start", ["", "services/a", "services/a/tests"])
def test_wherever_pytest_is_started(pytester, service, monkeypatch, start):
    """The service's own file is measured, and its history lies in its own folder."""
    monkeypatch.chdir(pytester.path / start)
    toml = service / "pyproject.toml"
    result = pytester.runpytest("-Wdefault", "--rootdir", service, "-c", toml, service)
    result.stdout.fnmatch_lines(["satisfied *artifact_size *", "*3 passed, 1 skipped*"])
    kept = [path.relative_to(pytester.path) for path in pytester.path.rglob("history.sqlite")]
    assert [str(path) for path in kept] == ["services/a/kept/history.sqlite"]
