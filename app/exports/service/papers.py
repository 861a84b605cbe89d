"""The manifest of an export, and its papers from the rows and facts that are there when all rows are written."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.core.storage import FileStore, StoredFile
from app.exports.papers import Issue
from app.exports.papers.issue import VERSION

_LINE_BYTES = 4 << 20


def first_rows(store: FileStore, files: Mapping[str, StoredFile]) -> dict[str, dict[str, Any]]:
    """Read the first row of every file of JSON lines that is not packed: what its columns hold is told by it."""
    found = {}
    for path, file in files.items():
        if path.endswith(".jsonl"):
            with store.open(file.id) as rows:
                line = rows.readline(_LINE_BYTES)
            if line.endswith(b"\n"):
                found[path] = json.loads(line)
    return found


def manifest_of(issue: Issue, files: Mapping[str, StoredFile], *, tombstones: Iterable[str] = ()) -> dict[str, Any]:
    """List every file with size and SHA-256, and account for every item: items = exported + excluded."""
    snapshot = issue.snapshot
    return {
        "manifest_version": 1,
        "tool": {"name": "Workings", "version": VERSION},
        "snapshot": {
            "dataset": snapshot.dataset.name,
            "n": snapshot.n,
            "sha256": snapshot.manifest_sha256,
            "items": snapshot.items,
            "facts": snapshot.manifest,
        },
        "tiers": issue.facts["tier"],
        "origin_tokens": issue.facts["origin_tokens"],
        "consent": issue.facts["consent"],
        "tombstones_applied": sorted(tombstones),
        "recipient": _recipient(issue),
        "delivery": _delivery(issue),
        "format": issue.format.name,
        "options": issue.options.model_dump(mode="json"),
        "items_exported": snapshot.items - sum(issue.excluded.values()),
        "items_excluded": dict(sorted(issue.excluded.items())),
        "files": [_listed(path, file, issue.rows) for path, file in sorted(files.items())],
    }


def _recipient(issue: Issue) -> dict[str, str] | None:
    """Name whom this copy is for."""
    found = issue.recipient
    return None if found is None else {"id": str(found.id), "name": found.name, "kind": str(found.kind)}


def _delivery(issue: Issue) -> dict[str, Any] | None:
    """Say what is handed over under which terms, and what is asked of whoever gets it."""
    if issue.recipient is None:
        return None
    return {
        "licence": issue.recipient.licence,
        "terms": issue.recipient.terms,
        "canary": issue.snapshot.canary,
        "fingerprint": issue.is_marked,
        "acknowledgement": "behind the one-time link that comes with the delivery",
    }


def _listed(path: str, file: StoredFile, rows: Counter[str]) -> dict[str, Any]:
    return {"path": path, "size_bytes": file.size_bytes, "sha256": file.sha256, "rows": rows.get(path)}
