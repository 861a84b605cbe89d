"""The life of an account and of the links and tokens that belong to it."""

from enum import StrEnum


class UserState(StrEnum):
    """Whether a person may come in."""

    ACTIVE = "active"
    """May sign in; sessions and tokens work."""
    DISABLED = "disabled"
    """Shut out from the next request on; what they wrote stays."""


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    INVITATION = "invitation"
    """Makes an account (or adds a membership) for the address it was made for; 7 days, once."""
    RESET = "reset"
    """Sets a new password; 30 minutes, once."""
    SETUP = "setup"
    """Makes the first admin of an empty installation; 30 minutes, once."""


class NotificationKind(StrEnum):
    """Why somebody is told something."""

    RETURNED = "returned"
    """A reviewer sent work back."""
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    """Approved with a reviewer's edits, which the author may accept or contest."""
    LEASE_ENDING = "lease_ending"
    MENTION = "mention"
    REPLY = "reply"
    TASK_BROKEN = "task_broken"
    """Two people said that a task is broken; it was halted."""
    JOB_DONE = "job_done"
    JOB_FAILED = "job_failed"
    MEMBERSHIP = "membership"
    GUIDELINE = "guideline"
    AGREEMENT = "agreement"
    """A version of the contributor agreement waits to be signed."""
    ESCALATED = "escalated"
