"""sandbox: copies of the user's stores, laid out as the originals are, and gone afterwards.

Nothing is ever planted into a store itself. Whoever works within the sandbox finds the copies by
the same relative paths, by environment variables, or by asking for their places.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_mlreqs.measurement import Fault, described
from pytest_mlreqs.measures.deletion import stores
from pytest_mlreqs.measures.deletion.filed import BESIDE
from pytest_mlreqs.measures.traces.databases import copies, redis
from pytest_mlreqs.measures.traces.databases.database import Unreadable
from pytest_mlreqs.measures.traces.guard import guarded_stores
from pytest_mlreqs.measures.traces.journal import Journal, Undo, recover
from pytest_mlreqs.measures.traces.refusal import FILES, is_url

_PREFIX = "mlreqs-sandbox-"


def _remove(folder: str) -> None:
    path = Path(folder)
    ours = path.name.startswith(_PREFIX) and path.parent == Path(tempfile.gettempdir())
    if ours and path.exists():  # a journal is only a file, and may say anything
        shutil.rmtree(path)


def _empty(url: str) -> None:
    with contextlib.suppress(Unreadable):  # it was not taken into use, and is not ours to empty
        redis.clear(url)


UNDO: Undo = {"folder": _remove, "database": copies.drop, "redis": _empty}


class Sandbox:
    """Copies of some stores; a context manager.

    Args:
        declared: the short name of each store -> the path or URL as declared.
        root: the folder that relative paths start from.
        env: variables of the environment -> a store as declared, or a path in the project.

    Attributes:
        places: the short name of each store -> the path or URL of its copy.
        notes: what earlier checks left behind and could not be removed.

    Raises:
        Fault: a store is not there, cannot be copied, or lies outside the project.
    """

    def __init__(
        self, declared: Mapping[str, str], root: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._declared = declared
        self._root = root
        self._env = env or {}
        self._journal: Journal | None = None
        self._claimed: list[str] = []
        self.places: dict[str, str] = {}
        self.notes: tuple[str, ...] = ()

    def __enter__(self) -> Sandbox:  # noqa: PYI034  (`Self` is of Python 3.11)
        self.notes = tuple(recover(UNDO))
        self._journal = Journal(UNDO)
        try:
            self._folder = Path(tempfile.gettempdir(), f"{_PREFIX}{os.urandom(8).hex()}")
            self._journal.note("folder", str(self._folder))
            self._folder.mkdir(mode=0o700)
            for name, location in self._declared.items():
                self.places[name] = self._copied(name, location)
        except BaseException:
            self._journal.close()
            raise
        return self

    @property
    def originals(self) -> dict[str, str]:
        """The URLs of databases behind a server that are copied, by name: nothing guards those."""
        copied = self._declared.items()
        return {name: url for name, url in copied if self.places.get(name) != url and _served(url)}

    def __exit__(self, *_: object) -> None:
        assert self._journal is not None
        self._journal.close()
        recover(UNDO)  # of a check that was dying when this one began

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Work where the copies are; the originals are guarded meanwhile.

        Raises:
            Fault: somebody tried to change an original.
        """
        before, folder = dict(os.environ), os.getcwd()
        originals = [path for one in self._declared.values() if (path := self._path(one))]
        os.environ.update({name: self._meant(value) for name, value in self._env.items()})
        os.chdir(self._folder)
        try:
            with guarded_stores(originals):
                yield
        finally:
            for url in self._claimed:  # a function that empties its cache empties all of it
                redis.keep(url)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)

    def _path(self, location: str) -> Path | None:
        """Where a store of files is itself; None for one behind a server."""
        if not is_url(location):
            return self._root / location
        if _served(location):
            return None
        rest = location.partition("://")[2]
        return self._root / rest.removeprefix("/").partition("?")[0]

    def _meant(self, value: str) -> str:
        """What a variable of the environment is to hold."""
        for name, location in self._declared.items():
            if value == location:
                return self.places[name]
        return str(self._inner(self._root / value))

    def _inner(self, path: Path) -> Path:
        """Where the copy of a file is."""
        relative = os.path.relpath(os.path.abspath(path), os.path.abspath(self._root))
        if relative.startswith(os.pardir) or os.path.isabs(relative):
            raise Fault(f"{path.name} lies outside {self._root.name}, the folder of the project")
        return self._folder / relative

    def _copied(self, name: str, location: str) -> str:
        assert self._journal is not None
        path = self._path(location)
        try:
            if path is not None:
                return self._file(location, path)
            if location.startswith("redis"):  # it has to be empty, and is emptied again
                self._journal.note("redis", location)
                if not redis.claim(location):
                    raise Fault(f"{name} is not empty: give the number of a database that is")
                self._claimed.append(location)
                return location
            target = copies.planned(location, str(self._folder))
            self._journal.note("database", target)
            copies.copy(location, target)
        except (OSError, Unreadable) as error:
            raise Fault(f"{name} cannot be copied: {described(error)}") from error
        return target

    def _file(self, location: str, path: Path) -> str:
        if not path.exists():
            raise Fault(f"there is no {location}: what makes it has to run before the tests")
        target = self._inner(path)
        if not target.exists():  # else it is in a folder that was copied before
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(path, target)
        if not is_url(location):
            return str(target)
        return f"{location.partition('://')[0]}:///{target}"


def _served(location: str) -> bool:
    return is_url(location) and location.partition("://")[0].partition("+")[0] not in FILES


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with what its links lead to: nothing may lead back out."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_copy_file, ignore_dangling_symlinks=True)
    else:
        _copy_file(str(source), str(target))


def _copy_file(source: str, target: str) -> None:
    """Copy one file; that of a database as its library does it, with what is not in it yet."""
    sort = stores.database(Path(source))
    if sort:
        copies.copy(f"{sort}:///{source}", f"{sort}:///{target}")
    elif not _beside(source):
        shutil.copy2(source, target)


def _beside(path: str) -> bool:
    """Whether a file belongs to that of a database, and is copied with it."""
    endings = [ending for ending in BESIDE if path.endswith(ending)]
    return any(stores.database(Path(path.removesuffix(ending))) for ending in endings)
