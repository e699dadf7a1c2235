"""Targets are looked up without an import, and the nearest name is told where one is wrong."""

from __future__ import annotations

import functools
import py_compile
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from pytest_mlreqs.declare.targets import build, problem, resolve

BOOM = "raise RuntimeError('this was imported')\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a directory with packages that cannot be imported without being noticed."""
    files = {
        "zitanic/__init__.py": "from .model import load as exported\n",
        "zitanic/model.py": MODEL,
        "zitanic/data/__init__.py": "",
        "zitanic/data/frames.py": "def holdout(): ...\n",
        "zitanic/parts/scaler.py": "class Scaler: ...\n",
        "zpace/deeper/thing.py": "thing = 1\n",
        "zcript.py": "def main(): ...\n",
    }
    for name, source in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BOOM + source, encoding="utf-8")
    return tmp_path


MODEL = """
import numpy.linalg, json as js
from somewhere import helper as aid
annotated: int = 1
first, (second, *rest) = 1, (2, 3)
def load(): hidden = 1
async def later(): ...
class Model:
    def predict(self): ...
if annotated:
    in_if = 1
elif first:
    in_elif = 1
else:
    in_else = 1
try:
    in_try = 1
except ValueError:
    in_except = 1
finally:
    in_finally = 1
for in_for in ():
    in_loop = 1
while False:
    in_while = 1
with open("x") as in_with:
    in_block = 1
(in_walrus := 1)
def init():
    global from_within
    from_within = 1
"""


@pytest.mark.parametrize(
    "name",
    [
        *("numpy", "js", "aid", "annotated", "first", "second", "rest", "load", "later", "Model"),
        *("Model.predict", "in_if", "in_elif", "in_else", "in_try", "in_except", "in_finally"),
        *("in_for", "in_loop", "in_while", "in_with", "in_block", "in_walrus", "from_within"),
    ],
)
def test_every_way_to_bind_a_name_counts(project: Path, name: str) -> None:
    """A name is there in whichever way and block the module binds it."""
    assert problem(f"zitanic.model:{name}", [str(project)]) is None


@pytest.mark.parametrize(
    "target",
    [
        "zitanic:exported",
        "zitanic:model",
        "zitanic:parts",
        "zitanic.data.frames:holdout",
        "zitanic.parts.scaler:Scaler",
        "zpace.deeper.thing:thing",
        "zpace.deeper:thing",
        "zpace:deeper",
        "zcript:main",
    ],
)
def test_modules_and_namespace_packages_are_found(project: Path, target: str) -> None:
    """Modules, packages, packages without `__init__.py` and their submodules are found."""
    assert problem(target, [str(project)]) is None


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("zitanic.modle:load", "there is no module 'zitanic.modle'; did you mean 'zitanic.model'?"),
        ("zitannic.model:load", "there is no module 'zitannic'; did you mean 'zitanic'?"),
        ("zitanic.model:laod", "zitanic.model has no 'laod'; did you mean 'load'?"),
        ("zitanic:modle", "zitanic has no 'modle'; did you mean 'model'?"),
        ("zitanic.model:hidden", "zitanic.model has no 'hidden'"),
        ("zitanic.model:xyzzy", "zitanic.model has no 'xyzzy'"),
        ("zitanic.xyzzy:load", "there is no module 'zitanic.xyzzy'"),
        ("zitanic.model.load:x", "there is no module 'zitanic.model.load'"),
        ("zpace.deper:x", "there is no module 'zpace.deper'"),
        ("zpace:thing", "zpace has no 'thing'"),
        ("qqqqqqqqqq:x", "there is no module 'qqqqqqqqqq'"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(project: Path, target: str, sentence: str) -> None:
    """The sentence names the part that is wrong, and the nearest valid name if one is near."""
    assert problem(target, [str(project)]) == sentence


@pytest.mark.parametrize(
    "target",
    [
        "titanic.model",
        "a:b:c",
        "",
        ":",
        ":x",
        "a:",
        "1a:b",
        "a:1b",
        "a..b:c",
        "a:b.",
        " a:b",
        "a-b:c",
    ],
)
def test_a_malformed_target_is_told_the_form(target: str) -> None:
    """What is no import path is answered with the form of one."""
    assert problem(target, []) == f"'{target}' does not have the form 'package.module:name'"


def test_nothing_is_imported(project: Path) -> None:
    """The modules raise when they are imported: they did not, and none of them is loaded."""
    before = set(sys.modules)
    for target in ("zitanic.model:load", "zitanic.model:laod", "zitanic:model", "zitanic.modle:x"):
        problem(target, [str(project)])
    assert not {name for name in set(sys.modules) - before if name.startswith("z")}
    with pytest.raises(RuntimeError, match="this was imported"):
        exec((project / "zitanic" / "model.py").read_text())


@pytest.mark.parametrize(
    "source",
    [
        "from json import *",
        "def __getattr__(name): ...",
        "globals().update(load=1)",
        "exec('load = 1')",
        "if 1:\n    try:\n        from x import *\n    except ImportError: pass",
        "x = " + "-" * 100_000 + "1",
    ],
    ids=["star", "getattr", "globals", "exec", "nested star", "too deep to parse"],
)
def test_names_that_only_running_would_tell_are_taken_to_be_there(
    tmp_path: Path, source: str
) -> None:
    """Where the source cannot tell what a module binds, no name is called wrong."""
    (tmp_path / "zynamic.py").write_text(source)
    assert problem("zynamic:load", [str(tmp_path)]) is None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"x = 1\n\ndef load(:\n", "zroken does not compile: line 3: invalid syntax"),
        (b"x = 1\n\n\nx = '\xff'\n", "zroken does not compile: 'utf-8' codec can't decode byte"),
        (b"# coding: xyzzy\n", "zroken does not compile: unknown encoding"),
        (b"x = '\0'\n", "zroken does not compile: "),
    ],
    ids=["syntax", "bytes", "encoding", "null"],
)
def test_a_module_that_does_not_compile_is_told(
    tmp_path: Path, source: bytes, sentence: str
) -> None:
    """A syntax error is told with its line; nothing else about the target matters then."""
    (tmp_path / "zroken.py").write_bytes(source)
    assert str(problem("zroken:load", [str(tmp_path)])).startswith(sentence)


def test_a_module_without_source_is_taken_to_have_every_name(tmp_path: Path) -> None:
    """Of compiled code, only its being there is told."""
    (tmp_path / "written.py").write_text(BOOM)
    py_compile.compile(str(tmp_path / "written.py"), str(tmp_path / "zompiled.pyc"))
    assert problem("zompiled:load", [str(tmp_path)]) is None


def test_warnings_about_the_source_stay_away(tmp_path: Path) -> None:
    """An invalid escape in the user's source neither warns nor, under `-W error`, fails."""
    (tmp_path / "zwarns.py").write_text('load = "\\d"')
    assert problem("zwarns:load", [str(tmp_path)]) is None


@pytest.mark.parametrize(
    "target",
    [
        "sys:path",
        "os.path:join",
        "json:loads",
        "json.decoder:JSONDecoder",
        "math:sqrt",
        "pytest:mark",
    ],
)
def test_builtin_frozen_and_loaded_modules_are_found(target: str) -> None:
    """Whatever the interpreter has already, or has built in, is found as well."""
    assert problem(target, []) is None


def test_modules_made_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded module counts as it is, even without a spec; one that is blocked is missing."""
    made = types.ModuleType("zade")
    made.load = print  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zade", made)
    assert problem("zade:load", []) is None
    assert problem("zade:laod", []) == "zade has no 'laod'; did you mean 'load'?"
    monkeypatch.setitem(sys.modules, "zade", type("Lazy", (types.ModuleType,), {})("zade"))
    assert problem("zade:laod", []) is None
    monkeypatch.setitem(sys.modules, "zade", None)
    assert problem("zade:load", []) == "there is no module 'zade'"


def test_editable_installs_are_found(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finders on `sys.meta_path` are asked, for packages and for those inside of namespaces."""

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> Any:
            from importlib.util import spec_from_file_location

            places = {"zedit": "zitanic", "zitanic.zedit": "zitanic/data"}
            if name not in places:
                return None
            return spec_from_file_location(name, project / places[name] / "__init__.py")

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, object(), Finder])
    assert problem("zedit.model:load", []) is None
    assert problem("zedit.modle:load", []) == (
        "there is no module 'zedit.modle'; did you mean 'zedit.model'?"
    )
    assert problem("zitanic.zedit.frames:holdout", [str(project)]) is None


def test_resolve_imports_what_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, dotted names and submodules resolve; a missing one raises AttributeError."""
    (tmp_path / "zesolve").mkdir()
    (tmp_path / "zesolve" / "__init__.py").write_text("class Model:\n    limit = 3\n")
    (tmp_path / "zesolve" / "part.py").write_text("thing = 4\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve("zesolve:Model.limit") == 3
    assert resolve("zesolve.part:thing") == 4
    assert resolve("zesolve:part") is sys.modules["zesolve.part"]
    assert resolve("os.path:join") is __import__("os").path.join
    with pytest.raises(AttributeError, match="laod"):
        resolve("zesolve:laod")


class Factory:
    """A class that is called, although its instances are subjects."""

    def __init__(self, depth: int = 3) -> None:
        self.depth = depth

    def predict(self, rows: Any) -> Any:
        """Do nothing."""

    def __call__(self) -> str:
        """Do nothing that a model's call would."""
        return "called"


class Maker:
    """A callable that is no model."""

    def __call__(self, *, seed: int = 0) -> str:
        """Make something."""
        return f"made {seed}"


@pytest.mark.parametrize(
    ("factory", "made"),
    [
        (lambda: "made", "made"),
        (lambda seed=1, *, size=2: (seed, size), (1, 2)),
        (functools.partial(lambda path: path, "x"), "x"),
        (Maker(), "made 0"),
        (list, []),
    ],
    ids=["function", "defaults", "partial", "instance", "builtin class"],
)
def test_factories_are_called(factory: object, made: object) -> None:
    """What needs no argument makes the subject."""
    assert build(factory) == made


def test_a_class_is_called_even_if_it_predicts() -> None:
    """A class stands for its instance; that a class has `predict` says what it makes."""
    made = build(Factory)
    assert isinstance(made, Factory)
    assert made.depth == 3


@pytest.mark.parametrize(
    "subject",
    [
        lambda df: df,
        lambda X, y=None: X,
        lambda *args: args,
        lambda seed=0, *args: args,
        lambda **options: options,
        functools.partial(lambda X, y: X, 1),
        Factory(),
        types.SimpleNamespace(columns=()),
        dict,
        3,
        None,
    ],
    ids=str.split("score train args defaults-args kwargs partial model data no-signature int none"),
)
def test_subjects_are_returned_unchanged(subject: object) -> None:
    """What takes arguments, predicts or is not callable is a subject itself."""
    assert build(subject) is subject


@pytest.mark.parametrize("name", ["predict", "transform", "__array__", "columns"])
def test_callable_models_and_data_are_not_called(name: str) -> None:
    """An object that predicts, transforms or holds data is no factory, callable or not."""
    subject = type("Subject", (Maker,), {name: None})()
    assert build(subject) is subject


def test_annotations_need_not_exist() -> None:
    """A factory annotated with what only type checkers import is called all the same."""

    def load() -> OnlyForTypeCheckers:  # type: ignore[name-defined]  # noqa: F821
        return "made"

    assert build(load) == "made"
