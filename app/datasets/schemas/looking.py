"""What is said of snapshots that are looked into: how two differ, and why a row is in one."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.datasets.states import Split, Tier


class Metrics(BaseModel):
    """What a snapshot amounts to."""

    items: int
    words: int
    tokens: int
    by_tier: dict[str, int]
    authors_effective: float
    """1 / Σ p², p each author's share of the tokens: how many authors of equal shares it is like"""


class DifferentItem(BaseModel):
    """A piece that is in one of two snapshots only, or in both and not the same."""

    submission_id: UUID
    task_number: int
    why: list[str]
    """reason of a removal, or the fields that changed; empty for what was added"""


class Difference(BaseModel):
    """What became different from an older snapshot of a dataset to a newer one."""

    older: int
    newer: int
    before: Metrics
    after: Metrics
    added: int
    removed: dict[str, int]
    """reason → pieces; why the newer rule does not select them is told as the work stands today"""
    changed: int
    fields: dict[str, int]
    """field → pieces that are in both and differ there"""
    added_items: list[DifferentItem]
    """the first hundred of each, by task"""
    removed_items: list[DifferentItem]
    changed_items: list[DifferentItem]


class Passed(BaseModel):
    """A part of the rule with what it asks for and what the frozen piece has."""

    part: str
    asked: str
    found: str


class Lineage(BaseModel):
    """Why a row is in a snapshot."""

    submission_id: UUID
    position: int
    split: Split
    cluster: int | None
    is_representative: bool
    row_sha256: str | None
    state: str
    tier: Tier
    task: dict[str, Any]
    """id, number, title, version of the wording, origin, family, domain"""
    author: str
    """pseudonym"""
    revision: int
    content_sha256: str
    submitted_at: str
    guideline_version: int
    check: dict[str, Any] | None
    """what a machine had found last"""
    reviews: list[dict[str, Any]]
    """pseudonym, revision, level, verdict, method, version of the rubric, how many steps were labelled"""
    passed: list[Passed]
