"""No part of a rehearsal hides what came of another, or of itself."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Measurement, Undecided
from pytest_mlreqs.forgetting.rehearsal import ends

HELD = {ok: Measurement(name="held", text="held", ok=ok) for ok in (True, None, False)}


def part(error, *found):
    """What is said of a part that finds this and then breaks so."""

    def work():
        yield from found
        raise error

    made, broke = ends.measured("ids:app.db", work())
    return [(one.ok, one.text) for one in made], broke


def test_a_part_that_ends():
    """A part that comes to its end says what it measured."""
    assert ends.measured("x", iter(HELD.values())) == (list(HELD.values()), None)


def test_a_fault_is_a_violation_of_its_part():
    """What the subject broke is violated there, and what was measured before stands."""
    assert part(Fault("theirs"), HELD[True]) == ([(True, "held"), (False, "theirs")], None)


def test_what_cannot_be_told():
    """A gap takes nothing back."""
    told = "ids:app.db: undecided because why"
    assert part(Undecided("why"), HELD[False]) == ([(False, "held"), (None, told)], None)


def test_a_lack_of_memory_is_no_fault():
    """The memory limit is nobody's fault, be it met in the subject or in the search."""
    theirs = Fault("load raised MemoryError")
    theirs.__cause__ = MemoryError()
    for error in (MemoryError(), theirs):
        ((ok, text),), broke = part(error)
        assert (ok, broke) == (None, None)
        assert text.endswith("MemoryError; allow more (max_memory_mib)") or "in work" in text


@pytest.mark.parametrize(("ok", "stands"), [(True, False), (None, False), (False, True)])
def test_what_stands_of_a_part_that_broke(ok, stands):
    """A violation stands and tells of the break; a pass does not, as the rest might not pass."""
    error = DeclarationError("no extra")
    made, broke = ends.measured("x", _then(HELD[ok], error))
    assert ([one.ok for one in made], broke) == ([False] if stands else [], error)
    assert [one.warning for one in made] == [
        "the rest of x could not be checked: no extra"
    ] * stands


def _then(found, error):
    yield found
    raise error


def test_all_that_broke_is_said():
    """One error stays what it is; several are said together, each once."""
    one = ValueError("ours")
    assert ends.broken([one]) is one
    said = ends.broken([DeclarationError("a"), one, DeclarationError("a"), DeclarationError("b")])
    assert isinstance(said, DeclarationError)
    assert str(said) == "a; the check itself broke: ValueError: ours; b"
