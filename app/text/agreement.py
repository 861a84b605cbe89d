"""How far people agree beyond chance: Krippendorff's alpha."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import product

Distance = Callable[[int, int], float]


def nominal(one: int, other: int) -> float:
    """Tell labels apart that have no order: equal or not."""
    return float(one != other)


def interval(one: int, other: int) -> float:
    """Tell labels apart that are numbers: the square of how far they lie from one another."""
    return float((one - other) ** 2)


def krippendorff_alpha(units: Iterable[tuple[Mapping[int, int], int]], distance: Distance) -> float | None:
    """Give alpha = 1 - D_o / D_e; None where it says nothing: no unit was judged twice, or all judged the same.

    A unit is (label → how many gave it, how many such units there are); with fewer than two labels it is left out.
    D_o = Σ o_ck δ²_ck / n and D_e = Σ n_c n_k δ²_ck / (n (n - 1)), where o_ck = Σ_units (c–k pairs) / (m_u - 1).
    Source: Krippendorff, Content Analysis (2004), chapter 11.
    """
    pairs: defaultdict[tuple[int, int], float] = defaultdict(float)
    values: Counter[int] = Counter()
    for labels, times in units:
        judged = sum(labels.values())
        if judged <= 1:
            continue
        for one, other in product(labels, repeat=2):
            pairs[one, other] += times * labels[one] * (labels[other] - (one == other)) / (judged - 1)
        for value, count in labels.items():
            values[value] += times * count
    n = sum(values.values())
    observed = sum(count * distance(*pair) for pair, count in pairs.items())
    expected = sum(values[one] * values[other] * distance(one, other) for one, other in product(values, repeat=2))
    return 1 - (n - 1) * observed / expected if expected else None
