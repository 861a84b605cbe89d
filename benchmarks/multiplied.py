"""Makes a million pieces of work out of one inside PostgreSQL, with ids, numbers and hashes of their own."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import Database

IDS = ("tasks", "task_slots", "assignments", "submissions", "revisions", "reviews")
"""Each of these has one row a piece; the others point at them."""
_POINTS_AT = {
    "task_id": "tasks",
    "slot_id": "task_slots",
    "assignment_id": "assignments",
    "submission_id": "submissions",
    "revision_id": "revisions",
    "review_id": "reviews",
}
_CONTENT = "replace(t.content, '(item 0)', '(item ' || i || ')')"
_OWN = {
    ("tasks", "number"): "i + 1",
    ("tasks", "title"): "'Task ' || (i + 1)",
    ("task_slots", "queue_position"): "i",
    ("revisions", "content"): _CONTENT,
    ("revisions", "sha256"): f"encode(sha256(convert_to({_CONTENT}, 'UTF8')), 'hex')",
}


def multiply(database: Database, project_id: UUID, pieces: int) -> None:
    """Store so many pieces in a project that holds one: everything is copied but what makes a piece its own."""
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # every reference is known to hold
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for name in (*IDS, "step_labels"):
            columns = connection.execute(
                text("SELECT column_name FROM information_schema.columns WHERE table_name = :name"), {"name": name}
            ).scalars()
            values = {column: _value(name, column, project_id) for column in columns}
            connection.execute(
                text(
                    f"INSERT INTO {name} ({', '.join(values)}) SELECT {', '.join(values.values())} "  # noqa: S608 - ours
                    f"FROM {name} t, generate_series(1, {pieces - 1}) i WHERE {_of_the_first(name)}"
                ),
                {"project_id": project_id},
            )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


def _value(name: str, column: str, project_id: UUID) -> str:
    if column == "id" and name in IDS:
        return _id(name, project_id)
    if column in _POINTS_AT:
        return _id(_POINTS_AT[column], project_id)
    return _OWN.get((name, column), f"t.{column}")


def _id(name: str, project_id: UUID) -> str:
    """Write an id that sorts by its number: the table and the project in front, the number behind."""
    front = f"{str(project_id)[:8]}-{project_id.hex[-4:]}-7000-800{IDS.index(name)}-"
    return f"('{front}' || lpad(to_hex(i), 12, '0'))::uuid"


def _of_the_first(name: str) -> str:
    """Say which row is copied: the only one of the project so far."""
    if name in {"tasks", "task_slots", "assignments", "submissions", "reviews"}:
        return "t.project_id = :project_id"
    if name == "revisions":
        return "t.submission_id IN (SELECT id FROM submissions WHERE project_id = :project_id)"
    return "t.review_id IN (SELECT id FROM reviews WHERE project_id = :project_id)"
