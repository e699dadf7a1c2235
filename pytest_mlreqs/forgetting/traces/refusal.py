"""refusal: which stores nobody may plant people into, told from the location alone.

Test suites have wiped production. So a store must be on this machine by its very name: nothing is
looked up, nothing is contacted, and what cannot be told is refused.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

FILES = ("sqlite", "duckdb", "file")
SERVERS = ("postgresql", "postgres", "mysql", "mariadb", "redis")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")  # two letters at least: C:\ is a drive
_PRODUCTION = re.compile(r"(?<![a-z])prod(uction)?(?![a-z])|(?<![a-z])prd(?![a-z])|(?<![a-z])live$")
_HOST_WORDS = ("host", "hostaddr", "unix_socket", "service", "servicefile", "passfile")


def is_url(location: str) -> bool:
    """Whether a location is a URL, else it is a path."""
    return _SCHEME.match(location) is not None


def refused(
    location: str,
    *,
    environ: Mapping[str, str] = os.environ,
    production_env: Iterable[str] = (),
    not_production: Iterable[str] = (),
) -> str | None:
    """Why a store must not be touched, in words without its password; None where it may be.

    Args:
        location: a path or a URL.
        environ: the environment.
        production_env: names of variables that hold the locations of stores in production.
        not_production: locations that are no production although they are called so. No word
            makes a store on another machine one of this.
    """
    for name in production_env:
        value = environ.get(name, "")
        if value and _same(location, value):
            return f"it is what ${name} says, the store in production"
    if is_url(location):
        try:
            parts = urlsplit(location)
            elsewhere = _elsewhere(parts)
        except ValueError:
            return "it is no URL that can be read"
        if elsewhere:
            return elsewhere
        named = [unquote(parts.path), *(word for word, _ in _query(parts)), *_values(parts)]
        named.append(parts.hostname or "")
    elif location.startswith(("\\\\", "//")):
        return "it is a path on another machine"
    else:
        named = [location]
    if location not in not_production and any(map(_production, named)):
        return "its name says production; if it is not, list it under not_production"
    return None


def _elsewhere(parts: SplitResult) -> str | None:
    scheme = parts.scheme.lower().partition("+")[0]
    if scheme in FILES:
        if parts.netloc not in ("", "localhost"):
            return f"a file has no host, and it names {parts.hostname!r}"
        path = unquote(parts.path)
        if path.startswith(("////", "/\\\\", "\\\\")) or (scheme == "file" and path[:2] == "//"):
            return "it is a path on another machine"
        if re.match(r"/?[a-zA-Z]{2,}:", path):  # file:, md: and other ways out
            return "a URL within a URL may lead anywhere"
        return None
    if scheme not in SERVERS:
        return f"there is no way to copy stores at {parts.scheme}://"
    hosts = [parts.hostname or ""]
    netloc = parts.netloc.rpartition("@")[2]
    if "," in netloc:
        return "it names several hosts"
    for word, value in _query(parts):
        if word.lower() in _HOST_WORDS:
            if word.lower() not in ("host", "hostaddr", "unix_socket"):
                return f"something else decides where it leads ({word})"
            if not value.startswith("/"):  # a socket is on this machine
                hosts.append(value)
            elif not hosts[0]:
                hosts = [*hosts[1:], "localhost"]
    _ = parts.port  # raises where it is none
    for host in hosts:
        if not host:
            return "it names no host, so the environment decides where it leads"
        if not _loopback(host):
            return f"{host} is not this machine"
    return None


def _loopback(host: str) -> bool:
    """Whether a host is this machine by its name alone; `127.1` and the like are read by nobody."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _query(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True)


def _values(parts: SplitResult) -> list[str]:
    return [value for _, value in _query(parts)]


def _production(name: str) -> bool:
    """`shop_prod`, `production.db`, `app-PROD-2`; not `products` or `reproduction`."""
    return _PRODUCTION.search(name.lower()) is not None


def _same(one: str, other: str) -> bool:
    """Whether two locations are one, however they are spelt."""
    return _plain(one) == _plain(other)


def _plain(location: str) -> tuple[object, ...]:
    if not is_url(location):
        return (os.path.realpath(location),)
    parts = urlsplit(location)
    scheme = {"postgres": "postgresql"}.get(parts.scheme.partition("+")[0].lower())
    kind = scheme or parts.scheme.partition("+")[0].lower()
    host = parts.netloc.rpartition("@")[2].lower()
    if kind in FILES:
        return (os.path.realpath(unquote(parts.path).removeprefix("/")),)
    return (kind, host, unquote(parts.path).rstrip("/"))
