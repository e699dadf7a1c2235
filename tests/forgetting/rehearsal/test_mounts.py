"""Tests of pytest_mlreqs.forgetting.rehearsal.mounts, each in a process of its own."""

import codecs
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pytest_mlreqs.core.isolation import run_apart
from pytest_mlreqs.forgetting.rehearsal import mounts
from tests.views import needs_views

pytestmark = needs_views
NOBODY = 65534


def apart(work, prepare=mounts.enter):
    """What a generator yields in a process with mounts of its own."""
    outcome = run_apart(work, timeout_s=20, max_memory_mib=1000, prepare=prepare)
    assert (outcome.fault, outcome.error) == (None, None)
    return outcome.values


@pytest.fixture
def project():
    """A folder with a file, that any user may change."""
    folder = Path(os.path.realpath(tempfile.mkdtemp()))
    (folder / "project" / "var").mkdir(parents=True)
    (folder / "project" / "var" / "names.txt").write_text("Ann\n")
    (folder / "scratch").mkdir()
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    yield folder / "project"
    for where, names, _ in os.walk(folder / "scratch"):  # the kernel's, which lets nobody in
        for name in names:
            Path(where, name).chmod(0o700)
    shutil.rmtree(folder)


def changed(project):
    """Change everything in a view, in several ways; what is seen inside and outside."""
    view = mounts.View([project], project.parent / "scratch")
    copy = view.upper(str(project / "var" / "names.txt"))
    copy.parent.mkdir()
    copy.write_text("copy\n")
    view.mount()
    names = project / "var" / "names.txt"
    yield names.read_text(), Path(view.original(str(names))).read_text()
    names.write_text("changed\n")
    shell = f"cat {names}; echo more > {project}/more.txt; rm -r {project}/var"
    yield subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    yield sorted(os.listdir(project)), view.original(str(project.parent))
    view.close()
    yield names.read_text(), sorted(os.listdir(project))


SEEN = (
    ("copy\n", "Ann\n"),
    "changed\n",
)


def test_what_is_written_goes_elsewhere(project):
    """Paths lead to copies, also those of other programs; afterwards all is as it was."""
    values = apart(lambda: changed(project))
    assert values[:2] == SEEN
    assert values[2] == (["more.txt"], str(project.parent))
    assert values[3] == ("Ann\n", ["var"])
    assert [path.name for path in project.rglob("*")] == ["var", "names.txt"]


@pytest.mark.skipif(os.getuid() != 0, reason="whoever runs this is an ordinary user anyway")
def test_an_ordinary_user(project):
    """The same holds without root, for whom the kernel makes a namespace of users."""
    codecs.lookup("ascii")  # later on, modules of root's are out of reach
    import resource  # noqa: F401

    def ordinary():
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        ctypes.CDLL(None).prctl(4, 1)  # /proc is one's own again, as after starting a program
        mounts.enter()

    def work():
        yield mounts.available(), os.getuid(), os.getgid()
        yield from changed(project)
        (project / "own.txt").touch()
        yield os.stat(project / "own.txt").st_uid

    who, *values, owner = apart(work, ordinary)
    if who == (False, NOBODY, NOBODY):
        pytest.skip("this kernel has no namespaces of users for ordinary ones")
    assert who == (True, NOBODY, NOBODY)
    assert tuple(values[:2]) == SEEN
    assert owner == NOBODY
    assert os.stat(project / "own.txt").st_uid == NOBODY


def test_a_mount_below(project):
    """What is mounted below the folder is seen, and changed as little."""

    def work():
        mounts._mount(b"none", str(project / "var"), b"tmpfs", 0, "")
        (project / "var" / "below.txt").write_text("Ben\n")
        view = mounts.View([project], project.parent / "scratch")
        view.mount()
        (project / "var" / "below.txt").write_text("changed\n")
        (project / "var" / "new.txt").touch()
        view.close()
        yield (project / "var" / "below.txt").read_text(), os.listdir(project / "var")

    assert apart(work) == (("Ben\n", ["below.txt"]),)


def test_a_folder_that_hides(project):
    """A copy of a folder shows nothing of the original, and can be renamed."""

    def work():
        view = mounts.View([project], project.parent / "scratch")
        copy = view.upper(str(project / "var"))
        copy.mkdir()
        view.hide(copy)
        view.mount()
        (project / "var").rename(project / "elsewhere")
        yield os.listdir(project), os.listdir(project / "elsewhere")
        view.close()

    assert apart(work) == ((["elsewhere"], []),)
    assert (project / "var" / "names.txt").exists()


def test_names_with_commas(tmp_path):
    """A path may have whatever a mount's options are written with."""
    folder = tmp_path / "a,b:c\\d e"
    folder.mkdir()
    (tmp_path / "scratch,1").mkdir()

    def work():
        view = mounts.View([Path(os.path.realpath(folder))], tmp_path / "scratch,1")
        view.mount()
        (folder / "new.txt").touch()
        view.close()
        yield os.listdir(folder)

    assert apart(work) == ([],)


def test_where_there_is_no_view(tmp_path):
    """A scratch folder within the folder, and the folder of all, are refused."""

    def work():
        for top in (tmp_path, Path("/")):
            try:
                mounts.View([top], tmp_path)
            except OSError:
                yield "refused"

    assert apart(work) == ("refused", "refused")


def test_nobody_else_has_it(project):
    """The process that tests run in has no mounts of its own, and is not asked to with threads."""
    assert not mounts.available()
    lines = Path("/proc/self/mountinfo").read_text()
    apart(lambda: changed(project))
    assert Path("/proc/self/mountinfo").read_text() == lines
    code = (
        "import threading\nfrom pytest_mlreqs.forgetting.rehearsal import mounts\n"
        "end = threading.Event()\nthreading.Thread(target=end.wait).start()\n"
        "print(mounts.enter())\nend.set()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
