"""erased: the quick door to deletion, for a test of one's own: somebody is there, and then is not.

def test_forget(mlreqs_erased, shop):
    (ann,) = mlreqs_erased.people()
    shop.sign_up(ann.name, ann.email, id=ann.id)
    mlreqs_erased.assert_present(shop.users, "var/cache", shop.model)
    shop.forget(ann.id)
    mlreqs_erased.assert_absent(shop.users, "var/cache", shop.model)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_mlreqs.core.measurement import Measurement, described
from pytest_mlreqs.core.verdict import Verdict
from pytest_mlreqs.forgetting.rehearsal import ids, stores
from pytest_mlreqs.forgetting.rehearsal.places import names
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.persons import Person
from pytest_mlreqs.forgetting.traces.refusal import is_url, refused
from pytest_mlreqs.forgetting.traces.search import Search, Trace
from pytest_mlreqs.report import text

_NOTHING = Seen(content={})


class Erased:
    """Synthetic people, and whether they are anywhere; the fixture `mlreqs_erased`.

    A place is a path of a file or folder, the URL of a database, a frame, a model or any other
    object, or a function that yields what there is. It sees neither what is left in the pages of a
    database, nor whether others were deleted as well: the requirement `deletion` does.
    """

    def __init__(self) -> None:
        self._groups: list[People] = []
        self._seen: list[dict[str, tuple[Trace, ...]]] = []  # of each group, by place

    def people(self, count: int = 1) -> tuple[Person, ...]:
        """New persons, of whom nobody has ever heard; give their values to your own code."""
        group = People.mint(count)
        self._groups.append(group)
        self._seen.append({})
        return tuple(group)

    def assert_present(self, *places: Any) -> None:
        """Fail unless each of the places tells of somebody: else it could not fail later."""
        __tracebackhide__ = True
        self._demand(places)
        missing = []
        for name, place in _named(places):
            found = [self._search(name, place, group) for group in self._groups]
            for seen, one in zip(self._seen, found, strict=True):
                if one.traces:
                    seen[name] = one.traces
            if not any(one.traces for one in found):
                unsearched = (f"not searched: {why}" for why in found[0].unsearched)
                missing.append(f"{name} ({'; '.join([found[0].searched, *unsearched])})")
        if missing:
            told = ", ".join(missing)
            pytest.fail(f"none of the people are found in {told}", pytrace=False)

    def assert_absent(self, *places: Any) -> None:
        """Fail if any of the places tells of anybody, or could not be searched, or could not fail.

        In words: `1 of 1 deleted people are still in var/cache`, and where and how.
        """
        __tracebackhide__ = True
        self._demand(places)
        if not all(self._seen):
            why = "call assert_present(...) before the deletion: so far nobody was found anywhere"
            pytest.fail(f"this could not have failed; {why}", pytrace=False)
        measured = [one for name, place in _named(places) for one in self._left(name, place)]
        if not all(one.ok for one in measured):
            verdict = Verdict(name="erased", kind="deletion", measurements=tuple(measured))
            pytest.fail(text.failure(verdict, ""), pytrace=False)

    def _demand(self, places: tuple[Any, ...]) -> None:
        __tracebackhide__ = True
        if not self._groups or not places:
            what = "give the places to search" if self._groups else "ask for people(...) first"
            pytest.fail(f"this could not have failed; {what}", pytrace=False)

    def _left(self, name: str, place: Any) -> Iterator[Measurement]:
        """One measurement for each group of people."""
        path = isinstance(place, (str, os.PathLike)) and not is_url(os.fspath(place))
        gone = path and any(name in seen for seen in self._seen) and not os.path.exists(place)
        for group, seen in zip(self._groups, self._seen, strict=True):
            before = seen.get(name) or tuple(one for some in seen.values() for one in some)
            left = Search(searched="nothing") if gone else self._search(name, place, group)
            yield ids.held(
                name,
                Rehearsal(
                    people=group,
                    clean=(),
                    planted=_NOTHING,
                    deleted=_NOTHING,
                    found={name: Search(before)},
                    left={name: left},
                ),
                (),
            )

    @staticmethod
    def _search(name: str, place: Any, people: People) -> Search:
        __tracebackhide__ = True
        location = stores.located(place) or ""
        why = refused(location) if is_url(location) else None
        if why is not None:
            pytest.fail(f"refuses {name}: {why}", pytrace=False)
        if location and not stores.there(location):  # a slip of the pen would always be clean
            return Search((), (f"{name}: No such file or folder",), "nothing")
        try:
            return stores.search(place, people)
        except Exception as error:
            return Search((), (described(error),), "nothing")


def _named(places: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Each place with what it is called: a path as given, an object by its type and position."""
    for position, place in enumerate(places, 1):
        if isinstance(place, (str, os.PathLike)):
            path = os.fspath(place)
            yield next(iter(names([path]))) if is_url(path) else path, place  # without a password
        else:
            told = getattr(place, "__qualname__", type(place).__name__)
            yield told if len(places) == 1 else f"{told} (place {position})", place
