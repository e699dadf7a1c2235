"""watch: is every original what it was, after each of the user's functions?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_mlreqs.core.measurement import DeclarationError, Undecided
from pytest_mlreqs.forgetting.rehearsal import handles
from pytest_mlreqs.forgetting.rehearsal.mounts import View
from pytest_mlreqs.forgetting.rehearsal.originals import Change, Originals
from pytest_mlreqs.forgetting.rehearsal.servers import Servers

_HOW = (
    "let the functions take the place from their parameter `stores`, from the environment (`env`), "
    "or from a relative path"
)


class Watch:
    """Over the stores themselves, as long as their copies are examined.

    Args:
        paths: of the stores that are files and folders.
        served: the stores behind servers, by name.
        root: the folder of the project.
        aside: an empty folder for copies of the files.

    Attributes:
        notes: what a person should know.

    Raises:
        DeclarationError: this process has an original open, and can write to it.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        served: Mapping[str, str],
        root: Path,
        aside: Path,
    ) -> None:
        self.notes: list[str] = []
        self._root = os.path.realpath(root)
        self._aside = aside
        stores = [path for path in paths if path.exists()]
        self._originals = Originals.of(stores, aside)
        self._demand_closed()
        self._ways_in = self._originals.linked or self._by_folder(handles.folders_here())
        self._within_reach = True
        self._servers = Servers(served)

    def look_behind(self, view: View) -> None:
        """Compare what a view covers, by which the functions reach no original any more.

        Unless a file has another name elsewhere, or the folder of one was open before.
        """
        self._originals.reach = view.original
        self._within_reach = self._ways_in
        self._originals.write_list(within_reach=self._ways_in)

    def compare(self, who: str, *, whole: bool = False) -> None:
        """Find what was changed, and put it back.

        Args:
            who: the function that ran last, in words.
            whole: compare all content, not only where sizes, times and counters differ.

        Raises:
            DeclarationError: an original was changed.
            Undecided: one was changed, and another process may have done that.
        """
        changes = self._originals.changes(whole=whole and self._within_reach)
        if changes:
            self._judge(who, changes)
        self._servers.compare(who, whole=whole)

    def end(self) -> None:
        """Remove the copies that were put aside."""
        shutil.rmtree(self._aside, ignore_errors=True)

    def _judge(self, who: str, changes: list[Change]) -> None:
        names = self._named(change.path for change in changes)
        others = handles.elsewhere(self._originals.files, self._originals.reach)
        if not self._within_reach:
            self._originals.accept(changes)
            also = f" ({', '.join(others)} has it open)" if others else ""
            self.notes.append(
                f"{names} was changed by another process meanwhile{also}: its earlier copy was "
                "examined. If the functions call a service that runs, they do not reach the copy"
            )
            return
        if others:
            self._originals.accept(changes)
            raise Undecided(
                f"{names} itself was changed while its copy was examined, by {who} or by "
                f"{others[0]}, which has it open: stop that process for the check"
            )
        left = self._originals.put_back(changes)
        back = f", and put back except {self._named(left)}" if left else ", and put back"
        raise DeclarationError(
            f"{names} itself was changed while its copy was examined, by {who}{back}: {_HOW}"
        )

    def _demand_closed(self) -> None:
        opened = handles.writable_here(self._originals.files)
        if opened:
            raise DeclarationError(
                f"{self._named(opened)} is open in this process, and what is written that way "
                "reaches no copy: open it in the functions, not when a module is imported or by a "
                "fixture (an engine lets go of it by `dispose()`)"
            )

    def _by_folder(self, folders: Iterable[str]) -> bool:
        """Whether an original can be opened by way of a folder that is open."""
        return any(
            path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
            for folder in folders
            for path in self._originals.files.values()
        )

    def _named(self, paths: Iterable[str]) -> str:
        """Paths as the user knows them, the first few."""
        names = [
            os.path.relpath(one, self._root) if one.startswith(self._root + os.sep) else one
            for one in paths
        ]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(names[:3]) + more
