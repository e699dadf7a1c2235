"""The file that holds [tool.mlreqs] is found wherever pytest was started and configured."""

from __future__ import annotations

import pytest

from pytest_mlreqs.declare.pyproject import ConfigError, find, mlreqs_table, parsed

TABLE = "[tool.mlreqs]\n"


@pytest.fixture
def tree(tmp_path):
    """Writes files below a folder and returns it."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_the_file_that_configures_pytest(tree):
    """The pyproject.toml that pytest was configured by comes first, wherever it lies."""
    root = tree({"pyproject.toml": TABLE, "ci/pyproject.toml": TABLE})
    path = root / "ci" / "pyproject.toml"
    assert find(path, root) == path


def test_without_a_file_that_configures_pytest(tree):
    """A pyproject.toml without a table of pytest's is found in the root directory."""
    root = tree({"pyproject.toml": TABLE})
    assert find(None, root) == root / "pyproject.toml"


@pytest.mark.parametrize("name", ["pytest.ini", "pytest.toml", "tox.ini"])
def test_an_ini_file_beside_it(tree, name):
    """A pytest.ini beside pyproject.toml hides pytest's table but not this one."""
    root = tree({"pyproject.toml": TABLE, name: "[pytest]"})
    assert find(root / name, root) == root / "pyproject.toml"


def test_a_stray_ini_file_in_the_tests(tree):
    """An empty tests/pytest.ini moves pytest's root directory and still hides nothing."""
    root = tree({"pyproject.toml": TABLE, "tests/pytest.ini": ""})
    assert find(root / "tests/pytest.ini", root / "tests") == root / "pyproject.toml"


def test_another_configuration_of_pytest(tree):
    """With `-c ci/pyproject.toml` that has no table, the nearest from the root directory holds."""
    root = tree({"pyproject.toml": TABLE, "ci/pyproject.toml": "[tool.pytest]\n# mlreqs\n"})
    assert find(root / "ci/pyproject.toml", root) == root / "pyproject.toml"


def test_a_monorepo_reads_the_service_that_is_tested(tree):
    """The requirements of a service are its own, not those of the repository's root."""
    root = tree({"pyproject.toml": TABLE, "services/a/pyproject.toml": TABLE})
    path = root / "services" / "a" / "pyproject.toml"
    assert find(path, path.parent) == path
    assert find(None, path.parent) == path
    assert find(None, root) == root / "pyproject.toml"


def test_the_nearest_upwards_that_has_the_table(tree):
    """Files without the table are stepped over on the way up."""
    root = tree({"pyproject.toml": TABLE, "a/pyproject.toml": "[project]\n", "a/b/c.txt": ""})
    assert find(None, root / "a" / "b") == root / "pyproject.toml"


def test_no_table_anywhere(tree):
    """Without the table there is no file, even where the plugin's name is mentioned."""
    root = tree({"pyproject.toml": "[project]\ndependencies = ['pytest-mlreqs']\n"})
    assert find(root / "pyproject.toml", root) is None


@pytest.mark.parametrize(
    "name",
    [
        "tool.mlreq", "tools.mlreqs", "mlreqs", "tool.pytest-mlreqs", "tool.pytest_mlreqs",
        "tool.pytest.mlreqs", "tool.MLReqs", "tool.ml-reqs", "tool.mlresq", "tol.mlreqs",
    ],
)  # fmt: skip
@pytest.mark.parametrize("below", ["", ".latency"])
def test_a_table_whose_name_is_a_little_wrong(tree, name, below):
    """A table that nobody reads stops the run with its line and the right name."""
    root = tree({"pyproject.toml": f"[project]\nname = 'a'\n[{name}{below}]\nx = 1\n"})
    told = f"pyproject.toml:3: [{name}] has no effect; did you mean [tool.mlreqs]?"
    with pytest.raises(ConfigError) as error:
        find(None, root)
    assert error.value.problems == [told]


@pytest.mark.parametrize(
    "text",
    [
        "[dependency-groups]\nmlreqs = ['pytest-mlreqs']\n",
        "[project.optional-dependencies]\nmlreqs = ['pytest-mlreqs']\n",
        "[project]\nname = 'mlreqs'\n",
        "[tool.requirements]\nmlreqs = 1\n",
        "[tool.uv.sources]\npytest-mlreqs = { path = '.' }\n",
        "[tool.mlflow]\n# mlreqs\n",
        "tool = 'mlreqs'\n",
    ],
)
def test_names_like_it_elsewhere(tree, text):
    """What other tools call so is none of our business."""
    assert find(None, tree({"pyproject.toml": text})) is None


def test_no_file(tree):
    """A path that cannot be read is no file."""
    root = tree({"pyproject.toml/inside.txt": ""})
    assert find(root / "pyproject.toml", root) is None


@pytest.mark.parametrize(
    "text",
    ["[tool.mlreqs\n", "x = 1\nx = 2 # mlreqs", f"mlreqs = {'9' * 5000}", f"mlreqs = {'[' * 9999}"],
)
def test_invalid_toml_is_told(tree, text):
    """A file that mentions the plugin and is no TOML stops the search."""
    root = tree({"pyproject.toml": text})
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: is not valid TOML: ") as told:
        find(None, root)
    assert len(told.value.problems) == 1


def test_invalid_utf8_is_told(tmp_path):
    """A file in another encoding is no TOML either."""
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"[tool.mlreqs]\nx = '\xff'\n")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        find(None, tmp_path)


def test_invalid_toml_without_the_plugin(tree):
    """A broken file that does not mention the plugin is nobody's business here."""
    root = tree({"a/pyproject.toml": "[", "pyproject.toml": TABLE})
    assert find(None, root / "a") == root / "pyproject.toml"


@pytest.mark.parametrize(
    ("document", "table"),
    [
        ({"tool": {"mlreqs": {"a": 1}}}, {"a": 1}),
        ({"tool": {"mlreqs": 5}}, 5),
        ({"tool": {}}, None),
        ({"tool": 5}, None),
        ({}, None),
    ],
)
def test_mlreqs_table(document, table):
    """Whatever stands at [tool.mlreqs] is handed on, be it a table or not."""
    assert mlreqs_table(document) == table


def test_parsed(tmp_path):
    """A valid document is parsed."""
    assert parsed(tmp_path / "x.toml", b"a = 1\r\n") == {"a": 1}


def test_problems_are_kept_one_by_one():
    """The error holds its problems as lines and reads as all of them."""
    error = ConfigError(line for line in ("one", "two"))
    assert (error.problems, str(error)) == (["one", "two"], "one\ntwo")
