"""The hashes of a snapshot's records, stretch by stretch: what freezing stores and everybody can check."""

import hashlib
from uuid import UUID

from app.core.db import Database
from app.core.jobs import JobRefused
from app.datasets.queries.records import Item, read_between
from app.datasets.queries.statements import PAGE_ROWS

AT_ONCE = PAGE_ROWS
"""So many are hashed, and their hashes stored, together."""


def row_sha256(item: Item) -> str:
    """Hash one record; JobRefused when it is not canonical JSON, so that what is frozen can be checked by everybody."""
    if not item.is_canonical():
        item_is = f"Item {item.position} ({item.submission_id}) is"
        raise JobRefused(f"{item_is} not what was handed in; restore the database from a backup.")
    return hashlib.sha256(item.line).hexdigest()


def hash_between(database: Database, snapshot_id: UUID, stretch: tuple[int, int]) -> list[tuple[int, str]]:
    """Give (position, hash) of the items behind the first of two positions up to the second, in order."""
    pages = read_between(database, snapshot_id, *stretch)
    return [(item.position, row_sha256(item)) for page in pages for item in page]
