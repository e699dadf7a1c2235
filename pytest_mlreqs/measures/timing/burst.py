"""burst: samples taken in a row until each limit is known to be kept or broken.

What a sample is, a call, a pair of calls, a round of them or a new process, only its sampler knows.
Each is above a limit or not, and `sequential` is asked again and again whether the quantile is
within it. What is broken while the machine is busy has to be broken by a margin: see `machine`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.statistics.sequential import decide, enough, missing
from pytest_mlreqs.measures.timing.visits import Visits

BY_FAR = 2.0  # what is broken by this factor needs no more than one further burst

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Limit:
    """What is asked of samples.

    Attributes:
        most: that they may be.
        quantile: of them, which may be no more.
        unit: of both, in words.
        by_far: how many times over it is broken if one further burst is enough to confirm that.
    """

    most: float
    quantile: float = 0.5
    unit: str = " ms"
    by_far: float = BY_FAR


@dataclass(frozen=True, slots=True)
class Plan:
    """How many samples a burst has, and when it is asked what they say.

    Attributes:
        samples: at most.
        seconds: at most, but for those spent waiting for a core.
        name: what samples are called.
        option: which option allows more of them.
        reach: of how many samples `max_seconds` may be asked to be enough for.
        unconfirmed: why a limit is not held to be broken that further samples did not break.
        least: samples that are taken however long they take.
        first: samples before the first look.
        step: samples from look to look, or a twentieth of all.
        slow_s: after which the next look is no more than `step` away.
        pause_ns: from look to look, which cost 40 us.
        blink_ns: in which no limit is broken: that can be one bad moment.
        patient: whether it goes on until it is known that a busy machine does not excuse.
        confirms: whether what is broken has to be so in further bursts.
    """

    samples: int
    seconds: float
    name: str = "calls"
    option: str = ""
    reach: float = math.inf
    unconfirmed: str = "a second burst of calls did not confirm it"
    least: int = 1
    first: int = 40
    step: int = 5
    slow_s: float = math.inf
    pause_ns: int = 0
    blink_ns: int = 0
    patient: bool = True
    confirms: bool = True


class Conditions(Protocol):
    """What the machine did to samples; see `machine`."""

    @property
    def queued(self) -> float:
        """Nanoseconds for which there was no core."""

    @property
    def pooled(self) -> bool:
        """Whether other threads worked along."""

    @property
    def margin(self) -> float:
        """By which factor a limit has to be broken for the machine to be no excuse."""

    def busy(self) -> str:
        """Why nothing is held against the samples; empty if nothing excuses them."""

    def look(self) -> None:
        """Read the counters of this process."""

    def look_around(self) -> None:
        """Read the counters of the others; that takes a while."""


class Sampler(Generic[Key]):
    """Takes the samples of one burst.

    Attributes:
        machine: what it did meanwhile; taking a sample notes its time there.
    """

    machine: Conditions

    def take(self, most: int, keys: Collection[Key]) -> int:
        """Take samples, at most `most`, to learn of these limits; none if there are no more.

        Returns:
            How many it took.
        """
        raise NotImplementedError

    def values(self, key: Key, *, pooled: bool) -> list[float]:
        """What is held to a limit; `pooled`: in some burst, a pool of threads worked along."""
        raise NotImplementedError

    def tally(self, key: Key, margin: float = 1.0) -> tuple[int, int]:
        """How many samples there are, and how many of them are above `margin` times the limit."""
        raise NotImplementedError

    def excuse(self, watched: str) -> str:
        """Why nothing is held against the samples; `watched` is what watches this process."""
        return watched

    def decide(self, key: Key, limit: Limit, alpha: float, margin: float = 1.0) -> bool | None:
        """Whether `margin` times the limit is kept."""
        return decide(*self.tally(key, margin), limit.quantile, alpha)

    def missing(self, key: Key, limit: Limit, alpha: float, name: str) -> tuple[str, int]:
        """What is missing to either answer, and how many samples the likelier one takes."""
        return missing(*self.tally(key), limit.quantile, alpha, name)


class Burst(Generic[Key]):
    """Samples taken in a row until each limit is known to be kept or broken.

    Attributes:
        limits: that are asked for.
        sampler: that took them.
        known: of each limit, whether it is kept, whatever the machine did.
        count: of samples.
        fresh: which of them were made with rows that are new, where somebody tells.
        elapsed: nanoseconds.
    """

    def __init__(
        self, limits: Mapping[Key, Limit], sampler: Sampler[Key], alpha: float, plan: Plan
    ) -> None:
        self.limits, self.sampler, self.alpha, self.plan = limits, sampler, alpha, plan
        self.known: dict[Key, bool | None] = dict.fromkeys(limits)
        self.count = 0
        self.fresh: list[bool] = []
        self.elapsed = 0
        self._open: Collection[Key] = limits.keys()
        self._seconds = 0.0
        self._late = False

    def run(self, clock: Clock, visits: Visits | None, *, stops: bool = True) -> None:
        """Take samples until all is known, if that stops it, or there are no more, or no time."""
        plan, sampler, machine = self.plan, self.sampler, self.sampler.machine
        began = looked = clock.wall()
        next_look, settled = plan.first, False
        while not settled and (new := sampler.take(plan.samples - self.count, self._open)):
            self.count += new
            if visits:
                self.fresh += visits.fresh[-new:]
            now = clock.wall()
            self.elapsed = now - began
            # A busy machine gets as many samples as an idle one.
            self._seconds = (self.elapsed - machine.queued) / 1e9
            if self._seconds >= plan.seconds and self.count >= plan.least:
                self._late = True
                break
            slow = self.elapsed >= plan.slow_s * 1e9 and self.count % plan.step == 0
            if slow or (self.count >= next_look and now - looked >= plan.pause_ns):
                next_look, looked = self.count + max(plan.step, self.count // 20), now
                settled = self._look() and stops
        if not settled:
            self._look()
        machine.look_around()

    def _look(self) -> bool:
        """Whether all is known by now: of what is broken, whether it is by enough, too."""
        machine = self.sampler.machine
        machine.look()
        for key, limit in self.limits.items():
            if self.known[key] is None:  # an answer that was reached once stands
                known = self.sampler.decide(key, limit, self.alpha)
                blink = known is False and self.elapsed < self.plan.blink_ns
                self.known[key] = None if blink else known
        if False in self.known.values():  # else nobody asks yet
            machine.look_around()
        answers = {key: self._kept(key) for key in self.limits} if self.plan.patient else self.known
        self._open = [key for key, kept in answers.items() if kept is None]
        return not self._open

    def refutes(self, key: Key, by: float = 1.0) -> bool:
        """Whether `by` times the limit is broken: by a margin, if the machine was busy."""
        return self._kept(key, by) is False

    def _kept(self, key: Key, by: float = 1.0) -> bool | None:
        """Whether a limit is kept, but for what a busy machine may have done to the samples."""
        known, margin = self.known.get(key), max(by, self.sampler.machine.margin)
        if known is not False or margin == 1:
            return known
        return self.sampler.decide(key, self.limits[key], self.alpha, margin)

    def missing(self, key: Key) -> tuple[str, str]:
        """What is missing to either answer, and the option that gives it."""
        plan = self.plan
        why, needed = self.sampler.missing(key, self.limits[key], self.alpha, plan.name)
        if not self._late:
            return why, enough(plan.option, needed) if plan.option else ""
        count, _ = self.sampler.tally(key)
        fit = needed <= plan.reach
        return why, enough("max_seconds", needed * self._seconds / count) if fit else ""
