"""Methods that several kinds share are told once, and every page leads to those it mentions."""

import pytest

from pytest_mlreqs.declare import notes
from pytest_mlreqs.declare.catalogue import Catalogue


def test_names():
    """The notes are named like the words that pages mention them by, and no kind has the name."""
    assert {"busy_machine", "influence", "sequential_test"} <= set(notes.names())
    assert not set(notes.names()) & set(Catalogue().names())


@pytest.mark.parametrize("name", notes.names())
def test_every_note_is_summed_up(name):
    """A note begins with one sentence that sums it up."""
    assert notes.summary(name).endswith(".")
    assert len(notes.summary(name)) < 100


@pytest.mark.parametrize("name", notes.names())
def test_every_note_is_used(name):
    """A note is mentioned by a page or by another note; else nobody would find it."""
    others = [notes.text(other) for other in notes.names() if other != name]
    pages = [Catalogue().load(kind).__doc__ or "" for kind in Catalogue().names()]
    assert any(f"`{name}`" in page for page in (*others, *pages))


def test_links():
    """A page leads to the notes that it mentions, and to no other."""
    lines = notes.links("As the `sequential_test` says, unlike `latency` and busy_machine.")
    assert lines[:2] == ["", "Read on"]
    assert lines[2].startswith("    pytest --mlreqs-explain sequential_test  How calls")
    assert len(lines) == 3
    assert notes.links("Nothing of the sort.") == []


def test_explain():
    """A note is printed with its name as a heading, and leads to others, not to itself."""
    page = notes.explain("sequential_test")
    assert page.startswith("sequential_test   (method note)\n=====")
    assert "--mlreqs-explain busy_machine" in page
    assert "--mlreqs-explain sequential_test" not in page
