"""layers: what each layer says of what was seen of a deletion, in a store or in the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pytest_mlreqs.core.evidence import renamed
from pytest_mlreqs.core.measurement import DeclarationError, Measurement
from pytest_mlreqs.forgetting.rehearsal import (
    artifact,
    ends,
    ids,
    others,
    residue,
    retrain,
    unbuilt,
    undo,
)
from pytest_mlreqs.forgetting.rehearsal.places import Retained
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox

_EARLY = ("ids", "state", "artifact")  # what can be judged before a rebuild


@dataclass(frozen=True, slots=True)
class Layers:
    """What is proved, and what does not count.

    Attributes:
        declared: the layers.
        expect_empty: names of stores in which people are not expected to show.
        ignore: patterns of tables and columns that do not count.
        retained: places that may keep people, with why.
        residue: whether what is left in the pages of databases is reported beside the stores.
        early: whether what waits for a rebuild is judged, rather than reported.
    """

    declared: Sequence[str]
    expect_empty: Sequence[str]
    ignore: Sequence[str]
    retained: Sequence[Retained]
    residue: bool
    early: bool

    def all(
        self, parts: Sequence[str], seen: Rehearsal, copies: Sandbox, *, lacking: str = ""
    ) -> Iterator[Measurement]:
        """What is said of each part; whatever breaks in one, the others keep their verdicts.

        Args:
            parts: such as `ids:app.db`.
            seen: what was seen of the deletion.
            copies: where that was.
            lacking: what is wrong with the functions of parts that are not measured, if anything.

        Raises:
            Exception: what broke, once all parts are measured.
        """
        warning = "; ".join(copies.notes)  # once, and loudly: it may concern the user's data
        errors: list[Exception] = []
        for part in sorted(parts, key="retrain".__eq__):  # it builds the stores anew
            found, error = ends.measured(part, self.part(part, seen, copies))
            errors += [error] if error is not None else []
            if found:
                warnings = "; ".join(filter(None, [found[0].warning, warning]))
                how = copies.protection if part.startswith(("ids:", "state:")) else ""
                how = "; ".join(filter(None, [found[0].how, how]))
                found[0] = replace(found[0], warning=warnings, how=how)
                warning = ""
            found.sort(key=lambda one: (False, None, True).index(one.ok))
            yield from (_renamed(one, part, copies.named) for one in found)
        errors += [DeclarationError(lacking)] if lacking else []
        if errors:
            raise ends.broken(errors)

    def part(self, part: str, seen: Rehearsal, copies: Sandbox) -> Iterator[Measurement]:
        """What is said of one part."""
        layer, _, store = part.partition(":")
        judge = partial(self._judged, layer, store)
        held = unbuilt.judged(judge, seen) if self.early and layer in _EARLY else judge(seen)
        if layer == "ids" and held.ok is None:
            for found in (seen.left[store], seen.found[store]):
                if found.extras:
                    raise DeclarationError(f"{store} could not be searched: {found.extras[0]}")
        yield held
        yield from self._beside(layer, store, seen)
        if layer == "retrain":
            copies.compare(whole=True)

    def _beside(self, layer: str, store: str, seen: Rehearsal) -> Iterator[Measurement]:
        """What else is said of it: residue, what waits for a rebuild, and what became of others."""
        if layer in ("ids", "artifact") and not self.early:
            yield from unbuilt.told(partial(self._judged, layer, store), seen)
        if layer == "ids" and self.residue:
            yield from residue.told(store, seen)
        if layer == "ids" or (layer == "state" and "ids" not in self.declared):
            yield from others.held(store, seen)

    def _judged(self, layer: str, store: str, seen: Rehearsal) -> Measurement:
        """What was seen, as one layer judges it."""
        empty = store in self.expect_empty
        if layer == "ids":
            return ids.held(store, seen, self.retained, expect_empty=empty)
        if layer == "state":
            ignore = (*self.ignore, *(one.where for one in self.retained))
            return undo.held(store, seen, ignore, expect_empty=empty)
        if layer == "residue":
            return residue.held(seen)
        return artifact.holds(seen) if layer == "artifact" else retrain.shows(seen)


def _renamed(measured: Measurement, part: str, named: Callable[[str], str]) -> Measurement:
    """A measurement of a part, with the user's own names for what is in a sandbox."""
    return replace(
        measured,
        part=part,
        text=named(measured.text),
        how=named(measured.how),
        hint=named(measured.hint),
        warning=named(measured.warning),
        evidence=tuple(renamed(one, named) for one in measured.evidence),
    )
