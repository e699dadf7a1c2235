"""terms: the terms on which a requirement is judged, whatever its kind."""

from __future__ import annotations

import importlib.util
from typing import Annotated, Literal

import msgspec

_USUAL_S = 60.0
NO_SQLALCHEMY = 'a history by URL needs an extra: pip install "pytest-mlreqs[sql]"'
_ROOM = 1.5  # of what options ask for: first calls, and the machine's other work


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms on which a requirement is judged; in [tool.mlreqs] for all, in a table for one."""

    timeout_s: Annotated[
        Annotated[float, msgspec.Meta(gt=0)] | None,
        msgspec.Meta(
            description="seconds after which a check is ended, and undecided. Without it 60, or "
            "1.5 times what options such as max_seconds ask for."
        ),
    ] = None
    max_memory_mib: Annotated[
        int,
        msgspec.Meta(
            gt=0, description="most MiB that a check may allocate beyond the session's memory"
        ),
    ] = 8192
    isolation: Annotated[
        Literal["process", "none"],
        msgspec.Meta(
            description="where a check runs: in a child process, or (`none`) in pytest's own. "
            "Models on a GPU need `none`."
        ),
    ] = "process"
    undecided: Annotated[
        Literal["warn", "fail"],
        msgspec.Meta(description="what an undecided verdict does: a warning, or a failure"),
    ] = "warn"
    history: Annotated[
        Annotated[str, msgspec.Meta(min_length=1)] | None,
        msgspec.Meta(
            description="where each run is kept: a file that outlives the run, or a URL for "
            "SQLAlchemy. Without it, .mlreqs/history.sqlite keeps what is compared over runs, and "
            "nothing else is kept."
        ),
    ] = None
    series: Annotated[
        str,
        msgspec.Meta(
            description="name of this project in the history. Needed if other projects share it."
        ),
    ] = ""

    def __post_init__(self) -> None:
        place = self.history or ""
        if ("://" in place or "$" in place) and not self.series:
            raise ValueError('a history that is shared needs a name: series = "churn"')
        if "://" in place and not has_sqlalchemy():
            raise ValueError(NO_SQLALCHEMY)

    def limit_s(self, asked: float) -> float:
        """Seconds after which a check is ended, given the seconds that its options ask for."""
        return max(_USUAL_S, _ROOM * asked) if self.timeout_s is None else self.timeout_s


def has_sqlalchemy() -> bool:
    """Whether SQLAlchemy is there."""
    return importlib.util.find_spec("sqlalchemy") is not None


TERMS = tuple(Terms.__struct_fields__)
SETTINGS = ("subjects", "accept", "tests", *TERMS)  # what may stand beside kinds
WORDS = ("id", "uses", *TERMS)  # what may stand in any kind's table beside its own options
