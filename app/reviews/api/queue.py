"""The review queue in JSON, and opening a review of one piece of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.actor import Actor
from app.reviews.access import get_reviewable
from app.reviews.queries.queue import COUNT_MAX, Waiting, Wanted, queue_page, reviewed_projects, waiting_ids
from app.reviews.schemas import OpenedOut, QueueOut, QueueQuery, QueueRow
from app.reviews.service.opening import open_review
from app.submissions.states import SubmissionState
from app.web.deps import Reading, Writing

router = APIRouter()
READ, WRITE = require_scope("reviews:read"), require_scope("reviews:write")


@router.get("/reviews/queue", name="api.reviews.queue", dependencies=[READ])
def queue(actor: CurrentActor, session: Reading, asked: Annotated[QueueQuery, Query()]) -> QueueOut:
    """List what waits for your judgment: what you returned last first, then the oldest; 50 a page."""
    now = clock.now()
    chosen = [one[0] for one in reviewed_projects(session, actor) if asked.project in {None, one[1]}]
    wanted = Wanted.of(asked)
    page = queue_page(session, actor, chosen, wanted, now=now, cursor=asked.cursor)
    waiting = waiting_ids(session, actor, chosen, now=now, wanted=wanted)
    return QueueOut(
        items=[row_out(row, actor) for row in page.rows],
        next_cursor=page.next_cursor,
        waiting=min(len(waiting), COUNT_MAX),
        waiting_is_more=len(waiting) > COUNT_MAX,
    )


def row_out(row: Waiting, actor: Actor) -> QueueRow:
    """Write one row of the queue; nothing of its author."""
    return QueueRow(
        submission_id=row.submission_id,
        project_id=row.project_id,
        project_slug=row.project_slug,
        project_name=row.project_name,
        task_number=row.task_number,
        task_title=row.task_title,
        activity=row.activity,
        domain=row.domain,
        difficulty=row.difficulty,
        revision_n=row.revision_n,
        level=row.level,
        is_escalated=row.state == SubmissionState.ESCALATED,
        returned_by_me=row.last_reviewer_id == actor.user_id,
        words=row.words,
        submitted_at=row.submitted_at,
        unanswered=row.unanswered,
        review_id=row.review_id,
        open_url=f"/work/{row.submission_id}/review",
    )


@router.post(
    "/work/{submission_id}/review",
    name="api.reviews.open",
    status_code=201,
    dependencies=[WRITE],
)
def open_(submission_id: UUID, actor: CurrentActor, session: Writing, response: Response) -> OpenedOut:
    """Open a review of the last revision of this work, or go on with the one you have open (200)."""
    now = clock.now()
    get_reviewable(session, actor, submission_id, now=now)
    review, is_new = open_review(session, actor, submission_id, now=now)
    if not is_new:
        response.status_code = 200
    return OpenedOut(
        review_id=review.id, review=f"/api/v1/reviews/{review.id}", page=f"/reviews/{review.id}", is_new=is_new
    )
