"""rehearsal: plant people into copies of the stores, have them deleted, and keep what was seen.

Clean, clean once more, planted, the first deleted, all deleted, rebuilt: what these states show is
all that any layer judges by. The user's own functions plant, delete and rebuild. Most people look
like somebody who is deleted before them, and must still be there then.
"""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was seen of a deletion.

    Attributes:
        people: who was planted and deleted.
        clean: states that nobody was planted into, each built anew: two of them, or more where the
            first two disagree on what the model says.
        planted, deleted: the states with the people in, and after their deletion.
        found: where people were found in the planted state, by store.
        left: where they were found after their deletion.
        spared: where they were found once only those were deleted whom others look like; nothing
            where nobody looks like another.
        kept: the state after everybody was deleted and before anything was rebuilt.
        lingering: where they were found then.
        last: the numbers of those who were deleted since the rebuild before.
        settled_s: how long after the deletion the stores were asked, where there was to wait.
        places: the places of the copies by store, for those that look further while they are there.
        notes: what a person should know of the run.
        planted_again: the model of the planted state trained once more, where there are more clean
            states than two.
        retrained: trains once more after the deletion, and gives the model; the stores are built
            anew by it, so whatever looks at these comes first.
    """

    people: People
    clean: tuple[Seen, ...]
    planted: Seen
    deleted: Seen
    found: Mapping[str, Search]
    left: Mapping[str, Search]
    spared: Mapping[str, Search] = field(default_factory=dict)
    kept: Seen = field(default_factory=lambda: Seen(content={}))
    lingering: Mapping[str, Search] = field(default_factory=dict)
    last: frozenset[int] = frozenset()
    settled_s: float = 0.0
    places: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    planted_again: Any = None
    retrained: Callable[[], Any] | None = None

    @property
    def sooner(self) -> str:
        """What else to try where people are left: to ask for them later. Empty where it was."""
        return "" if self.settled_s else "; if the functions only queue the work: settle_s = 10"

    def unbuilt(self) -> Rehearsal:
        """What would have been seen had nothing been rebuilt after the last deletion."""
        return replace(self, deleted=self.kept, left=self.lingering)


def rehearse(
    functions: Functions,
    sandbox: Sandbox,
    given: Mapping[str, object],
    *,
    count: int,
    settle_s: float = 0.0,
    more_clean: Callable[[Any, Any, Any], int] | None = None,
    alike: bool = True,
) -> Rehearsal:
    """Run through a deletion within an open sandbox.

    Args:
        functions: of the user.
        sandbox: with copies of the stores.
        given: further stores by name, which a fixture gave and which are no copies.
        count: how many people.
        settle_s: how long to wait for people to be gone who are still found.
        more_clean: how many clean states are needed beyond two, given two models and X.
        alike: whether to plant people who look like others, and to delete these first.

    Raises:
        Fault: a function raised; which, and why.
        DeclarationError: one changed a store itself, or tried to.
        Undecided: a store itself was changed by one or by another process.
    """
    # All of it is inside, also the time in between: what a function started in a thread finds the
    # copies whenever it gets there.
    with sandbox.inside():
        run = _Run(functions, sandbox, given, settle_s)
        return _rehearsed(run, People.mint(count, alike=alike), more_clean)


def _rehearsed(
    run: _Run, people: People, more_clean: Callable[[Any, Any, Any], int] | None
) -> Rehearsal:
    clean = [run.built("before anybody was planted") for _ in range(2)]
    extra = 0
    if more_clean is not None and clean[0].data is not None:
        extra = more_clean(clean[0].model, clean[1].model, clean[0].data[0])
        clean += [run.built("before anybody was planted") for _ in range(extra)]
    before = clean[-1].content
    ids: dict[Person, Any] = {}
    for person in people:
        ids[person] = run.plant(person)
        if len(ids) == 1:
            run.demand_apart(people, ids)
    planted = run.built("after people were planted")
    found = run.searched(people, before)
    planted_again = run.retrained() if extra else None
    spared = run.spared(people, ids, before)
    last = frozenset(one.number for one in people if one.like is not None or not spared)
    run.delete([one for one in people if one.number in last], ids)
    settled_s = run.settled(last, people, before)
    kept = run.seen(planted.data)
    lingering = run.searched(people, before)
    deleted = run.built("after people were deleted")
    return Rehearsal(
        people=people,
        clean=tuple(clean),
        planted=planted,
        deleted=deleted,
        found=found,
        left=run.searched(people, before),
        spared=spared,
        kept=kept,
        lingering=lingering,
        last=last,
        settled_s=settled_s,
        places=run.places,
        notes=run.sandbox.notes,
        planted_again=planted_again,
        retrained=run.retrained,
    )


class _Run:
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
