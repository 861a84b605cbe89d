"""The overview of a project: for its managers the way of the work, for its other members what concerns them."""

import csv
import io
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.datasets.policy import can_define_datasets
from app.insights.queries.asks import asks_of
from app.insights.queries.lately import lately
from app.insights.queries.people import people_of
from app.insights.queries.tabs import put_counts_on_tabs
from app.insights.queries.way import AGE_STEPS, Way, way_of
from app.insights.schemas import Figure, PersonRow, say, span
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.policy import can_annotate, can_manage_project, can_review, is_blinded
from app.projects.queries import has_acknowledged, has_signed, members_of, project_tabs
from app.projects.states import ProjectState
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()
put_counts_on_tabs()
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings by which a spreadsheet takes a cell for a formula."""


@router.get("/projects/{slug}", name="insights.overview")
def overview(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show how the project stands and what it wants."""
    project = get_project(session, actor, slug)
    if not can_manage_project(actor, project):
        return _for_members(request, session, actor, project)
    now = clock.now()
    members = members_of(session, project)
    way = way_of(session, project, now=now)
    datasets = can_define_datasets(actor, project)
    return render(
        request,
        "insights/overview.html",
        **_frame(session, actor, project),
        headline=headline(project, way),
        asks=asks_of(session, project, way, members, now=now),
        way=way,
        closed_ways=() if datasets else ("in_snapshot", "exported"),
        people=people_of(session, project, members, now=now),
        deeds=lately(session, project, shows_names=not is_blinded(actor, project)),
        now=now,
    )


@router.get("/projects/{slug}/figures.csv", name="insights.figures")
def figures(slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Send every figure of the overview as a table."""
    project = get_project(session, actor, slug, can=can_manage_project)
    now = clock.now()
    members = members_of(session, project)
    way = way_of(session, project, now=now)
    rows = figures_of(way, people_of(session, project, members, now=now))
    name = f"{project.slug}-{now:%Y-%m-%d}.csv"
    return Response(
        as_csv(rows, now), media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def headline(project: Project, way: Way) -> str:
    """Say the news of the project in one sentence, the most pressing first."""
    if project.state == ProjectState.DRAFT:
        return "Being set up; nobody is given work yet."
    if project.state == ProjectState.CLOSED:
        return f"Closed, with {way.piles['approved'].count:,} approved pieces."
    if way.late:
        those = "all" if way.late == way.waiting else say(way.late, "of them", "of them").lower()
        return f"{say(way.waiting, 'piece')} {_waits(way.waiting)} for review, {those} longer than 48 hours."
    return _calm(project, way)


def _calm(project: Project, way: Way) -> str:
    if not way.piles["open"].count and not way.waiting and not way.piles["drafted"].count:
        return "Nothing is open and nothing waits."
    if project.goal_tokens and way.approved_tokens is not None:
        percent = round(100 * way.approved_tokens / project.goal_tokens)
        return f"{percent} % of the goal is approved; no review waits longer than 48 hours."
    if way.waiting:
        return f"{say(way.waiting, 'piece')} {_waits(way.waiting)} for review, none longer than 48 hours."
    return f"No review waits; {say(way.piles['open'].count, 'task is', 'tasks are').lower()} open."


def _waits(count: int) -> str:
    return "waits" if count == 1 else "wait"


def figures_of(way: Way, people: list[PersonRow]) -> list[Figure]:
    """List all figures of the overview with what each rests on."""
    steps = [f"up to {span(step)}" for step in AGE_STEPS] + [f"over {span(AGE_STEPS[-1])}"]
    rows = [Figure(stage.name, stage.count, stage.count, unit="pieces") for stage in way.stages]
    rows += [
        Figure(f"{stage.name}, there {step}", count, stage.count, unit="pieces")
        for stage in way.stages
        for step, count in zip(steps, stage.ages, strict=True)
    ]
    low, high = way.first_time.interval
    rows.append(Figure("Right the first time", way.first_time.percent, way.first_time.n, low, high, "percent"))
    rows.append(Figure("Waiting longer than 48 h", way.late, way.waiting, unit="pieces"))
    if way.approved_tokens is not None:
        rows.append(Figure("Approved tokens", way.approved_tokens, way.piles["approved"].count, unit="tokens"))
    for person in people:
        rows.append(Figure(f"{person.name}: handed in, 7 days", person.pieces, person.pieces, unit="pieces"))
        rows.append(Figure(f"{person.name}: decided, 7 days", person.reviews, person.reviews, unit="pieces"))
        rows.append(Figure(f"{person.name}: active, 7 days", person.active_seconds, person.pieces, unit="seconds"))
        if person.first_time is not None and person.first_time.n:
            low, high = person.first_time.interval
            share = person.first_time
            rows.append(Figure(f"{person.name}: right the first time", share.percent, share.n, low, high, "percent"))
    return rows


def as_csv(rows: list[Figure], now: datetime) -> str:
    """Write figures as CSV; a name that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["figure", "value", "unit", "n", "low_95", "high_95", "at"])
    for row in rows:
        name = f"'{row.name}" if row.name.startswith(_DANGEROUS) else row.name
        low, high = ("" if bound is None else bound for bound in (row.low, row.high))
        writer.writerow([name, row.value, row.unit, row.n, low, high, now.isoformat()])
    return out.getvalue()


def _frame(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    tabs = project_tabs(session, actor, project, current="overview")
    return {"project": project, "project_tabs": tabs, "can_manage": can_manage_project(actor, project)}


def _for_members(request: Request, session: Session, actor: Actor, project: Project) -> Response:
    acknowledged = has_acknowledged(session, actor, project)
    to_sign = project.agreement_n > 0 and not has_signed(session, actor, project)
    return render(
        request,
        "insights/member.html",
        **_frame(session, actor, project),
        annotates=can_annotate(actor, project),
        reviews=can_review(actor, project),
        acknowledged=acknowledged,
        to_sign=to_sign,
        may_work=project.state == ProjectState.LIVE and acknowledged and not to_sign,
    )
