"""targets: what an import path such as `titanic.model:load` names, looked up before it is imported.

A misspelt path has to be told when the session starts, and importing the user's code there, with
scikit-learn and more, may take seconds. So modules are located, their source is read, and nothing
is executed until a check needs the subject. The address of an endpoint is a subject itself.
"""

from __future__ import annotations

import ast
import difflib
import functools
import inspect
import operator
import pkgutil
import symtable
import sys
import types
import urllib.parse
import warnings
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder

if sys.version_info >= (3, 14):  # annotations, which may name what is not there, are evaluated
    from annotationlib import Format

    _signature = functools.partial(inspect.signature, annotation_format=Format.STRING)
else:
    _signature = inspect.signature

URLS = ("http://", "https://")
_SUBJECT_ATTRIBUTES = ("predict", "transform", "__array__", "columns")  # models and data


def problem(target: str, search: Sequence[str]) -> str | None:
    """One sentence saying why `target` cannot be imported, or None; nothing is imported.

    Modules are looked for where an import would, and then in the directories `search`. Of a dotted
    attribute (`Class.method`) only the first part is looked up. Wherever only running the module
    would tell which names it has, the name is taken to be there. An endpoint is not called.
    """
    if target.startswith(URLS):
        return None if _has_host(target) else f"'{target}' names no host"
    module, _, attribute = target.partition(":")
    if not all(map(str.isidentifier, [*module.split("."), *attribute.split(".")])):
        return f"'{target}' does not have the form 'package.module:name'"

    spec, prefix = ModuleSpec("", None), ""  # what the top-level modules are in
    spec.submodule_search_locations = [*sys.path, *search]
    for part in module.split("."):
        found = _find(prefix + part, spec)
        if found is None:
            return f"there is no module '{prefix}{part}'{_nearest(part, spec, prefix=prefix)}"
        spec, prefix = found, f"{prefix}{part}."

    name = attribute.split(".")[0]
    try:
        names = _names(module, spec)
    except (SyntaxError, ValueError) as error:  # ValueError: not in its encoding, or null bytes
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        return f"{module} does not compile: {where}{getattr(error, 'msg', error)}"
    if names is None or name in names or _find(prefix + name, spec):
        return None
    return f"{module} has no '{name}'{_nearest(name, spec, names)}"


def resolve(target: str) -> object:
    """Import and return what `target` names; the address of an endpoint names itself."""
    if target.startswith(URLS):
        return target
    module, _, attribute = target.partition(":")
    # As `from module import name` does, this imports the name too where it is a submodule.
    imported = __import__(module, fromlist=[attribute.split(".")[0]])
    return operator.attrgetter(attribute)(imported)


def build(thing: object) -> object:
    """Call `thing` if it is a factory: a class or a function that can be called without argument.

    Anything else is a subject itself and returned unchanged: a scoring function `score(df)` and a
    training function `train(X, y)` need their arguments, `*args` and `**kwargs` are there to take
    some, and an object that predicts, transforms or holds data may be callable (as PyTorch modules
    are) without being a factory.
    """
    is_subject = any(hasattr(thing, name) for name in _SUBJECT_ATTRIBUTES)
    if not callable(thing) or (is_subject and not inspect.isclass(thing)):
        return thing
    try:
        parameters = _signature(thing).parameters.values()
    except (TypeError, ValueError):  # some of C have none
        return thing
    optional = all(parameter.default is not parameter.empty for parameter in parameters)
    return thing() if optional else thing


def _has_host(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # no such port, or half an IPv6 address
        return False


def _find(name: str, parent: ModuleSpec) -> ModuleSpec | None:
    """Return the spec of a module, found without importing its parent package."""
    if name in sys.modules:
        if (loaded := sys.modules[name]) is None:  # set so to block the import
            return None
        spec = ModuleSpec(name, None)  # its own may be missing: `__main__`, modules made by hand
        spec.submodule_search_locations = getattr(loaded, "__path__", None)
        return spec
    # Under its full name, a namespace package would look up its parent in `sys.modules`.
    found = PathFinder.find_spec(name.rpartition(".")[2], _locations(parent))
    if found is None:  # built in, frozen, or of an editable install
        path = _locations(parent) if "." in name else None
        finders = (finder for finder in sys.meta_path if hasattr(finder, "find_spec"))
        found = next(filter(None, (finder.find_spec(name, path) for finder in finders)), None)
    return found


def _locations(package: ModuleSpec) -> list[str]:
    return list(package.submodule_search_locations or ())


def _names(name: str, spec: ModuleSpec) -> set[str] | None:
    """Return the names that a module binds, or None where only running it would tell."""
    if name in sys.modules:
        loaded = sys.modules[name]
        names = set(vars(loaded)) if type(loaded) is types.ModuleType else None
    else:  # without a loader it is a namespace package, which has nothing but submodules
        names = _bound(spec) if spec.loader else set()
    return None if names is None or "__getattr__" in names else names


def _bound(spec: ModuleSpec) -> set[str] | None:
    """Return the names that a module's source binds at its top level, in whichever block."""
    get_source = getattr(spec.loader, "get_source", None)
    try:
        source = get_source(spec.name) if get_source else None
        if source is None:  # an extension
            return None
        with warnings.catch_warnings():  # about the user's code, which is not what is checked here
            warnings.simplefilter("ignore")
            nodes = ast.walk(ast.parse(source))
            table = symtable.symtable(source, spec.name, "exec")
    except (ImportError, RecursionError, MemoryError):  # unreadable, or nested too deeply to parse
        return None
    for node in nodes:
        if isinstance(node, ast.alias) and node.name == "*":
            return None
        if isinstance(node, ast.Name) and node.id in ("globals", "exec"):
            return None
    return {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_declared_global()
    }


def _nearest(word: str, package: ModuleSpec, names: Iterable[str] = (), prefix: str = "") -> str:
    modules = (module.name for module in pkgutil.iter_modules(_locations(package)))
    near = difflib.get_close_matches(word, {*names, *modules}, n=1)
    return f"; did you mean '{prefix}{near[0]}'?" if near else ""
