"""sending: make calls at times that were drawn beforehand, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.core import clock

MOST_AT_ONCE = 128  # calls without an answer yet, and so threads
_LEAD_NS = 20_000_000  # from the start to when a call can be due


def arrivals(count: int, rate_per_s: float, *, seed: int) -> list[int]:
    """When calls are due, in nanoseconds: a Poisson process of exactly this rate.

    Given how many there are in a time, they are uniform in it; so `count` calls take
    `count / rate_per_s` seconds whatever is drawn.
    """
    drawn = np.random.default_rng(seed).random(count) * (count / rate_per_s * 1e9)
    return [int(ns) for ns in np.sort(drawn)]


@dataclass(frozen=True, slots=True)
class Sent:
    """One call, in nanoseconds of the clock."""

    row: int
    due: int
    began: int
    ended: int
    cpu: int = 0  # of the thread that made it


class Clock(clock.Clock):
    """The counters of the process, and the threads that calls are made from."""

    def waited(self) -> int:
        """For how long threads were ready to run but had no core, all threads together."""
        return self.all_waited()

    def play(
        self, call: Callable[[Any], Any], planned: Sequence[tuple[int, int, Any]]
    ) -> list[Sent]:
        """Make calls when they are due, and wait for all answers.

        Args:
            call: takes an input; may be called from many threads.
            planned: nanoseconds after the start, position and input of each call.

        Returns:
            The calls in order. Those that would have been more than `MOST_AT_ONCE` without an
            answer, and all after them, are missing.
        """

        def made(row: int, due: int, given: Any) -> Sent:
            began, cpu = self.wall(), self.thread()
            call(given)
            return Sent(row, due, began, self.wall(), self.thread() - cpu)

        sent: list[Future[Sent]] = []
        unanswered: set[Future[Sent]] = set()
        with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="mlreqs-call") as pool:
            start = self.wall() + _LEAD_NS
            for offset, row, given in planned:
                while (left := start + offset - self.wall()) > 0:
                    self.sleep(left / 1e9)
                answered = {future for future in unanswered if future.done()}
                unanswered -= answered
                broken = any(future.exception() for future in answered)
                if broken or len(unanswered) == MOST_AT_ONCE:
                    break
                sent.append(pool.submit(made, row, start + offset, given))
                unanswered.add(sent[-1])
            wait(sent)
        return [future.result() for future in sent]
