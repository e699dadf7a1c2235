"""option_groups: the options that several kinds have, each with its one description.

A kind writes `method: Method | None = None`: which of them it has and the default are its affair.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

PREPROCESSING = "preprocessing"
PREVIOUS = "previous"  # the subject, and the fixture unless another one is named

Reason = Annotated[
    str, Meta(min_length=1, description="why it is required. It is shown with a failure.")
]
Method = Annotated[
    str,
    Meta(
        min_length=1,
        description="method of the model that is called, such as `predict`. Set it if the service "
        "calls another one than the usual: the README lists those. A function is called itself.",
    ),
]
CallRows = Annotated[
    int, Meta(ge=1, description="rows of X in one call. Raise it if the service scores batches.")
]
MostRows = Annotated[
    int,
    Meta(
        ge=1,
        description="most rows of X that are used, drawn at random with a fixed seed. Raise it if "
        "the message says so. Set it lower if the model is slow.",
    ),
]
Warmup = Annotated[
    int,
    Meta(
        ge=0,
        le=1_000_000,
        description="calls that are made before any counts. Raise it if the model gets quicker "
        "with its first calls, or fills a cache or a buffer with them.",
    ),
]
Threads = Annotated[
    int,
    Meta(
        ge=1,
        description="threads of each pool of BLAS and OpenMP while calls are timed. Without it, as "
        "they are. Set 1 if a busy machine leaves the verdict undecided.",
    ),
]
RelativeTo = Annotated[
    str,
    Meta(
        description="what a call is compared with. `preprocessing`: the first steps of the same "
        "pipeline. `previous`, or the name of another fixture: a model, such as the one in "
        "service.",
        examples=[PREPROCESSING, PREVIOUS],
    ),
]
MaxSeconds = Annotated[
    float,
    Meta(
        ge=0.1,
        description="most seconds of one series of calls. Raise it if calls are slow and the "
        "verdict is undecided.",
    ),
]
ShowValues = Annotated[
    bool,
    Meta(
        description="whether messages show the values and the groups of people. Without it, "
        "positions and sizes."
    ),
]
