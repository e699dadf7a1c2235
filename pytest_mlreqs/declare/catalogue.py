"""catalogue: which kinds of requirement there are, by name, and what each one is about.

A built-in kind is a module in `requirements/`, named like the kind; listing them imports none.
Others come from plugins and conftest.py files through the hook `pytest_mlreqs_kinds`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterable

import msgspec
import msgspec.inspect as types

from pytest_mlreqs import requirements
from pytest_mlreqs.core.provided import parameters
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.rubric import places
from pytest_mlreqs.core.terms import SETTINGS, WORDS
from pytest_mlreqs.declare import notes, options

_WIDTH = 100


class Catalogue:
    """The kinds that can be declared.

    Args:
        others: kinds from elsewhere.

    Raises:
        TypeError: one of the others is no class of a requirement with a `check`.
        ValueError: its name is taken, or it names a place in the ML Test Score that is none.
    """

    def __init__(self, others: Iterable[type[Requirement]] = ()) -> None:
        modules = pkgutil.iter_modules(requirements.__path__)
        self._built_in = [module.name for module in modules if not module.ispkg]
        self._others: dict[str, type[Requirement]] = {}
        for cls in others:
            if not (inspect.isclass(cls) and issubclass(cls, Requirement)):
                raise TypeError(f"pytest_mlreqs_kinds gave {cls!r}, which is no Requirement class")
            if not callable(getattr(cls, "check", None)):
                raise TypeError(f"the kind {cls.kind()!r} ({cls.__qualname__}) has no check method")
            taken = [name for name in cls.__struct_fields__ if name in WORDS]
            if taken:
                raise TypeError(
                    f"the kind {cls.kind()!r} has an option {taken[0]!r}, which every kind has "
                    "already"
                )
            if cls.kind() in SETTINGS:
                raise ValueError(f"the kind {cls.kind()!r} ({cls.__qualname__}) is a setting")
            if cls.kind() in self._built_in or self._others.get(cls.kind(), cls) is not cls:
                raise ValueError(f"the kind {cls.kind()!r} ({cls.__qualname__}) exists already")
            try:
                places(cls.rubric)
            except ValueError as error:
                raise ValueError(f"the kind {cls.kind()!r} has a rubric, and {error}") from None
            self._others[cls.kind()] = cls

    def names(self) -> list[str]:
        """All kinds, built-in ones first."""
        return [*self._built_in, *self._others]

    def pages(self) -> list[str]:
        """All that `explain` has a page of: kinds, and notes of methods that kinds share."""
        return [*self.names(), *notes.names()]

    def load(self, kind: str) -> type[Requirement]:
        """The class of a kind.

        Raises:
            KeyError: there is no such kind.
        """
        if kind in self._others:
            return self._others[kind]
        if kind not in self._built_in:
            raise KeyError(kind)
        module = importlib.import_module(f"{requirements.__name__}.{kind}")
        for thing in vars(module).values():
            if inspect.isclass(thing) and issubclass(thing, Requirement) and thing.kind() == kind:
                return thing
        raise KeyError(kind)

    def summary(self, kind: str) -> str:
        """The first line of a kind's page."""
        return self._page(kind).splitlines()[0]

    def rubric(self, kind: str) -> str:
        """The places of a kind in the ML Test Score."""
        return ", ".join(places(self.load(kind).rubric))

    def explain(self, name: str) -> str:
        """The page of a kind: its docstring, its subjects and its options; or a method note."""
        return self._explained(name) if name in self.names() else notes.explain(name)

    def _explained(self, kind: str) -> str:
        cls = self.load(kind)
        rubric = self.rubric(kind)
        heading = f"{kind}   (ML Test Score: {rubric})" if rubric else kind
        lines = [heading, "=" * len(heading), "", self._page(kind), ""]
        always = parameters(cls.check, optional=False)
        names = [n if n in always else f"{n} (where an option needs it)" for n in cls.subjects()]
        lines += ["Subjects", *(f"    {name}" for name in names), "", "Options"]
        for field in msgspec.structs.fields(cls):
            allowed = options.expected(types.type_info(field.type))
            default = "required" if field.required else f"default {_default(field)}"
            lines += [f"    {field.name}: {allowed} ({default})"]
            meaning = options.description(field.type)
            lines += textwrap.indent(textwrap.fill(meaning, _WIDTH - 8), " " * 8).splitlines()
        return "\n".join([*lines, *notes.links(self._page(kind))])

    def _page(self, kind: str) -> str:
        return inspect.cleandoc(self.load(kind).__doc__ or "(no description)")


def _default(field: msgspec.structs.FieldInfo) -> str:
    made = field.default_factory is not msgspec.NODEFAULT
    value = field.default_factory() if made else field.default
    if value is None or value == {}:
        return "none"
    return options.shown(value)
