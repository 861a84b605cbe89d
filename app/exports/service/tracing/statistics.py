"""How likely chance alone agrees so well with a key: one p-value for each carrier, and one for all. Pure.

A key is random, and its codes look random to whoever has it not: whatever became of a sample, a copy that was not made
with the key agrees with it by chance. So each value holds for any sample; only its power depends on what was leaked.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate

EXACT_ROWS = 40
"""Up to so many rows the order is held against all orders there are, from there on against a normal distribution."""


def ln_agreeing(agreeing: int, bits: int) -> float:
    """Give ln P(X >= agreeing) for X of the binomial distribution (bits, 1/2): wordings."""
    return _ln_sum(_ln_choose(bits, k) for k in range(agreeing, bits + 1)) - bits * math.log(2)


def ln_missing(held: int, rows: int, missing: int, total: int) -> float:
    """Give ln P(X <= held): of `rows` out of `total`, how many are among the `missing` ones of a key (hypergeometric).

    Whoever has the copy has none of them.
    """
    most = min(held, rows, missing)
    least = max(0, rows - (total - missing))
    ways = (_ln_choose(missing, k) + _ln_choose(total - missing, rows - k) for k in range(least, most + 1))
    return min(0.0, _ln_sum(ways) - _ln_choose(total, rows))


def ln_ordered(codes: Sequence[bytes]) -> tuple[float, int]:
    """Give ln P of so few pairs that stand the wrong way round, or fewer (Kendall), and how many do."""
    n, wrong = len(codes), inversions(codes)
    if n <= EXACT_ROWS:
        ways = _ways(n)
        return math.log(sum(ways[: wrong + 1])) - math.lgamma(n + 1), wrong
    mean, variance = n * (n - 1) / 4, n * (n - 1) * (2 * n + 5) / 72
    return _ln_normal((wrong + 0.5 - mean) / math.sqrt(variance)), wrong


def inversions(codes: Sequence[bytes]) -> int:
    """Count the pairs that stand the wrong way round, by merging."""
    return _sort(list(codes))[1]


def ln_together(ln_values: Sequence[float]) -> float:
    """Combine independent p-values by Fisher's method: -2 sum(ln p) against chi squared with two degrees for each."""
    half = -sum(ln_values)
    if not ln_values or half <= 0:
        return 0.0
    return min(0.0, _ln_sum(k * math.log(half) - math.lgamma(k + 1) for k in range(len(ln_values))) - half)


def _sort(codes: list[bytes]) -> tuple[list[bytes], int]:
    if len(codes) <= 1:
        return codes, 0
    left, before = _sort(codes[: len(codes) // 2])
    right, behind = _sort(codes[len(codes) // 2 :])
    merged, wrong, at = [], before + behind, 0
    for code in right:
        while at < len(left) and left[at] <= code:
            merged.append(left[at])
            at += 1
        wrong += len(left) - at
        merged.append(code)
    return [*merged, *left[at:]], wrong


@cache
def _ways(n: int) -> list[int]:
    """Count the orders of n things with 0, 1, 2 … pairs the wrong way round (Mahonian numbers)."""
    ways = [1]
    for size in range(2, n + 1):
        longer = [0] * (len(ways) + size - 1)
        for k, count in enumerate(ways):
            longer[k] += count
            if k + size < len(longer):
                longer[k + size] -= count
        ways = list(accumulate(longer))
    return ways


def _ln_normal(z: float) -> float:
    """Give ln of the lower tail of the normal distribution, also where it is too small for a number."""
    if z > -30:  # noqa: PLR2004 - from there on erfc is exact enough no longer
        return math.log(math.erfc(-z / math.sqrt(2)) / 2)
    return -z * z / 2 - math.log(-z) - math.log(2 * math.pi) / 2


def _ln_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _ln_sum(values: Iterable[float]) -> float:
    """Add numbers of which the logarithms are given."""
    found = list(values)
    most = max(found, default=-math.inf)
    if most == -math.inf:
        return most
    return most + math.log(sum(math.exp(value - most) for value in found))
