"""Bringing a file in, in four steps on one page beside the table: file, fields, check, import."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, TooLarge
from app.core.jobs import Job, JobState
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.pages.frame import frame
from app.projects.policy import can_manage_project
from app.tasks import queries
from app.tasks.access import get_import
from app.tasks.adapters import ADAPTERS
from app.tasks.models import TaskImport
from app.tasks.pages.table import table_context
from app.tasks.pages.uploading import receive_upload, send_problems
from app.tasks.reading.rows import IMPORTABLE
from app.tasks.schemas import ImportPlan
from app.tasks.service.importing import LAYOUTS, cancel_import, plan_import, start_import
from app.tasks.states import ExistingPolicy, ImportState
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, sentences, with_error
from app.web.templating import render

router = APIRouter()
BUSY = frozenset({ImportState.CHECKING, ImportState.IMPORTING})
PROBLEMS_SHOWN = 50
GIVEN_FOR_ALL = ("activity", "domain", "skill", "difficulty", "source", "licence", "submissions_needed", "priority")
"""Fields that the page offers for all rows at once; a plan of the API may give any."""
EXISTING_WORDS = {
    ExistingPolicy.REFUSE: "is a bad row",
    ExistingPolicy.KEEP: "leaves the existing task as it is",
    ExistingPolicy.UPDATE: "changes the existing task, unless somebody has worked on it",
}
STEPS = ("File", "Fields", "Check", "Import")
STEP_OF = {
    ImportState.UPLOADED: 1,
    ImportState.CHECKING: 2,
    ImportState.CHECKED: 2,
    ImportState.IMPORTING: 3,
    ImportState.DONE: 4,
    ImportState.FAILED: 1,
    ImportState.CANCELLED: 0,
}


@router.get("/projects/{slug}/tasks/import", name="tasks.import")
def choose(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show the first step: choosing a file."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return _page(request, session, actor, project, None, Form())


@router.post("/projects/{slug}/imports", name="tasks.upload")
def upload(
    request: Request,
    slug: str,
    actor: CurrentActor,
    session: Writing,
    posted: PostedForm,
    settings: CurrentSettings,
) -> Response:
    """Take the file and go on to its fields."""
    try:
        task_import = receive_upload(session, settings, actor, slug, posted.files.get("file"))
    except (Invalid, TooLarge) as error:
        session.rollback()
        project = get_project(session, actor, slug, can=can_manage_project)
        form = Form(errors={"file": error.sentence}, error=error.sentence)
        return _page(request, session, actor, project, None, form, status=422)
    return RedirectResponse(f"/imports/{task_import.id}", 303)


@router.get("/imports/{import_id}", name="tasks.import_page")
def follow(request: Request, import_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """Show where an import stands; the panel fetches itself while something runs."""
    task_import = get_import(session, actor, import_id)
    project = get_project(session, actor, task_import.project_id, can=can_manage_project)
    again = request.query_params.get("step") == "fields" and task_import.state == ImportState.CHECKED
    return _page(request, session, actor, project, task_import, Form(values=_values(task_import)), fields=again)


@router.get("/imports/{import_id}/problems", name="tasks.import_problems")
def problems(import_id: UUID, actor: CurrentActor, session: Reading, settings: CurrentSettings) -> Response:
    """Send every bad row with its reason as a file."""
    return send_problems(settings, get_import(session, actor, import_id))


@router.post("/imports/{import_id}/check", name="tasks.import_check")
def check(request: Request, import_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Take the mapping and have the file checked."""
    task_import = get_import(session, actor, import_id, lock=True)
    project = get_project(session, actor, task_import.project_id, can=can_manage_project)
    form = Form(values=_posted_values(posted))
    try:
        plan = ImportPlan.model_validate(_plan_of(posted))
        plan_import(session, task_import, plan, actor=actor, now=clock.now())
    except ValidationError as error:
        form.errors = {name.split(".")[-1]: fault for name, fault in sentences(error).items()}
        form.error = " ".join(form.errors.values())
        return _page(request, session, actor, project, task_import, form, fields=True, status=422)
    except Invalid as error:
        return _page(request, session, actor, project, task_import, with_error(form, error), fields=True, status=422)
    return RedirectResponse(f"/imports/{import_id}", 303)


@router.post("/imports/{import_id}/start", name="tasks.import_start")
def start(import_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Have the checked rows stored."""
    task_import = get_import(session, actor, import_id, lock=True)
    response = RedirectResponse(f"/imports/{import_id}", 303)
    leave_out = posted["leave_out_bad_rows"] == "true"
    try:
        start_import(session, task_import, actor=actor, now=clock.now(), leave_out_bad_rows=leave_out)
    except Invalid as error:
        flash(response, "refused", error.sentence)
    return response


@router.post("/imports/{import_id}/cancel", name="tasks.import_cancel")
def cancel(import_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Stop an import; nothing of it stays."""
    task_import = get_import(session, actor, import_id, lock=True)
    project = get_project(session, actor, task_import.project_id, can=can_manage_project)
    cancel_import(session, task_import, actor=actor, now=clock.now())
    response = RedirectResponse(f"/projects/{project.slug}/tasks", 303)
    flash(response, "done", "The import is cancelled; nothing was changed.")
    return response


def _plan_of(posted: Posted) -> dict[str, Any]:
    texts = {name: posted[f"map.{name}"] for name in IMPORTABLE if posted[f"map.{name}"]}
    given = {name: posted[f"all.{name}"] for name in GIVEN_FOR_ALL if posted[f"all.{name}"]}
    return {
        "adapter": posted["adapter"],
        "mapping": texts,
        "defaults": given,
        "existing": posted["existing"] or "refuse",
        "open_at_once": posted["open_at_once"] == "true",
    }


def _posted_values(posted: Posted) -> dict[str, Any]:
    plan = _plan_of(posted)
    return {
        **{f"map.{name}": column for name, column in plan["mapping"].items()},
        **{f"all.{name}": value for name, value in plan["defaults"].items()},
        "adapter": plan["adapter"],
        "existing": plan["existing"],
        "open_at_once": plan["open_at_once"],
    }


def _values(task_import: TaskImport) -> dict[str, Any]:
    presets = ADAPTERS[task_import.adapter].presets if task_import.state == ImportState.UPLOADED else {}
    given = {**presets, **task_import.defaults}
    return {
        **{f"map.{name}": column for name, column in task_import.mapping.items()},
        **{f"all.{name}": given[name] for name in GIVEN_FOR_ALL if name in given},
        "adapter": task_import.adapter,
        "existing": str(task_import.existing),
        "open_at_once": bool(task_import.defaults.get("open_at_once")),
    }


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    project: Project,
    task_import: TaskImport | None,
    form: Form,
    *,
    fields: bool = False,
    status: int = 200,
) -> Response:
    job = session.get(Job, task_import.job_id) if task_import is not None and task_import.job_id else None
    step = STEP_OF[task_import.state] if task_import else 0
    panel: dict[str, Any] = {
        "found": task_import,
        "step": 1 if fields else step,
        "steps": STEPS,
        "is_busy": task_import is not None and task_import.state in BUSY and not _is_dead(job),
        "is_dead": _is_dead(job) and task_import is not None and task_import.state in BUSY,
        "job": job,
        "problems": task_import.problems[:PROBLEMS_SHOWN] if task_import else [],
        "endings": ",".join(LAYOUTS),
        "adapters": [(adapter.name, adapter.title) for adapter in ADAPTERS.values()],
        "importable": IMPORTABLE,
        "existing": [(str(policy), words) for policy, words in EXISTING_WORDS.items()],
        "domains": [("", "by the file"), *((word, word) for word in project.taxonomy.get("domains", []))],
        "skills": [("", "by the file"), *((word, word) for word in project.taxonomy.get("skills", []))],
    }
    return render(
        request,
        "tasks/index.html",
        partial="tasks/_import.html",
        status=status,
        **frame(session, actor, project, "tasks"),
        **table_context(session, actor, project, request),
        authors=queries.authors_of(session, project.id),
        imports=queries.imports_of(session, project.id),
        panel=panel,
        form=form,
    )


def _is_dead(job: Job | None) -> bool:
    return job is not None and job.state in {JobState.DEAD, JobState.CANCELLED}
