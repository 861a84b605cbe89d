"""The runner: runs programs of people and checks answers, for which somebody waits; it loads no more than it needs."""

import argparse
import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.exc import OperationalError

from app.config import load_settings
from app.core import clock, jobs, runners
from app.core.db import open_database
from app.core.jobs import Handler
from app.core.loop import Loop, stop_on_signals
from app.core.runners import LANE
from app.submissions import jobs as submissions_jobs
from app.tasks import jobs as tasks_jobs
from app.tasks.service import engines

logger = logging.getLogger(__name__)

UMASK = 0o077
NICENESS = 10
"""Whatever programs of people do, the pages come first. What a program may use is counted in its own time."""
POLL_SECONDS = 0.05
IDLE_SECONDS = 0.1
"""Between two looks when nothing has come for a minute."""
IDLE_AFTER_SECONDS = 60
BUSY_SECONDS = 1.0


@dataclass
class Runner(Loop):
    """One process that takes only the jobs of its lane, looks for them often, and says what it can run."""

    handlers: ClassVar[Mapping[str, Handler]] = {
        kind: handler for kind, handler in {**tasks_jobs.HANDLERS, **submissions_jobs.HANDLERS}.items() if kind in LANE
    }
    only: ClassVar[frozenset[str]] = LANE
    lease_seconds: ClassVar[int] = 15
    """short, since somebody waits for what a killed runner has left"""
    heartbeat_seconds: ClassVar[int] = 4

    def run(self) -> None:
        """Work until `stopping` is set, known to the pages as alive; some jobs at a time, so that none waits long."""
        work = super().run
        others = [threading.Thread(target=work, name=f"runs-{n}") for n in range(1, self.settings.programs_at_once)]
        with self._present():
            for thread in others:
                thread.start()
            work()
            for thread in others:
                thread.join()

    def rest(self) -> None:
        """Look for jobs by reading, which takes no lock, until one is there."""
        began = time.monotonic()
        while not self.stopping.is_set():
            idle = time.monotonic() - began > IDLE_AFTER_SECONDS
            self.stopping.wait(IDLE_SECONDS if idle else POLL_SECONDS)
            try:
                with self.database.reading() as session:
                    if jobs.is_due(session, now=clock.database_now(session), only=self.only):
                        return
            except OperationalError:
                self.stopping.wait(BUSY_SECONDS)

    def sign_in(self) -> None:
        """Find out what can be run on this machine, and say so to log and pages."""
        sandbox = engines.sandbox()
        isolation = sandbox.isolation
        languages = sorted(sandbox.languages()) if isolation.is_available else []
        why_off = "" if languages else isolation.reason or "No language is installed on this machine."
        details = ", ".join(f"{name} {value}" for name, value in sorted(isolation.details.items()))
        if self.stopping.is_set():
            return
        if why_off:
            logger.warning("programs are not run here: %s", why_off)
        else:
            logger.info("runs %s; %s", ", ".join(languages), details)
        with self.database.change() as session:
            now = clock.database_now(session)
            runners.sign_in(
                session, self.name, languages=languages, isolation=details, why_off=_sentence(why_off), now=now
            )

    @contextlib.contextmanager
    def _present(self) -> Iterator[None]:
        # Trying each language takes seconds, in which jobs are taken already, and after which nobody waits at the end.
        thread = threading.Thread(target=self._be_present, name="present", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join(timeout=0.5)
            with contextlib.suppress(OperationalError), self.database.change() as session:
                runners.sign_out(session, self.name)

    def _be_present(self) -> None:
        is_known = False
        while not self.stopping.is_set():
            with contextlib.suppress(OperationalError):
                if not is_known:
                    self.sign_in()
                with self.database.change() as session:
                    is_known = runners.note_alive(session, self.name, now=clock.database_now(session))
            self.stopping.wait(runners.BEAT_SECONDS if is_known else BUSY_SECONDS)


def _sentence(why_off: str) -> str:
    return f"Programs are not run on this installation. {why_off}" if why_off else ""


def main() -> None:
    """Run programs until interrupted."""
    parser = argparse.ArgumentParser(description="Run programs of people and check answers until interrupted.")
    parser.add_argument("--with-parent", action="store_true", help="Stop when the process that started this one ends.")
    with_parent = parser.parse_args().with_parent
    os.umask(UMASK)
    os.nice(NICENESS)
    settings = load_settings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s:     %(message)s")
    process = Runner(open_database(settings.database_url), settings)
    stop_on_signals(process)
    if with_parent:
        process.follow(os.getppid())
    process.run()


if __name__ == "__main__":
    main()
