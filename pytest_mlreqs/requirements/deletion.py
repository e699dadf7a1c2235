"""deletion: everyone who asks to be forgotten is gone."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pytest_mlreqs.core.measurement import DeclarationError, Measurement
from pytest_mlreqs.core.provided import Project
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.forgetting.rehearsal.places import GIVEN, Retained, copied, names
from pytest_mlreqs.forgetting.traces.refusal import refused

if TYPE_CHECKING:
    from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
    from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox

_Text = Annotated[str, Meta(min_length=1)]
_Layer = Literal["ids", "state", "artifact", "retrain"]
_MODEL = {"artifact", "retrain"}  # the layers that need the model


class Retain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place that keeps people on purpose."""

    where: Annotated[
        _Text, Meta(description="the place: `store:table`, `store:table.column`, or a glob")
    ]
    why: Annotated[_Text, Meta(description="why people are kept there, such as a law")]


class Deletion(Requirement, frozen=True, kw_only=True):
    """Everyone who asks to be forgotten is gone: from every table, file, cache and model.

    Declare this if people may ask you to delete their data. You give functions that add, delete
    and rebuild, and name the stores. Choose what is to be proven:

        layer      proves                                                     needs
        ids        no cell, key, file or archive tells of them                stores
        state      every table holds what it held before; nobody else is lost stores
        artifact   the model holds none of their names, numbers and rows      load, data
        retrain    the model answers as one that never saw them               load, data

    Why
        Users have a right to be forgotten, and teams forget the second copy: a cache, a log, the
        rows that a model keeps. The ML Test Score asks for a test of it (Breck et al. 2017, Data
        5). Tests of the tables one knows of miss the places one does not.

    Declare
        [tool.mlreqs.subjects]
        plant = "shop.testing:plant"        # (person) -> the id to delete that person by
        delete = "shop.privacy:forget"      # (id)
        rebuild = "shop.pipeline:run"       # (): what is derived from the stores, the model too
        load = "shop.model:load"            # () -> the model       (for artifact and retrain)
        data = "shop.features:training"     # () -> X, y            (for artifact and retrain)

        [tool.mlreqs.deletion]
        stores = ["var/app.db", "var/features/", "postgresql://localhost/shop"]
        layers = ["ids", "state", "artifact", "retrain"]
        env = { SHOP_HOME = "var" }         # so that the functions find the copies
        ignore = ["app.db:audit_log"]
        retain = [{ where = "app.db:invoices", why = "tax law, 10 years" }]

    Measures
        Your functions plant synthetic people into copies of the stores, delete them, and rebuild
        what is derived. The note `rehearsal` tells the steps, and how your own stores are kept
        safe. Each store and layer is a test of its own.

        ids: every cell, key, file and archive is searched for the people's names and numbers in
        all usual spellings. So is the id that `plant` returns, where nobody else can have it (a
        UUID, 20 characters, 16 digits).

        state: every table and file is compared with what it held before, rows in any order. Files
        are compared by content where their names are new on every build. What two clean builds
        disagree on is not compared, nor are times such as updated_at and built_at.

        artifact: the model is walked as pickle would, for names, numbers and whole rows. They are
        searched as they are, and as the model's parts get them when it is asked for them.

        retrain: answers of models are compared. It takes 4 trainings if these repeat themselves,
        and 7 if not. Before it accuses a model that was trained anew, it takes 4 more. X may be a
        frame, an array, a sparse matrix or a list.

        until_rebuild, residue: what the deletion leaves until the last rebuild, and in the pages
        of databases, is reported. With `"fail"` it is judged.

    Verdict
        ids, state, artifact: exact, but undecided where planting left no mark before. They could
        not have failed there. No value of anybody else is searched for, as many people share real
        ones. A row of common numbers counts if nobody else has all of it. What a model holds that
        never saw the people does not count.

        retrain, for trainings that repeat themselves: they must give what they gave before. A
        change has to come again in five.

        retrain, for others: violated if all of five trainings after the deletion lie further
        towards two with the people than all of four without them (a permutation test). Wrong
        alarms: at most 1.6 % of runs. It is undecided where trainings with and without the people
        cannot be told apart. A fixed seed helps.

        If a part of a store needs an extra that is not installed, it is an error, unless people
        are found elsewhere in the store. If one part breaks, the others keep their verdicts.

    Cannot see
        ids: encrypted values, salted hashes, base64 of numbers (`state` sees these). Numbers that
        are rounded or written as differences. One number of 32 bits among a million.

        state: which times and durations a build writes that is skipped while nothing changes. It
        takes them for changes: name them in `ignore`.

        retrain: that a training without a seed does not repeat itself, if it is skipped while
        nothing changes.

        All: backups, and stores on other machines, which are refused. That a real person was
        deleted. With `people = 1`, what becomes of others. What a service that runs already does
        to its own stores. FLUSHDB on another database of Redis. Without a view, files that are no
        stores.
    """

    rubric = ("data 5",)
    alone = True  # servers and their databases are there once
    functions = ("plant", "delete", "rebuild", "load", "data")

    stores: Annotated[
        tuple[_Text, ...],
        Meta(
            min_length=1,
            description="where people may be: files, folders, URLs of databases on this machine, "
            "or `sandbox:NAME` for what the fixture `sandbox` gives",
        ),
    ]
    layers: Annotated[
        tuple[_Layer, ...],
        Meta(
            min_length=1,
            description="what is to be proven. `artifact` and `retrain` need the subjects load and "
            "data.",
        ),
    ] = (
        "ids",
        "state",
    )
    people: Annotated[
        int, Meta(ge=1, le=1000, description="how many synthetic people are planted")
    ] = 16
    expect_empty: Annotated[
        tuple[_Text, ...],
        Meta(
            description="stores, by name, in which people do not show even before the deletion, "
            "such as a log. Else such a store is undecided."
        ),
    ] = ()
    ignore: Annotated[
        tuple[_Text, ...],
        Meta(
            description="places whose state is not compared: `store`, `store:table`, "
            "`store:table.column`, or globs. Name those that change by themselves."
        ),
    ] = ()
    retain: Annotated[
        tuple[Retain, ...],
        Meta(description="places where people are kept on purpose, each with a reason"),
    ] = ()
    env: Annotated[
        dict[str, str],
        Meta(
            description="environment variables by which the functions find the stores. Each holds "
            "a store, or a path in the project, and leads to the copy."
        ),
    ] = msgspec.field(default_factory=dict)
    settle_s: Annotated[
        float,
        Meta(
            ge=0,
            description="seconds to wait after a deletion. Set it if a queue or a job deletes "
            "later.",
        ),
    ] = 0.0
    residue: Annotated[
        Literal["report", "fail", "off"],
        Meta(
            description="what is done about people who are left in free pages and logs of database "
            "files: told, a violation (`fail`), or not looked for (`off`)"
        ),
    ] = "report"
    until_rebuild: Annotated[
        Literal["report", "fail"],
        Meta(
            description="what is done about people who are left until the next rebuild: told, or a "
            "violation (`fail`)"
        ),
    ] = "report"
    production_env: Annotated[
        tuple[_Text, ...],
        Meta(
            description="environment variables that hold locations of production. A store that is "
            "one of these is refused."
        ),
    ] = ()
    not_production: Annotated[
        tuple[_Text, ...],
        Meta(description="stores that are not production although their name says so"),
    ] = ()

    def __post_init__(self) -> None:
        known = list(names(self.stores))
        problems = [
            f"refuses the store {name!r}: {why}"
            for name, location in names(self.stores).items()
            if not location.startswith(GIVEN) and (why := self._refused(location))
        ]
        mentioned = [(name, name) for name in self.expect_empty]
        mentioned += [
            (pattern, pattern.partition(":")[0])
            for pattern in (*self.ignore, *(one.where for one in self.retain))
        ]
        for pattern, name in mentioned:
            if name not in known and not set("*?[") & set(name):
                near = difflib.get_close_matches(name, known, n=1)
                meant = f"; did you mean {near[0]!r}?" if near else f" (stores: {', '.join(known)})"
                problems.append(f"{pattern!r} names no store{meant}")
        if not self.parts():
            problems.append("proves nothing: all stores are ignored")
        if problems:
            raise ValueError("; ".join(problems))

    def parts(self) -> tuple[str, ...]:
        """One for each store and layer of stores, and one for each layer of the model."""
        stores = tuple(names(self.stores))
        ids = [f"ids:{store}" for store in stores if "ids" in self.layers]
        kept = [store for store in stores if store not in self.ignore]
        state = [f"state:{store}" for store in kept if "state" in self.layers]
        model = [layer for layer in ("artifact", "retrain") if layer in self.layers]
        residue = ["residue"] if self.residue == "fail" else []
        return (*ids, *state, *model, *residue)

    def needs(self) -> tuple[str, ...]:
        """The functions, those of the model only for its layers, and what a fixture gives."""
        model = _MODEL & set(self.layers)
        given = any(one.startswith(GIVEN) for one in self.stores)
        return (
            *("plant", "delete", "rebuild"),
            *(("load", "data") if model else ()),
            *(("sandbox",) if given else ()),
        )

    def seconds(self) -> float:
        """At least the time to settle, after each of two deletions."""
        return 2 * self.settle_s

    def prepare(self) -> None:
        """Let the functions run in a view of the project of their own, where there is such."""
        from pytest_mlreqs.forgetting.rehearsal import mounts

        mounts.enter()

    def clean_up(self) -> None:
        """Undo what a check that was ended has made: copies of stores, on disk and on servers."""
        from pytest_mlreqs.forgetting.rehearsal.leftovers import UNDO
        from pytest_mlreqs.forgetting.traces.journal import recover

        recover(UNDO)

    def check(
        self,
        plant: Callable[..., Any],
        delete: Callable[..., Any],
        rebuild: Callable[..., Any],
        project: Project,
        load: Callable[..., Any] | None = None,
        data: Callable[..., Any] | None = None,
        sandbox: Mapping[str, Any] | None = None,
    ) -> Iterator[Measurement]:
        """Yield one measurement for each part."""
        from pytest_mlreqs.forgetting.rehearsal import ends
        from pytest_mlreqs.forgetting.rehearsal.functions import Functions, none_of
        from pytest_mlreqs.forgetting.rehearsal.rehearsal import rehearse
        from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox

        if "retrain" in self.layers:
            from pytest_mlreqs.forgetting.rehearsal import retrain

        model_is_wrong = none_of(load=load, data=data) if _MODEL & set(self.parts()) else ""
        wrong = none_of(plant=plant, delete=delete, rebuild=rebuild)
        parts = [one for one in self.parts() if one not in _MODEL or not model_is_wrong]
        if wrong or not parts:
            raise DeclarationError(wrong or model_is_wrong)
        more_clean = retrain.more_clean if "retrain" in parts else None
        if not _MODEL & set(parts):
            load = data = None
        functions = Functions(plant, delete, rebuild, load, data)
        given = self._given(sandbox or {})
        declared = {k: one for k, one in names(self.stores).items() if not one.startswith(GIVEN)}
        declared |= {k: given.pop(k) for k in list(given) if copied(given[k])}
        with Sandbox(declared, project.root, self.env) as copies:
            seen = rehearse(
                functions, copies, given, count=self.people, settle_s=self.settle_s,
                more_clean=more_clean, alike=bool({"ids", "state"} & set(self.layers)),
            )  # fmt: skip
            warning = "; ".join(copies.notes)  # once, and loudly: it may concern the user's data
            errors: list[Exception] = []  # told once all parts are measured
            for part in sorted(parts, key="retrain".__eq__):  # it builds the stores anew
                found, error = ends.measured(part, self._part(part, seen, copies))
                errors += [error] if error is not None else []
                if found:
                    warnings = "; ".join(filter(None, [found[0].warning, warning]))
                    how = copies.protection if part.startswith(("ids:", "state:")) else ""
                    how = "; ".join(filter(None, [found[0].how, how]))
                    found[0] = replace(found[0], warning=warnings, how=how)
                    warning = ""
                found.sort(key=lambda one: (False, None, True).index(one.ok))
                yield from (_renamed(one, part, copies.named) for one in found)
        errors += [DeclarationError(model_is_wrong)] if model_is_wrong else []
        if errors:
            raise ends.broken(errors)

    def _part(self, part: str, seen: Rehearsal, copies: Sandbox) -> Iterator[Measurement]:
        """What is said of one part."""
        layer, _, store = part.partition(":")
        held = self._held(layer, store, seen)
        if layer == "ids" and held.ok is None:
            for found in (seen.left[store], seen.found[store]):
                if found.extras:
                    raise DeclarationError(f"{store} could not be searched: {found.extras[0]}")
        yield held
        yield from self._beside(layer, store, seen)
        if layer == "retrain":
            copies.compare(whole=True)

    def _held(self, layer: str, store: str, seen: Rehearsal) -> Measurement:
        """What one layer says, where it was asked for before a rebuild as well."""
        from pytest_mlreqs.forgetting.rehearsal import unbuilt

        judge = partial(self._judged, layer, store)
        early = self.until_rebuild == "fail" and layer in ("ids", "state", "artifact")
        return unbuilt.judged(judge, seen) if early else judge(seen)

    def _beside(self, layer: str, store: str, seen: Rehearsal) -> Iterator[Measurement]:
        """What else is said of it: residue, what waits for a rebuild, and what became of others."""
        from pytest_mlreqs.forgetting.rehearsal import others, residue, unbuilt

        if layer in ("ids", "artifact") and self.until_rebuild == "report":
            yield from unbuilt.told(partial(self._judged, layer, store), seen)
        if layer == "ids" and self.residue == "report":
            yield from residue.told(store, seen)
        if layer == "ids" or (layer == "state" and "ids" not in self.layers):
            yield from others.held(store, seen)

    def _judged(self, layer: str, store: str, seen: Rehearsal) -> Measurement:
        """What was seen, as one layer judges it."""
        from pytest_mlreqs.forgetting.rehearsal import artifact, ids, residue, retrain, undo

        empty = store in self.expect_empty
        retained = [Retained(one.where, one.why) for one in self.retain]
        if layer == "ids":
            return ids.held(store, seen, retained, expect_empty=empty)
        if layer == "state":
            ignore = (*self.ignore, *(one.where for one in retained))
            return undo.held(store, seen, ignore, expect_empty=empty)
        if layer == "residue":
            return residue.held(seen)
        return artifact.holds(seen) if layer == "artifact" else retrain.shows(seen)

    def plant(
        self,
        plant: Callable[..., Any],
        delete: Callable[..., Any],
        rebuild: Callable[..., Any],
        load: Callable[..., Any] | None = None,
        data: Callable[..., Any] | None = None,
        sandbox: Mapping[str, Any] | None = None,
    ) -> Iterator[Planted]:
        """A deletion that does nothing, one that leaves something behind, and models that keep."""
        from pytest_mlreqs.forgetting.rehearsal.harm import (
            Greedy,
            Hoarding,
            Littering,
            Stale,
            forgetful,
        )
        from pytest_mlreqs.forgetting.rehearsal.stores import located

        parts = self.parts()
        layered = [part for part in parts if part.startswith(("ids:", "state:", "residue"))]
        told = tuple(p for p in layered if p.partition(":")[2] not in self.expect_empty)
        if told:
            yield Planted("a deletion that deletes nobody", {"delete": forgetful}, told)
        layer = "ids" if "ids" in self.layers else "state"
        touched = tuple(part for part in told if part.startswith(layer))
        if touched and self.people > 1:
            greedy = Greedy(plant, delete)
            what = "a deletion that also removes people who only look like the deleted"
            yield Planted(what, {"plant": greedy.plant, "delete": greedy.delete}, touched)
        for store in self.expect_empty:
            what = f"a deletion that leaves somebody behind in {store}"
            litter = Littering(plant, delete, rebuild, store)
            harmed: dict[str, object] = {
                "plant": litter.plant,
                "delete": litter.delete,
                "rebuild": litter.rebuild,
            }
            location = names(self.stores)[store].removeprefix(GIVEN)
            if sandbox and location in sandbox and located(sandbox[location]) is None:
                # What only the fixture can change is harmed by what it tells.
                harmed["sandbox"] = {**sandbox, location: litter.told_of(sandbox[location])}
            own = tuple(part for part in layered if part.partition(":")[2] == store)
            yield Planted(what, harmed, own)
        if load is not None and data is not None and "artifact" in parts:
            hoard = Hoarding(load, data)
            what = "a model that keeps all rows it ever saw"
            yield Planted(what, {"load": hoard.load}, ("artifact",))
        if load is not None and "retrain" in parts:
            stale = Stale(delete, load)
            what = "a model that is not trained anew after a deletion"
            yield Planted(what, {"load": stale.load, "delete": stale.delete}, ("retrain",))

    def _refused(self, location: str) -> str | None:
        return refused(
            location, production_env=self.production_env, not_production=self.not_production
        )

    def _given(self, sandbox: Mapping[str, Any]) -> dict[str, Any]:
        """The stores of the fixture that are declared, held to the same rules."""
        from pytest_mlreqs.forgetting.rehearsal.stores import absolute, throwaway

        given = {}
        for name, location in names(self.stores).items():
            if not location.startswith(GIVEN):
                continue
            wanted = location.removeprefix(GIVEN)
            if wanted not in sandbox:
                there = ", ".join(map(str, sandbox)) or "nothing"
                raise DeclarationError(f"the fixture sandbox gives no {wanted!r}, but {there}")
            place = sandbox[wanted]
            named = isinstance(place, (str, os.PathLike))
            why = self._refused(os.fspath(place)) if named else None
            if why := why or (None if copied(place) else throwaway(place)):
                raise DeclarationError(f"refuses the store {name!r}: {why}")
            given[name] = place if copied(place) else absolute(place)
        return given


def _renamed(measured: Measurement, part: str, named: Callable[[str], str]) -> Measurement:
    """A measurement of a part, with the user's own names for what is in a sandbox."""
    return replace(
        measured,
        part=part,
        text=named(measured.text),
        how=named(measured.how),
        hint=named(measured.hint),
        warning=named(measured.warning),
        worst=tuple(map(named, measured.worst)),
        details=tuple(map(named, measured.details)),
    )
