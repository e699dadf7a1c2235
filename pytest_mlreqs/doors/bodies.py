"""bodies: the body of a marked test, to be run again with all that the test has."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_mlreqs.core.measurement import Fault, described

ASYNC = (
    "the body of an async test cannot be judged; give its work to the fixture: "
    "mlreqs.enforce({!r}, body=lambda: asyncio.run(...), ...)"
)
_CAPTURING = {"capsys", "capsysbinary"}


def again(function: Callable[..., Any], funcargs: Mapping[str, object]) -> Callable[[], Any]:
    """The body of a test that has passed, as a function without arguments.

    Args:
        function: the test's.
        funcargs: the fixtures that the test has, of which it is given those that it names.
    """
    names = inspect.signature(function).parameters
    given = {name: funcargs[name] for name in names if name in funcargs}
    streams = (sys.stdout, sys.stderr) if _CAPTURING & funcargs.keys() else None

    def body() -> Any:
        try:
            with contextlib.ExitStack() as stack:
                if streams is not None:  # a check has streams of its own
                    stack.enter_context(contextlib.redirect_stdout(streams[0]))
                    stack.enter_context(contextlib.redirect_stderr(streams[1]))
                return function(**given)
        except (Exception, pytest.skip.Exception, pytest.fail.Exception) as error:
            raise Fault(
                f"the test's body passed, but raised when it was run again: {described(error)}: "
                "it must bear "
                'to be repeated, in a process of its own unless isolation = "none"'
            ) from error

    return body


def goes_on(item: pytest.Function, then: Callable[[Callable[..., Any]], None]) -> bool:
    """Let a method of a unittest.TestCase end with `then(method)`; whether it is one.

    unittest raises nothing of what a method did, and when it returns it has torn down what the
    body needs.
    """
    test_case = getattr(sys.modules.get("unittest"), "TestCase", None)
    if test_case is None or item.cls is None or not issubclass(item.cls, test_case):
        return False
    method = item.obj

    @functools.wraps(method)
    def longer() -> Any:
        value = method()
        then(method)
        return value

    @functools.wraps(method)
    async def longer_async() -> None:
        await method()
        then(method)

    if inspect.iscoroutinefunction(method):  # pytest leaves these to unittest, which looks here
        setattr(item.instance, item.name, longer_async)
    else:
        item.obj = longer
    return True
