"""What a reference set goes through, and what likeness to one of its texts means."""

from enum import StrEnum

WHOLE_WORDS_MIN = 4
"""Of a shorter text ("42") equality says nothing: it is neither kept nor looked for."""
SHORT_WORDS_MAX = 100
"""Of a longer text it is not asked whether it is the same but for its numbers: n-grams find it."""
COVERED_MORE_THAN = 50
"""Percent of a text's words that 8-grams of one reference text must cover for it to count as that text (Tülu 3)."""
TOUCHED_MORE_THAN = 2
"""Percent of a reference set whose texts a selection may hold before it is reported (Tülu 3)."""
SMALL, MIDDLE, LARGE = 8, 10, 13
"""Words of the n-grams: Tülu 3, DeepSeekMath, GPT-3."""
MATCHED_MAX_CHARS = 600
NAME_MAX_CHARS, SOURCE_MAX_CHARS, LICENCE_MAX_CHARS = 120, 500, 100
REASON_MAX_CHARS = 1000


class ReferenceState(StrEnum):
    """Where a reference set stands."""

    LOADING = "loading"
    """Its file is being read."""
    READY = "ready"
    """Its hashes are kept, its file is gone; everything is held against it."""
    FAILED = "failed"
    """Its file could not be read; nothing of it is kept."""


class GramKind(StrEnum):
    """What of a reference text is kept as hashes."""

    SMALL = "8"
    MIDDLE = "10"
    LARGE = "13"
    WHOLE = "whole"
    MASKED = "masked"


GRAMS = {SMALL: GramKind.SMALL, MIDDLE: GramKind.MIDDLE, LARGE: GramKind.LARGE}


class Likeness(StrEnum):
    """How a text of ours is like a reference text, the strongest first."""

    EXACT = "exact"
    """The same, but for case, spaces and the form of characters."""
    COVERED = "covered"
    """More than half of its words lie in 8-grams of the reference text."""
    LARGE = "13-gram"
    """Thirteen words in a row are the same."""
    MIDDLE = "10-gram"
    """Ten words in a row are the same."""
    NUMBERS = "other numbers"
    """The same but for its numbers."""


class Consequence(StrEnum):
    """What a likeness leads to."""

    BLOCK = "block"
    """Goes into no training snapshot, unless a manager waives it."""
    REVIEW = "review"
    """A person is to look at it."""


CONSEQUENCES = {
    Likeness.EXACT: Consequence.BLOCK,
    Likeness.COVERED: Consequence.BLOCK,
    Likeness.LARGE: Consequence.REVIEW,
    Likeness.MIDDLE: Consequence.REVIEW,
    Likeness.NUMBERS: Consequence.REVIEW,
}
STRENGTH = {likeness: place for place, likeness in enumerate(Likeness)}


class Part(StrEnum):
    """Which text of ours it is."""

    STATEMENT = "statement"
    """of a task"""
    REFERENCE = "reference"
    """the hidden worked solution of a task"""
    SOLUTION = "solution"
    """steps, answer and program of a piece of work"""
