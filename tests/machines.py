"""A machine whose clock only moves when work is done on it, for engines that time calls."""

import itertools

MS = 1_000_000


class Machine:
    """A clock; a call takes its milliseconds times the machine's slowness, and waits for a core.

    In the works named by `pools` one more thread works along, and has no core for a time that is
    `others` times that of the work. `neighbours` is how many cores of two are at work for other
    processes.
    """

    counts_waiting = True

    def __init__(self, slow=None, waiting=0.0, pools=(), others=0.0, neighbours=0.0):
        self.slow = slow or itertools.repeat(1.0)
        self.waiting = waiting
        self.pools = pools
        self.others = others
        self.neighbours = neighbours
        self.now = self.cpu = self.queued = self.along = self.along_queued = 0
        self.slept = 0.0
        self.order = []

    def works(self, name, milliseconds):
        """A function that takes so many milliseconds for a call, one after the other."""
        plan = iter(milliseconds)

        def call(given):
            self.order.append(name)
            work = next(plan) * next(self.slow) * MS
            self.now += int(work + self.waiting * MS)
            self.cpu += int(work)
            self.queued += int(self.waiting * MS)
            if name in self.pools:
                self.along += int(work)
                self.along_queued += int(self.others * work)

        return call

    def wall(self):
        return self.now

    def thread(self):
        return self.cpu

    def process(self):
        return self.cpu + self.along

    def waited(self):
        return self.queued

    def all_waited(self):
        return self.queued + self.along_queued

    def worked(self):
        return (self.process() + self.neighbours * self.now) / 2

    def sleep(self, seconds):
        self.slept += seconds

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """There is nothing to give back."""
