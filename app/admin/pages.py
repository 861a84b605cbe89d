"""Pages of the installation: people, audit log, jobs, health; and the addresses that need no sign-in."""

import logging
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from app.accounts import service as accounts
from app.accounts.access import get_user, require_admin
from app.accounts.deps import CurrentActor
from app.admin import queries, service
from app.admin.access import get_job
from app.core import clock
from app.core.errors import Invalid
from app.core.jobs import JobState
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import PostedForm
from app.web.templating import render

logger = logging.getLogger(__name__)
REPORT_MAX_CHARS = 256


def _admins_only(actor: CurrentActor) -> None:
    require_admin(actor)


router = APIRouter(include_in_schema=False)
admins = APIRouter(prefix="/admin", dependencies=[Depends(_admins_only)])
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/healthz", name="admin.alive")
def alive() -> Response:
    """Say that the process answers; touches nothing."""
    return PlainTextResponse("alive")


@router.get("/readyz", name="admin.ready")
def ready(request: Request, settings: CurrentSettings) -> Response:
    """Say whether requests can be served: database, tables, storage."""
    is_ready = service.ready(settings, request.app.state.database)
    return PlainTextResponse("ready" if is_ready else "not ready", 200 if is_ready else 503)


async def _report(request: Request) -> bytes:
    return await request.body()


@router.post("/csp-report", name="admin.csp_report")
def csp_report(raw: Annotated[bytes, Depends(_report)]) -> Response:
    """Take a browser's report that our content policy stopped something."""
    logger.warning("content policy: %r", raw.decode("utf-8", "replace")[:REPORT_MAX_CHARS])
    return Response(status_code=204)


@admins.get("", name="admin.index")
def index() -> Response:
    """Begin with health."""
    return RedirectResponse("/admin/health", 303)


@admins.get("/health", name="admin.health")
def health(request: Request, session: Reading, settings: CurrentSettings) -> Response:
    """Show what `workings doctor` shows."""
    del session
    checks = service.health(settings, request.app.state.database)
    return render(request, "admin/health.html", checks=checks, troubles=sum(not check.ok for check in checks))


@admins.get("/users", name="admin.users")
def users(request: Request, actor: CurrentActor, session: Reading, search: str = "", cursor: Cursor = None) -> Response:
    """List the accounts."""
    page = queries.people_page(session, search=search[:100], cursor=cursor)
    return render(request, "admin/users.html", partial="admin/_users.html", page=page, search=search, me=actor.user_id)


def _people(sentence: str) -> Response:
    response = RedirectResponse("/admin/users", 303)
    flash(response, "done", sentence)
    return response


@admins.post("/users/{user_id}/{act}", name="admin.user.change")
def change_user(actor: CurrentActor, session: Writing, settings: CurrentSettings, user_id: UUID, act: str) -> Response:
    """Disable, enable, promote, demote, set the review level, or make a reset link."""
    now = clock.now()
    accounts.require_step_up(actor, now=now)
    user = get_user(session, actor, user_id)
    if act == "disable":
        accounts.disable(session, user, actor=actor, now=now)
    elif act == "enable":
        accounts.enable(session, user, actor=actor, now=now)
    elif act in {"make-admin", "no-admin"}:
        accounts.set_admin(session, user, is_admin=act == "make-admin", actor=actor, now=now)
    elif act in {"level-1", "level-2"}:
        accounts.set_level(session, user, level=int(act[-1]), actor=actor, now=now)
    elif act == "reset":
        path = accounts.reset_link(session, user, actor=actor, now=now)
        return _people(f"Hand this link to {user.name}; it works once, for 30 minutes: {settings.public_url}{path}")
    else:
        raise Invalid("There is no such action.")
    return _people(f"Done: {user.name}.")


@admins.post("/users", name="admin.user.create")
def create_user(actor: CurrentActor, session: Writing, settings: CurrentSettings, posted: PostedForm) -> Response:
    """Make an account and show the link that sets its password."""
    now = clock.now()
    accounts.require_step_up(actor, now=now)
    path = accounts.create_user(
        session, email=posted["email"], name=posted["name"], is_admin=False, now=now, actor=actor
    )
    return _people(f"Hand this link over; it works once, for seven days: {settings.public_url}{path}")


@admins.get("/audit", name="admin.audit")
def audit_log(
    request: Request,
    session: Reading,
    *,
    actor_id: UUID | None = None,
    project_id: UUID | None = None,
    verb: Annotated[str, Query(max_length=64)] = "",
    before: datetime | None = None,
    cursor: Cursor = None,
) -> Response:
    """List what was done, newest first."""
    if before is not None and before.tzinfo is None:
        before = before.replace(tzinfo=UTC)
    page = queries.events_page(
        session, actor_id=actor_id, project_id=project_id, verb=verb, before=before, cursor=cursor
    )
    people = queries.names(session, [event.actor_id for event in page.items])
    filters = {"actor_id": actor_id, "project_id": project_id, "verb": verb}
    return render(request, "admin/audit.html", partial="admin/_events.html", page=page, people=people, filters=filters)


@admins.get("/jobs", name="admin.jobs")
def jobs(request: Request, session: Reading, state: JobState | None = None, cursor: Cursor = None) -> Response:
    """List the background jobs."""
    page = queries.jobs_page(session, state=state, cursor=cursor)
    return render(request, "admin/jobs.html", partial="admin/_jobs.html", page=page, state=state, states=list(JobState))


@admins.post("/jobs/{job_id}/{act}", name="admin.job.change")
def change_job(actor: CurrentActor, session: Writing, job_id: UUID, act: str) -> Response:
    """Try a dead job again, or stop one."""
    job = get_job(session, actor, job_id)
    if act == "retry":
        service.retry_job(session, job, actor=actor, now=clock.now())
    elif act == "cancel":
        service.cancel_job(session, job, actor=actor, now=clock.now())
    else:
        raise Invalid("There is no such action.")
    return RedirectResponse("/admin/jobs", 303)


@router.get("/api", name="admin.api")
def api_page(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List the addresses of the API, for people."""
    del session
    paths = request.app.openapi()["paths"]
    routes = [
        (method.upper(), path, found.get("summary", ""))
        for path, methods in sorted(paths.items())
        for method, found in methods.items()
    ]
    return render(request, "admin/api.html", routes=routes, name=actor.name)


@router.get("/api/v1/openapi.json", name="admin.openapi")
def openapi(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Give the OpenAPI document to who is signed in."""
    del actor, session
    return JSONResponse(request.app.openapi())


router.include_router(admins)
