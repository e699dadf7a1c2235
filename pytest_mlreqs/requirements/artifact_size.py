"""artifact_size: a stored model is no larger than it may be."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.evidence import Column, Table
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import (
    MIB,
    DeclarationError,
    Measurement,
    described,
    number,
    undecided,
)
from pytest_mlreqs.core.provided import Project
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.models.harm.loading import Ballasted, Swollen

_NAME = "size of the model"
_IDENTITY = Identity(id="size", of="model", option="max_mib")


class ArtifactSize(Requirement, frozen=True, kw_only=True):
    """The stored model is no larger than a registry, an image or a phone takes.

    Declare this if something has to take the model in: a registry, an image, a phone. Name the
    stored file with `path`. Without it, the model itself is pickled and counted.

    Why
        A model is downloaded by every instance that starts, and grows unnoticed: deeper trees, a
        vocabulary, training data that an estimator kept. What serving costs is to be watched like
        quality (Breck et al. 2017, Monitoring 6).

    Declare
        [tool.mlreqs.artifact_size]
        max_mib = 50
        path = "models/churn.joblib"    # as it is stored; else the model, pickled

    Measures
        With `path`, the bytes of the file, or of all files in the folder. A relative path starts
        from the folder of the pyproject.toml that declares it. Without `path`, the bytes of the
        model pickled by protocol 5, not compressed. They are counted and written nowhere.

    Verdict
        Exact. If the model cannot be pickled, it is undecided. If nothing is at the path, it is an
        error.

        A violation shows the largest files, members of an archive (.zip, .skops, .keras, .pt), or
        attributes and steps by their pickled size. What two of them share counts in both.

    Cannot see
        What a model fetches when it is loaded; how much memory it takes then (see `memory`).
    """

    rubric = ("monitoring 6",)

    max_mib: Annotated[
        float, Meta(gt=0, description="largest size of the stored model, in MiB (1,048,576 bytes)")
    ]
    path: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(
            description="stored file or folder, relative to the folder of this file. Without it, "
            "the model is pickled and counted. Set it if the model is stored in another format."
        ),
    ] = None

    def needs(self) -> tuple[str, ...]:
        """The model, unless it is stored somewhere."""
        return ("model",) if self.path is None else ()

    def check(self, project: Project, model: Any = None) -> Iterator[Measurement]:
        """Yield one measurement."""
        from pytest_mlreqs.measures.memory import size

        path: str | None = None
        if self.path is None:
            try:
                value, how = size.pickled(model), "pickled by protocol 5, not compressed"
            except Exception as error:  # whatever an object's own pickling raises
                why = f"the model cannot be pickled: {described(error)}"
                yield undecided(
                    _NAME, why, hint="store it, and name the file with `path`", **_IDENTITY
                )
                return
        else:
            path = str(project.path(self.path)) if model is None else os.fspath(model)
            if not os.path.exists(path):
                raise DeclarationError(
                    f"there is no {self.path} in {project}: store the model "
                    "before the tests run, or write `path` relative to that folder"
                )
            value, how = size.stored(path), f"the bytes of {self.path}"
        held = at_most(_NAME, value / MIB, self.max_mib, "MiB", how=how, **_IDENTITY)
        if held.ok is not False:
            yield held
            return
        parts = size.parts(model) if path is None else size.stored_parts(path)
        hint = "prune it, or store it in a compressed form"
        if parts:  # of those that hold the most, the innermost
            most = [name for name, one in parts if 2 * one > value] or [parts[0][0]]
            hint = f"look at {most[-1]} first"
        yield dataclasses.replace(held, hint=hint, evidence=(_table(parts, value),))

    def plant(self, model: Any = None) -> Iterator[Planted]:
        """A model with ballast; a file that is larger than allowed and takes no room."""
        size = int(1.25 * self.max_mib * MIB) + 1024
        if self.path is None:
            what = f"the model carries {number(size / MIB)} MiB more"
            yield Planted(what, {"model": Ballasted(model, size)})
        else:
            what = f"{self.path} has {number(size / MIB)} MiB"
            yield Planted(what, {"model": Swollen(size)})


def _table(parts: list[tuple[str, int]], whole: int) -> Table:
    return Table(
        title="parts of the model",
        columns=(Column("part"), Column("size", "MiB"), Column("share", "%", digits=0)),
        rows=tuple((name, size / MIB, 100 * size / whole) for name, size in parts),
        header=False,
        bars=1,
    )
