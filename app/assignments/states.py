"""The life of an assignment: a place of a task, lent to one person."""

from enum import StrEnum

from app.core.errors import IllegalMove


class AssignmentState(StrEnum):
    """Where a lease stands."""

    ACTIVE = "active"
    """Lent; renewed by each save."""
    SUBMITTED = "submitted"
    """The work was handed in; the place stays theirs while it is judged, and when it is returned to them."""
    DONE = "done"
    """The work was approved."""
    EXPIRED = "expired"
    """Ran out; the place went back, the text is kept and can be resumed while a place is free."""
    RELEASED = "released"
    """Given back by the person or taken back by a manager; may be resumed."""
    SKIPPED = "skipped"
    """Put aside with a reason; not offered to them again."""
    GAVE_UP = "gave_up"
    """Tried and stopped with a reason; what was written is kept."""
    REJECTED = "rejected"
    """The work was refused; the place went back."""


LIVE = frozenset({AssignmentState.ACTIVE, AssignmentState.SUBMITTED})
"""States that hold a place."""
RESUMABLE = frozenset({AssignmentState.EXPIRED, AssignmentState.RELEASED})

S = AssignmentState
MOVES: dict[AssignmentState, frozenset[AssignmentState]] = {
    S.ACTIVE: frozenset({S.SUBMITTED, S.EXPIRED, S.RELEASED, S.SKIPPED, S.GAVE_UP}),
    S.SUBMITTED: frozenset({S.ACTIVE, S.DONE, S.REJECTED, S.GAVE_UP, S.RELEASED}),
    S.DONE: frozenset({S.SUBMITTED, S.RELEASED}),
    S.REJECTED: frozenset({S.SUBMITTED}),
    S.EXPIRED: frozenset({S.ACTIVE}),
    S.RELEASED: frozenset({S.ACTIVE}),
    S.SKIPPED: frozenset(),
    S.GAVE_UP: frozenset(),
}
"""submitted → active is the undo of a hand-in; done → submitted the undo of an approval; → released a withdrawal."""


def require_move(old: AssignmentState, new: AssignmentState) -> None:
    """Raise IllegalMove unless an assignment may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise IllegalMove(f"A lease that is {old.replace('_', ' ')} cannot become {new.replace('_', ' ')}.")


class Purpose(StrEnum):
    """What somebody was given a task for."""

    SOLVE = "solve"


class ReportKind(StrEnum):
    """Why somebody put a task aside."""

    SKIP = "skip"
    BROKEN = "broken"
    """The problem is broken; two people saying so halt the task."""
    OUTSIDE_FIELD = "outside_field"
    GAVE_UP = "gave_up"


MAX_LIVE_LEASES = 3
"""How many tasks one person may hold at once, returned work not counted."""
BROKEN_REPORTS_TO_HALT = 2


class NoWork(StrEnum):
    """Why somebody gets no task now."""

    NOT_ANNOTATOR = "not_annotator"
    PAUSED = "paused"
    CLOSED = "closed"
    GUIDELINE = "guideline"
    """The version in force is not acknowledged, or there is none yet."""
    AGREEMENT = "agreement"
    """The version of the contributor agreement in force is not signed."""
    THREE_HELD = "three_held"
    NONE_IN_FIELD = "none_in_field"
    """Nothing free in the field asked for, but elsewhere."""
    ALL_DONE_BY_YOU = "all_done_by_you"
    """What is free was written or worked on by this person."""
    ALL_TAKEN = "all_taken"
    """Every place is in other hands; one may come back."""
    QUOTA_MET = "quota_met"
    """No task is open: all have what they need."""
