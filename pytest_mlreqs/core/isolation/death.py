"""death: who is to blame for a check whose process has ended in the middle.

Native code that gets no memory does not raise: it aborts, or crashes at the null it was given. That
is the memory limit and not the subject, where the process was near its limit or its last words say
that it got no memory.
"""

from __future__ import annotations

import os
import re
import signal
from typing import IO

_NEAR = 0.8  # of what a check may use: the allocation that failed has not been counted
_LAST_LINES, _LAST_BYTES = 6, 4_000  # an abort is the last that a process writes of
_NO_MEMORY = re.compile(  # C++, Rust, the C library, and Python where it cannot go on
    rb"std::bad_alloc|bad_array_new_length|memory allocation of \d+ bytes failed|MemoryError"
    rb"|cannot allocate memory|out of memory|unable to allocate|failed to allocate"
    rb"|(memory )?allocation (failed|failure)|insufficient memory|memory exhausted",
    re.IGNORECASE,
)


def blamed(
    exitcode: int | None, grown_mib: float, may_mib: int, output: IO[bytes], place: str
) -> dict[str, str]:
    """The field of an `Outcome` and its sentence.

    Args:
        exitcode: of the process; None if it still was there, below 0 where a signal ended it.
        grown_mib: MiB by which its memory had grown at its peak.
        may_mib: MiB by which it may grow.
        output: what it printed.
        place: where it was, in words.
    """
    if exitcode is None:
        return {"fault": f"the check did not come back: it closed the pipe to its session{place}"}
    if exitcode >= 0:
        ended = f"the check did not come back: its process was ended by os._exit({exitcode})"
        return {"fault": ended + place}
    name = signal.Signals(-exitcode).name
    if -exitcode == signal.SIGKILL:
        why = "most often because the machine ran out of memory: let a check use less of it"
        return {"limit": f"the process was killed ({name}), {why} (max_memory_mib){place}"}
    died = "aborted" if -exitcode == signal.SIGABRT else "crashed"
    near = grown_mib >= _NEAR * may_mib
    if near or _NO_MEMORY.search(_last_words(output)):
        had = f" when it had taken {grown_mib:.0f} MiB" if near else ""
        return {
            "limit": f"the process {died} ({name}){had}, as native code does when it gets no "
            f"memory: a check may use {may_mib} MiB, allow more (max_memory_mib){place}"
        }
    return {"fault": f"the process {died} ({name}){place}"}


def _last_words(output: IO[bytes]) -> bytes:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _LAST_BYTES))
    return b"\n".join(output.read().strip().splitlines()[-_LAST_LINES:])
