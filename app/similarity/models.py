"""Tables of likeness: a short signature of each handed-in revision, and the pairs that were found alike."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.text.minhash import Likeness


def _band() -> Mapped[int]:
    """Make a column of one band; each has an index, so that a work is looked up by fourteen short searches."""
    return mapped_column(Integer, index=True)


class WorkSignature(Base):
    """By what a revision is found among millions: fourteen numbers, one of which near-duplicates share."""

    __tablename__ = "work_signatures"

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    """`app.text.minhash.SIGNED_BY` when it was signed"""
    band_01: Mapped[int] = _band()
    band_02: Mapped[int] = _band()
    band_03: Mapped[int] = _band()
    band_04: Mapped[int] = _band()
    band_05: Mapped[int] = _band()
    band_06: Mapped[int] = _band()
    band_07: Mapped[int] = _band()
    band_08: Mapped[int] = _band()
    band_09: Mapped[int] = _band()
    band_10: Mapped[int] = _band()
    band_11: Mapped[int] = _band()
    band_12: Mapped[int] = _band()
    band_13: Mapped[int] = _band()
    band_14: Mapped[int] = _band()


class LikeWork(Base):
    """Two revisions of different works that share at least half of their runs; found when the later was handed in."""

    __tablename__ = "like_work"
    __table_args__ = (CheckConstraint("left_id < right_id", name="each_pair_once"),)

    left_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True)
    right_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True, index=True)
    likeness: Mapped[Likeness]
    exact_percent: Mapped[int]
    """share of all runs that both have (Jaccard)"""
    alike_percent: Mapped[int]
    """the same with every number counted as equal"""
