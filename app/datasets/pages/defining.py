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
from app.datasets.access import get_dataset, get_snapshot
from app.datasets.models import Dataset
from app.datasets.pages.builder import choices_of, read, says_more, values_of, words
from app.datasets.pages.frame import frame
from app.datasets.policy import can_define_datasets, can_edit_dataset
from app.datasets.queries.corrections import open_challenges
from app.datasets.queries.counting import count_selected
from app.datasets.queries.selection import datasets_of, snapshots_of
from app.datasets.schemas import Rule, RuleCount, Splitting
from app.datasets.states import DatasetUse
from app.projects.access import get_project
from app.projects.models import Project
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, with_error
from app.web.templating import render

router = APIRouter()


@router.get("/projects/{slug}/datasets", name="datasets.index")
def index(request: Request, actor: CurrentActor, session: Reading, slug: str) -> Response:
    """List the datasets of a project, and let one be defined."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    return _index(request, session, actor, project, Form(values={"states": ["approved"], "use": "training"}))


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
        challenges=open_challenges(session, project.id),
        form=form,
        choices=choices_of(project, Rule()),
        selected=count_selected(session, project.id, Rule(), now=clock.now()),
        fault=None,
        **words(),
        **frame(session, actor, project),
    )


@router.post("/projects/{slug}/datasets", name="datasets.create")
def create(request: Request, actor: CurrentActor, session: Writing, slug: str, posted: PostedForm) -> Response:
    """Define a dataset and go to it."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    wanted, form = read(posted)
    if wanted is not None:
        try:
            with session.begin_nested():
                dataset = service.create_dataset(session, project, wanted, actor=actor, now=clock.now())
        except Invalid as error:
            with_error(form, error)
        else:
            return RedirectResponse(f"/datasets/{dataset.id}", 303)
    return _index(request, session, actor, project, form, 422)


@router.post("/projects/{slug}/datasets/count", name="datasets.count")
def count(request: Request, actor: CurrentActor, session: Writing, slug: str, posted: PostedForm) -> Response:
    """Count what the rule that is being written selects; stores nothing."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    named = {**posted.fields, "name": posted["name"] or "new"}
    wanted, form = read(type(posted)(named, posted.files))
    if wanted is None:
        first = next(iter(form.errors.items()), None)
        fault = f"{first[0].replace('_', ' ').capitalize()}: {first[1]}" if first else form.error
        selected = None
    else:
        selected, fault = _counted(session, project, wanted.rule, wanted.use)
    return render(request, "datasets/_counts.html", project=project, selected=selected, fault=fault, **words())


def _counted(session: Session, project: Project, rule: Rule, use: DatasetUse) -> tuple[RuleCount | None, str | None]:
    """Count, or say why it cannot be counted."""
    try:
        return count_selected(session, project.id, rule, now=clock.now(), use=use), None
    except Invalid as error:
        return None, error.sentence


@router.get("/datasets/{dataset_id}", name="datasets.dataset")
def dataset_page(request: Request, actor: CurrentActor, session: Reading, dataset_id: UUID) -> Response:
    """Show a dataset: its rule with live counts, its snapshots."""
    dataset = get_dataset(session, actor, dataset_id)
    return _dataset(request, session, actor, dataset, Form(values=values_of(dataset)))


def _dataset(
    request: Request, session: Session, actor: Actor, dataset: Dataset, form: Form, status: int = 200
) -> Response:
    project = get_project(session, actor, dataset.project_id)
    rule = Rule.model_validate(dataset.rule)
    selected, fault = _counted(session, project, rule, dataset.use)
    return render(
        request,
        "datasets/dataset.html",
        status=status,
        dataset=dataset,
        form=form,
        choices=choices_of(project, rule),
        selected=selected,
        fault=fault,
        has_more=says_more(rule),
        is_split=dataset.splitting not in ({}, Splitting.usual(dataset.use).model_dump(mode="json")),
        snapshots=snapshots_of(session, [dataset.id]),
        **words(),
        **frame(session, actor, project),
    )


@router.post("/datasets/{dataset_id}", name="datasets.change")
def change(request: Request, actor: CurrentActor, session: Writing, dataset_id: UUID, posted: PostedForm) -> Response:
    """Change the rule."""
    dataset = get_dataset(session, actor, dataset_id, can=can_edit_dataset)
    wanted, form = read(posted)
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


@router.post("/snapshots/{snapshot_id}/freeze-again", name="datasets.freeze_again")
def freeze_again(actor: CurrentActor, session: Writing, snapshot_id: UUID) -> Response:
    """Hash a snapshot that failed once more, with the members it has."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    service.freeze_again(session, snapshot, actor=actor, now=clock.now())
    return RedirectResponse(f"/snapshots/{snapshot.id}", 303)
