"""Waiting for the ends of runs: one look at the database for all requests that wait, however many they are."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import anyio
from anyio import to_thread
from sqlalchemy.exc import OperationalError

from app.core.db import Database
from app.submissions.service import running

POLL_SECONDS = 0.05


class EndedRuns:
    """Lets requests wait without a connection, a thread or a place at the gate; all of them look through this one."""

    def __init__(self, database: Database, gate: asyncio.Semaphore) -> None:
        self._database, self._gate = database, gate
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, run_id: UUID, seconds: float) -> None:
        """Return when the run has ended, or after so many seconds."""
        ended = asyncio.Event()
        self._waiting.setdefault(run_id, set()).add(ended)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            with anyio.move_on_after(seconds):
                await ended.wait()
        finally:
            self._waiting[run_id].discard(ended)
            if not self._waiting[run_id]:
                del self._waiting[run_id]

    async def _look(self) -> None:
        while self._waiting:
            await anyio.sleep(POLL_SECONDS)
            with suppress(OperationalError):  # a database that is away for a moment ends no run
                async with self._gate:
                    found = await to_thread.run_sync(self._ended, list(self._waiting))
                for run_id in found:
                    for ended in self._waiting.get(run_id, ()):
                        ended.set()

    def _ended(self, run_ids: Sequence[UUID]) -> Sequence[UUID]:
        with self._database.reading() as session:
            return running.ended_among(session, run_ids)
