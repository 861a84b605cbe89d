"""The worker: claims jobs one by one, keeps their leases alive, and runs what is due regularly."""

import contextlib
import gc
import logging
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.exc import IntegrityError, OperationalError

from app.accounts import jobs as accounts_jobs
from app.admin import jobs as admin_jobs
from app.assignments import jobs as assignments_jobs
from app.config import Settings
from app.core import clock, jobs
from app.core.db import Database
from app.core.jobs import Handler, Job, JobCancelled, JobLost, JobRefused, JobRun
from app.datasets import jobs as datasets_jobs
from app.exports import jobs as exports_jobs
from app.tasks import jobs as tasks_jobs

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
JOIN_SECONDS = 5.0
HANDLERS: dict[str, Handler] = {
    **accounts_jobs.HANDLERS,
    **tasks_jobs.HANDLERS,
    **assignments_jobs.HANDLERS,
    **datasets_jobs.HANDLERS,
    **exports_jobs.HANDLERS,
    **admin_jobs.HANDLERS,
}
PERIODIC: dict[str, int] = {**accounts_jobs.PERIODIC, **assignments_jobs.PERIODIC, **admin_jobs.PERIODIC}
"""job name → every how many seconds"""


def spare_the_collector() -> None:
    """Leave what the program itself consists of out of the garbage collector's rounds, a third of an export's time."""
    gc.collect()
    gc.freeze()


@dataclass
class Worker:
    """One process that works through the queue until told to stop."""

    database: Database
    settings: Settings
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}")
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Work until `stopping` is set; the job at hand is finished first."""
        spare_the_collector()
        due = dict.fromkeys(PERIODIC, 0.0)
        while not self.stopping.is_set():
            try:
                self._run_periodic(due)
                busy = self.run_one()
            except OperationalError:
                logger.warning("the database is busy or away; trying again")
                busy = False
            if not busy:
                self.stopping.wait(POLL_SECONDS)

    def follow(self, parent_id: int) -> None:
        """Stop when the process that started this one has gone, so that no worker is left behind."""

        def watch() -> None:
            while os.getppid() == parent_id and not self.stopping.wait(POLL_SECONDS):
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
            job = jobs.claim(session, self.name, now=clock.database_now(session))
            if job is None:
                return False
            session.flush()  # the row must hold the claim before the object leaves the session
            session.expunge(job)
        self._run_claimed(job)
        return True

    def _run_periodic(self, due: dict[str, float]) -> None:
        for kind, every_seconds in PERIODIC.items():
            if time.monotonic() >= due[kind]:
                due[kind] = time.monotonic() + every_seconds
                self._run_handler_quietly(kind)

    def _run_handler_quietly(self, kind: str) -> None:
        run = JobRun(UUID(int=0), {}, None, self.database, self.settings, lambda _done, _total, _message: None)
        try:
            HANDLERS[kind](run)
        except IntegrityError:
            logger.info("%s: another worker did it at the same time", kind)
        except Exception:
            logger.exception("%s failed", kind)

    def _run_claimed(self, job: Job) -> None:
        handler = HANDLERS.get(job.kind)
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
            while not done.wait(jobs.HEARTBEAT_SECONDS):
                with contextlib.suppress(OperationalError), self.database.change() as session:
                    if not jobs.heartbeat(session, job.id, job.fencing, now=clock.database_now(session)):
                        return

        thread = threading.Thread(target=beat, name=f"heartbeat-{job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(timeout=JOIN_SECONDS)


def stop_on_signals(worker: Worker) -> None:
    """Let SIGTERM and SIGINT end the worker after the job at hand."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.stopping.set())
