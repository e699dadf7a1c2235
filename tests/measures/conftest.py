"""The databases that searches and rehearsals are tried on."""

from tests.stores import postgresql, redis_url, url, write  # noqa: F401
