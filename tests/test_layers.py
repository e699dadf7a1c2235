"""The layers of the package import each other in one direction only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pytest_mlreqs

ROOT = Path(pytest_mlreqs.__file__).parent
MODULES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))
SURFACE = (
    "plugin",
    "session",
    "collection",
    "markers",
    "bodies",
    "enforcement",
    "erased",
    "subjects",
    "hookspecs",
)
CHECK = ("measurement", "temporary", "time_left", "run_lines")  # what everything in a check may use
PUBLIC_ONLY = ("pytest", "pluggy", "pandas", "sklearn", "numpy")


def imported(tree):
    """Every dotted name that a module imports anywhere, also for type checkers and in functions.

    >>> imported(ast.parse("from a.b import c"))
    {'a.b', 'a.b.c'}
    """
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test can read them"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def private(tree, packages=PUBLIC_ONLY):
    """Every private name of `packages` that a module imports or reaches by attribute."""
    found = set()
    bound = {}
    for node in ast.walk(tree):
        for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
            module = node.module if isinstance(node, ast.ImportFrom) else None
            name = f"{module}.{alias.name}" if module else alias.name
            if name.split(".")[0].removeprefix("_") in packages:
                bound[alias.asname or alias.name.split(".")[0]] = name
                if any(map(_hidden, name.split("."))):
                    found.add(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _hidden(node.attr):
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and base.id in bound:
                found.add(ast.unparse(node))
    return found


def _hidden(part):
    return part.startswith("_") and not part.endswith("__")


def tree_of(module):
    """A module of the package, parsed."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def ours(tree):
    """The parts of the package that a module imports: `models`, `options`, ..."""
    names = [name.split(".") for name in imported(tree)]
    return {name[1] for name in names if name[0] == "pytest_mlreqs" and len(name) > 1}


def below(*folders):
    """The modules in the folders."""
    return [module for module in MODULES if module.split("/")[0] in folders]


@pytest.mark.parametrize("module", below("measures", "models"))
def test_measures_and_models_know_neither_pytest_nor_the_configuration(module):
    """How to measure and how to call a model depend on nothing but measurements."""
    assert "pytest" not in {name.split(".")[0] for name in imported(tree_of(module))}
    assert ours(tree_of(module)) <= {"measures", "models", "threads", "processes", *CHECK}


@pytest.mark.parametrize("module", below("requirements"))
def test_requirements_know_what_they_are_made_of(module):
    """A kind depends on measures, models, and what every kind is; not on how it is judged."""
    allowed = {"measures", "models", "explain", "requirement", *CHECK}
    assert "pytest" not in {name.split(".")[0] for name in imported(tree_of(module))}
    assert ours(tree_of(module)) <= allowed


@pytest.mark.parametrize("module", below("explain"))
def test_explanations_know_neither_pytest_nor_the_configuration(module):
    """Why a row is scored as it is depends on how to call a model, and on no requirement."""
    assert "pytest" not in {name.split(".")[0] for name in imported(tree_of(module))}
    assert ours(tree_of(module)) <= {"explain", "measures", "models", "measurement"}


@pytest.mark.parametrize("module", MODULES)
def test_pytest_stays_at_the_surface(module):
    """Only the modules that are hooks, tests or fixtures import pytest."""
    if module.removesuffix(".py") not in SURFACE:
        assert "pytest" not in {name.split(".")[0] for name in imported(tree_of(module))}


@pytest.mark.parametrize("module", below("report"))
def test_reports_measure_nothing(module):
    """Telling a verdict depends on nothing that measures."""
    assert not ours(tree_of(module)) & {"measures", "models", "requirements"}


@pytest.mark.parametrize("module", MODULES)
def test_only_public_names_of_others_are_used(module):
    """No private name of a package that may change it overnight is used anywhere."""
    assert private(tree_of(module)) == set()


def test_the_core_does_not_know_the_kinds():
    """No module outside the catalogue knows of built-in kinds, and that one of none by name."""
    users = {module for module in MODULES if "requirements" in ours(tree_of(module))}
    assert users <= {"catalogue.py", *below("requirements")}
    names = imported(tree_of("catalogue.py"))
    assert not [name for name in names if name.startswith("pytest_mlreqs.requirements.")]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import _pytest.python", {"_pytest.python"}),
        ("from pandas._libs import x", {"pandas._libs.x"}),
        ("from sklearn.utils import _tags", {"sklearn.utils._tags"}),
        ("import numpy as np\nnp.core._internal.x", {"np.core._internal"}),
        ("import numpy as np\nnp.__version__", set()),
        ("from a import _b", set()),
    ],
)
def test_private_names_are_found(source, names):
    """The search for private names sees imports and attributes but not `__version__`."""
    assert private(ast.parse(source)) == names


def test_imports_are_found_wherever_they_stand():
    """The search for imports sees those in functions and those for type checkers."""
    source = "def f():\n    import pytest\nif TYPE_CHECKING:\n    from pytest_mlreqs import options"
    assert {"pytest", "pytest_mlreqs.options"} <= imported(ast.parse(source))
    assert ours(ast.parse(source)) == {"options"}
