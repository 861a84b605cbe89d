"""The loop of every worker: claim jobs one by one, keep their leases alive, run what is due regularly."""

import contextlib
import gc
import logging
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError, OperationalError

from app.config import Settings
from app.core import clock, jobs
from app.core.db import Database
from app.core.jobs import Handler, Job, JobCancelled, JobLost, JobRefused, JobRun

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 1.0
JOIN_SECONDS = 5.0


def spare_the_collector() -> None:
    """Leave what the program itself consists of out of the garbage collector's rounds, a third of an export's time."""
    gc.collect()
    gc.freeze()


@dataclass
class Loop:
    """One process that works through the queue until told to stop; its kinds say which jobs it knows and takes."""

    database: Database
    settings: Settings
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}")
    stopping: threading.Event = field(default_factory=threading.Event)
    handlers: ClassVar[Mapping[str, Handler]] = {}
    periodic: ClassVar[Mapping[str, int]] = {}
    """job name → every how many seconds"""
    only: ClassVar[frozenset[str]] = frozenset()
    """kinds that it takes; empty: all but `never`"""
    never: ClassVar[frozenset[str]] = frozenset()
    lease_seconds: ClassVar[int] = jobs.LEASE_SECONDS
    heartbeat_seconds: ClassVar[int] = jobs.HEARTBEAT_SECONDS

    def run(self) -> None:
        """Work until `stopping` is set; the job at hand is finished first."""
        spare_the_collector()
        due = dict.fromkeys(self.periodic, 0.0)
        while not self.stopping.is_set():
            try:
                self._run_periodic(due)
                busy = self.run_one()
            except OperationalError:
                logger.warning("the database is busy or away; trying again")
                busy = False
            if not busy:
                self.rest()

    def rest(self) -> None:
        """Wait a moment before looking for jobs again."""
        self.stopping.wait(1.0)

    def follow(self, parent_id: int) -> None:
        """Stop when the process that started this one has gone, so that no worker is left behind."""

        def watch() -> None:
            while os.getppid() == parent_id and not self.stopping.wait(FOLLOW_SECONDS):
                pass
            self.stopping.set()

        threading.Thread(target=watch, name="follow-parent", daemon=True).start()

    def run_all(self) -> int:
        """Run every job that is due now and return how many: for tests, the demo and the command line."""
        count = 0
        while self.run_one():
            count += 1
        return count

    def run_one(self) -> bool:
        """Claim and run one job; False when there is none."""
        with self.database.change() as session:
            now = clock.database_now(session)
            job = jobs.claim(
                session, self.name, now=now, only=self.only, never=self.never, lease_seconds=self.lease_seconds
            )
            if job is None:
                return False
            session.flush()  # the row must hold the claim before the object leaves the session
            session.expunge(job)
        self._run_claimed(job)
        return True

    def _run_periodic(self, due: dict[str, float]) -> None:
        for kind, every_seconds in self.periodic.items():
            if time.monotonic() >= due[kind]:
                due[kind] = time.monotonic() + every_seconds
                self._run_handler_quietly(kind)

    def _run_handler_quietly(self, kind: str) -> None:
        run = JobRun(UUID(int=0), {}, None, self.database, self.settings, lambda _done, _total, _message: None)
        try:
            self.handlers[kind](run)
        except IntegrityError:
            logger.info("%s: another worker did it at the same time", kind)
        except Exception:
            logger.exception("%s failed", kind)

    def _run_claimed(self, job: Job) -> None:
        handler = self.handlers.get(job.kind)
        try:
            if handler is None:
                raise JobRefused(f"This version knows no job of the kind {job.kind}.")
            with self._heartbeat(job):
                result = handler(self._job_run(job))
        except JobCancelled:
            with self.database.change() as session:
                jobs.mark_cancelled(session, job.id, job.fencing, now=clock.now())
        except JobLost:
            logger.warning("job %s went to another worker", job.id)
        except JobRefused as error:
            self._fail(job, str(error), final=True)
        except Exception:
            logger.exception("job %s (%s) failed", job.id, job.kind)
            self._fail(job, traceback.format_exc(limit=-6), final=False)
        else:
            with self.database.change() as session:
                jobs.finish(session, job.id, job.fencing, result, now=clock.now())

    def _fail(self, job: Job, error: str, *, final: bool) -> None:
        with self.database.change() as session:
            jobs.fail(session, job, error, now=clock.now(), final=final)

    def _job_run(self, job: Job) -> JobRun:
        def report(done: int, total: int | None, message: str) -> None:
            with self.database.change() as session:
                jobs.report(session, job.id, job.fencing, done=done, total=total, message=message)

        return JobRun(job.id, job.payload, job.requested_by, self.database, self.settings, report)

    @contextlib.contextmanager
    def _heartbeat(self, job: Job) -> Iterator[None]:
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self.heartbeat_seconds):
                with contextlib.suppress(OperationalError), self.database.change() as session:
                    now = clock.database_now(session)
                    if not jobs.heartbeat(session, job.id, job.fencing, now=now, lease_seconds=self.lease_seconds):
                        return

        thread = threading.Thread(target=beat, name=f"heartbeat-{job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(timeout=JOIN_SECONDS)


def stop_on_signals(worker: Loop) -> None:
    """Let SIGTERM and SIGINT end the worker after the job at hand."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.stopping.set())
