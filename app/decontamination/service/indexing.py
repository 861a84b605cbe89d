"""The index of all reference sets, unsealed into memory."""

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app.core.db import Database
from app.core.keys import load_or_create_key
from app.decontamination.models import ReferenceBlock
from app.decontamination.service.matching import Index
from app.decontamination.service.sealing import KEY, Grams, unseal
from app.decontamination.states import GramKind
from app.text.ngrams import Hasher


@lru_cache(maxsize=1)
def load_index(database: Database, data_dir: Path, ready: tuple[tuple[int, UUID], ...]) -> Index:
    """Load these sets, each by its number and id, or take them as they were loaded last."""
    key = load_or_create_key(data_dir, KEY)
    sets = {set_id: _unsealed(database, key, set_id) for _, set_id in ready}
    return Index(Hasher(key), sets, through=ready[-1][0])


def _unsealed(database: Database, key: bytes, set_id: UUID) -> dict[GramKind, Grams]:
    kinds = {kind: Grams() for kind in GramKind}
    with database.reading() as session:
        places = session.execute(
            select(ReferenceBlock.kind, ReferenceBlock.part)
            .where(ReferenceBlock.reference_set_id == set_id)
            .order_by(ReferenceBlock.kind, ReferenceBlock.part)
        ).all()
        for kind, part in places:
            block = session.get_one(ReferenceBlock, (set_id, kind, part))
            unseal(key, set_id, kind, part, block.sealed, kinds[kind])
            session.expunge(block)
    return kinds
