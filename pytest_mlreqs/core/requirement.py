"""requirement: what every kind of requirement is.

A kind is one frozen class. Its fields are the options that may stand in its TOML table, its
docstring is its page in the catalogue, the parameters of `check` name the subjects it examines,
and `check` yields measurements. Its name in TOML is the class name in snake_case.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from pytest_mlreqs.core.measurement import Measurement
from pytest_mlreqs.core.provided import BODY, PROVIDED, parameters
from pytest_mlreqs.core.subject import mannered


@dataclass(frozen=True, slots=True)
class Planted:
    """A violation planted on purpose, to prove that a requirement can fail.

    Attributes:
        what: the violation in words: `predict sleeps 80 ms on every 10th call`.
        subjects: the harmed stand-ins by subject name; the user's own objects stay untouched.
        parts: the parts of the requirement that must notice; all of them, if none is named.
    """

    what: str
    subjects: Mapping[str, object]
    parts: tuple[str, ...] = ()


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of requirement with its options.

    A subclass (written `class Calibration(Requirement, frozen=True, kw_only=True)`) defines

    * fields: the TOML options; constraints and a description go into `Annotated[..., Meta(...)]`;
    * `check(self, model, X, ...)`: yields measurements. The parameters name subjects. It imports
      no pytest, prints nothing, catches nothing and changes no subject. A parameter annotated with
      a class of subjects (`model: Model, X: Rows`) gets an object of it. A subject that only some
      options need has a default, and `needs` says when it is fetched. Parameters called `project`,
      `past`, `clock`, `label` and `body` are no subjects: `core.provided` says what they are, and
      `plant` may have them as well;
    * `plant(self, model, X, ...)`: yields `Planted` violations of the requirement, each of which
      `check` must notice. `pytest --mlreqs-prove` runs them;
    * `rubric`: its places in the ML Test Score (Breck et al. 2017), such as `("monitoring 6",)`; or
      one as a text;
    * `prepare(self)`: changes the process that a check has of its own, before any thread is started
      there. It must not raise;
    * `clean_up(self)`: undoes what a check has made outside its process and its folder, where the
      check did not come to its end. It is called in a process of its own;
    * `alone`: whether it measures the machine, so that no other such check may run beside it;
    * `functions`: the subjects that are functions for `check` to call. Named by an import path, one
      is handed over as it is, where another that needs no argument would be called to get at it;
    * `supplied`: the fixtures that options name for a subject, such as `relative_to = "champion"`;
    * `parts`: the tests it is collected as, where one check answers several questions.
    """

    rubric: ClassVar[str | tuple[str, ...]] = ()
    alone: ClassVar[bool] = False
    functions: ClassVar[tuple[str, ...]] = ()
    check: ClassVar[Callable[..., Iterable[Measurement]]]
    plant: ClassVar[Callable[..., Iterable[Planted]]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in ("check", "plant"):
            method = vars(cls).get(name)
            if inspect.isfunction(method):
                setattr(cls, name, mannered(method))

    @classmethod
    def kind(cls) -> str:
        """The word for this kind in TOML tables, node ids and the catalogue."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def subjects(cls) -> tuple[str, ...]:
        """The names of the subjects that `check` examines with whatever options, in order."""
        return tuple(name for name in parameters(cls.check) if name not in PROVIDED)

    def needs(self) -> tuple[str, ...]:
        """The names of the subjects that `check` examines with these options, in order.

        Those without a default in its signature. A kind that has others says here when its options
        ask for them; nobody else has to supply them. The body of a test is named here as well, as
        only a test has one.
        """
        names = parameters(type(self).check, optional=False)
        return tuple(name for name in names if name == BODY or name not in PROVIDED)

    def supplied(self) -> Mapping[str, str]:
        """The fixtures that options name for a subject: `relative_to = "champion"`."""
        return {}

    def parts(self) -> tuple[str, ...]:
        """The names of the tests that these options make, or none if it is one test.

        `check` runs once for all of them, and tells each measurement's `part`.
        """
        return ()

    def seconds(self) -> float:
        """How long `check` may take, where its options tell; the default `timeout_s` follows."""
        return 0.0
