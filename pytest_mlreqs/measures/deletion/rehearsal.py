"""rehearsal: plant people into copies of the stores, have them deleted, and keep what was seen.

Clean, clean once more, planted, deleted: what each of the four states shows is all that any layer
judges by. The user's own functions do the planting, the deletion and the rebuilding.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.measurement import DeclarationError, Fault, described
from pytest_mlreqs.measures.deletion import stores
from pytest_mlreqs.measures.deletion.functions import Functions, called
from pytest_mlreqs.measures.traces.content import Content
from pytest_mlreqs.measures.traces.known import Known
from pytest_mlreqs.measures.traces.people import People, Person
from pytest_mlreqs.measures.traces.search import Search

if TYPE_CHECKING:
    from pytest_mlreqs.measures.deletion.sandbox import Sandbox

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
        settled_s: how long after the deletion the stores were asked, where there was to wait.
        places: the places of the copies by store, for whoever looks further while they are there.
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
    settled_s: float = 0.0
    places: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    planted_again: Any = None
    retrained: Callable[[], Any] | None = None


def rehearse(
    functions: Functions,
    sandbox: Sandbox,
    given: Mapping[str, object],
    *,
    count: int,
    settle_s: float = 0.0,
    more_clean: Callable[[Any, Any, Any], int] | None = None,
) -> Rehearsal:
    """Run through a deletion within an open sandbox.

    Args:
        functions: of the user.
        sandbox: with copies of the stores.
        given: further stores by name, which a fixture gave and which are no copies.
        count: how many people.
        settle_s: how long to wait for people to be gone who are still found.
        more_clean: how many clean states are needed beyond two, given two models and X.

    Raises:
        Fault: a function raised; which, and why.
        DeclarationError: one changed a store itself, or tried to.
        Undecided: a store itself was changed by one or by another process.
    """
    # All of it is inside, also the time in between: what a function started in a thread finds the
    # copies whenever it gets there.
    with sandbox.inside():
        return _rehearsed(_Run(functions, sandbox, given), count, settle_s, more_clean)


def _rehearsed(
    run: _Run, count: int, settle_s: float, more_clean: Callable[[Any, Any, Any], int] | None
) -> Rehearsal:
    clean = [run.built("before anybody was planted") for _ in range(2)]
    extra = 0
    if more_clean is not None and clean[0].data is not None:
        extra = more_clean(clean[0].model, clean[1].model, clean[0].data[0])
        clean += [run.built("before anybody was planted") for _ in range(extra)]
    before = clean[-1].content
    people = People.mint(count)
    ids = []
    for person in people:
        ids.append(run.call("plant", person))
        if len(ids) == 1:
            run.demand_apart(people, ids)
    planted = run.built("after people were planted")
    found = run.searched(people, before)
    planted_again = run.retrained() if extra else None
    run.delete(people, ids)
    deleted = run.built("after people were deleted")
    left, settled_s = run.searched(people, before), 0.0
    start = time.monotonic()
    while any(one.traces for one in left.values()) and settled_s < settle_s:
        time.sleep(min(_POLL_S, settle_s))
        left, settled_s = run.searched(people, before), time.monotonic() - start
    if settled_s:
        deleted = run.built("after people were deleted")
        left = run.searched(people, before)
    return Rehearsal(
        people=people,
        clean=tuple(clean),
        planted=planted,
        deleted=deleted,
        found=found,
        left=left,
        settled_s=settled_s,
        places=run.places,
        notes=run.sandbox.notes,
        planted_again=planted_again,
        retrained=run.retrained,
    )


class _Run:
    def __init__(self, functions: Functions, sandbox: Sandbox, given: Mapping[str, object]) -> None:
        self.functions = functions
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
            except (Exception, SystemExit) as error:
                raise Fault(f"{name} raised {described(error)}") from error
        if name == "plant" and answer is not None:
            self.given[arguments[0].number] = answer  # type: ignore[attr-defined]
        return answer

    def delete(self, people: Iterable[Person], ids: Iterable[object]) -> None:
        """Have people deleted, each by the id that planting gave."""
        for person, known in zip(people, ids, strict=True):
            self.call("delete", person.id if known is None else known)

    def built(self, when: str) -> Seen:
        """Rebuild, and look at what there is then."""
        self.call("rebuild")
        data = self.call("data") if self.functions.data is not None else None
        if data is not None and not (isinstance(data, tuple) and len(data) == 2):
            raise Fault(f"data returned {type(data).__name__} {when}, not a pair of X and y")
        return Seen(
            content={name: stores.content(one, self.known) for name, one in self.places.items()},
            model=_kept(self.call("load")) if self.functions.load is not None else None,
            data=data,
        )

    def retrained(self) -> Any:
        """Rebuild, and load the model alone."""
        self.call("rebuild")
        return _kept(self.call("load"))

    def demand_apart(self, people: People, ids: list[object]) -> None:
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
                self.ask("delete", first[0].id if ids[0] is None else ids[0])
                left = bool(stores.search(url, first).traces)
                told = f", and remove who is there now by the name of {first[0].name}"
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
