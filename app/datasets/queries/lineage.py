"""Why a row is in a snapshot: what was frozen of it, and how each part of the rule took it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.queries.records import Record, read_page
from app.datasets.schemas import Rule
from app.datasets.schemas.looking import Lineage, Passed
from app.projects.states import Publication

TASK = ("id", "number", "title", "version", "origin", "family", "domain", "source", "licence")
REVIEW = ("reviewer", "revision", "level", "verdict", "verification_method", "rubric_version", "decided_at")


def lineage(session: Session, snapshot: Snapshot, submission_id: UUID) -> Lineage:
    """Say why a piece is in a snapshot; NotFound when it is not."""
    item = session.scalars(
        select(SnapshotItem).where(SnapshotItem.submission_id == submission_id, SnapshotItem.snapshot_id == snapshot.id)
    ).first()
    if item is None:
        raise NotFound("This snapshot has no such row.")
    record = read_page(session, snapshot.id, after=item.position - 1, last=item.position)[0].record
    return Lineage(
        submission_id=submission_id,
        position=item.position,
        split=item.split,
        cluster=item.cluster,
        is_representative=item.is_representative,
        row_sha256=item.row_sha256,
        state=record["state"],
        tier=item.tier,
        task={name: record["task"][name] for name in TASK},
        author=record["author"],
        revision=record["revision"],
        content_sha256=record["content_sha256"],
        submitted_at=record["submitted_at"],
        guideline_version=record["guideline_version"],
        check=record["check"],
        reviews=[
            {name: review[name] for name in REVIEW} | {"labels": len(review["labels"])} for review in record["reviews"]
        ],
        passed=passed(Rule.model_validate(snapshot.rule), record),
    )


def passed(rule: Rule, record: Record) -> list[Passed]:
    """List the parts of a rule that ask for something, with what the record has."""
    task, methods = record["task"], sorted({one["verification_method"] or "none" for one in record["reviews"]})
    parts: list[tuple[str, Any, Any]] = [
        ("state", rule.states, record["state"]),
        ("kind of work", rule.activities, task["activity"]),
        ("domain", rule.domains, task["domain"]),
        ("skill", rule.skills, task["skill"]),
        ("level", rule.difficulties, task["difficulty"]),
        ("language", rule.languages, task["language"]),
        ("who wrote the task", rule.origins, task["origin"]),
        ("tier", rule.tiers, record["tier"]),
        ("verification method", rule.methods, ", ".join(methods)),
        ("agreement", [rule.agreement] if rule.agreement else [], _verdicts(record)),
        ("tokens", _range(rule.tokens_min, rule.tokens_max), sum(record["tokens"].values())),
        ("active seconds", _range(rule.seconds_min, rule.seconds_max), record["active_seconds"]),
        ("handed in", _range(rule.submitted_from, rule.submitted_until), record["submitted_at"][:10]),
        ("consent", _asked_consent(rule), _consent(record)),
        ("edits of a reviewer", ["none"] if rule.is_unedited else [], record["edited_by"] or "none"),
    ]
    return [
        Passed(part=part, asked=" or ".join(str(one).replace("_", " ") for one in asked), found=str(found))
        for part, asked, found in parts
        if asked
    ]


def _verdicts(record: Record) -> str:
    return ", ".join(one["verdict"].replace("_", " ") for one in record["reviews"])


def _asked_consent(rule: Rule) -> list[str]:
    asked = rule.consent
    if asked is None:
        return []
    parts = ["signed", "training allowed" if asked.model_training else ""]
    parts.append(f"published at least: {asked.publication}" if asked.publication is not Publication.NONE else "")
    parts.append(f"may be handed to: {asked.recipient}" if asked.recipient is not None else "")
    return [", ".join(filter(None, parts))]


def _consent(record: Record) -> str:
    signed = [(who, record["consent"][who]) for who in ("author", "editor") if record["consent"][who] is not None]
    return ", ".join(f"{who}: version {one['version']}" for who, one in signed) or "none signed"


def _range(least: object, most: object) -> list[str]:
    said = [f"from {least}" if least is not None else "", f"up to {most}" if most is not None else ""]
    return [" ".join(filter(None, said))] if any(said) else []
