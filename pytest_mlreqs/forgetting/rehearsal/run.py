"""run: one rehearsal step by step: what the user's functions do, and what is then to be seen."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.rehearsal.functions import Functions, called
from pytest_mlreqs.forgetting.traces.content import Content
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.persons import Person
from pytest_mlreqs.forgetting.traces.search import Search
from pytest_mlreqs.models.contract import blame

if TYPE_CHECKING:
    from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """One state of the stores.

    Attributes:
        content: of each store by name.
        model: as it was loaded, if it was to be.
        data: X and y as the model was trained on, if they were to be had.
    """

    content: Mapping[str, Content]
    model: Any = None
    data: tuple[Any, Any] | None = None


class Run:
    """Calls the user's functions where the copies are, and looks at these.

    Args:
        functions: the user's own.
        sandbox: where the copies are.
        given: stores that are used as they are.
        settle_s: seconds to wait for a deletion that takes its time.
    """

    def __init__(
        self,
        functions: Functions,
        sandbox: Sandbox,
        given: Mapping[str, object],
        settle_s: float,
    ) -> None:
        self.functions = functions
        self.settle_s = settle_s
        self.sandbox = sandbox
        self.places: dict[str, object] = {**sandbox.places, **given}
        self.known = Known()
        self.given: dict[int, object] = {}  # the ids that planting gave, by the person's number

    def call(self, name: str, *arguments: object) -> Any:
        """Call one of the user's functions where the copies are.

        What the one before has changed of an original is told first.
        """
        self.sandbox.compare(whole=name != self.sandbox.last)
        return self.ask(name, *arguments)

    def ask(self, name: str, *arguments: object) -> Any:
        """Call one without telling what the one before has changed."""
        function: Callable[..., Any] = getattr(self.functions, name)
        self.sandbox.last = name
        with self.sandbox.surroundings():
            try:
                answer = called(function, *arguments, stores=self.places)
            except BaseException as error:
                blame(error, name)
                raise
        if name == "plant" and answer is not None:
            self.given[arguments[0].number] = answer  # type: ignore[attr-defined]
        return answer

    def plant(self, person: Person) -> Any:
        """Plant somebody, and return the id to delete that one by.

        Raises:
            Fault: it raised; for one who looks like another this is said.
        """
        try:
            known = self.call("plant", person)
        except Fault as error:
            if person.like is None:
                raise
            told = "this person's key and numbers begin or end like those of one planted before"
            raise Fault(f"{error}; {told} (people = 1 plants nobody alike)") from error
        return person.id if known is None else known

    def delete(self, people: Iterable[Person], ids: Mapping[Person, Any]) -> None:
        """Have people deleted, each by the id that planting gave."""
        for person in people:
            self.call("delete", ids[person])

    def spared(
        self, people: People, ids: Mapping[Person, Any], before: Mapping[str, Content]
    ) -> dict[str, Search]:
        """Delete those whom others look like, rebuild, and look for everybody then."""
        first = [one for one in people if one.like is None]
        if len(first) == len(people):
            return {}
        self.delete(first, ids)
        # What is deleted later may take others along then.
        self.settled({one.number for one in first}, people, before)
        self.call("rebuild")
        self.content()  # so that of databases no more is searched than what has changed
        return self.searched(people, before)

    def settled(
        self, who: AbstractSet[int], people: People, before: Mapping[str, Content]
    ) -> float:
        """Wait until some people are gone, or no longer; for how many seconds there was to wait."""
        waited, start = 0.0, time.monotonic()
        while waited < self.settle_s:
            found = self.searched(people, before)
            if not any(who & one.people for one in found.values()):
                break
            time.sleep(min(_POLL_S, self.settle_s))
            waited = time.monotonic() - start
        return waited

    def built(self, when: str) -> Seen:
        """Rebuild, and look at what there is then."""
        self.call("rebuild")
        data = self.call("data") if self.functions.data is not None else None
        if data is not None and not (isinstance(data, tuple) and len(data) == 2):
            raise Fault(f"data returned {type(data).__name__} {when}, not a pair of X and y")
        model = self.call("load") if self.functions.load is not None else None
        return Seen(content=self.content(), model=_kept(model), data=data)

    def retrained(self) -> Any:
        """Rebuild, and load the model alone."""
        self.call("rebuild")
        return _kept(self.call("load"))

    def seen(self, data: Any) -> Seen:
        """What there is without a rebuild; no model where a deletion takes it away until then."""
        model = None
        if self.functions.load is not None:
            with contextlib.suppress(Fault):
                model = _kept(self.call("load"))
        return Seen(content=self.content(), model=model, data=data)

    def content(self) -> dict[str, Content]:
        """The content of each store as it is."""
        return {name: stores.content(one, self.known) for name, one in self.places.items()}

    def demand_apart(self, people: People, ids: Mapping[Person, Any]) -> None:
        """Stop where the first one came into a database itself, which no guard keeps people out of.

        Raises:
            DeclarationError: it did; `delete` was asked to remove that one again.
        """
        # Of their own, as the group remembers what was planted until it is first searched for.
        first = People(
            people[:1], mark=people.mark, prefix=people.prefix, small_prefix=people.small_prefix
        )
        for name, url in self.sandbox.originals.items():
            if stores.search(url, first).traces:
                self.ask("delete", ids[first[0]])
                left = bool(stores.search(url, first).traces)
                told = f", and remove the person there whose name is {first[0].name}"
                told = told if left else ""
                raise DeclarationError(
                    f"plant wrote into {name} itself, not into its copy: let it take the place "
                    f"from its parameter `stores` or from the environment (`env`){told}"
                )

    def searched(self, people: People, before: Mapping[str, Content]) -> dict[str, Search]:
        """Look everywhere for people who were made after a state."""
        for number, identity in self.given.items():
            people.recognise(number, identity)
        return {
            name: stores.search(place, people, before[name], self.known)
            for name, place in self.places.items()
        }


def _kept(model: Any) -> Any:
    """The model as it is now: what is loaded once and fitted again in place is still another."""
    try:
        return copy.deepcopy(model)
    except Exception:  # what cannot be copied is mostly loaded anew each time
        return model
