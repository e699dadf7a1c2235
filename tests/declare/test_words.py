"""Pages, notes and descriptions of options are written in short sentences of plain English."""

import re
from pathlib import Path

import msgspec
import pytest

from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.declare import notes, options
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.config import Accepted
from pytest_mlreqs.declare.sources import Address, App, File

ROOT = Path(__file__).parents[2]
MOST_WORDS = 35
BANNED = ("so many", "whoever", "as far as", "and be it", "of which is known")
WRITTEN = (
    "pytest_mlreqs/**/*.py",
    "pytest_mlreqs/notes/*.md",
    "README.md",
    "CONTRIBUTING.md",
    "examples/*/README.md",
    "benchmarks/README.md",
)
KINDS = Catalogue().names()
PAGES = {
    **{kind: Catalogue().load(kind).__doc__ or "" for kind in KINDS},
    **{name: notes.text(name) for name in notes.names()},
}
STRUCTS = [*map(Catalogue().load, KINDS), Terms, Accepted, File, App, Address]


def sentences(page):
    """The sentences of a page: not its tables, and not what is to be declared."""
    prose = re.sub(r"^ *Declare\n.*?(?=^ *Measures\n)", "", page, flags=re.MULTILINE | re.DOTALL)
    for block in re.split(r"\n\s*\n", prose):
        if not re.search(r"\S {2,}\S", block):
            yield from re.split(r"(?<=[.?!])\s+(?=[A-Z`0-9])", " ".join(block.split()))


@pytest.mark.parametrize("name", PAGES)
def test_sentences_are_short(name):
    """No sentence of a page or a note has more than 35 words."""
    assert [one for one in sentences(PAGES[name]) if len(one.split()) > MOST_WORDS] == []


@pytest.mark.parametrize("files", [files for files in WRITTEN if not files.startswith("pytest_")])
def test_sentences_beside_the_package_are_short(files):
    """No sentence of the README, or of what else is written for users, has more than 35 words."""
    for path in ROOT.glob(files):
        text = re.sub(
            r"^```.*?^```|^\|.*?$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
        )
        text = re.sub(r"^(?=[*] |[0-9][.] )", "\n", text, flags=re.MULTILINE)
        long = [one for one in sentences(text) if len(one.split()) > MOST_WORDS]
        assert long == [], path.name


@pytest.mark.parametrize("kind", KINDS)
def test_pages_open_with_a_decision(kind):
    """The page of a kind says first in which case one declares it."""
    assert PAGES[kind].split("\n\n")[1].strip().startswith("Declare this ")


@pytest.mark.parametrize("cls", STRUCTS, ids=lambda cls: cls.__name__)
def test_options_are_told_apart(cls):
    """Each option of a class has a description of its own, of short sentences."""
    told = {field.name: options.description(field.type) for field in msgspec.structs.fields(cls)}
    assert len(set(told.values())) == len(told)
    for text in told.values():
        assert [one for one in sentences(text) if len(one.split()) > MOST_WORDS] == []


def test_sentences_are_found():
    """Tables and examples have no sentences; a point within a number ends none."""
    page = """First one. Second,
    of 1.5 lines.

    Declare
        max = 3

    Measures
        a table  with columns

        More `code`? Yes.
    """
    expected = ["First one.", "Second, of 1.5 lines.", "More `code`?", "Yes."]
    assert list(sentences(page)) == expected


@pytest.mark.parametrize("files", WRITTEN)
def test_no_phrase_is_a_translation(files):
    """No phrase that English readers stumble over stands in the package or beside it."""
    found = {}
    for path in ROOT.glob(files):
        text = " ".join(path.read_text(encoding="utf-8").lower().split())
        found[path] = [phrase for phrase in BANNED if re.search(rf"\b{phrase}\b", text)]
    assert found
    assert {path.name: phrases for path, phrases in found.items() if phrases} == {}
