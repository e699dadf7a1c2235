"""sandbox: copies of the user's stores, found where the originals are, and gone afterwards.

Nothing is ever planted into a store itself. Where the kernel allows it, the paths of the originals
are the copies as long as the sandbox lasts, for this process and all that it starts. Elsewhere the
copies are laid out as the originals are, and functions that run in the sandbox find them by the
same relative paths, by environment variables, or by asking for their places.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided, described
from pytest_mlreqs.forgetting.rehearsal import mounts
from pytest_mlreqs.forgetting.rehearsal.copying import copy, make_above, remove_beside
from pytest_mlreqs.forgetting.rehearsal.leftovers import ORIGINALS, SANDBOX, UNDO
from pytest_mlreqs.forgetting.rehearsal.places import file_of
from pytest_mlreqs.forgetting.rehearsal.watch import Watch
from pytest_mlreqs.forgetting.traces.databases import copies, redis
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.guard import Guard, guarded
from pytest_mlreqs.forgetting.traces.journal import Journal, recover
from pytest_mlreqs.forgetting.traces.refusal import is_url


class Sandbox:
    """Copies of some stores; a context manager.

    Args:
        declared: the short name of each store -> the path or URL as declared.
        root: the folder that relative paths start from, as an absolute path.
        env: variables of the environment -> a store as declared, or a path in the project.

    Attributes:
        places: the short name of each store -> the path or URL of its copy.
        watch: over the originals.
        last: the function that was called last in it, by its name as a subject.

    Raises:
        DeclarationError: a store is not there, is open, cannot be copied, or lies outside the
            project.
    """

    def __init__(
        self, declared: Mapping[str, str], root: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._declared = declared
        self._root = root
        self._env = env or {}
        self._journal: Journal | None = None
        self._view: mounts.View | None = None
        self._watch: Watch | None = None
        self._claimed: list[str] = []
        self.places: dict[str, str] = {}
        self.last = ""
        self._left: list[str] = []

    def __enter__(self) -> Sandbox:  # noqa: PYI034  (`Self` is of Python 3.11)
        left = "; ".join(recover(UNDO))
        if left:
            self._left.append(
                f"an earlier check left something behind that cannot be removed: {left}"
            )
        self._before = os.getcwd()
        self._journal = Journal(UNDO)
        try:
            aside = self._made("originals", ORIGINALS)
            self._folder = self._made("folder", SANDBOX)
            paths = self._files()
            self._guard = Guard(paths, self._folder, self._root)
            self._watch = self._watched(paths, aside)
            self._view = self._viewed(paths)
            for name, location in self._in_order():
                self.places[name] = self._copied(name, location)
            if self._view is not None:
                self._view.mount()
                self._watch.look_behind(self._view)
                remove_beside(paths, self._view)
                os.chdir(self._before)  # what it was is an original
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._journal is not None
        if self._view is not None:
            self._view.close()
            os.chdir(self._before)
        if self._watch is not None:
            self._watch.end()
        with contextlib.suppress(OSError, Unreadable):  # it is tried again, and told then
            self._journal.close()
        recover(UNDO)  # of a check that was dying when this one began

    @property
    def originals(self) -> dict[str, str]:
        """The URLs of databases behind a server that are copied, by name: nothing guards those."""
        return {name: url for name, url in self._served().items() if self.places.get(name) != url}

    @property
    def watch(self) -> Watch:
        """Over the originals, as long as the sandbox is open."""
        assert self._watch is not None
        return self._watch

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: what earlier checks left behind, and who changed what."""
        return (*self._left, *(self._watch.notes if self._watch is not None else ()))

    @property
    def protection(self) -> str:
        """What keeps the originals as they are, in words."""
        if self._view is not None:
            return "the functions ran in a view of the project of their own, over the originals"
        return "the functions were kept from the originals, which were compared afterwards"

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Work where the copies are; afterwards the originals are compared with what they were.

        Raises:
            DeclarationError: somebody tried to change an original, or did.
            Undecided: one was changed, maybe by another process.
        """
        with self.surroundings():
            try:
                yield
            except Fault as error:
                self.compare(whole=True)
                raise self._explained(error) from error.__cause__
            except BaseException:
                with contextlib.suppress(DeclarationError, Undecided):  # it is put back
                    self.compare(whole=True)
                raise
            self.compare(whole=True)

    @contextlib.contextmanager
    def surroundings(self) -> Iterator[None]:
        """The working directory and the environment by which the copies are found."""
        before, folder = dict(os.environ), os.getcwd()
        os.environ.update({name: self._meant(value) for name, value in self._env.items()})
        os.chdir(self._top)
        try:
            # In a view the paths of the originals are the copies.
            with guarded(self._guard) if self._view is None else contextlib.nullcontext():
                yield
        finally:
            for url in self._claimed:  # a function that empties its cache empties all of it
                redis.keep(url)
            with contextlib.suppress(OSError):  # a function may have removed it in its view
                os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)

    def compare(self, *, whole: bool) -> None:
        """Demand that the originals are what they were, as in `Watch.compare`."""
        with self._guard.rest():
            self.watch.compare(self.last or "somebody", whole=whole)

    def named(self, text: str) -> str:
        """A text with the user's own names for what is in the sandbox."""
        for name, url in self.originals.items():
            text = text.replace(_last(self.places[name]), _last(url))
        return text.replace(f"{self._folder}{os.sep}", "").replace(str(self._folder), ".")

    @property
    def _top(self) -> Path:
        return self._folder if self._view is None else self._root

    def _files(self) -> list[Path]:
        """The stores that are files and folders, all of which are there and in the project."""
        paths = {one: path for one in self._declared.values() if (path := self._file(one))}
        for location, path in paths.items():
            if os.path.realpath(path) == os.path.realpath(self._root):
                told = f"{location} is all of the project: name the folders in it that are stores"
                raise DeclarationError(told)
            self._inner(path)
            if not path.exists():
                told = f"there is no {location}: what makes it has to run before the tests"
                raise DeclarationError(told)
        return list(paths.values())

    def _watched(self, paths: list[Path], aside: Path) -> Watch:
        try:
            return Watch(paths, self._served(), self._root, aside)
        except (OSError, Unreadable) as error:
            raise DeclarationError(f"the stores cannot be read: {described(error)}") from error

    def _explained(self, error: Fault) -> Exception:
        """The error, with what the sandbox has to do with it."""
        cause = error.__cause__
        number = cause.errno if isinstance(cause, OSError) else None
        if self._view is not None and number in (errno.EXDEV, errno.EOVERFLOW):
            return Undecided(
                f"{error}: in the view of the project in which the functions run, folders that "
                "are no stores cannot be renamed, nor files of other users' groups written"
            )
        told = self.named(str(error))
        if not self._guard.missing:
            return Fault(told)
        also = f"{told}; {', '.join(sorted(self._guard.missing))} exists in the project and is not "
        also += "among `stores`, so that there is no copy of it: add it to `stores`"
        absent = isinstance(cause, (FileNotFoundError, sqlite3.OperationalError))
        return DeclarationError(also) if absent else Fault(also)

    def _made(self, sort: str, prefix: str) -> Path:
        """A new folder that is gone afterwards."""
        assert self._journal is not None
        folder = Path(tempfile.gettempdir(), f"{prefix}{os.urandom(8).hex()}")
        self._journal.note(sort, str(folder))
        folder.mkdir(mode=0o700)
        return folder

    def _viewed(self, paths: list[Path]) -> mounts.View | None:
        """A view of the project, and of where its links lead to; None where there is no such."""
        if not mounts.available():
            return None
        tops = {os.path.realpath(self._root)}
        for path in sorted(map(os.path.realpath, paths)):
            if not any(path.startswith(top + os.sep) for top in tops):
                tops.add(os.path.dirname(path))
        try:
            return mounts.View(map(Path, sorted(tops)), self._folder)
        except OSError:
            return None

    def _file(self, location: str) -> Path | None:
        """Where a store of files is itself; None for one behind a server."""
        path = file_of(location)
        return None if path is None else self._root / path

    def _in_order(self) -> list[tuple[str, str]]:
        """The stores, folders before what is in them, which is copied with them."""
        files = (one for one in self._declared.items() if self._file(one[1]) is not None)
        return [*self._served().items(), *sorted(files, key=lambda one: len(one[1]))]

    def _served(self) -> dict[str, str]:
        return {name: one for name, one in self._declared.items() if file_of(one) is None}

    def _meant(self, value: str) -> str:
        """What a variable of the environment is to hold."""
        for name, location in self._declared.items():
            if value == location:
                return self.places[name]
        return str(self._inner(self._root / value))

    def _inner(self, path: Path) -> Path:
        """By which path a file of the project is found in the sandbox."""
        relative = os.path.relpath(os.path.abspath(path), self._root)
        if relative.startswith(os.pardir) or os.path.isabs(relative):
            told = f"{path.name} lies outside {self._root.name}, the folder of the project"
            raise DeclarationError(told)
        return self._top / relative

    def _copied(self, name: str, location: str) -> str:
        assert self._journal is not None
        path = self._file(location)
        try:
            if path is not None:
                return self._file_copied(location, path)
            if location.startswith("redis"):  # it has to be empty, and is emptied again
                self._journal.note("redis", location)
                if not redis.claim(location):
                    told = f"{name} is not empty: give the number of a database that is"
                    raise DeclarationError(told)
                self._claimed.append(location)
                return location
            target = copies.planned(location, str(self._folder))
            self._journal.note("database", target)
            copies.copy(location, target)
        except (OSError, Unreadable) as error:
            told = f"{name} cannot be copied: {described(error)}"
            if "accessed by other users" in told:  # PostgreSQL's words
                told += ": close the connections, those of an engine by `dispose()`"
            raise DeclarationError(told) from error
        return target

    def _file_copied(self, location: str, path: Path) -> str:
        place = self._inner(path)
        target = place if self._view is None else self._view.upper(os.path.realpath(path))
        if not target.exists():  # else it is in a folder that was copied before
            make_above(Path(os.path.realpath(path)), target, self._folder)
            copy(path, target)
            if path.is_dir() and self._view is not None:
                self._view.hide(target)
        if not is_url(location):
            return str(place)
        return f"{location.partition('://')[0]}:///{place}"


def _last(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
