"""Tests of pytest_mlreqs.forgetting.rehearsal.functions."""

import functools

from pytest_mlreqs.forgetting.rehearsal.functions import called

STORES = {"app.db": "/copies/app.db"}


def test_plainly():
    """A function without a parameter `stores` is called with its arguments only."""
    assert called(lambda *arguments: arguments, 1, 2, stores=STORES) == (1, 2)
    assert called(lambda: "none", stores=STORES) == "none"


def test_with_stores():
    """One that has it is told the places, by position or by name, also where others wrap it."""

    def asking(who, stores):
        return who, stores

    def by_name(who, *, stores=None):
        return who, stores

    for function in (asking, by_name, functools.partial(asking), functools.wraps(asking)(by_name)):
        assert called(function, 1, stores=STORES) == (1, STORES)


def test_the_places_are_a_copy():
    """Whatever a function does to what it is told, the next one is told the same."""
    places = dict(STORES)
    called(lambda stores: stores.clear(), stores=places)
    assert places == STORES


def test_functions_of_c():
    """What has no signature is called all the same."""
    assert called(dict.fromkeys, "a", stores=STORES) == {"a": None}
    assert called(iter, [1], stores=STORES).__next__() == 1
