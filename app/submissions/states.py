"""The life of a submission: one expert's work on one task."""

from enum import StrEnum

from app.core.errors import IllegalMove

SOURCE_MAX_CHARS = 500_000
RUN_INPUT_MAX_CHARS = 200_000
RUN_OUTPUT_MAX_CHARS = 70_000
RUN_MESSAGE_MAX_CHARS = 2000
LANGUAGE_MAX_CHARS = 20
VERIFIER_MAX_CHARS = 40
"""Of the names of verifiers, of what decided and of a run's verdict."""
CHECK_REASON_MAX_CHARS = 1000
CHECK_DETAIL_MAX_CHARS = 4000


class SubmissionState(StrEnum):
    """Where the work stands. `submitted` and `in_review` differ only in whether a reviewer has it open."""

    DRAFT = "draft"
    """The expert is writing; autosaved; nobody else sees it."""
    SUBMITTED = "submitted"
    """Handed in; waits in the review queue; its author can no longer edit it."""
    IN_REVIEW = "in_review"
    """A reviewer has opened it; others still may."""
    ESCALATED = "escalated"
    """Waits for a level-2 reviewer: escalated, a rejection to confirm, or edits that the author contests."""
    RETURNED = "returned"
    """Sent back with issues; its author revises it, and the same reviewer sees it next."""
    APPROVED = "approved"
    """Accepted; may enter snapshots."""
    REJECTED = "rejected"
    """Refused by two people; its place went back."""
    GAVE_UP = "gave_up"
    """Its author stopped with a reason; what was written is kept."""
    QUARANTINED = "quarantined"
    """Held by a manager until a person has looked into it."""
    WITHDRAWN = "withdrawn"
    """Taken back; in no later snapshot."""


S = SubmissionState
REVIEWABLE = frozenset({S.SUBMITTED, S.IN_REVIEW, S.ESCALATED})
EDITABLE = frozenset({S.DRAFT, S.RETURNED})
EFFECTIVE = REVIEWABLE | {S.RETURNED, S.APPROVED}
"""States that fill their place."""

MOVES: dict[SubmissionState, frozenset[SubmissionState]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.GAVE_UP, S.WITHDRAWN}),
    S.SUBMITTED: frozenset(
        {S.IN_REVIEW, S.RETURNED, S.APPROVED, S.REJECTED, S.ESCALATED, S.DRAFT, S.QUARANTINED, S.WITHDRAWN}
    ),
    S.IN_REVIEW: frozenset({S.SUBMITTED, S.RETURNED, S.APPROVED, S.REJECTED, S.ESCALATED, S.QUARANTINED, S.WITHDRAWN}),
    S.ESCALATED: frozenset({S.RETURNED, S.APPROVED, S.REJECTED, S.QUARANTINED, S.WITHDRAWN}),
    S.RETURNED: frozenset({S.SUBMITTED, S.GAVE_UP, S.QUARANTINED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.ESCALATED, S.QUARANTINED, S.WITHDRAWN, S.SUBMITTED}),
    S.REJECTED: frozenset({S.ESCALATED, S.WITHDRAWN}),
    S.GAVE_UP: frozenset({S.DRAFT, S.WITHDRAWN}),
    S.QUARANTINED: frozenset({S.SUBMITTED, S.REJECTED, S.APPROVED, S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}
"""submitted → draft is the undo of a hand-in nobody has opened; approved → submitted the ten seconds of undo."""


def require_move(old: SubmissionState, new: SubmissionState) -> None:
    """Raise IllegalMove unless a submission may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise IllegalMove(f"Work that is {old.replace('_', ' ')} cannot become {new.replace('_', ' ')}.")


class Finding(StrEnum):
    """What a machine says of an answer or a program."""

    PASS = "pass"  # noqa: S105 - a word, no password
    FAIL = "fail"
    """Certainly not what the task asks for."""
    UNDECIDED = "undecided"
    """The machine could not confirm it; a person has to look."""
    ERROR = "error"
    """The check itself did not work; it says nothing about the work."""


class RunPurpose(StrEnum):
    """Why a program was run."""

    CUSTOM = "custom"
    """Its author pressed Run, with input of their own."""
    TESTS = "tests"
    """Its author pressed Test: the public tests in full, the hidden ones as verdict words."""
    HAND_IN = "hand_in"
    """The server ran all tests on the exact revision."""
    REVIEW = "review"
    """A reviewer asked for all tests once more."""


BY_SERVER = frozenset({RunPurpose.HAND_IN, RunPurpose.REVIEW})
"""Runs of all tests on a revision that was handed in."""


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """It ended, whatever the program did."""
    FAILED = "failed"
    """It could not be run: isolation is missing, the language is not offered, or the runner broke."""


class StepType(StrEnum):
    """What one step of the reasoning is."""

    UNDERSTAND = "understand"
    PLAN = "plan"
    ASSUMPTION = "assumption"
    WORK = "work"
    INSIGHT = "insight"
    CHECK = "check"
    DEAD_END = "dead_end"
    BACKTRACK = "backtrack"
    CORRECTION = "correction"
    CONCLUSION = "conclusion"


class StepStatus(StrEnum):
    """Whether a step is part of the way to the answer."""

    LIVE = "live"
    ABANDONED = "abandoned"
    """On a branch that was given up; kept."""
    CORRECTED = "corrected"
    """Replaced by a later correction; kept."""


class EditsState(StrEnum):
    """What the author says to a reviewer's edits."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    CONTESTED = "contested"
