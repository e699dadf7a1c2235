"""The databases that a deletion is tried on."""

from tests.stores import postgresql, redis_url  # noqa: F401
