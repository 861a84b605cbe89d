"""The demo: the cast, two live projects and work in every state, made through the same verbs as everything else."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import exists, select

from app.accounts.models import User
from app.config import Settings
from app.core import clock, jobs
from app.core.db import Database
from app.demo.collecting import acts_of_dataset, acts_of_exports
from app.demo.founding import act_of_looking, acts_of_people, acts_of_project, acts_of_task
from app.demo.pieces import Frame
from app.demo.reading import read_frame, read_tasks
from app.demo.stage import Act, Stage, play
from app.demo.working import acts_of_work
from app.worker import Worker

SEAL_JOB = "audit.seal"


def fill(settings: Settings, database: Database, *, now: datetime | None = None) -> bool:
    """Fill an empty installation; False, and nothing changed, when somebody is here already.

    All times are counted back from `now` (default: this moment). The jobs that hash and write are run to their end.
    """
    now = now or clock.now()
    frame = read_frame()
    worker = Worker(database, settings)
    with database.change() as session:
        if session.scalar(select(exists(select(User.id)))):
            return False
        stage = Stage(session, now)
        play(stage, _story(stage, frame))
    worker.run_all()
    with database.change() as session:
        stage = Stage(session, now)
        play(stage, [act for dataset in frame.datasets for act in acts_of_exports(stage, dataset)])
        jobs.enqueue(session, SEAL_JOB, {}, now=now)
    worker.run_all()
    return True


def _story(stage: Stage, frame: Frame) -> Iterator[Act]:
    yield from acts_of_people(stage, frame)
    for project in frame.projects:
        yield from acts_of_project(stage, project)
        for n, file in enumerate(read_tasks(project.facts.slug or ""), 1):
            key = f"{project.facts.slug}-{n}"
            yield from acts_of_task(stage, project, key, file)
            for work in file.work:
                yield from acts_of_work(stage, key, work)
    for dataset in frame.datasets:
        yield from acts_of_dataset(stage, dataset)
    yield act_of_looking(frame, stage.at(frame.looked))
