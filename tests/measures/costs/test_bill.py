"""Tests of pytest_mlreqs.measures.costs.bill."""

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.measures.costs.bill import Entry, bill
from pytest_mlreqs.measures.costs.rounds import Rounds
from pytest_mlreqs.measures.timing.trial import Answer
from pytest_mlreqs.report.evidence import lines


def cost(ms, ok, why=""):
    """What was measured of a part of a call of 10 ms."""
    return Answer(ms, (ms - 0.5, ms + 0.5), ok, why, Rounds(40, ms, 10.0, 0.0))


def entry(name, ms, ok, **options):
    """A column that costs so much, limit 2 ms."""
    made = Entry(name, how="trained without it", **options)
    made.time("ms", 2, cost(ms, ok))
    return made


def test_dearest_first():
    """The dearest comes first, and the first one that is not satisfied has the whole list."""
    entries = [entry("a", 1, ok=True), entry("b", 3, ok=False, source="x"), entry("c", 5, ok=False)]
    dear, next_, cheap = bill(entries, "column")
    assert dear.text == "cost of 'c' is 5 ms (95 % interval 4.5 to 5.5), limit 2 ms"
    assert dear.how.startswith("trained without it, 40 rounds in random order")
    assert list(lines(dear)) == [
        "column  ms  % of a call  source",
        "c        5           50        ",
        "b        3           30       x",
        "a        1           10        ",
    ]
    assert (next_.ok, lines(next_), cheap.ok, lines(cheap)) == (
        False,
        (),
        True,
        (),
    )


def test_all_satisfied():
    """Where nothing is wrong there is no list."""
    (told,) = bill([entry("a", 1, ok=True)], "column")
    assert (lines(told), told.hint) == ((), "")


def test_an_upper_bound():
    """What a part costs at most passes, but does not fail."""
    why = "that is its cost together with another column"
    (fine,) = bill([entry("a", 1, ok=True, bound=why)], "column")
    (told,) = bill([entry("a", 3, ok=False, bound=why, hint="set refit")], "column")
    assert (fine.ok, told.ok, told.hint) == (True, None, "set refit")
    assert told.text.endswith(f"limit 2 ms: undecided because {why}")
    assert lines(told)[1].split() == ["a", "<=", "3", "<=", "30"]


def test_memory():
    """Memory is held to its limit in MiB, and an upper bound of it does not fail."""
    for bound, ok in (("", False), ("together", None)):
        made = Entry("a", bound=bound)
        made.memory(2, 3 * MIB, "traced")
        (told,) = bill([made], "column")
        assert (told.ok, told.value, told.how) == (ok, 3, "traced")
        assert told.text.startswith("memory of 'a' is 3 MiB, limit 2 MiB")
    made = Entry("a", bound="together")
    made.memory(3, 3 * MIB, "traced")
    assert next(bill([made], "column")).ok is True


def test_a_share():
    """A share has no unit, and a step is called one."""
    made = Entry("scaler", kind="step")
    made.time("share", 0.3, Answer(0.5, None, False, "", Rounds(40, 5.0, 10.0, None)))
    (told,) = bill([made], "step")
    assert told.text == "share of step 'scaler' is 0.5, limit 0.3"


def test_nothing_and_nobody_knows():
    """What nothing takes costs nothing; of what nobody knows, it is said why and what to try."""
    free, unknown = Entry("a", how="no transformer takes it"), Entry("b", hint="set refit")
    free.nothing("ms", 2)
    unknown.unknown("ms", "it is needed")
    told = {one.name: one for one in bill([free, unknown], "column")}
    assert (told["cost of 'a'"].ok, told["cost of 'a'"].value) == (True, 0)
    assert told["cost of 'a'"].how == "no transformer takes it"
    assert told["cost of 'b'"].text == "cost of 'b': undecided because it is needed"
    assert told["cost of 'b'"].hint == "set refit"


def test_what_is_not_known_in_time():
    """What took too few rounds says how to get more of them."""
    made = Entry("a")
    made.time("ms", 2, cost(2, None, "20 of 40 rounds were over it"))
    (told,) = bill([made], "column")
    assert told.hint.startswith("raise max_seconds, or run it alone")


def test_many():
    """Of a long list the end is counted."""
    told = next(bill([entry(f"c{n}", 30 - n, ok=False) for n in range(25)], "column"))
    assert len(lines(told)) == 22
    assert lines(told)[-1] == "and 5 more, which cost less"
