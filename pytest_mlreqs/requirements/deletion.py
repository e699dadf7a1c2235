"""deletion: everyone who asks to be forgotten is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pytest_mlreqs.core.measurement import DeclarationError, Measurement
from pytest_mlreqs.core.provided import Project
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.forgetting.rehearsal.places import GIVEN, Retained, misnamed, names
from pytest_mlreqs.forgetting.traces.refusal import refused

_Function = Callable[..., Any]
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
    ] = ("ids", "state")
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
        stores = names(self.stores)
        problems = [
            f"refuses the store {name!r}: {why}"
            for name, location in stores.items()
            if not location.startswith(GIVEN) and (why := self._refused(location))
        ]
        places = (*self.ignore, *(one.where for one in self.retain))
        problems += misnamed(self.expect_empty, places, list(stores))
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
        model = ("load", "data") if _MODEL & set(self.layers) else ()
        given = ("sandbox",) if any(one.startswith(GIVEN) for one in self.stores) else ()
        return ("plant", "delete", "rebuild", *model, *given)

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
        self, plant: _Function, delete: _Function, rebuild: _Function, project: Project,
        load: _Function | None = None, data: _Function | None = None,
        sandbox: Mapping[str, Any] | None = None,
    ) -> Iterator[Measurement]:  # fmt: skip
        """Yield one measurement for each part."""
        from pytest_mlreqs.forgetting.rehearsal import retrain
        from pytest_mlreqs.forgetting.rehearsal.functions import Functions, none_of
        from pytest_mlreqs.forgetting.rehearsal.layers import Layers
        from pytest_mlreqs.forgetting.rehearsal.rehearsal import rehearse
        from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
        from pytest_mlreqs.forgetting.rehearsal.stores import by_sort

        lacking = none_of(load=load, data=data) if _MODEL & set(self.parts()) else ""
        parts = [one for one in self.parts() if one not in _MODEL or not lacking]
        if (wrong := none_of(plant=plant, delete=delete, rebuild=rebuild)) or not parts:
            raise DeclarationError(wrong or lacking)
        more_clean = retrain.more_clean if "retrain" in parts else None
        model = (load, data) if _MODEL & set(parts) else (None, None)
        functions = Functions(plant, delete, rebuild, *model)
        files, given = by_sort(names(self.stores), sandbox or {}, self._refused)
        layers = Layers(
            self.layers, self.expect_empty, self.ignore,
            [Retained(one.where, one.why) for one in self.retain],
            residue=self.residue == "report", early=self.until_rebuild == "fail",
        )  # fmt: skip
        with Sandbox(files, project.root, self.env) as copies:
            seen = rehearse(
                functions, copies, given, count=self.people, settle_s=self.settle_s,
                more_clean=more_clean, alike=bool({"ids", "state"} & set(self.layers)),
            )  # fmt: skip
            yield from layers.all(parts, seen, copies, lacking=lacking)

    def plant(
        self, plant: _Function, delete: _Function, rebuild: _Function,
        load: _Function | None = None, data: _Function | None = None,
        sandbox: Mapping[str, Any] | None = None,
    ) -> Iterator[Planted]:  # fmt: skip
        """A deletion that does nothing, one that leaves something behind, and models that keep."""
        from pytest_mlreqs.forgetting.rehearsal.functions import Functions
        from pytest_mlreqs.forgetting.rehearsal.violations import violations

        own = Functions(plant, delete, rebuild, load, data)
        empty = {store: names(self.stores)[store] for store in self.expect_empty}
        return violations(own, self.parts(), empty, sandbox, several=self.people > 1)

    def _refused(self, location: str) -> str | None:
        allowed = self.not_production
        return refused(location, production_env=self.production_env, not_production=allowed)
