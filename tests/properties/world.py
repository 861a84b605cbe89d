"""One installation of the state machine: its database, its people, and what it has promised to somebody."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts import queries
from app.config import Settings
from app.core.actor import Actor, Role
from app.core.db import Base, Database
from app.core.errors import WorkingsError
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset
from app.projects.models import Project
from app.reviews.models import Review
from app.submissions.models import Submission
from app.submissions.schemas import Content
from app.tasks.models import Task
from tests.cast import NOW, Place, a_project, a_user, add_member
from tests.factories.work import STEPS, a_task

START = NOW - timedelta(days=400)
"""Before the real clock, by which a worker looks for jobs that are due."""
ROLES: dict[str, tuple[int, tuple[Role, ...]]] = {
    "Ed": (1, (Role.ANNOTATOR,)),
    "Eve": (1, (Role.ANNOTATOR,)),
    "Ann": (2, (Role.ANNOTATOR, Role.REVIEWER)),
    "Bob": (1, (Role.ANNOTATOR, Role.REVIEWER)),
    "Rae": (1, (Role.REVIEWER,)),
    "Ron": (2, (Role.REVIEWER,)),
    "Rob": (2, (Role.REVIEWER,)),
}
"""name → review level and roles; Ann and Bob both write and judge, which is where the rules meet."""
ANNOTATORS = [name for name, (_, roles) in ROLES.items() if Role.ANNOTATOR in roles]
REVIEWERS = [name for name, (_, roles) in ROLES.items() if Role.REVIEWER in roles]
OVERLAPS = (1, 2, 3)
"""Submissions needed by task 1, 2 and 3; Eve wrote task 2."""
NOBODY = UUID(int=0)
Outcome = tuple[Any, ...]
"""What a deed came to, in words that are the same on each database."""


@dataclass(frozen=True, order=True)
class Work:
    """Somebody's work on a task, named alike in every world."""

    task: int
    author: str


@dataclass(frozen=True)
class Text:
    """A text whose receipt was acknowledged: where it must be found from now on."""

    submission_id: UUID
    n: int | None
    """number of the save; None for a copy beside the head"""
    sha256: str


@dataclass
class Memory:
    """What was acknowledged to somebody."""

    texts: list[Text] = field(default_factory=list)
    receipts: list[tuple[UUID, int, str]] = field(default_factory=list)
    """(work, revision, hash) of each hand-in"""

    def add(self, more: "Memory") -> None:
        """Keep what a deed acknowledged."""
        self.texts += more.texts
        self.receipts += more.receipts


@dataclass
class World:
    """One database under the deeds of the machine, with a memory of what it has acknowledged."""

    database: Database
    settings: Settings
    review_levels: int
    people: dict[str, Actor] = field(default_factory=dict)
    project_id: UUID = NOBODY
    dataset_id: UUID = NOBODY
    acknowledged: Memory = field(default_factory=Memory)
    told: Memory = field(default_factory=Memory)
    """by the deed that is being done; acknowledged once it is committed"""

    def build(self) -> None:
        """Empty the database and store the project with its people, tasks and dataset."""
        with self.database.change() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            mona = a_user(session, "Mona")
            project = a_project(session, "sums", mona, review_levels=self.review_levels, level2_share_percent=100)
            users = {name: a_user(session, name, level=level) for name, (level, _) in ROLES.items()}
            for name, (_, roles) in ROLES.items():
                add_member(session, project, users[name], *roles)
            place = Place(project.id, project.slug, project.name)
            for needed in OVERLAPS:
                author = users["Eve"].id if needed == OVERLAPS[1] else None
                a_task(session, place, submissions_needed=needed, author_id=author)
            for name, user in {"Mona": mona, **users}.items():
                actor = queries.actor_of_user(session, user.id)
                assert actor is not None
                self.people[name] = actor
            wanted = DatasetIn.model_validate({"name": "Approved"})
            self.dataset_id = create_dataset(session, project, wanted, actor=self.people["Mona"], now=START).id
            self.project_id = project.id

    def do(self, deed: Callable[..., Outcome], *args: Any, now: datetime) -> Outcome:
        """Do one thing in a transaction of its own; a refusal is an outcome like another."""
        self.told = Memory()
        try:
            with self.database.change() as session:
                outcome = deed(session, self, *args, now=now)
        except WorkingsError as error:
            return "refused", error.code
        self.acknowledged.add(self.told)
        return outcome

    def submission(self, session: Session, work: Work) -> Submission:
        """Load the work of this name."""
        author = self.people[work.author].user_id
        query = select(Submission).join(Task, Task.id == Submission.task_id)
        return session.scalars(query.where(Task.number == work.task, Submission.author_id == author)).one()

    def review(self, session: Session, who: str, work: Work) -> Review:
        """Load the review of this work that somebody opened last."""
        query = select(Review).where(
            Review.submission_id == self.submission(session, work).id, Review.reviewer_id == self.people[who].user_id
        )
        return session.scalars(query.order_by(Review.opened_at.desc(), Review.save_n.desc()).limit(1)).one()

    def project(self, session: Session) -> Project:
        """Load the project."""
        return session.get_one(Project, self.project_id)

    def names(self) -> dict[UUID, str]:
        """Tell who has which id."""
        return {actor.user_id: name for name, actor in self.people.items()}


def written(number: int) -> Content:
    """Write a complete document that is like no other."""
    steps = [*STEPS[:-1], STEPS[-1] | {"body": f"Hence $n = 5$, as attempt {number} shows."}]
    return Content.model_validate(
        {
            "steps": steps,
            "answer": {"text": f"n = 5 ({number})"},
            "confidence": 4,
            "what_would_make_this_wrong": "A slip in the parity argument.",
        }
    )
