"""Pages of datasets: the list with its rule builder, and one dataset with its snapshots."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.accounts.service import require_step_up
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.datasets import service
from app.datasets.access import get_dataset
from app.datasets.models import Dataset
from app.datasets.policy import can_define_datasets, can_edit_dataset
from app.datasets.queries.selection import count_selected, datasets_of, snapshots_of
from app.datasets.schemas import RULE_STATES, DatasetIn, Rule
from app.datasets.states import Tier
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.queries import project_tabs
from app.tasks.states import Activity
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter(include_in_schema=False)
LISTS = ("states", "activities", "domains", "skills", "difficulties", "tiers")


def _frame(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    return {"project": project, "project_tabs": project_tabs(session, actor, project, current="datasets")}


def _choices(project: Project) -> dict[str, list[str]]:
    """List what each part of the rule may say."""
    return {
        "states": sorted(RULE_STATES),
        "activities": [activity.value for activity in Activity],
        "domains": list(project.taxonomy.get("domains", [])),
        "skills": list(project.taxonomy.get("skills", [])),
        "difficulties": ["1", "2", "3", "4", "5"],
        "tiers": [tier.value for tier in Tier],
    }


def _read(posted: Posted) -> tuple[DatasetIn | None, Form]:
    """Read the rule builder; its checkboxes become lists."""
    lists: dict[str, list[str]] = {}
    for name in LISTS:
        value = posted.fields.get(name, [])
        lists[name] = [value] if isinstance(value, str) else value
    texts = Posted({name: posted[name] for name in ("name", "purpose")}, posted.files)
    wanted, form = parse(DatasetIn, texts, rule={name: chosen for name, chosen in lists.items() if chosen})
    form.values.update(lists)
    return wanted, form


@router.get("/projects/{slug}/datasets", name="datasets.index")
def index(request: Request, actor: CurrentActor, session: Reading, slug: str) -> Response:
    """List the datasets of a project, and let one be defined."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    return _index(request, session, actor, project, Form(values={"states": ["approved"]}))


def _index(
    request: Request, session: Session, actor: Actor, project: Project, form: Form, status: int = 200
) -> Response:
    datasets = datasets_of(session, project.id)
    newest: dict[UUID, Any] = {}
    for snapshot in snapshots_of(session, [dataset.id for dataset in datasets]):
        newest.setdefault(snapshot.dataset_id, snapshot)
    return render(
        request,
        "datasets/index.html",
        status=status,
        datasets=datasets,
        newest=newest,
        form=form,
        choices=_choices(project),
        now_selected=count_selected(session, project.id, Rule()),
        **_frame(session, actor, project),
    )


@router.post("/projects/{slug}/datasets", name="datasets.create")
def create(request: Request, actor: CurrentActor, session: Writing, slug: str, posted: PostedForm) -> Response:
    """Define a dataset and go to it."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    wanted, form = _read(posted)
    if wanted is not None:
        try:
            with session.begin_nested():
                dataset = service.create_dataset(session, project, wanted, actor=actor, now=clock.now())
        except Invalid as error:
            with_error(form, error)
        else:
            return RedirectResponse(f"/datasets/{dataset.id}", 303)
    return _index(request, session, actor, project, form, 422)


@router.get("/datasets/{dataset_id}", name="datasets.dataset")
def dataset_page(request: Request, actor: CurrentActor, session: Reading, dataset_id: UUID) -> Response:
    """Show a dataset: its rule with live counts, its snapshots."""
    dataset = get_dataset(session, actor, dataset_id)
    values = {"name": dataset.name, "purpose": dataset.purpose, **dataset.rule}
    values["difficulties"] = [str(value) for value in dataset.rule.get("difficulties", [])]
    return _dataset(request, session, actor, dataset, Form(values=values))


def _dataset(
    request: Request, session: Session, actor: Actor, dataset: Dataset, form: Form, status: int = 200
) -> Response:
    project = get_project(session, actor, dataset.project_id)
    return render(
        request,
        "datasets/dataset.html",
        status=status,
        dataset=dataset,
        form=form,
        choices=_choices(project),
        selected=count_selected(session, project.id, Rule.model_validate(dataset.rule)),
        snapshots=snapshots_of(session, [dataset.id]),
        **_frame(session, actor, project),
    )


@router.post("/datasets/{dataset_id}", name="datasets.change")
def change(request: Request, actor: CurrentActor, session: Writing, dataset_id: UUID, posted: PostedForm) -> Response:
    """Change the rule."""
    dataset = get_dataset(session, actor, dataset_id, can=can_edit_dataset)
    wanted, form = _read(posted)
    if wanted is not None:
        try:
            with session.begin_nested():
                service.change_dataset(session, dataset, wanted, actor=actor, now=clock.now())
        except Invalid as error:
            with_error(form, error)
        else:
            response = RedirectResponse(f"/datasets/{dataset.id}", 303)
            flash(response, "done", "The rule is saved. Snapshots keep the one they were frozen with.")
            return response
    return _dataset(request, session, actor, dataset, form, 422)


@router.post("/datasets/{dataset_id}/snapshots", name="datasets.freeze")
def freeze(actor: CurrentActor, session: Writing, dataset_id: UUID, posted: PostedForm) -> Response:
    """Freeze the dataset now."""
    now = clock.now()
    require_step_up(actor, now=now)
    dataset = get_dataset(session, actor, dataset_id, can=can_edit_dataset)
    snapshot = service.freeze(session, dataset, note=posted["note"][:2000], actor=actor, now=now)
    return RedirectResponse(f"/snapshots/{snapshot.id}", 303)
