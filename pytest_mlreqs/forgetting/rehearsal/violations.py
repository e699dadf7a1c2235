"""violations: deletions that do not do what they should, for each part that must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pytest_mlreqs.core.requirement import Planted
from pytest_mlreqs.forgetting.rehearsal import harm
from pytest_mlreqs.forgetting.rehearsal.functions import Functions
from pytest_mlreqs.forgetting.rehearsal.places import GIVEN
from pytest_mlreqs.forgetting.rehearsal.stores import located


def violations(
    functions: Functions,
    parts: Sequence[str],
    empty: Mapping[str, str],
    sandbox: Mapping[str, Any] | None,
    *,
    several: bool,
) -> Iterator[Planted]:
    """A deletion that does nothing, one that leaves something behind, and models that keep.

    Args:
        functions: the project's own.
        parts: what is proved, such as `ids:app.db`.
        empty: the locations of stores in which people are not expected to show, by their names.
        sandbox: what the fixture gives, if it is asked for.
        several: whether more than one person is planted.
    """
    plant, delete = functions.plant, functions.delete
    layered = [part for part in parts if part.startswith(("ids:", "state:", "residue"))]
    telling = tuple(part for part in layered if part.partition(":")[2] not in empty)
    if telling:
        yield Planted("a deletion that deletes nobody", {"delete": harm.forgetful}, telling)
    layer = "ids" if any(part.startswith("ids:") for part in parts) else "state"
    touched = tuple(part for part in telling if part.startswith(layer))
    if touched and several:
        greedy = harm.Greedy(plant, delete)
        what = "a deletion that also removes people who only look like the deleted"
        yield Planted(what, {"plant": greedy.plant, "delete": greedy.delete}, touched)
    for store, location in empty.items():
        own = tuple(part for part in layered if part.partition(":")[2] == store)
        what = f"a deletion that leaves somebody behind in {store}"
        yield Planted(what, _littered(functions, store, location.removeprefix(GIVEN), sandbox), own)
    if functions.load is not None and functions.data is not None and "artifact" in parts:
        hoard = harm.Hoarding(functions.load, functions.data)
        what = "a model that keeps all rows it ever saw"
        yield Planted(what, {"load": hoard.load}, ("artifact",))
    if functions.load is not None and "retrain" in parts:
        stale = harm.Stale(delete, functions.load)
        what = "a model that is not trained anew after a deletion"
        yield Planted(what, {"load": stale.load, "delete": stale.delete}, ("retrain",))


def _littered(
    functions: Functions, store: str, location: str, sandbox: Mapping[str, Any] | None
) -> dict[str, Callable[..., Any] | Mapping[str, Any]]:
    """Functions that leave somebody behind in a store."""
    litter = harm.Littering(functions.plant, functions.delete, functions.rebuild, store)
    harmed: dict[str, Callable[..., Any] | Mapping[str, Any]] = {
        "plant": litter.plant,
        "delete": litter.delete,
        "rebuild": litter.rebuild,
    }
    if sandbox and location in sandbox and located(sandbox[location]) is None:
        # What only the fixture can change is harmed by what it tells.
        harmed["sandbox"] = {**sandbox, location: litter.told_of(sandbox[location])}
    return harmed
