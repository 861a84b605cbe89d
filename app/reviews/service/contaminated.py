"""Which reference texts the work under review, or its task, is like, as far as a reviewer may know."""

from sqlalchemy.orm import Session

from app.decontamination.queries.findings import findings_of_work
from app.decontamination.states import Consequence, Likeness, Part
from app.reviews.access import Desk
from app.reviews.schemas.contaminated import ContaminatedView

SHOWN = 10
_PARTS = {Part.STATEMENT: "The task", Part.SOLUTION: "The work"}
"""The hidden solution is not spoken of: its words would be shown."""
_WORDS = {
    Likeness.EXACT: "is a text of {name}",
    Likeness.COVERED: "is mostly a text of {name}",
    Likeness.LARGE: "has thirteen words in a row of {name}",
    Likeness.MIDDLE: "has ten words in a row of {name}",
    Likeness.NUMBERS: "is a text of {name} with other numbers",
}


def view_contaminated(session: Session, desk: Desk) -> list[ContaminatedView]:
    """List what was found of the revision and of its task as worded now, the worst first; authors learn nothing."""
    found = findings_of_work(session, desk.submission, desk.revision.id)
    return [
        ContaminatedView(
            sentence=f"{_PARTS[one.part]} {_WORDS[one.likeness].format(name=one.reference_set.name)}",
            reference=one.reference_set.name,
            coverage=one.coverage,
            matched=one.matched,
            is_blocked=one.consequence is Consequence.BLOCK,
            is_waived=one.waived_at is not None,
        )
        for one in found
        if one.part in _PARTS
    ][:SHOWN]
