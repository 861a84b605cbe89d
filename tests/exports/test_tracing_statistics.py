"""The p-values of tracing: against the definitions, against chance, and never zero without reason."""

import math
import random
from itertools import permutations
from math import comb
from uuid import UUID

import pytest

from app.exports.service.fingerprint import Fingerprint
from app.exports.service.tracing.statistics import inversions, ln_agreeing, ln_missing, ln_ordered, ln_together

IDS = [UUID(int=n) for n in range(1, 201)]


def coded(numbers):
    return [n.to_bytes(8, "big") for n in numbers]


@pytest.mark.parametrize(("agreeing", "bits"), [(0, 1), (1, 1), (5, 9), (9, 9), (150, 200), (200, 200)])
def test_wordings_are_held_against_the_binomial_distribution(agreeing, bits):
    exact = sum(comb(bits, k) for k in range(agreeing, bits + 1)) / 2**bits

    assert math.exp(ln_agreeing(agreeing, bits)) == pytest.approx(exact)


@pytest.mark.parametrize(
    ("held", "rows", "missing", "total"), [(0, 95, 5, 100), (2, 10, 5, 20), (0, 9, 0, 9), (1, 3, 4, 5)]
)
def test_missing_rows_are_held_against_the_hypergeometric_distribution(held, rows, missing, total):
    ways = (comb(missing, k) * comb(total - missing, rows - k) for k in range(held + 1) if k <= min(missing, rows))

    assert math.exp(ln_missing(held, rows, missing, total)) == pytest.approx(sum(ways) / comb(total, rows))


def test_the_order_of_few_rows_is_held_against_every_order_there_is():
    orders = list(permutations(range(6)))
    counts = [inversions(coded(order)) for order in orders]

    for order in orders[::37]:
        ln_p, wrong = ln_ordered(coded(order))
        assert math.exp(ln_p) == pytest.approx(sum(count <= wrong for count in counts) / len(orders))


def test_the_order_of_many_rows_goes_on_where_the_exact_one_ends():
    few, _ = ln_ordered(coded(range(40)))
    many, _ = ln_ordered(coded(range(41)))

    assert few == pytest.approx(-math.lgamma(41))
    assert -100 < many < -30
    assert ln_ordered(coded(range(20_000)))[0] < -10_000


def test_values_together_say_no_more_than_chance_allows():
    dice = random.Random(3)
    combined = [math.exp(ln_together([math.log(1 - dice.random()) for _ in range(3)])) for _ in range(4000)]

    for limit in (0.5, 0.1, 0.01):
        assert sum(p <= limit for p in combined) / len(combined) == pytest.approx(limit, rel=0.35)
    assert ln_together([]) == ln_together([0.0, 0.0]) == 0.0


def test_a_key_that_has_nothing_to_do_with_a_sample_is_hardly_ever_below_the_limit():
    """The order in which rows of a copy stand, looked at with 2,000 other keys: 0.001 of them or so may go below."""
    true = Fingerprint(b"k" * 32)
    rows = sorted(IDS, key=lambda row: true.order(row, 0))
    dice = random.Random(7)
    below = sum(
        ln_ordered([other.order(row, 0) for row in rows[:40]])[0] < math.log(0.001)
        for other in (Fingerprint(dice.randbytes(32)) for _ in range(2000))
    )

    assert ln_ordered([true.order(row, 0) for row in rows])[0] < -200
    assert below <= 8
