"""originals: the files of the stores themselves, which are the same afterwards.

Before anybody is planted a copy of each is put aside. What differs from it later is found, by
content, and is put back.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_mlreqs.core import processes
from pytest_mlreqs.forgetting.rehearsal.entries import Entry, restore, status_of
from pytest_mlreqs.forgetting.rehearsal.filed import BESIDE
from pytest_mlreqs.forgetting.rehearsal.sameness import INDEX, equal, rows
from pytest_mlreqs.forgetting.rehearsal.stores import database

LIST = "originals.json"  # of what is put aside
_ROUNDS = 3  # in which a file that is being written may come to rest
_LONG_S = 0.1  # a look at sizes and times that takes longer is not taken after each call


@dataclass(frozen=True, slots=True)
class Change:
    """A path that is not as it was.

    Attributes:
        path: the real path.
        sort: `changed`, `gone` or `new`.
    """

    path: str
    sort: str


class Originals:
    """The files and folders of stores, with all that belongs to them and that links lead to.

    Args:
        aside: the folder for the copies.
        entries: what there was, by real path.

    Attributes:
        reach: from a real path to one that leads to the original, whatever is mounted over it.
    """

    def __init__(self, aside: Path, entries: dict[str, Entry]) -> None:
        self.reach: Callable[[str], str] = str
        self._aside = aside
        self._entries = entries
        self._seconds = 0.0

    @classmethod
    def of(cls, paths: Iterable[Path], aside: Path) -> Originals:
        """Those of stores, as they are now; their copies are put aside into an empty folder."""
        originals = cls(aside, {})
        for path in map(os.path.abspath, paths):
            folder = os.path.realpath(os.path.dirname(path))
            originals.add(os.path.join(folder, os.path.basename(path)))
        originals._settle()
        originals.write_list(within_reach=True)
        return originals

    @classmethod
    def read(cls, aside: Path) -> Originals:
        """Those of a process that is dead, from what it has put aside."""
        listed = json.loads((aside / LIST).read_text(encoding="utf-8"))["files"]
        entries = {
            path: Entry(sort, target, aside / name if name else None)
            for path, sort, target, name in listed
        }
        return cls(aside, entries)

    def write_list(self, *, within_reach: bool) -> None:
        """Write down what is put aside, for the process that comes when this one is dead.

        Args:
            within_reach: whether this process can change the originals at all.
        """
        files = [
            # What never rested is not to be put back.
            (path, "other" if one.restless else one.sort, one.target, one.copy and one.copy.name)
            for path, one in self._entries.items()
        ]
        parent = processes.identity(os.getppid())
        listed = {"parent": parent, "within_reach": within_reach, "files": files}
        (self._aside / "half").write_text(json.dumps(listed), encoding="utf-8")
        (self._aside / "half").replace(self._aside / LIST)  # all of it is there, or nothing

    @property
    def files(self) -> dict[tuple[int, int], str]:
        """The files by device and number."""
        found = {}
        for path, entry in self._entries.items():
            if entry.sort == "file" and not path.endswith(INDEX):
                with contextlib.suppress(OSError):
                    status = os.stat(self.reach(path))
                    found[status.st_dev, status.st_ino] = path
        return found

    @property
    def linked(self) -> bool:
        """Whether a file has another name elsewhere, which no guard and no mount covers."""
        return any(entry.sort == "file" and entry.links > 1 for entry in self._entries.values())

    def changes(self, *, whole: bool) -> list[Change]:
        """What is not as it was.

        Args:
            whole: compare the content of all files, and not of those only whose size, time or
                number is another.
        """
        if not whole and self._seconds > _LONG_S:
            return []
        start = time.monotonic()
        found = [one for path in list(self._entries) if (one := self._change(path, whole=whole))]
        found += self._additions()
        if not whole:
            self._seconds = time.monotonic() - start
        return self._without_rewritten(found)

    def accept(self, changes: Iterable[Change]) -> None:
        """Take changes that are somebody else's for what it is from now on."""
        for change in changes:
            self._entries.pop(change.path, None)
            if change.sort != "gone":
                self.add(change.path)

    def put_back(self, changes: Iterable[Change]) -> list[str]:
        """Undo changes.

        Returns:
            What stays: files that are new, what never rested, and what cannot be written.
        """
        left = []
        for change in sorted(changes, key=lambda one: one.path):  # folders before what is in them
            entry = self._entries.get(change.path)
            try:
                if entry is None or entry.restless:  # what is new may be somebody's
                    left.append(change.path)
                else:
                    restore(self.reach(change.path), entry)
            except OSError:
                left.append(change.path)
        return left

    def add(self, path: str) -> None:
        """Put a path aside, with what is in it, beside it, or what it leads to."""
        if path in self._entries:
            return
        try:
            status = os.lstat(self.reach(path))
        except OSError:
            self._entries[path] = Entry("nothing")
            return
        if os.path.islink(self.reach(path)):
            self._entries[path] = Entry("link", os.readlink(self.reach(path)))
            real = os.path.realpath(path)
            if os.path.exists(real):
                self.add(real)
        elif os.path.isdir(self.reach(path)):
            self._entries[path] = Entry("folder")
            for name in sorted(os.listdir(self.reach(path))):
                self.add(os.path.join(path, name))
        elif os.path.isfile(self.reach(path)):
            copy = self._aside / f"{len(self._entries)}-{os.urandom(4).hex()}"
            shutil.copy2(self.reach(path), copy)
            owner = (status.st_uid, status.st_gid)
            self._entries[path] = Entry("file", "", copy, status_of(status), status.st_nlink, owner)
            for ending in BESIDE if database(copy) else ():
                self.add(path + ending)
        else:
            self._entries[path] = Entry("other")  # a socket, say, which is never read

    def _settle(self) -> None:
        """Copy once more what changed meanwhile; a copy of what never rests is not put back."""
        for _ in range(_ROUNDS):
            changed = [
                (path, entry)
                for path, entry in self._entries.items()
                if entry.copy is not None and status_of(os.lstat(path)) != entry.status
            ]
            for path, entry in changed:
                assert entry.copy is not None
                entry.status = status_of(os.lstat(path))
                shutil.copy2(path, entry.copy)
            if not changed:
                return
        for path, _ in changed:
            main = _main(path, self._entries)
            for one in (main, *(main + ending for ending in BESIDE)):
                if one in self._entries:
                    self._entries[one].restless = True

    def _change(self, path: str, *, whole: bool) -> Change | None:
        entry, place = self._entries[path], self.reach(path)
        if path.endswith(INDEX):
            return None
        try:
            status = os.lstat(place)
        except OSError:
            return None if entry.sort == "nothing" else Change(path, "gone")
        if entry.sort == "nothing":
            return Change(path, "new")
        if entry.sort == "link":
            same = os.path.islink(place) and os.readlink(place) == entry.target
        elif entry.sort == "folder":
            same = os.path.isdir(place) and not os.path.islink(place)
        elif entry.sort == "other" or (status_of(status) == entry.status and not whole):
            same = True
        else:
            assert entry.copy is not None
            same = os.path.isfile(place) and not os.path.islink(place) and equal(place, entry.copy)
            if same:
                entry.status = status_of(status)
        return None if same else Change(path, "changed")

    def _additions(self) -> Iterator[Change]:
        """What is in a folder now and was not."""
        for folder, entry in list(self._entries.items()):
            if entry.sort != "folder":
                continue
            with contextlib.suppress(OSError):
                for name in os.listdir(self.reach(folder)):
                    path = os.path.join(folder, name)
                    if path not in self._entries and not path.endswith(INDEX):
                        yield Change(path, "new")

    def _without_rewritten(self, changes: list[Change]) -> list[Change]:
        """Without databases that were written anew with the same rows, as by a checkpoint."""
        by_database: dict[str, list[Change]] = {}
        for change in changes:
            by_database.setdefault(_main(change.path, self._entries), []).append(change)
        found = []
        for main, some in by_database.items():
            entry = self._entries.get(main)
            if entry is not None and entry.copy is not None and self._same_rows(main, entry.copy):
                self.accept(some)
            else:
                found += some
        return found

    def _same_rows(self, main: str, copy: Path) -> bool:
        if database(copy) != "sqlite" or not os.path.isfile(self.reach(main)):
            return False
        before = {}
        for ending in BESIDE:
            entry = self._entries.get(main + ending)
            before[ending] = None if entry is None or entry.copy is None else str(entry.copy)
        now: dict[str, str | None] = {ending: self.reach(main + ending) for ending in BESIDE}
        aside = self._aside / "rows"
        digest = rows({"": self.reach(main), **now}, aside)
        return digest is not None and digest == rows({"": str(copy), **before}, aside)


def _main(path: str, entries: Mapping[str, object]) -> str:
    """The file of the database that a path belongs to, else the path."""
    for ending in BESIDE:
        if path.endswith(ending) and path.removesuffix(ending) in entries:
            return path.removesuffix(ending)
    return path
