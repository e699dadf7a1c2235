"""Tests of pytest_mlreqs.forgetting.traces.unlearning."""

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.unlearning import AFTER, FITS, alike, unlearned

RANDOM = np.random.default_rng(0)
CLEAN = RANDOM.normal(size=(40, 2))
CHANGE = np.zeros((40, 2))
CHANGE[:8] = 1.0  # what the people change: the answers for eight of the rows


def noisy(shift=0.0, size=0.05, source=RANDOM):
    """What a model says that does not repeat itself: two samples of rows."""
    said = CLEAN + shift * CHANGE + size * source.normal(size=CLEAN.shape)
    return [said[:8], said[8:]]


def exact(shift=0.0):
    """What a model says that repeats itself."""
    return noisy(shift, 0.0)


def after(fits, asked=None):
    """Trainings one after the other, told in `asked` as they are made."""
    for fit in fits:
        if asked is not None:
            asked.append(1)
        yield fit() if callable(fit) else fit


def test_repeats_and_nobody_is_left():
    """One training that is what it was before is enough, where the people had changed it."""
    asked = []
    found = unlearned([exact()] * 2, [exact(1)], after([exact()] * 9, asked))
    assert (found.left, found.share, found.gap, found.spread) == (False, 0, 0, 0)
    assert (found.planted, found.clean, found.after) == (1, 2, 1)
    assert len(asked) == 1


@pytest.mark.parametrize("left", [1.0, 0.3, 1e-6])
def test_repeats_and_somebody_is_left(left):
    """Any change that comes again in five trainings is one, however small."""
    asked = []
    found = unlearned([exact()] * 2, [exact(1)], after([exact(left)] * 9, asked))
    assert found.left is True
    assert (found.share, found.gap) == (pytest.approx(left), pytest.approx(left))
    assert len(asked) == AFTER


def test_rounding_is_no_change():
    """Differences in the last digits come from arithmetic."""
    found = unlearned([exact(), exact(1e-13)], [exact(1)], after([exact(1e-12)] * 9))
    assert found.left is False


def test_two_that_agree_by_chance():
    """Trainings that do not repeat after the deletion accuse nobody, although two agreed before."""
    found = unlearned([exact()] * 2, [exact(1)], after([noisy] * 9))
    assert (found.left, found.after) == (None, AFTER)
    assert "those after the deletion do not" in found.why
    later = unlearned([exact()] * 2, [exact(1)], after([exact(0.5), exact(0.5), exact()]))
    assert (later.left, later.after) == (False, 3)


def test_another_order_of_rows():
    """Where rows came back in another order, a small change may be due to that, a large one not."""
    for left, answer in ((0.05, False), (0.9, None)):
        found = unlearned([exact()] * 2, [exact(1)], after([exact(left)]), reordered=True)
        assert found.left is answer
    assert "another order" in found.why


def test_noise_and_nobody_is_left():
    """A training that lies among those without the people is like them."""
    fits = [noisy() for _ in range(FITS)]
    found = unlearned(fits, [noisy(1), noisy(1)], after([fits[2]]))
    assert (found.left, found.after, found.clean) == (False, 1, FITS)
    assert abs(found.share) < 0.1
    assert found.spread > 0


@pytest.mark.parametrize("left", [1.0, 0.3])
def test_noise_and_somebody_is_left(left):
    """Five trainings that all lie further towards the planted than four without are accused."""
    fits = [noisy() for _ in range(FITS)]
    found = unlearned(fits, [noisy(1), noisy(1)], after([lambda: noisy(left)] * AFTER))
    assert (found.left, found.after) == (True, AFTER)
    assert found.share == pytest.approx(left, abs=0.1)


def test_what_could_not_fail_is_undecided():
    """People whom a model did not learn from prove nothing, whether it repeats itself or not."""
    found = unlearned([exact()] * 2, [exact()], after([exact()]))
    assert (found.left, "could not have failed" in found.why) == (None, True)
    fits = [noisy() for _ in range(FITS)]
    found = unlearned(fits, [noisy(), noisy()], after([fits[0]]))
    assert (found.left, "could not have failed" in found.why) == (None, True)


def test_too_few_trainings_are_undecided():
    """Two that differ do not tell how much trainings do; nor does a model that is there once."""
    found = unlearned([noisy(), noisy()], [noisy(1)], after([noisy()]))
    assert (found.left, "2 are too few" in found.why) == (None, True)
    for clean in ([exact()] * 2, [noisy() for _ in range(FITS)]):
        found = unlearned(clean, [exact(1), exact(1)], after([exact(1)]))
        assert (found.left, "was not trained again" in found.why) == (None, True)


def test_half_of_it_may_be_chance():
    """A first training with half of the change, and a second without, is neither."""
    fits = [noisy(shift, 0.001) for shift in (0, 0, 0, 0.5)]
    said = after([noisy(0.9, 0.001), noisy(0.4, 0.001)])
    found = unlearned(fits, [noisy(2, 0.001), noisy(2, 0.001)], said)
    assert (found.left, found.after) == (None, 2)
    assert found.why.endswith("of their effect may be left, or it is chance")


def test_labels():
    """Labels are compared as such, whatever they are called, and one that is new is one more."""
    ham, spam = (np.array([name] * 6) for name in ("ham", "spam"))
    assert unlearned([[ham]] * 2, [[spam]], after([[spam]] * 9)).left
    assert unlearned([[ham]] * 2, [[spam]], after([[ham]])).left is False
    two, three = np.tile([0.5, 0.5], (6, 1)), np.tile([0.2, 0.2, 0.6], (6, 1))
    assert unlearned([[two]] * 2, [[three]], after([[two]])).left is False
    assert unlearned([[two]] * 2, [[three]], after([[three]] * 9)).left


def test_whole_numbers_as_answers():
    """Very many different whole numbers are numbers, not labels: near ones are near."""
    counts = np.arange(300)
    found = unlearned([[counts]] * 2, [[counts + 10]], after([[counts + 1]] * 9))
    assert (found.left, found.gap, found.share) == (True, 1, pytest.approx(0.1))


def test_infinite_scores():
    """Infinite scores that stay are no change, and those that come are one."""
    some, none = np.array([1.0, -np.inf]), np.array([1.0, 0.0])
    assert unlearned([[some]] * 2, [[none]], after([[some]])).left is False
    assert unlearned([[none]] * 2, [[some]], after([[some]] * 9)).left


def test_alike():
    """Two outputs are alike up to rounding, whatever their type."""
    assert alike(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-13]))
    assert not alike(np.array([1.0, 2.0]), np.array([1.0, 2.1]))
    assert alike(np.array(["a"]), np.array(["a"]))
    assert not alike(np.array(["a"]), np.array(["b"]))


def test_wrong_accusations_by_noise():
    """Of 600 correct deletions of a model that never repeats itself at most 1.6 % are accused.

    One number per model is the worst case: nothing but its order counts.
    """
    source = np.random.default_rng(1)

    def fit(shift=0.0):
        return [shift + source.standard_t(2, size=(1, 1))]

    found = [
        unlearned([fit() for _ in range(FITS)], [fit(1), fit(1)], after([fit] * AFTER)).left
        for _ in range(600)
    ]
    assert found.count(True) / len(found) < 0.016


def test_wrong_accusations_by_chance_agreement():
    """A model that comes out in one of two ways is accused in at most 2.5 % of 600 deletions.

    Two trainings agree and five agree otherwise in 1.6 % at the worst odds, which these are.
    """
    source = np.random.default_rng(2)

    def fit():
        return exact(float(source.random() < 2 / 7))

    def verdict():
        clean = [fit(), fit()]
        if not alike(clean[0][0], clean[1][0]):
            clean += [fit(), fit()]
        return unlearned(clean, [exact(3)] * (len(clean) // 2), after([fit] * AFTER)).left

    found = [verdict() for _ in range(600)]
    assert found.count(True) / len(found) < 0.025
