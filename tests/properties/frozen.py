"""The promises of snapshots, exports and the audit chain."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.core import audit
from app.core.storage import open_store
from app.datasets.queries.hashing import row_sha256
from app.datasets.queries.records import read_page
from app.exports.service.rendering import WITHDRAWN
from app.exports.service.writing import STORE
from app.reviews.states import UNDO_SECONDS
from tests.properties.judgments import KEY
from tests.properties.picture import Picture, grouped
from tests.properties.world import World

CHANGING = {
    "state",
    "manifest",
    "manifest_sha256",
    "ready_at",
    "message",
    "row_sha256",
    "split",
    "cluster",
    "is_representative",
}
"""Columns that a job fills in once, until the snapshot is ready."""


@dataclass
class Vault:
    """What a world has frozen and exported, as it was when it was first seen."""

    contents: dict[tuple[Any, ...], str] = field(default_factory=dict)
    """what was frozen → the hash that names it"""
    files: dict[tuple[str, UUID, int, str], str] = field(default_factory=dict)
    """(format, snapshot, number of its last correction, path) → hash of the file"""


def only_settled_work_is_frozen(now: Picture, before: Picture) -> None:
    """A new snapshot holds work that was approved, firmly so, and nothing that was withdrawn or found to be wrong."""
    known = {snapshot.id for snapshot in before.snapshots}
    works = {work.id: work for work in before.works}
    edits = {(row.submission_id, row.n): row.edits_state for row in before.revisions}
    revisions = {row.id: (row.submission_id, row.n) for row in before.revisions}
    wrong = {revisions[one.revision_id] for one in before.challenges if one.state == "sustained"}
    for snapshot in now.snapshots:
        if snapshot.id in known:
            continue
        members = [item for item in now.items if item.snapshot_id == snapshot.id]
        assert [item.position for item in members] == [*range(1, snapshot.items + 1)]
        expected = {
            work.id
            for work in works.values()
            if work.state == "approved"
            and work.decided_at <= snapshot.cut_at - timedelta(seconds=UNDO_SECONDS)
            and edits[work.id, work.revision_n] in {None, "accepted"}
            and (work.id, work.revision_n) not in wrong
        }
        assert {item.submission_id for item in members} == expected


def snapshots_never_change(session: Session, now: Picture, before: Picture) -> None:
    """Members and reviews stay; each record still has the hash that it was frozen with."""
    assert _fixed(now.snapshots)[: len(before.snapshots)] == _fixed(before.snapshots)
    items, judged = (grouped(rows, lambda row: row.snapshot_id) for rows in (now.items, now.judged))
    old_items, old_judged = (grouped(rows, lambda row: row.snapshot_id) for rows in (before.items, before.judged))
    reviews = {review.id: review.state for review in now.reviews}
    were_ready = {snapshot.id for snapshot in before.snapshots if snapshot.state == "ready"}
    for snapshot in now.snapshots:
        if snapshot.id in old_items:
            fixed = _whole if snapshot.id in were_ready else _fixed
            assert fixed(items[snapshot.id]) == fixed(old_items[snapshot.id])
            assert judged[snapshot.id] == old_judged[snapshot.id]
        assert {reviews[row.review_id] for row in judged[snapshot.id]} == {"decided"}
        if snapshot.state == "ready":
            stored = [item.row_sha256 for item in items[snapshot.id]]
            page = read_page(session, snapshot.id, after=0)
            assert [row_sha256(item) for item in page] == stored


def _whole(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rows]


def _fixed(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row._mapping.items() if name not in CHANGING} for row in rows]


def same_content_has_the_same_name(vault: Vault, now: Picture) -> None:
    """Two snapshots of the same records have one hash, and it never changes."""
    records = grouped(now.items, lambda item: item.snapshot_id)
    for snapshot in now.snapshots:
        if snapshot.state == "ready":
            rows = [(item.row_sha256, item.split, item.cluster) for item in records[snapshot.id]]
            content = (snapshot.rule["states"][0], str(snapshot.manifest.get("left_out")), *rows)
            assert vault.contents.setdefault(content, snapshot.manifest_sha256) == snapshot.manifest_sha256


def exports_are_whole_and_repeatable(world: World, vault: Vault, now: Picture) -> None:
    """Every listed file is on the disk with its hash; rows and exclusions are the items; the same again is the same."""
    sizes = {snapshot.id: snapshot.items for snapshot in now.snapshots}
    listed = grouped(now.files, lambda file: file.export_id)
    store = open_store(world.settings, STORE)
    for export in now.exports:
        files = listed.get(export.id, [])
        assert bool(files) == (export.state == "ready")
        if files and export.format == "native":
            assert export.rows + sum(export.excluded.values()) == sizes[export.snapshot_id]
        for file in files:
            key = (export.format, export.snapshot_id, export.corrections_n, file.path)
            if key not in vault.files:
                content = b"".join(store.chunks(file.file_id))
                assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size_bytes)
            assert vault.files.setdefault(key, file.sha256) == file.sha256


def corrections_say_what_is_so(now: Picture, before: Picture) -> None:
    """Numbered without gaps and never changed, each of a row that is withdrawn, or whose revision was found wrong."""
    assert {*before.corrections} <= {*now.corrections}
    states = {work.id: work.state for work in now.works}
    rows = {(item.snapshot_id, item.submission_id): item for item in now.items}
    wrong = {one.revision_id for one in now.challenges if one.state == "sustained"}
    for snapshot_id, lines in grouped(now.corrections, lambda line: line.snapshot_id).items():
        assert sorted(line.n for line in lines) == [*range(1, len(lines) + 1)]
        for line in lines:
            item = rows[snapshot_id, line.submission_id]
            assert line.row_sha256 == item.row_sha256
            if line.kind == "withdrawn":
                assert states[line.submission_id] == "withdrawn"
            else:
                assert item.revision_id in wrong


def what_was_withdrawn_is_in_no_new_export(now: Picture, before: Picture) -> None:
    """An export that was written since leaves out, counted, just what was withdrawn of its snapshot."""
    ready = {export.id for export in before.exports if export.state == "ready"}
    states = {work.id: work.state for work in now.works}
    for export in now.exports:
        if export.state != "ready" or export.id in ready:
            continue
        of_snapshot = [item.submission_id for item in now.items if item.snapshot_id == export.snapshot_id]
        listed = {
            line.submission_id
            for line in now.corrections
            if (line.snapshot_id, line.kind) == (export.snapshot_id, "withdrawn") and line.n <= export.corrections_n
        }
        assert listed == {one for one in of_snapshot if states[one] == "withdrawn"}
        assert export.excluded.get(WITHDRAWN, 0) == len(listed)


def the_chain_holds(session: Session, now: Picture) -> None:
    """Each event is sealed once, without a gap."""
    found = audit.verify(session, KEY)
    assert (found.first_bad_seq, found.sealed + found.unsealed) == (None, len(now.events))
