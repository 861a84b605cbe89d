"""A piece of work of Ed's in a browser, and a runner beside it."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from playwright.sync_api import Page, expect

from app.config import Settings
from app.core import clock, runners
from app.core.db import Database
from app.runner import Runner
from app.submissions.schemas import Content
from app.submissions.service.drafting import head_of

SAVED = re.compile(r"^Saved")
RUN_MS = 20_000
"""A run on a loaded machine: starting the sandbox and the interpreter, twice when tests are many."""


@dataclass
class Desk:
    """A workspace in a browser, and what the server holds of it."""

    page: Page
    address: str
    work: UUID
    database: Database

    def open(self) -> None:
        """Go to the workspace and wait until it can be written in."""
        self.page.goto(f"{self.address}/work/{self.work}")
        expect(self.page.get_by_role("button", name="New step ⏎").last).to_be_visible()

    def head(self) -> Content:
        """Read the head of the draft from the database."""
        with self.database.reading() as session:
            content = head_of(session, self.work).content
        assert content is not None
        return Content.model_validate_json(content)

    def bodies(self) -> list[str]:
        """List the texts of the saved steps."""
        return [step.body for step in self.head().steps]

    def save(self) -> None:
        """Save with the keyboard and wait for the server's word."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".save")).to_have_text(SAVED, timeout=10_000)


@contextmanager
def at_work(database: Database, settings: Settings) -> Iterator[Runner]:
    """Let a runner work beside the test, alive from the first moment on."""
    runner = Runner(database, settings, name="browser:1")
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        while not _runs(database):
            time.sleep(0.05)
        yield runner
    finally:
        runner.stopping.set()
        thread.join(timeout=30)


def _runs(database: Database) -> bool:
    with database.reading() as session:
        return runners.capability(session, now=clock.now()).runs_on
