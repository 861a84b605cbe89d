"""The words of judgment: verdicts, how they were verified, step labels, issues."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a reviewer decides about a revision."""

    APPROVE = "approve"
    APPROVE_WITH_EDITS = "approve_with_edits"
    """Approved with small edits of the reviewer's, which the author accepts or contests."""
    RETURN = "return"
    """Sent back; lists every issue."""
    REJECT = "reject"
    """Refused; counts once a second person says so too."""
    ESCALATE = "escalate"
    """Handed to a level-2 reviewer."""


class ReviewState(StrEnum):
    """Where one review stands."""

    OPEN = "open"
    """Being written; saved as it goes; nobody else sees it."""
    DECIDED = "decided"
    """Its verdict took effect; never edited."""
    OVERTAKEN = "overtaken"
    """Decided after somebody else had; kept, and its reviewer was told."""
    UNDONE = "undone"
    """Taken back within ten seconds."""
    DROPPED = "dropped"
    """Left without a verdict, or its revision was replaced."""


class VerificationMethod(StrEnum):
    """How an approval was verified."""

    RE_DERIVED = "re_derived"
    EXECUTED = "executed"
    FORMALLY_CHECKED = "formally_checked"
    LOOKED_UP = "looked_up"
    COMPARED = "compared_to_second_solution"
    READ_ONLY = "read_only"


class StepVerdict(StrEnum):
    """The label of one step: good +1, neutral 0, bad -1."""

    GOOD = "good"
    NEUTRAL = "neutral"
    BAD = "bad"
    UNSURE = "unsure"


RATING: dict[StepVerdict, int | None] = {
    StepVerdict.GOOD: 1,
    StepVerdict.NEUTRAL: 0,
    StepVerdict.BAD: -1,
    StepVerdict.UNSURE: None,
}


class ErrorType(StrEnum):
    """What is wrong with a bad step."""

    ARITHMETIC = "arithmetic"
    ALGEBRA = "algebra"
    LOGIC_LEAP = "logic_leap"
    INVALID_THEOREM_USE = "invalid_theorem_use"
    MISSING_CASE = "missing_case"
    MISREAD = "misread"
    UNIT = "unit"
    UNSTATED_ASSUMPTION = "unstated_assumption"
    CIRCULAR = "circular"
    IRRELEVANT_DETAIL_USED = "irrelevant_detail_used"
    OTHER = "other"


class Severity(StrEnum):
    """How much an issue weighs."""

    BLOCKER = "blocker"
    """Wrong, unsafe, copied or leaking."""
    MAJOR = "major"
    """A leap, a missing case, or a peer would need paper to follow."""
    MINOR = "minor"
    """Style, typing."""


class ThreadState(StrEnum):
    """Whether an issue still asks for something."""

    OPEN = "open"
    ANSWERED = "answered"
    """The author has replied or changed the step; its opener looks again."""
    RESOLVED = "resolved"
    WONT_FIX = "wont_fix"


class AnchorKind(StrEnum):
    """What an issue hangs on."""

    TASK = "task"
    STEP = "step"
    SPAN = "span"
    """A quoted selection inside a step."""
    ANSWER = "answer"
    WHOLE = "whole"


UNDO_SECONDS = 10
MAX_RETURNS = 2
"""After so many returns the next decision belongs to level 2."""
