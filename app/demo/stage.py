"""Where the demo is played: one transaction, the cast as actors, and the things that acts refer to by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as people
from app.core.actor import Actor
from app.core.errors import NotFound
from app.demo.pieces import moment
from app.projects.access import get_project
from app.projects.models import Project
from app.submissions.schemas import Content


@dataclass
class Stage:
    """What the acts share."""

    session: Session
    now: datetime
    """when the demo is filled; all times are counted back from here"""
    tasks: dict[str, UUID] = field(default_factory=dict)
    works: dict[str, UUID] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)
    """what stands in each work now"""
    reviews: dict[str, UUID] = field(default_factory=dict)
    threads: dict[str, UUID] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """Load somebody of the cast as they are now."""
        actor = people.actor_of_email(self.session, address(name))
        if actor is None:
            raise NotFound(f"{name} is missing from the demo.")
        return actor

    def project(self, slug: str) -> Project:
        """Load a project through the door that its makers use."""
        return get_project(self.session, self.actor("Ada"), slug)

    def at(self, when: str) -> datetime:
        """Work out a time of the demo."""
        return moment(when, self.now)


def address(name: str) -> str:
    """Return the mail address of somebody of the cast."""
    return f"{name.lower()}@example.org"


@dataclass(frozen=True)
class Act:
    """One thing that somebody does at a time."""

    at: datetime
    do: Callable[[Stage, datetime], None]


def play(stage: Stage, acts: Iterable[Act]) -> None:
    """Do everything in the order of its time; what has the same time in the order given."""
    for act in sorted(acts, key=attrgetter("at")):
        act.do(stage, act.at)
        stage.session.flush()  # the next act reads what this one has done
