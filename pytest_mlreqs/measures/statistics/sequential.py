"""sequential: is a quantile within its budget? Asked call by call, with a bounded error rate.

A call is over the budget or it is not. If the q-quantile is the budget, the share of calls over it
is theta0 = 1 - q. After n calls with k over, the likelihood ratio of a share t against theta0 is

    (t / theta0)^k * ((1 - t) / (1 - theta0))^(n - k)

and a weighted mean E(n, k) of it over several t is, if theta0 is true, a non-negative martingale
that starts at 1. By Ville's inequality (1939) it ever reaches 1/alpha with a probability of at most
alpha, so one may look after every call and stop when it does. With t below theta0 this refutes
"over the budget", with t above it refutes "within". The method of mixtures is Robbins'; see Howard
and Ramdas, *Bernoulli* 28(3), 2022, and Ramdas, Gruenwald, Vovk and Shafer, *Statistical Science*
38(4), 2023.

The guarantee is for calls whose chance of being over, given the past, does not exceed theta0
(or, for passing, does not fall below it). Bursts of outside load break that; `timing` guards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_WITHIN = ((0.0, 0.4), (0.1, 0.15), (0.25, 0.15), (0.5, 0.15), (0.75, 0.15))
_OVER = tuple((factor, 1 / 6) for factor in (1.3, 1.7, 2.5, 5.0, 10.0, math.inf))

_FAR = 12  # standard deviations, beyond which a binomial distribution has nothing that counts


def decide(calls: float, over: float, quantile: float, alpha: float) -> bool | None:
    """True: the quantile is within its budget; False: it is over; None: go on.

    Args:
        calls: how many calls so far; a fraction where calls that depend on each other count less.
        over: how many of them took longer than the budget.
        quantile: 0.95 for p95.
        alpha: bound on either error, over all looks together.
    """
    share = 1 - quantile
    if _log_evidence(calls, over, share, _WITHIN) >= -math.log(alpha):
        return True
    if _log_evidence(calls, over, share, _OVER) >= -math.log(alpha):
        return False
    return None


def calls_to_pass(quantile: float, alpha: float, over: int = 0) -> int:
    """The fewest calls after which `over` calls over the budget still pass."""
    high = max(over, 1)
    while decide(high, over, quantile, alpha) is not True:
        high *= 2
    low = high // 2
    while low < high:
        middle = (low + high) // 2
        if decide(middle, over, quantile, alpha) is True:
            high = middle
        else:
            low = middle + 1
    return low


def calls_to_fail(quantile: float, alpha: float, calls: int, over: int) -> int:
    """The fewest calls, if all further ones are over the budget, after which it is broken."""
    more = 1
    while decide(calls + more, over + more, quantile, alpha) is not False:
        more += 1
    return calls + more


def missing(
    calls: int, over: int, quantile: float, alpha: float, what: str = "calls"
) -> tuple[str, int]:
    """What is missing to either answer, in words, and how many calls the likelier one takes in all.

    Args:
        calls: how many there were, none of the answers being known.
        over: how many of them took longer than the budget.
        quantile: 0.95 for p95.
        alpha: bound on either error.
        what: they are called.
    """
    passing = max(calls_to_pass(quantile, alpha, over), calls + 1)
    failing = calls_to_fail(quantile, alpha, calls, over)
    told = (
        f"{over:,} of {calls:,} {what} were over it; to pass takes about {passing - calls:,} more "
        f"within it, to fail {failing - calls:,} more over it"
    )
    return told, failing if over > (1 - quantile) * calls else passing


def enough(option: str, needed: float) -> str:
    """What to set an option to, with a tenth to spare and two digits: `max_seconds = 33`."""
    spare = 1.1 * needed
    digit = 10 ** (math.floor(math.log10(spare)) - 1)
    value = math.ceil(round(spare / digit, 6)) * digit
    told = f"{value:,.0f}".replace(",", "_") if value >= 10 else f"{value:.2g}"
    return f"{option} = {told}"


def at_quantile(ordered: Sequence[float], quantile: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    return ordered[math.ceil(round(quantile * len(ordered), 9)) - 1]


def quantile_interval(
    ordered: Sequence[float], quantile: float, level: float = 0.95
) -> tuple[float, float] | None:
    """The order statistics between which a quantile lies, whatever the distribution.

    The number of values below the quantile is binomial; the two ranks cut at most half of
    `1 - level` off either end of it. None where there are too few values for that: p95 takes 72.
    The level holds for a fixed number of values; after stopping on `decide` it is nominal.
    Simulated with bursts of at least 40 calls, as `timing` makes them, it is 95 to 98 %.
    """
    n, tail = len(ordered), (1 - level) / 2
    spread = math.sqrt(n * quantile * (1 - quantile))
    low = max(0, int(n * quantile - _FAR * spread))
    below, chance = 0.0, _binomial(n, low, quantile)
    for k in range(low, n):
        below += chance
        if below <= tail:
            low = k + 1
        if below >= 1 - tail:
            return (ordered[low - 1], ordered[k]) if low else None
        chance *= (n - k) / (k + 1) * quantile / (1 - quantile)
    return None


def _binomial(n: int, k: int, p: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(p) + (n - k) * math.log(1 - p))


def _log_evidence(
    calls: float, over: float, share: float, alternatives: Sequence[tuple[float, float]]
) -> float:
    """Log E(calls, over); the alternatives are factors of `share`, capped at 1, with weights."""
    logs = []
    for factor, weight in alternatives:
        other = min(1.0, factor * share)
        log = math.log(weight)
        if over:
            log += over * math.log(other / share) if other > 0 else -math.inf
        if calls > over:
            log += (calls - over) * (
                math.log((1 - other) / (1 - share)) if other < 1 else -math.inf
            )
        logs.append(log)
    top = max(logs)
    if top == -math.inf:
        return top
    return top + math.log(sum(math.exp(log - top) for log in logs))
