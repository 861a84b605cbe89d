"""The table of a project's tasks: search, filters, order, pages by key, and one change to many."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.pages.frame import frame
from app.projects.policy import can_manage_project
from app.tasks import queries
from app.tasks.schemas import BulkAction, BulkIn, ColumnsIn, TaskColumn, TaskFilter, TaskSort
from app.tasks.service.bulk import change_many
from app.tasks.service.columns import choose_columns
from app.tasks.states import PRIORITY_MAX, Activity, TaskState
from app.web.addresses import page_before
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import PostedForm, sentences
from app.web.templating import render

router = APIRouter()
PAGE_SIZE = 50
FILTERS = tuple(TaskFilter.model_fields)
DONE_WORDS = {
    BulkAction.READY: "ready",
    BulkAction.OPEN: "open for work",
    BulkAction.HALT: "halted",
    BulkAction.CLOSE: "closed",
    BulkAction.ARCHIVE: "archived",
    BulkAction.BROKEN: "marked as broken",
    BulkAction.LABEL: "labelled",
    BulkAction.PRIORITY: "given this priority",
}
SORT_WORDS = {
    TaskSort.NUMBER: "Number",
    TaskSort.NEWEST: "Newest first",
    TaskSort.TOPIC: "Topic",
    TaskSort.LEVEL: "Level",
    TaskSort.PRIORITY: "Priority",
}


COLUMN_WORDS = {
    TaskColumn.ID: "Id from outside",
    TaskColumn.ACTIVITY: "Kind of work",
    TaskColumn.TOPIC: "Topic",
    TaskColumn.SKILL: "Skill",
    TaskColumn.LEVEL: "Level",
    TaskColumn.FAMILY: "Family",
    TaskColumn.STATE: "State",
    TaskColumn.PRIORITY: "Priority",
    TaskColumn.WORK: "Work done and needed",
    TaskColumn.AGE: "Age",
}


@dataclass(frozen=True, slots=True)
class Pager:
    """What components/parts.html needs to show the way between pages."""

    first: int
    last: int
    total: int
    newer_url: str | None
    older_url: str | None


@router.get("/projects/{slug}/tasks", name="tasks.index")
def index(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show the tasks that match, one page of them."""
    project = get_project(session, actor, slug, can=can_manage_project)
    context = table_context(session, actor, project, request)
    return render(request, "tasks/index.html", partial="tasks/_table.html", **_page(session, actor, project), **context)


@router.post("/projects/{slug}/tasks/bulk", name="tasks.bulk")
def bulk(slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Do one thing to the ticked tasks, or to all that match, and go back to the same page of the table."""
    project = get_project(session, actor, slug, can=can_manage_project)
    query = {name: posted[f"filter.{name}"] for name in FILTERS if posted[f"filter.{name}"]}
    back = RedirectResponse(f"/projects/{slug}/tasks" + (f"?{urlencode(query)}" if query else ""), 303)
    values = {name: value for name, value in posted.fields.items() if not name.startswith("filter.")}
    try:
        data = BulkIn.model_validate({**values, "filter": query})
        result = change_many(session, project, data, actor=actor, now=clock.now())
    except ValidationError as error:
        flash(back, "refused", "Not changed. " + " ".join(sentences(error).values()))
        return back
    except Invalid as error:
        flash(back, "refused", f"Not changed. {error.sentence}")
        return back
    noun = "One task is" if result.changed == 1 else f"{result.changed:,} tasks are"
    left = f" {result.left_alone:,} stay as they were: their state does not allow it." if result.left_alone else ""
    flash(back, "done" if result.changed else "caution", f"{noun} {DONE_WORDS[data.action]}.{left}")
    return back


@router.post("/projects/{slug}/tasks/columns", name="tasks.columns")
def columns(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Keep which columns this person sees, and go back to where they were in the table."""
    get_project(session, actor, slug, can=can_manage_project)
    here = f"/projects/{slug}/tasks"
    before = page_before(request)
    back = RedirectResponse(before if before.partition("?")[0].startswith(here) else here, 303)
    ticked = posted.fields.get("columns", [])
    try:
        wanted = ColumnsIn.model_validate({"columns": [ticked] if isinstance(ticked, str) else ticked})
    except ValidationError:
        flash(back, "refused", "Not changed. One of the columns is none of this table.")
        return back
    choose_columns(session, actor, wanted if posted["act"] != "usual" else None)
    return back


def table_context(session: Session, actor: Actor, project: Project, request: Request) -> dict[str, Any]:
    """Read the address of a table and collect what templates/tasks/_table.html shows."""
    wanted, sort, faults = _read_address(request)
    before, after = request.query_params.get("before"), request.query_params.get("after")
    page = queries.page_of_tasks(
        session,
        project.id,
        wanted,
        sort,
        size=PAGE_SIZE,
        cursor=before or after,
        backwards=before is not None,
    )
    total = queries.count_matching(session, project.id, wanted)
    given = wanted.given()
    here = f"/projects/{project.slug}/tasks"
    return {
        "lines": page.lines,
        "columns": queries.columns_of(session, actor.user_id),
        "column_choices": list(COLUMN_WORDS.items()),
        "pager": _pager(page, given, sort, here, _place(request), total),
        "total": total,
        "wanted": wanted,
        "given": given,
        "chips": _chips(session, project, wanted, given, sort, here),
        "sort": sort,
        "sorts": list(SORT_WORDS.items()),
        "sort_urls": {name: _address(here, {**given, "sort": name}) for name in TaskSort},
        "filter_faults": faults,
        "states": list(TaskState),
        "activities": list(Activity),
        "priorities": list(range(PRIORITY_MAX, -1, -1)),
        "domains": project.taxonomy.get("domains", []),
        "skills": project.taxonomy.get("skills", []),
        "here": here,
    }


def _page(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    return {
        **frame(session, actor, project, "tasks"),
        "authors": queries.authors_of(session, project.id),
        "imports": queries.imports_of(session, project.id),
        "panel": None,
    }


def _read_address(request: Request) -> tuple[TaskFilter, TaskSort, dict[str, str]]:
    """Read filter and order from the query; a value that is none of ours filters nothing and is told."""
    params = request.query_params
    values = {name: params[name] for name in FILTERS if name in params}
    faults: dict[str, str] = {}
    try:
        wanted = TaskFilter.model_validate(values)
    except ValidationError as error:
        faults = sentences(error)
        wanted = TaskFilter.model_validate({name: value for name, value in values.items() if name not in faults})
    word = params.get("sort", "")
    return wanted, TaskSort(word) if word in set(TaskSort) else TaskSort.NUMBER, faults


def _place(request: Request) -> int:
    """Read the number of the first row shown; it is decoration, the keys decide what is shown."""
    text = request.query_params.get("at", "1")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 1  # noqa: PLR2004 - no larger table


def _pager(page: queries.TaskPage, given: dict[str, str], sort: TaskSort, here: str, first: int, total: int) -> Pager:
    common = {**given, "sort": str(sort)}
    last = first + len(page.lines) - 1
    newer = {**common, "before": page.newer, "at": str(max(1, first - PAGE_SIZE))} if page.newer else None
    older = {**common, "after": page.older, "at": str(last + 1)} if page.older else None
    return Pager(
        first=first if page.lines else 0,
        last=last if page.lines else 0,
        total=total,
        newer_url=_address(here, newer) if newer else None,
        older_url=_address(here, older) if older else None,
    )


def _address(here: str, query: dict[str, Any]) -> str:
    return f"{here}?{urlencode(query)}" if query else here


def _chips(
    session: Session, project: Project, wanted: TaskFilter, given: dict[str, str], sort: TaskSort, here: str
) -> list[tuple[str, str]]:
    """Name the filters that have no field of their own in the bar, each with the address without it."""
    words: dict[str, str] = {}
    if wanted.skill is not None:
        words["skill"] = wanted.skill
    if wanted.priority is not None:
        words["priority"] = f"Priority {wanted.priority}"
    if wanted.author_id is not None:
        names: dict[UUID, str] = dict(queries.authors_of(session, project.id))
        words["author_id"] = f"Written by {names.get(wanted.author_id, 'somebody else')}"
    if wanted.import_id is not None:
        files = {found.id: found.file_name for found in queries.imports_of(session, project.id)}
        words["import_id"] = f"From {files.get(wanted.import_id, 'an import')}"
    without = {name: {key: value for key, value in given.items() if key != name} for name in words}
    return [(text, _address(here, {**without[name], "sort": str(sort)})) for name, text in words.items()]
