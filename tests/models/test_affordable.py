"""Tests of pytest_mlreqs.models.affordable."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.models import affordable
from pytest_mlreqs.models.batching import sample as sampled
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.scoring import Scorer


def sample(scorer, X, where, **options):
    """The sample of one output."""
    return sampled([scorer], X, where, Copies(forks=False), **options)


MANY = pd.DataFrame({"a": np.arange(60_000.0)})
ALL = np.arange(len(MANY))


class Slow:
    """A model on a fake clock: seconds of one row, of one call, of the first, and of what rows."""

    def __init__(self, row=0.0, call=0.0, first=0.0, sizes=None, waits=None, cost=None):
        self.row, self.call, self.first, self.sizes = row, call, first, sizes
        self.cost = cost or (lambda rows: 0.0)  # by the values of `a`
        self.waits = waits or {}  # for a core, by the number of the call
        self.now, self.rows = 100.0, []

    def monotonic(self):
        """Seconds."""
        return self.now

    def __call__(self, X):
        if self.sizes and len(X) not in self.sizes:
            raise ValueError("no")
        self.now += self.row * len(X) + self.call + (0 if self.rows else self.first)
        self.now += self.waits.get(len(self.rows), 0) + self.cost(X["a"].to_numpy())
        self.rows.append(len(X))
        return X["a"].to_numpy()


@pytest.fixture
def slow(monkeypatch):
    """A slow model in a check that may take 60 s."""

    def make(*args, **options):
        model = Slow(*args, **options)
        monkeypatch.setattr(affordable, "time", model)
        monkeypatch.setattr(time_left, "time", model)
        monkeypatch.setattr(time_left, "_until", [np.inf])
        monkeypatch.setattr(time_left, "_allowed", [np.inf])
        time_left.start(60)
        return model

    return make


def test_what_there_is_no_time_for_is_said_at_once(slow):
    """60,000 rows at 15 ms are not begun in a check of 60 s; it says what would do."""
    model = slow(0.015)
    told = r"60,000 rows need about 900 s, and the check has 59 s left: rows = 3100 or timeout_s = "
    with pytest.raises(Undecided, match=told + "1126$"):
        sample(Scorer("predict", model), MANY, ALL)
    assert model.now - 100 < 0.5


def test_fewer_rows_where_fewer_will_do(slow):
    """As many rows as there is time for are taken, all over the data, and it is said."""
    model = slow(0.015)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=10, least=100)
    assert 100 <= len(taken.rows) < 400
    assert (taken.where[0], taken.where[-1]) == (0, len(MANY) - 1)
    assert taken.note == "as many as there is time for"
    assert model.now + 9 * 0.015 * len(taken.rows) < 160


@pytest.mark.parametrize("options", [{"call": 0.8}, {"first": 5.0}, {"call": 0.7, "first": 3.0}])
def test_what_calls_cost_is_no_cost_of_rows(slow, options):
    """Neither what each call costs nor what the first one loads is taken for a cost of rows."""
    model = slow(0.00001, **options)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=30)
    assert len(taken.rows) == len(MANY)


@pytest.mark.parametrize("waits", [dict.fromkeys(range(2, 5), 0.01), {2: 0.1}, {2: 0.1, 3: 0.1}])
def test_what_waits_for_a_core_is_no_cost_of_rows(slow, waits):
    """A model that is quick gets all rows, though some of its first calls had to wait."""
    model = slow(0.00001, call=0.001, waits=waits)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20)
    assert len(taken.rows) == len(MANY)


def test_calls_that_cost_and_little_time(slow):
    """A cost of each call is not taken for one of rows where there is hardly time to try."""
    model = slow(0.00001, call=0.3)
    time_left.start(5)
    taken = sample(Scorer("predict", model), MANY[:600], ALL[:600], scorings=20, least=100)
    assert len(taken.rows) > 300


def test_too_few_rows(slow):
    """Where not even the fewest that are worth it fit, nothing is decided."""
    told = r"100 rows need about 3,000 s, and the check has 4\d s left: timeout_s = 37\d\d$"
    with pytest.raises(Undecided, match=told):
        sample(Scorer("predict", slow(1.0)), MANY, ALL, scorings=30, least=100)


def test_batches_of_one_size_in_time(slow):
    """A model for batches of one size gets as many as there is time for, too."""
    model = slow(0.5, sizes=(1,))
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=2, least=10)
    assert 40 <= len(taken.rows) <= 48
    with pytest.raises(
        Undecided, match=r"200 rows need about 200 s, .*: rows = 4. or timeout_s = "
    ):
        sample(Scorer("predict", slow(0.5, sizes=(1,))), MANY, ALL, scorings=2)


def test_without_a_limit_nothing_is_timed(slow):
    """Where nothing limits the time, the rows are scored for the contract and as they are."""
    model = slow(0.015)
    time_left.start(np.inf)
    assert len(sample(Scorer("predict", model), MANY, ALL).rows) == len(MANY)
    assert model.rows == [len(MANY)] * 2


def stepped(at, below, above):
    """A model's seconds for a call with less and with no less rows than a number."""
    return lambda rows: above if len(rows) >= at else below


@pytest.mark.parametrize("at", [2, 3, 5, 9, 17, 33, 129, 513, 2_049, 8_193, 30_000, 60_000])
def test_a_step_in_the_cost_of_a_call_is_no_cost_of_rows(slow, at):
    """A model whose calls cost more from some size on gets all rows, wherever the step is."""
    model = slow(cost=stepped(at, 0.008, 0.16))
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=80)
    assert len(taken.rows) == len(MANY)
    assert model.now - 100 < 2.5


def test_a_step_like_a_line(slow):
    """A step that lies on one line with nothing is none of the rows' cost either."""
    model = slow(cost=stepped(3, 0.05, 0.2))
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=80).rows) == len(MANY)


def test_two_steps(slow):
    """Nor are two steps, of which the second is the smaller one."""
    model = slow(cost=lambda rows: 0.02 + 0.2 * (len(rows) > 5) + 0.05 * (len(rows) > 10))
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=80).rows) == len(MANY)


@pytest.mark.parametrize("at", [10_000, 40_000, 60_000])
def test_a_late_step_that_is_too_dear(slow, at):
    """Where only large calls cost too much, the rows of a call that does not are taken."""
    model = slow(cost=stepped(at, 0.001, 12))
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20, least=100)
    assert 2_000 < len(taken.rows) < at
    assert taken.note == "as many as there is time for"
    assert model.now < 160


def test_a_late_step_and_rows_that_are_declared(slow):
    """Where the declared rows are too dear in one call, it is said how many are not."""
    model = slow(cost=stepped(40_000, 0.001, 12))
    told = r"60,000 rows need about 240 s, and .*: rows = (?P<rows>\d+) or timeout_s = 3\d\d$"
    with pytest.raises(Undecided, match=told) as raised:
        sample(Scorer("predict", model), MANY, ALL, scorings=20)
    assert 2_000 < int(raised.match(told) and str(raised.value).split()[-5]) < 40_000


def test_one_late_call_that_waited(slow):
    """A single wait among quick calls, when all rows are scored first, leaves them all."""
    model = slow(1e-7, call=0.001, waits={3: 8.0})
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=20).rows) == len(MANY)


def test_a_step_down(slow):
    """A model with a slow path for few rows gets all rows."""
    model = slow(cost=stepped(11, 0.5, 0.05))
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=200).rows) == len(MANY)


@pytest.mark.parametrize("waits", [{0: 5, 1: 2}, {0: 5, 1: 2, 2: 1}, {0: 2, 1: 1, 2: 0.5, 3: 0.2}])
def test_a_cache_that_gets_warm(slow, waits):
    """First calls that get quicker from one to the next are no cost of rows."""
    model = slow(1e-6, call=0.001, waits=waits)
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=20).rows) == len(MANY)


@pytest.mark.parametrize(("square", "rows"), [(1e-4, 155), (1e-6, 1_550), (1e-7, 4_900)])
@pytest.mark.parametrize("call", [0.0, 0.003])
def test_a_cost_that_grows_with_the_square_of_the_rows(slow, square, rows, call):
    """As many rows are taken as there is time for, and not much fewer."""
    model = slow(call=call, cost=lambda rows: square * len(rows) ** 2)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20, least=100)
    assert 0.6 * rows < len(taken.rows) < rows
    assert model.now + 18 * square * len(taken.rows) ** 2 < 160


@pytest.mark.parametrize("seed", range(10))
def test_a_cost_of_calls_that_differs(slow, seed):
    """A cost of calls that differs by half of it is no cost of rows."""
    noise = np.random.default_rng(seed)
    model = slow(cost=lambda rows: 0.2 * noise.uniform(0.5, 1.5))
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=100).rows) == len(MANY)


@pytest.mark.parametrize("at", [0, len(MANY) - 1, round((len(MANY) - 1) / 7), 8_571, 7])
def test_a_single_row_that_is_dear(slow, at):
    """What one row costs is not taken for the cost of each."""
    model = slow(1e-6, cost=lambda rows: 0.5 * (at in rows))
    assert len(sample(Scorer("predict", model), MANY, ALL, scorings=20).rows) == len(MANY)


def test_dear_rows_here_and_there(slow):
    """Where one row of twenty costs nearly all, as many are taken as there is time for."""
    dear = np.random.default_rng(0).random(len(MANY)) < 0.05
    model = slow(1e-5, cost=lambda rows: 0.2 * dear[rows.astype(int)].sum())
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20, least=100)
    assert 100 <= len(taken.rows) < 300
    assert model.now + 18 * 0.2 * dear[taken.where].sum() < 160


def test_calls_and_rows_that_cost(slow):
    """What calls cost is no less for fewer rows, so that these fit."""
    model = slow(0.003, call=1.0)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20, least=100)
    assert 100 <= len(taken.rows) < 400
    assert model.now + 18 * (1.0 + 0.003 * len(taken.rows)) < 160


def test_rows_in_steps(slow):
    """A cost of rows that goes up in steps is one of rows: it does not fit."""
    model = slow(cost=lambda rows: 0.5 * np.ceil(len(rows) / 1_000))
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20, least=100)
    assert 2_000 < len(taken.rows) < 5_000
    assert model.now + 18 * 0.5 * np.ceil(len(taken.rows) / 1_000) < 160


def test_fewer_rows_than_the_fewest(slow):
    """Of data with less rows than are worth it, all are asked for."""
    told = r"50 rows need about 1,000 s, and .*: timeout_s = 12\d\d$"
    with pytest.raises(Undecided, match=told):
        sample(Scorer("predict", slow(1.0)), MANY, ALL[:50], scorings=20, least=100)


def test_a_batch_that_waited(slow):
    """A model that takes single rows only gets all of them, though one call had to wait."""
    model = slow(call=0.001, sizes=(1,), waits={1: 0.5})
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20)
    assert len(taken.rows) == 200
