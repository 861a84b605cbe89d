"""What is compared, and what comes out of it."""

from dataclasses import dataclass
from enum import StrEnum

AGREES = "The answer agrees with the expected one."
DIFFERS = "The answer does not agree with the expected one."
UNCONFIRMED = "The machine could not confirm this answer."
GIVEN_MAX_CHARS = 100_000
"""A longer answer is looked at by nobody but people."""


class Outcome(StrEnum):
    """What a machine says of an answer."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    """The answer is equal to the expected one, as far as the specification asks."""
    FAIL = "fail"
    """It is not, and the machine cannot be wrong in that."""
    UNDECIDED = "undecided"
    """The machine could not confirm the answer: a person has to look. Never the same as FAIL."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an author answered."""

    text: str
    unit: str = ""
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comes out when an answer is held against a specification."""

    outcome: Outcome
    reason: str
    """a sentence that the author may read: it never holds or hints the expected value"""
    detail: str = ""
    """for reviewers and managers; may hold the expected value"""
    method: str = ""
    """what decided: exact, numeric, symbolic, probing, units, choice …"""
    needs_assumption: bool = False
    """the answer may be right, but it does not say under which assumption: send it back, do not fail it"""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an answer is understood, told without knowledge of the expected value."""

    is_readable: bool
    words: str
    """"reads as a set of 3 elements" """
    tex: str = ""
    """the same as a formula, where there is one"""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a specification."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Whether a specification accepts its own reference and none of the answers that are known to be wrong."""

    reference: Comparison
    wrong: tuple[Comparison, ...]

    @property
    def is_passed(self) -> bool:
        """The reference passes, and no wrong answer does."""
        accepted = any(one.outcome is Outcome.PASS for one in self.wrong)
        return self.reference.outcome is Outcome.PASS and not accepted


def passed(method: str, detail: str = "", reason: str = AGREES) -> Comparison:
    """Make the comparison of an answer that is right."""
    return Comparison(Outcome.PASS, reason, detail, method)


def failed(method: str, detail: str = "", reason: str = DIFFERS) -> Comparison:
    """Make the comparison of an answer that is certainly wrong."""
    return Comparison(Outcome.FAIL, reason, detail, method)


def undecided(method: str = "", detail: str = "", reason: str = UNCONFIRMED) -> Comparison:
    """Make the comparison of an answer that a person has to look at."""
    return Comparison(Outcome.UNDECIDED, reason, detail, method)
