"""The way of the work in one project: how many pieces stand at each station, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, select
from sqlalchemy.orm import Session

from app.datasets.models import Dataset, Snapshot, SnapshotItem
from app.datasets.states import SnapshotState
from app.exports.models import Export
from app.exports.states import ExportState
from app.insights.schemas import Share, Stage, span
from app.projects.models import Project
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task
from app.tasks.states import TaskState

AGE_STEPS = (
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=4),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=28),
)
"""Upper ends of the first nine bars; the tenth holds what is older. A fixed scale, so that two days can be compared."""
REVIEW_LIMIT = timedelta(hours=48)
LATE_FROM = AGE_STEPS.index(REVIEW_LIMIT) + 1
S = SubmissionState
IN_HANDS = (S.DRAFT, S.RETURNED)
IN_REVIEW = (S.IN_REVIEW, S.ESCALATED)
SHOWN = (*IN_HANDS, S.SUBMITTED, *IN_REVIEW, S.APPROVED)


@dataclass(frozen=True, slots=True)
class Pile:
    """What lies at one station: how many, how old by the steps, the oldest, and how many came there unreturned."""

    count: int
    ages: Sequence[int]
    oldest: datetime | None
    unreturned: int = 0

    @property
    def late(self) -> int:
        """How many are past the limit of review."""
        return sum(self.ages[LATE_FROM:])


@dataclass(frozen=True, slots=True)
class Way:
    """All stations, and the figures of the whole project that the headline needs."""

    stages: Sequence[Stage]
    piles: dict[str, Pile]
    returned: int
    escalated: int
    waiting: int
    """handed in and not decided"""
    late: int
    oldest_waiting: datetime | None
    first_time: Share
    approved_tokens: int | None
    """None where the project has no goal"""


def way_of(session: Session, project: Project, *, now: datetime) -> Way:
    """Count the whole way, in eight queries (nine with a goal) whatever the size of the project."""
    open_tasks = _open_tasks(session, project, now)
    by_state = _submissions(session, project, now)
    hands = _together([by_state[state] for state in IN_HANDS])
    review = _together([by_state[state] for state in IN_REVIEW])
    frozen, exported = _snapshots(session, project, now), _exports(session, project, now)
    first_time = _first_time(session, project)
    submitted = by_state[S.SUBMITTED]
    piles = {
        "open": open_tasks,
        "drafted": hands,
        "submitted": submitted,
        "in_review": review,
        "approved": by_state[S.APPROVED],
        "in_snapshot": frozen,
        "exported": exported,
    }
    returned = by_state[S.RETURNED].count
    notes = _notes(session, project, piles, first_time, returned, now=now)
    waiting = _together([submitted, review])
    return Way(
        stages=_stages(project, piles, notes),
        piles=piles,
        returned=returned,
        escalated=by_state[S.ESCALATED].count,
        waiting=waiting.count,
        late=waiting.late,
        oldest_waiting=waiting.oldest,
        first_time=first_time,
        approved_tokens=_approved_tokens(session, project) if project.goal_tokens else None,
    )


_NAMES = {
    "open": ("Open", "tasks?state=open"),
    "drafted": ("Drafted", "leases"),
    "submitted": ("Submitted", "reviews"),
    "in_review": ("In review", "reviews"),
    "approved": ("Approved", "tasks?state=filled"),
    "in_snapshot": ("In a snapshot", "datasets"),
    "exported": ("Exported", "datasets"),
}
"""The stages in their order, with the page (below the project's) where their pieces are."""


def _stages(project: Project, piles: dict[str, Pile], notes: dict[str, str]) -> list[Stage]:
    stages: list[Stage] = []
    for key, (name, page) in _NAMES.items():
        pile = piles[key]
        is_late = key in {"submitted", "in_review"} and pile.late > 0
        stages.append(
            Stage(
                key=key,
                name=name,
                count=pile.count,
                ages=pile.ages,
                path=f"/projects/{project.slug}/{page}",
                note=f"{pile.late} past 48 h" if is_late else notes[key],
                late=pile.late if is_late else 0,
                late_from=LATE_FROM if is_late else None,
            )
        )
    return stages


def _notes(
    session: Session, project: Project, piles: dict[str, Pile], first_time: Share, returned: int, *, now: datetime
) -> dict[str, str]:
    """Say one more figure of each stage, as far as there is one."""
    hands = [_median(session, project, IN_HANDS, now), f"{returned} returned" if returned else ""]
    return {
        "open": _oldest(piles["open"], now),
        "drafted": ", ".join(word for word in hands if word),
        "submitted": _median(session, project, (S.SUBMITTED,), now),
        "in_review": _oldest(piles["in_review"], now),
        "approved": f"{first_time.percent} % first time, n {first_time.n}" if first_time.n else "",
        "in_snapshot": _latest_snapshot(session, project),
        "exported": _formats(session, project),
    }


def _oldest(pile: Pile, now: datetime) -> str:
    return f"oldest {span(now - pile.oldest)}" if pile.oldest else ""


def _by_age(column: ColumnElement[Any], now: datetime) -> list[ColumnElement[Any]]:
    """Build the counts of the ten bars by the age of `column`, youngest first, and its minimum."""
    edges = [now - step for step in AGE_STEPS]
    counts: list[ColumnElement[Any]] = [func.count().filter(column > edges[0])]
    counts += [func.count().filter(column <= above, column > below) for above, below in pairwise(edges)]
    return [*counts, func.count().filter(column <= edges[-1]), func.min(column)]


def _pile(values: Sequence[Any], *, unreturned: int = 0) -> Pile:
    *ages, oldest = values
    return Pile(sum(ages), tuple(ages), oldest, unreturned)


def _together(piles: Sequence[Pile]) -> Pile:
    ages = tuple(sum(column) for column in zip(*(pile.ages for pile in piles), strict=True))
    oldest = min((pile.oldest for pile in piles if pile.oldest), default=None)
    return Pile(sum(pile.count for pile in piles), ages, oldest, sum(pile.unreturned for pile in piles))


def _open_tasks(session: Session, project: Project, now: datetime) -> Pile:
    since = func.coalesce(Task.opened_at, Task.created_at)
    query = select(*_by_age(since, now)).where(Task.project_id == project.id, Task.state == TaskState.OPEN)
    return _pile(session.execute(query).one())


def _here_since() -> ColumnElement[Any]:
    """Since when a piece is where it is: begun, sent back, decided or handed in."""
    return case(
        (Submission.state == S.DRAFT, Submission.created_at),
        (Submission.state.in_((S.RETURNED, S.APPROVED)), func.coalesce(Submission.decided_at, Submission.updated_at)),
        else_=func.coalesce(Submission.submitted_at, Submission.updated_at),
    )


def _submissions(session: Session, project: Project, now: datetime) -> dict[SubmissionState, Pile]:
    unreturned = func.count().filter(Submission.times_returned == 0)
    query = (
        select(Submission.state, unreturned, *_by_age(_here_since(), now))
        .where(Submission.project_id == project.id, Submission.state.in_(SHOWN))
        .group_by(Submission.state)
    )
    nothing = Pile(0, (0,) * (len(AGE_STEPS) + 1), None)
    found = {row[0]: _pile(row[2:], unreturned=row[1]) for row in session.execute(query)}
    return {state: found.get(state, nothing) for state in SHOWN}


def _first_time(session: Session, project: Project) -> Share:
    """Share of the decided pieces that were approved without ever being sent back."""
    right = func.count().filter(Submission.state == S.APPROVED, Submission.times_returned == 0)
    query = select(right, func.count()).where(*decided(), Submission.project_id == project.id)
    row = session.execute(query).one()
    return Share(row[0], row[1])


def decided() -> list[ColumnElement[bool]]:
    """Build the condition for pieces on which a reviewer has decided at least once, work in hands again included."""
    once = (Submission.times_returned > 0) | Submission.state.in_((S.APPROVED, S.REJECTED))
    return [once]


def _median(session: Session, project: Project, states: tuple[SubmissionState, ...], now: datetime) -> str:
    since = _here_since().label("since")
    where = (Submission.project_id == project.id, Submission.state.in_(states))
    half = select(func.count() // 2).where(*where).scalar_subquery()
    middle = session.scalar(select(since).where(*where).order_by(since, Submission.id).limit(1).offset(half))
    return f"median {span(now - middle)}" if middle else ""


def _snapshots(session: Session, project: Project, now: datetime) -> Pile:
    ready = (Snapshot.project_id == project.id, Snapshot.state == SnapshotState.READY)
    members = select(SnapshotItem.submission_id, func.min(Snapshot.ready_at).label("since"))
    joined = members.join(Snapshot, Snapshot.id == SnapshotItem.snapshot_id).where(*ready)
    return _distinct(session, joined.group_by(SnapshotItem.submission_id).subquery(), now)


def _exports(session: Session, project: Project, now: datetime) -> Pile:
    first = (
        select(Export.snapshot_id, func.min(Export.finished_at).label("since"))
        .where(Export.project_id == project.id, Export.state == ExportState.READY)
        .group_by(Export.snapshot_id)
        .subquery()
    )
    members = select(SnapshotItem.submission_id, func.min(first.c.since).label("since"))
    joined = members.join(first, first.c.snapshot_id == SnapshotItem.snapshot_id)
    return _distinct(session, joined.group_by(SnapshotItem.submission_id).subquery(), now)


def _distinct(session: Session, members: FromClause, now: datetime) -> Pile:
    return _pile(session.execute(select(*_by_age(members.c.since, now)).select_from(members)).one())


def _latest_snapshot(session: Session, project: Project) -> str:
    query = (
        select(Snapshot.n, Dataset.name, Snapshot.ready_at)
        .join(Dataset, Dataset.id == Snapshot.dataset_id)
        .where(Snapshot.project_id == project.id, Snapshot.state == SnapshotState.READY)
        .order_by(Snapshot.ready_at.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return f"v{row[0]}, {row[2]:%-d %b}" if row and row[2] else ""


def _formats(session: Session, project: Project) -> str:
    query = select(func.count(Export.format.distinct()))
    count = session.scalar(query.where(Export.project_id == project.id, Export.state == ExportState.READY)) or 0
    return f"{count} format{'' if count == 1 else 's'}" if count else ""


def _approved_tokens(session: Session, project: Project) -> int:
    query = (
        select(func.coalesce(func.sum(Revision.tokens), 0))
        .join(Submission, (Submission.id == Revision.submission_id) & (Submission.revision_n == Revision.n))
        .where(Submission.project_id == project.id, Submission.state == S.APPROVED)
    )
    return int(session.scalar(query) or 0)
