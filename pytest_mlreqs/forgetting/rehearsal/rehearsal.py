"""rehearsal: plant people into copies of the stores, have them deleted, and keep what was seen.

Clean, clean once more, planted, the first deleted, all deleted, rebuilt: what these states show is
all that any layer judges by. The user's own functions plant, delete and rebuild. Most people look
like somebody who is deleted before them, and must still be there then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.forgetting.rehearsal.functions import Functions
from pytest_mlreqs.forgetting.rehearsal.run import Run, Seen
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.persons import Person
from pytest_mlreqs.forgetting.traces.search import Search

if TYPE_CHECKING:
    from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox

_POLL_S = 0.5


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
        run = Run(functions, sandbox, given, settle_s)
        return _rehearsed(run, People.mint(count, alike=alike), more_clean)


def _rehearsed(
    run: Run, people: People, more_clean: Callable[[Any, Any, Any], int] | None
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
