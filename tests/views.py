"""Whether tests can have mounts of their own on this machine."""

import pytest

from pytest_mlreqs.core.isolation import CAN_FORK, run_apart
from pytest_mlreqs.forgetting.rehearsal import mounts


def _available():
    if not CAN_FORK:
        return False
    outcome = run_apart(
        lambda: [mounts.available()], timeout_s=20, max_memory_mib=500, prepare=mounts.enter
    )
    return outcome.values == (True,)


VIEWS = _available()
needs_views = pytest.mark.skipif(not VIEWS, reason="this kernel gives us no mounts of our own")
