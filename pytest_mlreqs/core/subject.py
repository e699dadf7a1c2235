"""subject: what a kind is handed for a parameter that it annotates with a class of subjects.

    def check(self, model: Model, X: Rows): ...

`Model` and `Rows` say themselves how they are made, so that neither the core nor who judges knows
them. A parameter that is annotated in another way, or not at all, gets what the fixture supplies.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from pytest_mlreqs.core.provided import PROVIDED

if TYPE_CHECKING:
    from typing_extensions import Self


class Subject:
    """A subject with manners, made of whatever a fixture supplies."""

    @classmethod
    def of(cls, value: Any, name: str, requirement: object, subjects: Mapping[str, object]) -> Self:
        """The subject.

        Args:
            value: what the fixture supplies.
            name: what the subject is called: `X`.
            requirement: what examines it, with its options.
            subjects: all that it examines, as the fixtures supply them.

        Raises:
            Undecided: such a subject cannot be examined; says why.
            DeclarationError: it is none.
        """
        raise NotImplementedError


def mannered(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a kind, given its annotated subjects as what they are annotated with.

    What is None stays None, as the default of a subject that only some options need. What the
    house provides, and nobody has given, is there as well.
    """
    signature = inspect.signature(method)
    provided = [one for one in PROVIDED.values() if one.name in signature.parameters]

    @functools.wraps(method)
    def handed(self: Any, *args: Any, **named: Any) -> Any:
        given = signature.bind_partial(self, *args, **named)  # the method says what is missing
        for one in provided:
            if one.otherwise is not None and one.name not in given.arguments:
                given.arguments[one.name] = one.otherwise(self.kind())
        subjects = dict(given.arguments)
        for name, cls in _classes(method).items():
            value = subjects.get(name)
            if value is not None and not isinstance(value, Subject):
                given.arguments[name] = cls.of(value, name, self, subjects)
        return method(*given.args, **given.kwargs)

    return handed


@functools.cache
def _classes(method: Callable[..., Any]) -> dict[str, type[Subject]]:
    """The classes of subjects that parameters are annotated with, by the parameters' names."""
    found = {}
    for name, written in inspect.get_annotations(method).items():
        meant = _meant(written, method)
        for one in (meant, *get_args(meant)):  # `Rows | None` means Rows
            if inspect.isclass(one) and issubclass(one, Subject):
                found[name] = one
    return found


def _meant(written: object, method: Callable[..., Any]) -> object:
    """What an annotation means; nothing where it names what is there for type checkers only."""
    if not isinstance(written, str):
        return written
    try:
        return eval(written, method.__globals__)  # noqa: S307  (the module's own words)
    except Exception:  # such a name means nothing here
        return None
