"""mounts: a view of folders of one's own, in which whatever is written goes elsewhere.

Linux lets a process have mounts that no other process sees. An overlay over a folder shows it as
it is, at its own path, and keeps all changes in another folder: for absolute paths, subprocesses
and C libraries alike. What is open already stays what it is: the folder itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000  # for unshare(2)
_PRIVATE, _RECURSIVE, _DETACH = 1 << 18, 1 << 14, 2  # for mount(2) and umount2(2)
_MOUNT_POINT = 4  # the field in /proc/self/mountinfo, see proc(5)
_entered: list[bool] = []  # of this process and those that it forks


def enter() -> bool:
    """Give this process mounts of its own, where the kernel allows it; whether it has them now.

    Call it before any thread is started. An ordinary user needs a user namespace for it, in which
    all are who they were; a user who has more rights than one would lose them there, and has none.
    """
    if sys.platform != "linux" or _entered or threading.active_count() > 1:
        return bool(_entered)
    for flags in (_NEW_MOUNTS, _NEW_MOUNTS | _NEW_USER):
        if flags & _NEW_USER and _has_capabilities():
            break
        probe = os.fork()  # half a success cannot be taken back, so a child tries it first
        if probe == 0:
            try:
                os._exit(0 if _separate(flags) else 1)
            finally:
                os._exit(1)
        if os.waitpid(probe, 0)[1] == 0:
            if _separate(flags):
                _entered.append(True)
            break
    return bool(_entered)


def available() -> bool:
    """Whether this process has mounts of its own."""
    return bool(_entered)


class View:
    """Some folders with an overlay each, once it is mounted.

    Args:
        tops: the folders, by their real paths.
        scratch: a folder outside them, for what is written.

    Raises:
        OSError: this kernel, or a file system that takes part, has no overlay for it.
    """

    def __init__(self, tops: Iterable[Path], scratch: Path) -> None:
        self._scratch = scratch
        self._folders: dict[str, tuple[str, int]] = {}  # where -> what is written, the original
        self._mounted: list[str] = []
        try:
            for number, top in enumerate(_with_mounts_below(tops, Path(os.path.realpath(scratch)))):
                upper = scratch / f"upper-{number}"
                upper.mkdir()
                self._folders[top] = (str(upper), os.open(top, os.O_PATH | os.O_DIRECTORY))
            self.mount()
        except BaseException:
            self.close()
            raise
        self.unmount()

    def upper(self, path: str) -> Path:
        """Where in the scratch folder a file has to be that is to be seen at a real path."""
        folder, upper, _ = self._of(path)
        return Path(upper, os.path.relpath(path, folder))

    def original(self, path: str) -> str:
        """A path that leads to the original of a real path, whatever is mounted over it.

        It is good for reading and writing, but not to be resolved: it is a link of /proc.
        """
        try:
            folder, _, descriptor = self._of(path)
        except LookupError:
            return path
        return f"/proc/self/fd/{descriptor}/{os.path.relpath(path, folder)}"

    def hide(self, folder: Path) -> None:
        """Let nothing of the original show through a folder that is in the scratch folder."""
        os.setxattr(folder, f"{self._namespace(folder)}.overlay.opaque", b"y")

    def mount(self) -> None:
        """Show the copies in place of the originals, from here on."""
        for number, (folder, (upper, descriptor)) in enumerate(self._folders.items()):
            work = self._scratch / f"work-{number}"
            shutil.rmtree(work, ignore_errors=True)  # of the last time
            work.mkdir()
            shutil.copystat(folder, upper)
            with contextlib.ExitStack() as stack:
                # Descriptors, as a path may have a comma in it; and no waiting for the disk.
                names = ["volatile", f"lowerdir=/proc/self/fd/{descriptor}"]
                for name, path in (("upperdir", upper), ("workdir", work)):
                    opened = os.open(path, os.O_PATH | os.O_DIRECTORY)
                    stack.callback(os.close, opened)
                    names.append(f"{name}=/proc/self/fd/{opened}")
                names.append(
                    "userxattr" if self._namespace(Path(upper)) == "user" else "redirect_dir=on"
                )
                _mount(b"overlay", folder, b"overlay", 0, ",".join(names))
            self._mounted.append(folder)

    def unmount(self) -> None:
        """Show the originals again."""
        while self._mounted:
            _call("umount2", os.fsencode(self._mounted[-1]), _DETACH)
            self._mounted.pop()

    def close(self) -> None:
        """Show the originals again, and let go of them."""
        self.unmount()
        for _, descriptor in self._folders.values():
            os.close(descriptor)
        self._folders = {}

    def _of(self, path: str) -> tuple[str, str, int]:
        inside = [one for one in self._folders if path == one or path.startswith(one + os.sep)]
        folder = max(inside, key=len, default=None)
        if folder is None:
            raise LookupError(path)
        return (folder, *self._folders[folder])

    @staticmethod
    def _namespace(folder: Path) -> str:
        """Which extended attributes an overlay can have here: those of root, or anybody's."""
        try:
            os.setxattr(folder, "trusted.mlreqs", b"y")
            os.removexattr(folder, "trusted.mlreqs")
        except OSError:
            return "user"
        return "trusted"


def _has_capabilities() -> bool:
    with open("/proc/self/status", "rb") as lines:
        return any(line.startswith(b"CapEff:") and int(line.split()[1], 16) for line in lines)


def _separate(flags: int) -> bool:
    """Leave the mounts that are shared with others; whether it worked."""
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", flags)
        if flags & _NEW_USER:
            for name, value in (
                ("setgroups", b"deny"),
                ("uid_map", b"%d %d 1" % (user, user)),
                ("gid_map", b"%d %d 1" % (group, group)),
            ):
                Path(f"/proc/self/{name}").write_bytes(value)
        _mount(None, "/", None, _RECURSIVE | _PRIVATE, "")  # nothing of ours gets out
    except OSError:
        return False
    return True


def _with_mounts_below(tops: Iterable[Path], scratch: Path) -> list[str]:
    """The folders, and the mounts below them, which no overlay of a folder above shows."""
    wanted = {str(one) for one in tops}
    if any(one in (os.sep, str(scratch)) or Path(one) in scratch.parents for one in wanted):
        raise OSError("what is written has to go somewhere else")
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    for line in lines.splitlines():
        where = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), line.split()[_MOUNT_POINT])
        if any(where.startswith(top + os.sep) for top in wanted):
            wanted.add(where)
    return sorted(wanted)


def _mount(source: bytes | None, target: str, kind: bytes | None, flags: int, data: str) -> None:
    _call("mount", source, os.fsencode(target), kind, flags, data.encode() or None)


def _call(name: str, *arguments: bytes | int | None) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]
    if getattr(library, name)(*words) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
