"""How much of the queue each filter would show, as long as the queue is short enough to be looked through."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects.models import Project
from app.reviews.schemas import QueueQuery
from app.submissions.models import Submission
from app.tasks.models import Task
from app.tasks.states import Activity

FACETS = ("project", "activity", "domain", "difficulty", "level", "waits")
AGAIN, NEW, LATER = "again", "new", "later"


@dataclass(frozen=True, slots=True)
class Fact:
    """What the filters compare of one piece that waits."""

    project: str
    activity: Activity
    domain: str | None
    difficulty: int | None
    level: int
    waits: str
    """again: returned by the actor; new: a first version; later: returned by somebody else"""


def facts_of(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[Fact]:
    """Read what the filters compare of these pieces, in one query."""
    query = (
        select(
            Project.slug,
            Submission.activity,
            Task.domain,
            Task.difficulty,
            Submission.review_level,
            Submission.revision_n,
            Submission.last_reviewer_id,
        )
        .join(Task, Task.id == Submission.task_id)
        .join(Project, Project.id == Submission.project_id)
        .where(Submission.id.in_(ids))
    )
    return [Fact(*row[:5], _waits(actor, row.revision_n, row.last_reviewer_id)) for row in session.execute(query)]


def _waits(actor: Actor, revision_n: int, last_reviewer_id: UUID | None) -> str:
    if last_reviewer_id == actor.user_id:
        return AGAIN
    return LATER if revision_n > 1 else NEW


def waits_of(asked: QueueQuery) -> str | None:
    """Say in one word which versions an address asks for; None for all, and for mixtures that no page offers."""
    words = {(True, None): AGAIN, (None, False): NEW, (False, True): LATER}
    return words.get((asked.again, asked.resubmission))


def counted(facts: Iterable[Fact], asked: QueueQuery, facet: str) -> Counter[Any]:
    """Count the pieces by one facet among those that all the other filters let through."""
    wanted = {name: getattr(asked, name) for name in FACETS if name != "waits"} | {"waits": waits_of(asked)}
    others = {name: value for name, value in wanted.items() if value is not None and name != facet}
    return Counter(
        getattr(fact, facet) for fact in facts if all(getattr(fact, name) == value for name, value in others.items())
    )


def domains_of(session: Session, projects: Sequence[UUID]) -> list[str]:
    """List the domains that projects have on their lists, each once."""
    taxonomies = session.scalars(select(Project.taxonomy).where(Project.id.in_(projects)))
    return sorted({str(word) for taxonomy in taxonomies for word in taxonomy.get("domains", [])})
