"""The folders of the package import each other in one direction only.

    plugin -> doors -> declare -> requirements -> history, measures, forgetting -> models -> core

Beside it, `report` tells verdicts and `load` reads files: both know the core only. `explain` is
shown beside verdicts and stands above `measures`.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

import pytest_mlreqs

ROOT = Path(pytest_mlreqs.__file__).parent
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
NAMES = {  # `pytest_mlreqs.core.verdict` -> core/verdict.py
    "pytest_mlreqs."
    + module.removesuffix(".py").removesuffix("/__init__").replace("/", "."): module
    for module in MODULES
    if module != "__init__.py"  # the version, and public names that are imported on first use
}
PUBLIC_ONLY = ("pytest", "pluggy", "pandas", "sklearn", "numpy")
MOST_ROOMS, MOST_ARROWS = 12, 20  # of `measures`
LONGEST = 50  # lines of a function
LONGEST_FILE = 300  # lines


def imported(tree):
    """Every dotted name that a module imports anywhere, also for type checkers and in functions.

    >>> imported(ast.parse("from a.b import c"))
    {'a.b.c'}
    """
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test can read them"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
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


@functools.cache
def tree_of(module):
    """A module of the package, parsed."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def below(*folders):
    """The modules in the folders."""
    return [module for module in MODULES if module.split("/")[0] in folders]


def others(module):
    """The top folders that a module imports from, and names of the package itself."""
    names = [name.split(".") for name in imported(tree_of(module))]
    return {name[1] for name in names if name[0] == "pytest_mlreqs" and len(name) > 1}


def strays(folder, *allowed):
    """What modules in a folder import of the package that is neither there nor in `allowed`."""
    found = {module: others(module) - {folder, *allowed, "__version__"} for module in below(folder)}
    assert found, f"there is no folder {folder}"
    return {module: names for module, names in found.items() if names}


@functools.cache
def arrows():
    """Pairs of folders of which the first imports from the second."""
    found = set()
    for module in MODULES:
        for name in imported(tree_of(module)) if module != "__init__.py" else ():
            target = NAMES.get(name, NAMES.get(name.rpartition(".")[0]))  # a module, or what it has
            if target is not None:
                found.add((_folder(module), _folder(target)))
    return {(one, other) for one, other in found if one != other}


def _folder(module):
    return module.rpartition("/")[0]


def circles(pairs):
    """The folders from which arrows lead back to themselves."""
    reached = {one: {b for a, b in pairs if a == one} for one, _ in pairs}
    for _ in reached:
        for places in reached.values():
            places |= {far for near in places for far in reached.get(near, ())}
    return {one for one, places in reached.items() if one in places}


def test_the_core_knows_nothing_else():
    """What a check is made of and runs in depends on nothing else of the package."""
    assert strays("core") == {}


def test_loading_knows_the_core_only():
    """Reading models and data safely depends on nothing that is done with them."""
    assert strays("load", "core") == {}


def test_reports_know_the_core_only():
    """How a verdict is told depends on the verdict, and on nothing that measures."""
    assert strays("report", "core") == {}


def test_models_know_the_core_only():
    """How to call what predicts depends on nothing that is asked of it."""
    assert strays("models", "core") == {}


def test_measures_know_models():
    """How to measure depends on how to call a model; on no requirement, history or report."""
    assert strays("measures", "models", "core") == {}


def test_forgetting_knows_models():
    """Finding deleted people depends on how to call a model, and on nothing else that measures."""
    assert strays("forgetting", "models", "core") == {}


def test_history_knows_measures():
    """What was measured before is held against what was measured now, and on which machine."""
    assert strays("history", "measures", "core") == {}


def test_explanations_know_measures():
    """Why a row is scored as it is depends on influence and models, and on no requirement."""
    assert strays("explain", "measures", "models", "core") == {}


def test_requirements_know_what_they_are_made_of():
    """A kind depends on what measures, and neither on how it is declared nor on how it is told."""
    assert (
        strays("requirements", "history", "measures", "forgetting", "explain", "models", "core")
        == {}
    )


def test_declarations_know_kinds_and_files():
    """What a table says depends on the kinds there are; not on what pytest does about it."""
    assert strays("declare", "requirements", "load", "core") == {}


def test_doors_know_no_hooks():
    """What pytest comes in by depends neither on the plugin that opens it nor on its hooks."""
    everything = {module.split("/")[0] for module in MODULES if "/" in module}
    assert strays("doors", *everything) == {}


def test_the_core_is_what_judges():
    """Only the doors have a requirement judged; measures and kinds know no verdict."""
    judging = ("pytest_mlreqs.core.judgement", "pytest_mlreqs.core.verdict")
    for module in below("measures", "forgetting", "history", "models", "requirements", "explain"):
        assert not [name for name in imported(tree_of(module)) if name.startswith(judging)], module


def test_pytest_stays_at_the_doors():
    """Only hooks, and what is a test or a fixture, import pytest."""
    users = {m for m in MODULES if "pytest" in {n.split(".")[0] for n in imported(tree_of(m))}}
    assert users <= {"plugin.py", "hookspecs.py", *below("doors")}


def test_only_the_catalogue_knows_the_kinds():
    """No module outside the catalogue knows of built-in kinds, and that one of none by name."""
    users = {module for module in MODULES if "requirements" in others(module)}
    assert users <= {"declare/catalogue.py", *below("requirements")}
    names = imported(tree_of("declare/catalogue.py"))
    assert not [name for name in names if name.startswith("pytest_mlreqs.requirements.")]


def test_no_circle_between_folders():
    """From no folder do imports lead back to it."""
    assert circles(arrows()) == set()


def test_measures_are_few_rooms_with_few_arrows():
    """All measures lie in at most 12 rooms, and at most 20 arrows lead from one to another."""
    rooms = {_folder(module) for module in below("measures")} - {"measures"}
    assert len(rooms) <= MOST_ROOMS
    assert len([pair for pair in arrows() if rooms.issuperset(pair)]) <= MOST_ARROWS
    assert [m for m in below("measures") if _folder(m) == "measures"] == ["measures/__init__.py"]


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(module):
    """A file has at most 300 lines, so that it is read in one sitting."""
    assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("module", MODULES)
def test_functions_are_short(module):
    """A function has at most 50 lines, from its name to its end."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(tree_of(module)) if isinstance(node, functions)]
    lines = {one.name: (one.end_lineno or 0) - one.lineno + 1 for one in found}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}


@pytest.mark.parametrize("module", MODULES)
def test_only_public_names_of_others_are_used(module):
    """No private name of a package that may change it overnight is used anywhere."""
    assert private(tree_of(module)) == set()


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
    source = "def f():\n    import pytest\nif TYPE_CHECKING:\n    from pytest_mlreqs import declare"
    assert imported(ast.parse(source)) == {"pytest", "pytest_mlreqs.declare"}


def test_arrows_are_found():
    """Imports of modules, of packages and of what stands in them lead to the folder it is in."""
    assert {("", "doors"), ("doors", "core"), ("core/isolation", "core")} <= arrows()
    assert {("models", "models/frames"), ("measures/timing", "measures/statistics")} <= arrows()


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ({("a", "b"), ("b", "c"), ("a", "c")}, set()),
        ({("a", "b"), ("b", "a"), ("c", "a")}, {"a", "b"}),
        ({("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")}, {"a", "b", "c", "d"}),
    ],
)
def test_circles_are_found(pairs, found):
    """A way back is found however long it is, and what only leads to a circle is not on it."""
    assert circles(pairs) == found
