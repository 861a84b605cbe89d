"""Saying why a finding of a machine does not keep the work from being handed in: a waiver, saved in the draft."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, Stale
from app.core.ids import new_id
from app.submissions.access import get_desk
from app.submissions.schemas import ExplainIn
from app.submissions.service.drafting import Refused, head_of, save_draft
from app.submissions.service.reading import read_content

EXPLAINABLE = frozenset({"answer_check", "tests_failed"})


def explain(session: Session, actor: Actor, submission_id: UUID, given: ExplainIn, *, now: datetime) -> None:
    """Save the reason as the next save of the actor's own draft; raises Stale when the head is another one."""
    if given.waiver_key not in EXPLAINABLE:
        raise Conflict("This cannot be explained away; mend it in the editor.")
    desk, head = get_desk(session, actor, submission_id), head_of(session, submission_id)
    if head.n != given.n:
        raise Stale("The draft has changed since you read it through; look at it once more.")
    content = read_content(head.content)
    waived = content.model_copy(update={"waivers": content.waivers | {given.waiver_key: given.reason}})
    saved = save_draft(
        session,
        actor,
        submission_id,
        base_n=head.n,
        content=waived,
        client_mutation_id=f"explain-{new_id()}",
        fencing=desk.fencing,
        now=now,
    )
    if isinstance(saved, Refused):
        raise Conflict(saved.sentence)
