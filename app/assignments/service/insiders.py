"""People to whom a task must never be handed, because they have read somebody's work on it."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.assignments.models import TaskInsider
from app.core.db import is_postgresql


def note_insider(session: Session, task_id: UUID, user_id: UUID) -> None:
    """Keep that somebody reads work on a task from now on; doing it again changes nothing."""
    insert = _INSERT_POSTGRESQL if is_postgresql(session) else _INSERT_SQLITE
    session.connection().execute(insert, {"task_id": task_id, "user_id": user_id})


_INSIDERS: Any = TaskInsider.__table__
_INSERT_POSTGRESQL = postgresql.insert(_INSIDERS).on_conflict_do_nothing()
_INSERT_SQLITE = sqlite.insert(_INSIDERS).on_conflict_do_nothing()
