"""The words of judgment and its arithmetic: verdicts, step labels, issues; what stored decisions amount to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.submissions.states import SubmissionState


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

RESERVED_HOURS = 48
"""How long the next revision waits for the reviewer who returned the last one, before others see it."""
LEVEL_MAX = 2
REASON_MIN_CHARS = 20
"""Least length of the reason of a rejection, of an escalation and of an approval by reading only."""
APPROVALS = frozenset({Verdict.APPROVE, Verdict.APPROVE_WITH_EDITS})
WEIGHTY = frozenset({Severity.BLOCKER, Severity.MAJOR})
"""Severities that the author must answer before handing in again, and that stand against an approval while open."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One stored decision, as far as it counts: who decided what at which level."""

    reviewer_id: UUID
    level: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Rules:
    """What of the project and of the submission's past a decision depends on."""

    review_levels: int
    is_in_sample: bool
    """an approval at level 1 goes on to level 2"""
    times_returned: int
    is_refused_by_machine: bool = False
    """a machine says that the answer, or the program, is certainly not what the task asks for"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a decision leads: the submission's next state, and who may decide next."""

    state: SubmissionState
    level: int


def settle(decisions: Sequence[Decision], rules: Rules) -> Outcome:
    """Work out where the effective decisions on one revision lead, in the order in which they were taken.

    A rejection counts once a second person rejects too, an approval against a machine's refusal once level 2 approves;
    everything else counts at once, so the last decision settles.
    """
    last = decisions[-1]
    if last.verdict in APPROVALS:
        if last.level == 1 and rules.is_refused_by_machine:
            return Outcome(SubmissionState.ESCALATED, LEVEL_MAX)
        if last.level == 1 and rules.review_levels > 1 and rules.is_in_sample:
            return Outcome(SubmissionState.SUBMITTED, LEVEL_MAX)
        return Outcome(SubmissionState.APPROVED, last.level)
    if last.verdict == Verdict.RETURN:
        exhausted = rules.times_returned + 1 >= MAX_RETURNS
        return Outcome(SubmissionState.RETURNED, LEVEL_MAX if exhausted else last.level)
    if last.verdict == Verdict.REJECT and _rejected_by_another(decisions):
        return Outcome(SubmissionState.REJECTED, last.level)
    return Outcome(SubmissionState.ESCALATED, LEVEL_MAX)


def _rejected_by_another(decisions: Sequence[Decision]) -> bool:
    last = decisions[-1]
    return any(one.verdict == Verdict.REJECT and one.reviewer_id != last.reviewer_id for one in decisions[:-1])


def is_in_sample(submission_id: UUID, share_percent: int) -> bool:
    """Tell whether an approval of this submission at level 1 is looked at again; the same answer each time.

    Uniform over submissions: the first eight bytes of the id's SHA-256, modulo 100, are below the share.
    """
    digest = hashlib.sha256(b"level2:" + submission_id.bytes).digest()
    return int.from_bytes(digest[:8], "big") % 100 < share_percent
