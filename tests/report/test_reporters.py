"""The list of reporters is all that the session and the command line know of them."""

from __future__ import annotations

import inspect

import pytest

from pytest_mlreqs.report import reporters

TAKES = {"properties": "record", "section": "results", "closing": "results", "write": "results"}


@pytest.mark.parametrize("function", TAKES)
def test_what_the_session_calls(function):
    """Each function that the session calls is there, and takes what it is called with."""
    found = reporters.each(function)
    assert found
    for one in found:
        assert list(inspect.signature(one).parameters) == [TAKES[function]]


def test_nothing_that_the_session_does_not_call():
    """A reporter has no public function that nobody would call, such as a misspelt one."""
    for name in reporters.REPORTERS:
        module = inspect.getmodule(vars(reporters)["_module"](name))
        own = [f for f, of in vars(module).items() if inspect.isfunction(of) and f[0] != "_"]
        assert set(own) <= set(TAKES), name


def test_options():
    """Every option of a reporter says what it is for, and belongs to this plugin."""
    options = reporters.options()
    assert "--mlreqs-json" in options
    for flag, words in options.items():
        assert flag.startswith("--mlreqs-")
        assert words["help"]


def test_a_reporter_of_ones_own(monkeypatch):
    """A module that joins the list has its options and its functions called."""
    one = type("one", (), {"OPTIONS": {"--mlreqs-x": {"help": "x"}}, "write": staticmethod(print)})
    module = vars(reporters)["_module"]
    monkeypatch.setattr(reporters, "_module", lambda name: one if name == "one" else module(name))
    monkeypatch.setattr(reporters, "REPORTERS", (*reporters.REPORTERS, "one"))
    assert reporters.options()["--mlreqs-x"] == {"help": "x"}
    assert reporters.each("write")[-1] is print
