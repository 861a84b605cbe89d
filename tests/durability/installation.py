"""A served installation that is killed without warning and started again on what it left behind."""

import os
import signal
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import actor_of_user
from app.accounts.service import create_token
from app.config import Settings
from app.core import clock
from app.core.actor import Role
from app.core.db import Database, open_database
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset
from tests.cast import Place, a_project, a_user, add_member
from tests.factories.work import a_task
from tests.served import COMMAND, READY_SECONDS, ROOT, migrate, settings_of


@dataclass
class Installation:
    """One data folder and database; `start` serves it with its worker, `kill` ends both at once."""

    settings: Settings
    database: Database
    environment: dict[str, str]
    port: int
    log: Path
    server: subprocess.Popen[bytes] | None = None
    start_seconds: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Serve, in a process group of its own, and wait until it is ready."""
        begun = time.perf_counter()
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port)],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self._is_ready():
            assert self.server.poll() is None, self.log.read_text()
            assert time.perf_counter() - begun < READY_SECONDS, self.log.read_text()
            time.sleep(0.05)
        self.start_seconds.append(time.perf_counter() - begun)

    def kill(self) -> None:
        """Kill the server and its worker with a signal that nobody can catch."""
        assert self.server is not None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait(timeout=READY_SECONDS)
        self.server = None

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def new_installation(folder: Path, database_url: str = "") -> Installation:
    """Migrate an empty database, SQLite in `folder` unless another is named; nothing is served yet."""
    settings = Settings(data_dir=folder / "data", database_url=database_url)
    environment = settings_of(settings.data_dir, settings.database_url)
    port = int(environment["WORKINGS_PUBLIC_URL"].rpartition(":")[2])
    migrate(settings)
    return Installation(settings, open_database(settings.database_url), environment, port, folder / "server.log")


@dataclass(frozen=True)
class Member:
    """Somebody with a token."""

    id: UUID
    name: str
    token: str


@dataclass(frozen=True)
class People:
    """Who works in the installation, and the dataset of its project."""

    manager: Member
    annotators: list[Member]
    reviewers: list[Member]
    dataset_id: UUID


def populate(database: Database, *, annotators: int, reviewers: int, tasks: int, needed: int) -> People:
    """Store a live project with its people, their tokens, open tasks and a dataset."""
    now = clock.now()
    with database.change() as session:
        mona = a_user(session, "Mona")
        project = a_project(session, "sums", mona)
        place = Place(project.id, project.slug, project.name)
        crew: dict[Role, list[Member]] = {}
        for role, count in ((Role.ANNOTATOR, annotators), (Role.REVIEWER, reviewers)):
            users = [a_user(session, f"{role.capitalize()}{number}", level=2) for number in range(count)]
            for user in users:
                add_member(session, project, user, role)
            crew[role] = [_with_token(session, user) for user in users]
        for _ in range(tasks):
            a_task(session, place, submissions_needed=needed)
        manager = actor_of_user(session, mona.id)
        assert manager is not None
        dataset = create_dataset(session, project, DatasetIn.model_validate({"name": "All"}), actor=manager, now=now)
        return People(_with_token(session, mona), crew[Role.ANNOTATOR], crew[Role.REVIEWER], dataset.id)


def _with_token(session: Session, user: User) -> Member:
    actor = actor_of_user(session, user.id)
    assert actor is not None
    token = create_token(session, actor, name="durability", scopes=[], days=1, now=clock.now())
    return Member(user.id, user.name, token)
