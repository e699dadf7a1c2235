"""rest: spare what is measured what is not its own, the session's garbage and who watches it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.tracers import excuse, resting


@contextmanager
def at_rest(clock: Clock | None = None) -> Iterator[tuple[Clock, str]]:
    """Spare samples what is not theirs: the session's garbage, coverage, debuggers and profilers.

    Yields the counters, and why nothing is held against the samples, where something cannot rest.
    """
    with clock or Clock() as counters, frozen_garbage(), resting() as awake:
        yield counters, excuse(awake)


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Keep the collector on for what the calls make, but spare it the session's own objects.

    Unlike a collection beforehand, this costs microseconds. What somebody froze stays frozen.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
