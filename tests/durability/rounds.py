"""Rounds of work and `kill -9`: after each, all that was acknowledged is there, and nothing is half done."""

import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core import audit, clock
from app.core.jobs import SILENCED, Job, JobState, try_again
from app.core.keys import load_or_create_key
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from tests.durability.crew import Acknowledged, Client, hire, set_to_work
from tests.durability.installation import Installation, People
from tests.properties import frozen
from tests.properties.frozen import Vault
from tests.properties.picture import Picture, take_picture
from tests.properties.promises import PROMISES
from tests.properties.world import World

ANSWERS_BEFORE_THE_KILL = (15, 150)
MOMENTS = (0.0, 0.1)
"""Seconds more until the kill, so that it falls between any two instructions."""
PATIENCE_SECONDS = 60
JOBS_SECONDS = 60


@dataclass
class Rounds:
    """An installation under repeated kills, and what was seen of it before."""

    installation: Installation
    people: People
    seed: int
    told: Acknowledged = field(default_factory=Acknowledged)
    crew: list[Client] = field(default_factory=list)
    world: World = field(init=False)
    vault: Vault = field(default_factory=Vault)
    before: Picture = field(init=False)
    in_flight: int = 0
    jobs_interrupted: int = 0
    jobs_dug_up: int = 0

    def __post_init__(self) -> None:
        settings = self.installation.settings
        self.world = World(self.installation.database, settings, review_levels=1, acknowledged=self.told)
        self.crew = hire(self.people, self.installation.port, self.told, self.seed, self._held)
        self.before = self._look()

    def run(self, number: int) -> None:
        """Start the server, let everybody work, kill it at a moment nobody knows, and look at what is left."""
        self.installation.start()
        threads, faults = set_to_work(self.crew)
        self._wait(random.Random(self.seed * 1000 + number))
        self.installation.kill()
        for thread in threads:
            thread.join(timeout=90)
        assert faults == []
        self.in_flight += sum(1 for client in self.crew if client.pending is not None)
        self.check()
        self.jobs_interrupted += self.let_job_leases_run_out()

    def _wait(self, chance: random.Random) -> None:
        enough = self.told.counts.total() + chance.randint(*ANSWERS_BEFORE_THE_KILL)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.told.counts.total() < enough and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(*MOMENTS))

    def check(self) -> None:
        """Compare what was acknowledged with what is stored, and hold what is stored against every promise."""
        now = self._look()
        self._find_what_was_acknowledged(now)
        for promise in PROMISES:
            promise(self.world, now, self.before)
        with self.installation.database.reading() as session:
            frozen.snapshots_never_change(session, now, self.before)
            found = audit.verify(session, load_or_create_key(self.installation.settings.data_dir, "audit"))
        assert found.first_bad_seq is None
        frozen.same_content_has_the_same_name(self.vault, now)
        frozen.exports_are_whole_and_repeatable(self.world, self.vault, now)
        self.before = now

    def finish(self) -> None:
        """Start once more and wait until every job is done: what was interrupted is taken up again."""
        self._dig_up()
        self.installation.start()
        deadline = time.monotonic() + JOBS_SECONDS
        while self._count_jobs(JobState.QUEUED, JobState.RUNNING):
            assert time.monotonic() < deadline, "Jobs were left over."
            self._dig_up()
            time.sleep(0.2)
        self.installation.kill()
        self.check()
        assert self._count_jobs(JobState.DEAD) == 0
        assert {snapshot.state for snapshot in self.before.snapshots} <= {"ready"}
        assert {export.state for export in self.before.exports} <= {"ready"}

    def _dig_up(self) -> None:
        """Give jobs another five tries, as an admin does, whose workers were all killed; no job may die otherwise."""
        with self.installation.database.change() as session:
            for job in session.scalars(select(Job).where(Job.state == JobState.DEAD)).all():
                assert job.last_error == SILENCED, job.last_error
                self.jobs_dug_up += try_again(session, job, now=clock.now())

    def _find_what_was_acknowledged(self, now: Picture) -> None:
        assert set(self.told.claims) <= {work.id for work in now.works}
        reviews = {review.id: review for review in now.reviews}
        assert set(self.told.reviews) <= set(reviews)
        decided = {
            review_id: (reviews[review_id].state, reviews[review_id].verdict) for review_id in self.told.decisions
        }
        assert decided == {review_id: ("decided", verdict) for review_id, verdict in self.told.decisions.items()}
        items = {snapshot.id: snapshot.items for snapshot in now.snapshots}
        assert {snapshot_id: items[snapshot_id] for snapshot_id in self.told.snapshots} == self.told.snapshots
        assert set(self.told.exports) <= {export.id for export in now.exports}

    def _look(self) -> Picture:
        with self.installation.database.reading() as session:
            return take_picture(session)

    def _held(self, user_id: UUID) -> list[UUID]:
        query = (
            select(Submission.id)
            .join(Assignment, Assignment.id == Submission.assignment_id)
            .where(Submission.author_id == user_id, Submission.state == SubmissionState.DRAFT)
            .where(Assignment.state == AssignmentState.ACTIVE)
        )
        with self.installation.database.reading() as session:
            return list(session.scalars(query.order_by(Submission.id)))

    def let_job_leases_run_out(self) -> int:
        """Let the minute pass after which another worker may take the jobs of one that went silent."""
        past: dict[str, Any] = {"lease_until": clock.now() - timedelta(seconds=1)}
        interrupted = self._count_jobs(JobState.RUNNING)
        with self.installation.database.change() as session:
            session.execute(update(Job).where(Job.state == JobState.RUNNING).values(past))
        return interrupted

    def _count_jobs(self, *states: JobState) -> int:
        with self.installation.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Job).where(Job.state.in_(states))) or 0
