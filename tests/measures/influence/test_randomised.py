"""Tests of pytest_mlreqs.measures.influence.randomised."""

import math

import numpy as np
import pytest

from pytest_mlreqs.measures.influence.randomised import cells_of, combined, compared

ROWS = 60


def told(answer, effect=0.0, level=0.01, seed=0):
    """What calls tell of an effect on all rows; `answer(call, generator)` gives those without."""
    generator = np.random.default_rng(seed)
    calls = iter(range(100))

    def call(order):
        return [
            tuple(output + effect * one for output in answer(next(calls), generator))
            for one in order
        ]

    return compared(call, level, generator)


def score(_, generator):
    """A score with noise in all rows."""
    return (np.linspace(0, 1, ROWS) + generator.normal(0, 0.02, ROWS),)


def test_an_effect_is_found():
    """What exceeds the noise is found, in which rows and how large it is."""
    seen = told(score, 0.2)
    assert seen.p < 1e-5
    assert seen.calls == 32
    assert (seen.change[0] > 0).all()
    assert seen.change[0].mean() == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_more_rows_than_all_orders_are_tried_for(seed):
    """Where only some orders are drawn, an order that none of them reaches has a share, too."""
    rows = 4_500
    noisy = lambda _, generator: (np.linspace(0, 1, rows) + generator.normal(0, 0.02, rows),)
    assert told(noisy, seed=seed).shift <= 0.01


def test_noise_alone():
    """Noise in itself is nothing: one round will do, and its bound is that of the noise."""
    seen = told(score)
    assert (seen.p > 0.01, seen.calls) == (True, 16)
    assert seen.shift <= 0.05


@pytest.mark.parametrize(
    "answer",
    [
        lambda call, generator: (np.linspace(0, 1, ROWS) + 0.05 * call,),
        lambda call, generator: (np.full(ROWS, float(call == 0)),),
        lambda call, generator: ((-1) ** call * np.linspace(0, 1, ROWS),),
        lambda call, generator: (generator.integers(0, 2, ROWS),),
        lambda call, generator: (np.full(ROWS, generator.standard_cauchy()),),
    ],
    ids=["drift", "first call", "changing sign", "coins", "shock"],
)
def test_whatever_the_model_does_by_itself(answer):
    """No drift, first call, alternation or chance is taken for an effect, in 8 runs each."""
    assert sum(told(answer, seed=seed).p <= 0.01 for seed in range(8)) <= 1


def test_small_rounding_is_no_noise():
    """Differences in the last digits hide no effect, and are none."""
    rounding = lambda call, generator: (np.linspace(0, 1, ROWS) + generator.normal(0, 1e-16, ROWS),)
    assert told(rounding).p == 1
    assert not told(rounding).unseen.any()
    assert told(rounding, 1e-6).p < 1e-5


def test_noisy_rows_are_not_seen():
    """Rows whose own noise hides a shift are told; the others are seen."""

    def answer(call, generator):
        said = np.linspace(0, 1, ROWS)
        said[:5] = generator.integers(0, 2, 5)
        return (said,)

    seen = told(answer)
    assert seen.unseen[:5].all()
    assert not seen.unseen[5:].any()


def test_every_output_must_be_seen():
    """An output that is drawn anew leaves it open, though another one repeats itself."""
    exact = np.linspace(0, 1, ROWS)
    seen = told(lambda call, generator: (exact, generator.integers(0, 2, ROWS)))
    assert seen.shift > 0.01
    assert seen.unseen.all()
    assert told(lambda call, generator: (exact, exact)).shift == 0.001


def test_labels_and_infinities():
    """Labels are compared with those of the first call, infinite scores lie beyond the finite."""
    cells = cells_of([(np.array(["a", "b"]), np.array([-np.inf, 1.0]))] * 2)
    assert cells.numbers[:, :2].tolist() == [[1, 1], [1, 1]]
    assert np.isfinite(cells.numbers).all()
    assert cells.rows.tolist() == [0, 1, 0, 1]
    assert cells.outputs.tolist() == [0, 0, 1, 1]


def test_one_wild_row_sets_no_range():
    """The range is that of nearly all answers."""
    wild = np.linspace(0, 1, 1_000)
    wild[3] = 1e6
    (scale,) = cells_of([(wild,)] * 2).scales
    assert scale == pytest.approx(0.98, abs=0.01)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(0.2, 0.0001, 0.2), (0.05, 1.0, 0.05), (0.01, 0.01, 1e-4 * (1 + math.log(500)))],
)
def test_two_rounds(first, second, p):
    """Known answers of the rule of Bauer and Köhne."""
    assert combined(first, second) == pytest.approx(p)


def test_two_rounds_keep_the_error():
    """Of two uniform p-values, the combined one is below 1 % in 1 % of times."""
    generator = np.random.default_rng(0)
    ps = [combined(*generator.random(2)) for _ in range(20_000)]
    assert np.mean(np.array(ps) <= 0.01) == pytest.approx(0.01, abs=0.003)
