"""What can go wrong, as the rest of the program speaks of it: a stable code, a sentence, and where."""

from collections.abc import Mapping


class WorkingsError(Exception):
    """Base of all errors that a person may cause and should be told about.

    `code` is stable and documented; `sentence` says what is wrong and what to do; `pointer` is a JSON pointer or a
    field name when one input is to blame; `details` is more for programs (never secrets, never others' data).
    """

    code = "error"

    def __init__(
        self, sentence: str, *, pointer: str | None = None, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.pointer = pointer
        self.details = dict(details or {})


class NotSignedIn(WorkingsError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"


class NotFound(WorkingsError):
    """It does not exist, or the actor may not know that it does."""

    code = "not_found"


class NotAllowed(WorkingsError):
    """The actor may know of it but may not do this."""

    code = "not_allowed"


class StepUpNeeded(NotAllowed):
    """Allowed, but only shortly after the password was given again."""

    code = "step_up_needed"


class Invalid(WorkingsError):
    """The input is wrong; `fields` maps each faulty field to its sentence."""

    code = "invalid"

    def __init__(self, sentence: str, *, pointer: str | None = None, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence, pointer=pointer, details={"fields": dict(fields)} if fields else None)
        self.fields = dict(fields or {})


class Conflict(WorkingsError):
    """It was changed elsewhere, or stands in the way of something that exists."""

    code = "conflict"


class IllegalMove(Conflict):
    """The thing's state does not allow this step of its life."""

    code = "illegal_move"


class LeaseLost(Conflict):
    """The lease ran out or went to somebody else; the text is kept."""

    code = "lease_lost"


class AlreadySubmitted(Conflict):
    """The work was handed in, so its draft is closed."""

    code = "already_submitted"


class WithdrawnRows(Conflict):
    """These files hold rows that were withdrawn after they were written."""

    code = "withdrawn_rows"


class NotSigned(Conflict):
    """The project's contributor agreement is to be signed first; what was written is kept."""

    code = "not_signed"


class Stale(WorkingsError):
    """`If-Match` names an older revision than the stored one; details hold the head."""

    code = "stale"


class PreconditionNeeded(WorkingsError):
    """The request must name the revision it is based on."""

    code = "precondition_needed"


class TooManyRequests(WorkingsError):
    """Too often; `retry_after_seconds` says when it may be tried again."""

    code = "too_many_requests"

    def __init__(self, sentence: str, *, retry_after_seconds: int) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class TooLarge(WorkingsError):
    """The input is over its limit."""

    code = "too_large"


class Unavailable(WorkingsError):
    """The database or the disk cannot do it now; trying again later may work."""

    code = "unavailable"


class SetupFault(WorkingsError):
    """The installation is wrongly set up; the sentence says what to change."""

    code = "setup_fault"
