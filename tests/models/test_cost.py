"""Tests of pytest_mlreqs.models.cost."""

import math

import pytest

from pytest_mlreqs.models.cost import Cost


def cost(*tried):
    """The cost by these numbers of rows and seconds."""
    made = Cost()
    for count, seconds in tried:
        made.add(count, seconds)
    return made


LINE = [(2, 0.2), (8, 0.8), (16, 1.6)]


@pytest.mark.parametrize(
    ("tried", "straight"),
    [
        (LINE, True),
        ([(2, 0.22), (8, 0.82), (16, 1.62)], True),
        ([(2, 0.2), (8, 0.7), (16, 1.6)], True),
        (LINE[:2], False),
        ([(2, 0.05), (8, 0.2), (16, 0.2)], False),
        ([(2, 0.05), (8, 0.2), (16, 0.3)], False),
        ([(2, 0.04), (8, 0.64), (16, 2.56)], False),
        ([(2, 0.5), (8, 0.5), (16, 0.5)], False),
        ([(2, 5.2), (8, 5.8), (16, 6.6)], False),
        ([(2, 0.0002), (8, 0.0008), (16, 0.0016)], False),
    ],
)
def test_rows_cost_if_three_sizes_lie_on_a_line(tried, straight):
    """Not two sizes, a step, a curve, the cost of calls, or what a wait for a core may be."""
    assert cost(*tried).straight is straight


def test_line():
    """More rows cost what each did between the last two sizes; of one size, all of its time."""
    assert cost((2, 0.2)).line(10) == pytest.approx(1.0)
    assert cost((2, 1.0), (8, 1.6)).line(108) == pytest.approx(11.6)
    assert cost((2, 1.0), (8, 1.0)).line(1_000) == pytest.approx(1.0)


def test_the_shorter_time_counts():
    """As many rows, or more of them, that take less time show what was not their cost."""
    known = cost((2, 5.0), (2, 0.2), (8, 3.0), (32, 0.1))
    assert (known.sizes, known.count, known.took) == (3, 32, 0.1)
    assert known.line(1_000) == pytest.approx(0.1)
    assert known.seconds(8) <= 0.1


def test_worst():
    """A cost that grows with the square is foreseen, once an eighth of the rows is tried."""
    square = cost((100, 1e-6 * 100**2), (1_000, 1e-6 * 1_000**2))
    assert square.worst(8_000) == pytest.approx(64.0)
    assert square.worst(8_001) == math.inf


def test_seconds_between_sizes():
    """What lies between two sizes tried costs no more than the larger one."""
    square = cost((100, 1.0), (200, 4.0))
    assert square.seconds(100) == pytest.approx(1.0)
    assert square.seconds(150) == pytest.approx(2.5)


def test_seconds_of_calls_are_shared():
    """Of a cost that is the calls', fewer rows can be given their share."""
    assert cost((2, 3.0), (8, 3.0)).seconds(50) == pytest.approx(3.0)
    assert cost((2, 3.0), (8, 3.0)).share(50, 100) == pytest.approx(1.5)


def test_next_sizes():
    """The next size is four times as large, twice where rows seem to cost, and far where quick."""
    assert cost((2, 0.2)).next() == 8
    assert cost((2, 0.2), (8, 0.8)).next() == 16
    assert cost((2, 0.2), (8, 0.2)).next() == 32
    assert cost((2, 0.0)).farther() == 128
    assert cost((2, 0.01)).farther() == 20
    assert cost((2, 9.0)).farther() == 8
