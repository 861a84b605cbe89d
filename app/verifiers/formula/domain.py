"""Where the letters of an expression live, as a specification declares it, and points to try there."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

WORDS = ("real", "positive", "negative", "nonnegative", "integer", "positive integer", "nonnegative integer")
POINTS = 20
SEED = 2026
_SCALES = (Fraction(1, 10), Fraction(1), Fraction(10), Fraction(1000))
_LARGEST_WHOLE = 30


@dataclass(frozen=True, slots=True)
class Range:
    """Where one letter lives: an interval with rational ends, perhaps only its whole numbers."""

    low: Fraction | None = None
    high: Fraction | None = None
    is_whole: bool = False

    def pick(self, chance: random.Random) -> Fraction:
        """Choose a point inside, never an end."""
        if self.is_whole:
            low = -_LARGEST_WHOLE if self.low is None else int(self.low)
            high = low + 2 * _LARGEST_WHOLE if self.high is None else int(self.high)
            return Fraction(chance.randint(low, max(low, high)))
        share = Fraction(chance.randint(1, 9999), 10_000)
        if self.low is not None and self.high is not None:
            return self.low + share * (self.high - self.low)
        size = share * chance.choice(_SCALES)
        if self.high is not None:
            return self.high - size
        if self.low is not None:
            return self.low + size
        return size * chance.choice((-1, 1))


REAL, POSITIVE, POSITIVE_WHOLE = Range(), Range(low=Fraction(0)), Range(low=Fraction(1), is_whole=True)
_BY_WORD = {
    "real": REAL,
    "positive": POSITIVE,
    "negative": Range(high=Fraction(0)),
    "nonnegative": POSITIVE,
    "integer": Range(is_whole=True),
    "positive integer": POSITIVE_WHOLE,
    "nonnegative integer": Range(low=Fraction(0), is_whole=True),
}
Domain = Mapping[str, Range]


def read_domain(declared: object) -> dict[str, Range]:
    """Read {"x": "positive", "t": [0, 1]}; raises ValueError with a sentence."""
    if declared in (None, ""):
        return {}
    if not isinstance(declared, dict):
        raise ValueError(  # noqa: TRY004 - one error for whatever a manager wrote
            "“domain” must name letters and where they live, as in {“x”: “positive”, “t”: [0, 1]}."
        )
    return {str(letter): _read_range(str(letter), where) for letter, where in declared.items()}


def _read_range(letter: str, where: Any) -> Range:
    if isinstance(where, str) and where.strip().lower() in _BY_WORD:
        return _BY_WORD[where.strip().lower()]
    if isinstance(where, list) and len(where) == 2:  # noqa: PLR2004 - two ends
        low, high = (_end(end) for end in where)
        if low is None or high is None or low < high:
            return Range(low, high)
    raise ValueError(f"The domain of {letter} must be one of {', '.join(WORDS)}, or two ends such as [0, 1].")


def _end(end: Any) -> Fraction | None:
    if end is None:
        return None
    try:
        return Fraction(str(end))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"“{end}” is no end of a domain: give a number.") from None


def points(letters: Iterable[str], domain: Domain, elsewhere: Range, count: int) -> Iterator[dict[str, Fraction]]:
    """Make points, the same ones each time; letters that are not in the domain live `elsewhere`."""
    chance = random.Random(SEED)  # noqa: S311 - reproducible points, no secret
    names = sorted(letters)
    for _ in range(count):
        yield {name: domain.get(name, elsewhere).pick(chance) for name in names}
