"""clock: what time it is, and who had the cores meanwhile, where the kernel tells."""

from __future__ import annotations

import datetime
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

_TASKS = Path("/proc/self/task")
_STAT = Path("/proc/stat")
_WORKING = (0, 1, 2, 5, 6, 7)  # user, nice, system, irq, softirq, steal: proc_stat(5)


class Clock:
    """The counters of a thread and what is around it, in nanoseconds, and a way to let time go by.

    Linux counts for each thread how long it was ready to run but had no core, and for the machine
    how long its cores worked, while the clock is entered (`with clock`), by the thread that did.
    Elsewhere `counts_waiting` is false, and all that is 0.
    """

    counts_waiting = False

    def __enter__(self) -> Self:
        try:  # the file tells of the thread that opened it, not of the reader
            self._schedstat = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:  # not Linux
            self._schedstat = -1
        self.counts_waiting = self._schedstat >= 0
        return self

    def __exit__(self, *_: object) -> None:
        if self.counts_waiting:
            os.close(self._schedstat)

    wall = staticmethod(time.perf_counter_ns)
    thread = staticmethod(time.thread_time_ns)
    process = staticmethod(time.process_time_ns)
    sleep = staticmethod(time.sleep)

    def seconds(self) -> float:
        """The same as `wall`, in seconds: only differences mean anything."""
        return self.wall() / 1e9

    def now(self) -> datetime.datetime:
        """Date and time, UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    def waited(self) -> int:
        """For how long the thread was ready to run but had no core."""
        return int(os.pread(self._schedstat, 64, 0).split()[1]) if self.counts_waiting else 0

    def all_waited(self) -> int:
        """The same of all threads of the process together; one that ends takes its count along."""
        total = 0
        for task in _TASKS.iterdir() if self.counts_waiting else ():
            with suppress(OSError, IndexError):  # it has ended meanwhile
                total += int((task / "schedstat").read_text(encoding="ascii").split()[1])
        return total

    def worked(self) -> float:
        """For how long the cores of the machine worked, for whomever, on average of them.

        It is counted by the hundredth of a second. What the host took away counts as work.
        """
        if not self.counts_waiting:
            return 0.0
        with suppress(OSError, ValueError, IndexError):
            with _STAT.open(encoding="ascii") as file:
                ticks = [int(word) for word in file.readline().split()[1:]]
            spent = sum(ticks[at] for at in _WORKING)
            return spent * 1e9 / os.sysconf("SC_CLK_TCK") / (os.cpu_count() or 1)
        return 0.0
