"""Tests of pytest_mlreqs.history.regression."""

import datetime
from functools import partial

import pytest

from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.past import Observation, Past, around
from pytest_mlreqs.history import Recorded, regression
from pytest_mlreqs.measures.machine import fingerprint
from pytest_mlreqs.report.evidence import lines

OURS = fingerprint.machine()


def run(value, night=0, *, machine=OURS, waited=0.0):
    """The run of one night."""
    at = datetime.datetime(2026, 11, 1, 3, tzinfo=datetime.timezone.utc) + datetime.timedelta(
        days=night
    )
    return Observation(
        id="slowdown",
        of="q",
        value=value,
        interval=around(value, 0.005),
        waited=waited,
        machine=machine,
        revision=f"{night:040x}",
        at=at.isoformat(),
    )


def history(values, **fields):
    """Runs of one night after the other, up or down by 1 %."""
    return [run(value * (1.01 - 0.02 * (n % 2)), n, **fields) for n, value in enumerate(values)]


hold_to = partial(
    regression.hold,
    how="by hand",
    identity=Identity(id="slowdown", of="predict", option="max_slowdown"),
)


def hold(runs, now, *, anchor=None, limit=1.2):
    """All measurements of a run that follows others."""
    return list(hold_to("slowdown", now, limit, Past(runs), anchor=anchor))


def test_the_first_runs_are_the_anchor():
    """The first five runs are undecided, as they are compared with nothing; the sixth is not."""
    runs = history([2.0] * 6)
    for n in range(5):
        (told,) = hold(runs[:n], runs[n])
        assert told.ok is None
        assert told.text == (
            f"slowdown over the anchor: undecided because this is run {n + 1} of the 5 that are "
            "the anchor"
        )
    (told,) = hold(runs[:5], runs[5])
    assert told.ok is True


def test_satisfied():
    """A run like those before is within the limit of both, and says how that was found."""
    anchor, before = hold(history([2.0] * 30), run(2.02, 30))
    assert [one.id for one in (anchor, before)] == [
        "slowdown_over_anchor",
        "slowdown_over_baseline",
    ]
    assert (anchor.ok, before.ok) == (True, True)
    assert (anchor.name, before.name) == (
        "slowdown over the anchor",
        "slowdown over the runs before",
    )
    assert anchor.text.startswith("slowdown over the anchor is 1 (95 % interval 0.9")
    assert anchor.text.endswith("), limit 1.2")
    assert anchor.how == (
        "last run (2.02) over the median (2.02) of 5 from 2026-11-01 (0000000) on, with 1.7 % from "
        "run to run; by hand; a wrong failure in 365 runs at most 1 %"
    )
    place = "20 from 2026-11-11 (0000000) on, "
    assert before.how.startswith(f"last run (2.02) over the median (2) of {place}")


def test_violated():
    """A slowdown shows the last runs, and between which of them it came."""
    runs = history([2.0] * 20 + [3.0] * 3)
    anchor, before = hold(runs[:-1], runs[-1])
    assert (anchor.ok, before.ok) == (False, False)
    assert anchor.value == pytest.approx(1.5, rel=0.03)
    assert (
        " of the last 2 runs without the largest (2.97) over the median (2.02) of 5 " in anchor.how
    )
    assert anchor.hint == ("look at what changed from 2026-11-20 (0000000) to 2026-11-21 (0000000)")
    assert lines(anchor)[0].split() == [
        "run",
        "commit",
        "measured",
        "over",
        "the",
        "anchor",
    ]
    assert len(lines(anchor)) == 9
    assert lines(anchor)[-1].split() == ["2026-11-23", "03:00", "0000000", "3.03", "1.5"]
    assert len({len(line) for line in lines(anchor)}) == 1


def test_one_run_near_the_limit():
    """A run that is beyond the limit by too little is undecided, and to be repeated."""
    anchor, _ = hold(history([2.0] * 30), run(2.5, 30))
    assert anchor.ok is None
    assert anchor.text.endswith(
        ", limit 1.2: undecided because so few runs could show it by chance; run it again"
    )


def test_runs_that_differ_too_much():
    """Where runs differ so much that nothing can be confirmed, the least limit is told."""
    runs = [run(value, n) for n, value in enumerate([2.0, 2.4] * 10)]
    anchor, _ = hold(runs, run(2.2, 20))
    assert anchor.ok is None
    assert "undecided because runs differ too much to confirm less than 1." in anchor.text


def test_the_anchor_stays():
    """However slow a drift, it is held against the first runs, until the anchor is moved."""
    runs = history([2.0 * 1.005**n for n in range(101)])
    anchor, before = hold(runs[:-1], runs[-1])
    assert (anchor.ok, before.ok) == (False, True)
    for moved in ("2027-01-25", f"{85:040x}"):
        anchor, _ = hold(runs[:-1], runs[-1], anchor=moved)
        assert anchor.ok is True
    assert anchor.how.startswith("last run (3.33) over the median (3.09) of 5 from 2027-01-25 ")


def test_an_anchor_that_is_not_there():
    """A commit that never ran is no anchor."""
    (told,) = hold(history([2.0] * 9), run(2.0, 9), anchor="f" * 40)
    assert told.ok is None
    assert "undecided because the history has no run at fffff" in told.text


def test_another_machine():
    """Runs of another machine are no measure for this one; what differs is told."""
    other = OURS.replace("cores", "kernels")
    (told,) = hold(history([2.0] * 30, machine=other), run(5.0, 30))
    assert told.ok is None
    assert "run 1 of the 5 that are the anchor on this machine (" in told.text
    assert " cores was " in told.text
    assert "; 2.53 times the last run there)" in told.text


def test_a_busy_machine():
    """A run that had no core may pass, and fails only if it is beyond the limit by a quarter."""
    runs = history([2.0] * 30)
    for value, ok in ((2.0, True), (2.7, None), (9.0, False)):
        for told in hold(runs, run(value, 30, waited=0.4)):
            assert told.ok is ok
            assert told.limit == 1.2
            assert ("the machine was busy (waited 40 % for a core)" in told.text) is (ok is None)
    anchor, _ = hold(runs, run(3.6, 30, waited=0.4))
    assert anchor.ok is None
    anchor, _ = hold(runs, run(3.6, 30))
    assert anchor.ok is False


def test_runs_without_a_core_are_no_measure():
    """Runs that waited for most of the time are kept, but nothing is held against them."""
    busy = history([9.0] * 30, waited=0.6)
    anchor, *_ = hold([*busy, *history([2.0] * 7)], run(3.5, 40))
    assert anchor.ok is not True
    assert anchor.value == pytest.approx(1.75, rel=0.05)
    (told,) = hold([], run(2.0, waited=0.6))
    assert "the machine was busy (waited 60 % for a core)" in told.text


def test_a_history_that_cannot_be_used(tmp_path):
    """What is no history is undecided, and left as it is."""
    path = tmp_path / "h.sqlite"
    path.write_text("a text " * 1000)
    past = Recorded(str(path), "", "r")
    (told,) = hold_to("slowdown", run(2.0), 1.2, past, anchor=None)
    assert told.ok is None
    assert told.name == "slowdown over the anchor"
    assert "h.sqlite cannot be used: file is not a database" in told.text
    assert path.read_text() == "a text " * 1000


def test_nothing_is_written(tmp_path):
    """To hold a run against others leaves nothing behind, not even a file."""
    past = Recorded(str(tmp_path / "new" / "h.sqlite"), "", "r")
    (told,) = hold_to("slowdown", run(2.0), 1.2, past, anchor=None)
    assert "this is run 1 of the 5 that are the anchor" in told.text
    assert list(tmp_path.iterdir()) == []


def test_made_up():
    """A past that is made up lets what it was made from pass, and twice as much fail."""
    for value, ok in ((2.0, True), (4.0, False)):
        told = hold_to("slowdown", run(value), 1.2, regression.made_up(run(2.0)), anchor=None)
        assert {one.ok for one in told} == {ok}
