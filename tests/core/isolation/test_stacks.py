"""The line that is named is the innermost one of the project."""

from __future__ import annotations

import io
import os
import threading

import numpy as np
import pytest

from pytest_mlreqs.core.isolation import child
from pytest_mlreqs.core.isolation.stacks import owner, place

OURS = child.__file__
STDLIB = threading.__file__
LIBRARY = np.__file__
POOL = "/venv/lib/python3.12/site-packages/pool/worker.py"


def stack(*frames, current=True):
    """What faulthandler writes about a thread, innermost frame first."""
    head = "Current thread" if current else "Thread"
    lines = [f'  File "{file}", line {line} in {name}' for file, line, name in frames]
    return "\n".join([f"{head} 0x00007f33 (most recent call first):", *lines, ""])


def told(*stacks):
    """The place that is named."""
    return place(io.BytesIO("\n".join(stacks).encode()))


@pytest.mark.parametrize(
    ("file", "whose"),
    [
        (OURS, "ours"),
        (STDLIB, "stdlib"),
        ("<frozen importlib._bootstrap>", "stdlib"),
        (LIBRARY, "library"),
        ("<__array_function__ internals>", "library"),
        ("/usr/lib/python3/dist-packages/numpy/core.py", "library"),
        ("/home/ann/.local/lib/python3.12/site-packages/shop/a.py", "library"),
        ("/usr/src/app/shop/model.py", "project"),
        (os.path.join(os.path.dirname(OURS), "..", "..", "..", "shop.py"), "project"),
        ("relative.py", "project"),
    ],
)
def test_owner(file, whose):
    """Files are ours, Python's, a library's or the project's."""
    assert owner(os.path.normpath(file)) == whose


def test_the_project_before_libraries():
    """The innermost line of the project is named, though it has called a library."""
    frames = [
        (STDLIB, 1, "wait"), (LIBRARY, 2, "dot"), ("/app/model.py", 3, "score"),
        ("/app/model.py", 4, "predict"), (OURS, 5, "_work"),
    ]  # fmt: skip
    assert told(stack(*frames)) == "; it was at model.py:3, in score"


def test_libraries_where_there_is_no_project():
    """Where none of it is the project's, the innermost line of a library is named."""
    frames = [(STDLIB, 1, "wait"), (LIBRARY, 2, "dot"), (LIBRARY, 3, "predict"), (OURS, 5, "_work")]
    assert told(stack(*frames)) == f"; it was at {os.path.basename(LIBRARY)}:2, in dot"


def test_nobody_is_named():
    """Where all of it is ours and Python's, there is nothing to name."""
    assert told(stack((STDLIB, 1, "wait"), (OURS, 5, "_work"))) == ""
    assert told("") == ""


def test_the_thread_of_the_check_comes_first():
    """Threads that others have started come after the one that checks."""
    others = stack((POOL, 1, "loop"), ("/app/pool.py", 9, "loop"))
    check = stack((LIBRARY, 3, "predict"), (OURS, 5, "_work"), current=False)
    assert told(others, check) == f"; it was at {os.path.basename(LIBRARY)}:3, in predict"


def test_the_thread_that_waits_is_not_named():
    """The test that asked for the check is below the thread that waits for it, and not named."""
    waits = stack((STDLIB, 1, "join"), (OURS, 2, "run"), ("/app/test_model.py", 3, "test_a"))
    check = stack((STDLIB, 1, "wait"), (OURS, 5, "_work"), current=False)
    assert told(waits, check) == ""
