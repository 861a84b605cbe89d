"""The life of an assignment: a place of a task, lent to one person."""

from enum import StrEnum


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
