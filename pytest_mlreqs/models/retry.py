"""retry: how long a service asks its callers to wait, and whether a check has the time.

A limit on the rate of requests (429) is a rule of the service, and no fault of the model behind it.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import number

TOO_MANY, UNAVAILABLE = 429, 503
_SHARE = 0.4  # of the time of a check: who waits for longer is taken for hanging
_LONGEST_S = 120.0  # where nothing limits the time
_TRIES = 5  # at a service that is unavailable; then it is so for good
_SPENT = struct.Struct("d")

_sleep = time.sleep


def asked_s(answer: Any, tries: int) -> float | None:
    """Seconds to wait before the request is sent again; None where that is of no use.

    `Retry-After` holds seconds or a date: RFC 9110, 10.2.3. Without it, a little longer each time.

    Args:
        answer: an httpx.Response.
        tries: how often the request was sent again already.
    """
    after = _retry_after(answer.headers.get("retry-after", ""))
    limited = answer.status_code == TOO_MANY
    if after is None:
        return 2.0**tries if limited else None
    if limited or (answer.status_code == UNAVAILABLE and tries < _TRIES):
        return max(after, 0.1 * 2.0**tries)
    return None


def advice(pause_s: float, *, timed: bool) -> str:
    """What to do where a check cannot wait for so long, in words."""
    if timed:
        return (
            "it accepts no more requests, and timed calls cannot wait: let it accept more from "
            "a check, or make fewer (max_calls, rate_per_s)"
        )
    return (
        f"the request is to be sent again in {number(pause_s)} s, and the check has no time "
        "for that: let it accept more from a check, send fewer (rows), or allow more time "
        "(timeout_s)"
    )


class Patience:
    """What a check may wait for one service, all its processes together."""

    def __init__(self) -> None:
        self._spent = mmap.mmap(-1, _SPENT.size)  # forks of this process write here, too

    def wait(self, seconds: float) -> bool:
        """Wait, if there is time for it; whether there was."""
        (spent,) = _SPENT.unpack(self._spent[:])
        if spent + seconds > min(_LONGEST_S, _SHARE * (time_left.left_s() + spent)):
            return False
        self._spent[:] = _SPENT.pack(spent + seconds)
        _sleep(seconds)
        return True


def _retry_after(text: str) -> float | None:
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:  # there is none, or it is none
        return None
    date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return max(0.0, (date - datetime.now(timezone.utc)).total_seconds())
