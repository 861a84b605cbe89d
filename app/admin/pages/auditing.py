"""The audit log: who did what, whether the chain holds, and a file of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.deps import CurrentActor
from app.admin import queries, service
from app.admin.schemas import EventFilter
from app.core import audit, clock
from app.core.actor import Actor
from app.core.pagination import Page
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse
from app.web.templating import render

router = APIRouter()


@router.get("/audit", name="admin.audit")
def audit_log(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """List what was done, newest first."""
    wanted, form = parse(EventFilter, Posted(dict(request.query_params), {}))
    return _page(request, session, actor, wanted, form, cursor=cursor)


def _page(
    request: Request, session: Session, actor: Actor, wanted: EventFilter | None, form: Form, *, cursor: str | None
) -> Response:
    nothing: Page[audit.Event] = Page([], None)
    page = queries.events_page(session, wanted, cursor=cursor) if wanted else nothing
    return render(
        request,
        "admin/audit.html",
        partial="admin/_events.html",
        status=200 if wanted else 422,
        form=form,
        page=page,
        filters=wanted.as_query() if wanted else {},
        people=queries.people_named(session, [event.actor_id for event in page.items]),
        slugs=queries.slugs_of(session, [event.project_id for event in page.items]),
        seals=queries.seals_of(session, [event.id for event in page.items]),
        head=queries.last_seal(session),
        unsealed=audit.count_unsealed(session),
        verified=queries.last_verification(session, finished=True),
        verifying=queries.last_verification(session, finished=False),
        stepped_up=actor.stepped_up(clock.now()),
    )


@router.post("/audit/verify", name="admin.audit.verify")
def verify(actor: CurrentActor, session: Writing) -> Response:
    """Have the whole chain checked."""
    service.wish_verification(session, actor=actor, now=clock.now())
    response = RedirectResponse("/admin/audit", 303)
    flash(response, "done", "The chain is being checked; reload in a moment.")
    return response


@router.post("/audit.csv", name="admin.audit.csv")
def export(request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Download the events that the filter shows, for a spreadsheet; that it was done is an event too."""
    now = clock.now()
    accounts.require_step_up(actor, now=now)
    wanted, form = parse(EventFilter, posted)
    if wanted is None:
        return _page(request, session, actor, wanted, form, cursor=None)
    audit.record(session, "audit.export", actor=actor, at=now, kind="audit", filters=wanted.as_query())
    name = f"workings-audit-{now:%Y%m%d-%H%M}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    lines = service.export_events(request.app.state.database, wanted)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
