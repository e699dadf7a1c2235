"""What a kind may ask for by name, and what it gets."""

import os

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.provided import PROVIDED, Project, asked_for, parameters
from pytest_mlreqs.core.requirement import Requirement


def test_parameters():
    """The parameters of a method are named in order, those with a default only if optional."""

    def check(self, model, X=None):
        """Measure nothing."""

    assert parameters(check) == ("model", "X")
    assert parameters(check, optional=False) == ("model",)
    assert parameters(lambda self: None) == ()


def test_every_parameter_is_told():
    """Whatever is provided has one sentence for authors, and somebody who supplies it."""
    assert {one.name for one in PROVIDED.values()} == set(PROVIDED)
    for one in PROVIDED.values():
        assert one.meaning.endswith(".")
        assert one.by


class Asking(Requirement, frozen=True, kw_only=True):
    def check(self, model, project, clock, label, body=None):
        """What it was given."""
        return {"project": project, "clock": clock, "label": label, "body": body}


def test_a_method_gets_what_it_asks_for():
    """What a run provides is handed over where it is asked for, and nowhere else."""
    given = {"model": 1, "label": "x[1]", "project": "there"}
    assert asked_for(Asking.check, given) == given
    assert asked_for(lambda self, model: None, given) == {"model": 1}


def test_a_subject_that_is_too_much():
    """A subject that the method does not name is not left out silently."""
    assert asked_for(lambda self, model: None, {"modle": 1}) == {"modle": 1}


def test_what_stands_in():
    """Without a session, the working directory, the real clock and the kind's name stand in."""
    found = Asking().check(1)
    assert (found["project"], found["label"], found["body"]) == (os.getcwd(), "asking", None)
    assert type(found["clock"]) is Clock


def test_what_is_given_stays():
    """What a session or a test provides is what the kind gets."""
    given = {"project": Project("/"), "clock": Clock(), "label": "x[1]", "body": int}
    assert Asking().check(1, **given) == given


def test_paths_of_a_project(tmp_path, monkeypatch):
    """A relative path starts from the project, wherever one works meanwhile; others stay."""
    monkeypatch.chdir(tmp_path)
    project = Project("a")
    monkeypatch.chdir("/")
    assert project == str(tmp_path / "a")
    assert project.root == tmp_path / "a"
    assert project.path("b/c.txt") == tmp_path / "a" / "b" / "c.txt"
    assert project.path(tmp_path / "d") == tmp_path / "d"
