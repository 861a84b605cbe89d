"""The review queue of one person, and the reviews of a project for those who run it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor, Role
from app.projects.access import get_project
from app.projects.policy import can_manage_project, is_blinded
from app.projects.queries import project_tabs
from app.reviews.access import get_reviewable
from app.reviews.pages.filters import Filters, address_query, filters_of
from app.reviews.queries.facets import domains_of, facts_of
from app.reviews.queries.overview import judged_page, standings_of
from app.reviews.queries.queue import COUNT_MAX, Wanted, queue_page, reviewed_projects, waiting_ids
from app.reviews.schemas import QueueQuery
from app.reviews.service.opening import open_review
from app.submissions.states import REVIEWABLE, SubmissionState
from app.web.deps import Reading, Writing
from app.web.templating import render

router = APIRouter()
SHOWN_STATES = (
    SubmissionState.SUBMITTED,
    SubmissionState.IN_REVIEW,
    SubmissionState.ESCALATED,
    SubmissionState.RETURNED,
    SubmissionState.APPROVED,
    SubmissionState.REJECTED,
    SubmissionState.QUARANTINED,
)


@router.get("/reviews", name="reviews.queue")
def queue(request: Request, actor: CurrentActor, session: Reading, asked: Annotated[QueueQuery, Query()]) -> Response:
    """Show what waits for this person's judgment, with filters that stand in the address."""
    now = clock.now()
    projects = reviewed_projects(session, actor)
    chosen = [one[0] for one in projects if asked.project in {None, one[1]}]
    wanted = Wanted.of(asked)
    page = queue_page(session, actor, chosen, wanted, now=now, cursor=asked.cursor)
    is_all = asked.cursor is None and page.next_cursor is None
    waiting = [row.submission_id for row in page.rows]
    if not is_all:
        waiting = waiting_ids(session, actor, chosen, now=now, wanted=wanted)
    filters = _filters(session, actor, asked, projects, waiting, now)
    response = render(
        request,
        "reviews/queue.html",
        partial="reviews/_queue.html",
        rows=page.rows,
        me=actor.user_id,
        is_reviewer=bool(actor.projects_as(Role.REVIEWER)),
        shows_projects=len(projects) > 1,
        filters=filters,
        is_filtered=bool(filters.query),
        waiting=min(len(waiting), COUNT_MAX),
        waiting_is_more=len(waiting) > COUNT_MAX,
        first_url=f"/work/{waiting[0]}/review" if waiting else None,
        older_url=f"/reviews?{urlencode(filters.query | {'cursor': page.next_cursor})}" if page.next_cursor else None,
    )
    # A form sends what was left alone too; the address holds what was chosen.
    response.headers["hx-push-url"] = f"/reviews?{urlencode(filters.query)}" if filters.query else "/reviews"
    return response


def _filters(
    session: Session,
    actor: Actor,
    asked: QueueQuery,
    projects: Sequence[tuple[UUID, str, str]],
    waiting: Sequence[UUID],
    now: datetime,
) -> Filters:
    """Count what each filter would show, unless more waits than is counted."""
    everything = [one[0] for one in projects]
    is_filtered = bool(address_query(asked))
    ids = waiting_ids(session, actor, everything, now=now) if is_filtered else waiting
    facts = facts_of(session, actor, ids) if len(ids) <= COUNT_MAX else None
    if facts is None:
        domains = domains_of(session, everything)
    else:
        domains = sorted({fact.domain for fact in facts if fact.domain is not None})
    names = [(slug, name) for _, slug, name in projects]
    return filters_of(asked, facts, projects=names, domains=domains, shows_levels=actor.level > 1)


@router.post("/work/{submission_id}/review", name="reviews.open")
def open_(submission_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Open a review of this work, or go on with the one that is open, and go to its workbench."""
    now = clock.now()
    get_reviewable(session, actor, submission_id, now=now)
    review, _ = open_review(session, actor, submission_id, now=now)
    return RedirectResponse(f"/reviews/{review.id}", 303)


@router.get("/projects/{slug}/reviews", name="reviews.of_project")
def of_project(
    slug: str,
    request: Request,
    actor: CurrentActor,
    session: Reading,
    state: SubmissionState | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """Show those who run a project what stands where and who decided what; lead its reviewers to their queue."""
    project = get_project(session, actor, slug)
    if not can_manage_project(actor, project):
        return RedirectResponse(f"/reviews?{urlencode({'project': project.slug})}", 303)
    states = [state] if state in SHOWN_STATES else sorted(REVIEWABLE)
    rows, next_cursor = judged_page(session, project.id, states, cursor=cursor)
    given = {"state": str(state)} if state in SHOWN_STATES else {}
    return render(
        request,
        "reviews/of_project.html",
        partial="reviews/_judged.html",
        project=project,
        project_tabs=project_tabs(session, actor, project, current="reviews"),
        standings=standings_of(session, project.id),
        states=SHOWN_STATES,
        state=state if state in SHOWN_STATES else None,
        rows=rows,
        shows_names=not is_blinded(actor, project),
        reviews_too=actor.has(Role.REVIEWER, project.id),
        older_url=f"?{urlencode(given | {'cursor': next_cursor})}" if next_cursor else None,
    )
