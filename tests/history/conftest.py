"""The databases that a history is kept in."""

from tests.stores import postgresql  # noqa: F401
