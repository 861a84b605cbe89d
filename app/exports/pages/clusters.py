"""The near-duplicates of a snapshot: its clusters, and the members of one beside its representative."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.accounts.deps import CurrentActor
from app.datasets.access import get_snapshot
from app.datasets.queries.likeness import MemberRow, clusters_of, count_clusters, members_of
from app.exports.pages.frame import frame
from app.similarity.queries import words_of
from app.text.diff import Span, diff_words
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()
CLUSTERS_ON_PAGE = 50
MEMBERS_SHOWN = 12
Position = Annotated[int | None, Query(ge=1, le=2_000_000_000)]


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member of a cluster; of all but the representative with what differs from it."""

    row: MemberRow
    pieces: list[Span]


@router.get("/snapshots/{snapshot_id}/clusters", name="exports.clusters")
def clusters(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    snapshot_id: UUID,
    after: Position = None,
    cluster: Position = None,
) -> Response:
    """List the clusters by the position of their first member, and show one of them: the first unless asked."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    rows = clusters_of(session, snapshot.id, after=after or 0, limit=CLUSTERS_ON_PAGE + 1)
    shown = cluster or (rows[0].cluster if rows else 0)
    members = members_of(session, snapshot.id, shown, limit=MEMBERS_SHOWN)
    total, items = count_clusters(session, snapshot.id)
    return render(
        request,
        "exports/clusters.html",
        clusters=rows[:CLUSTERS_ON_PAGE],
        after=after,
        next_after=rows[CLUSTERS_ON_PAGE - 1].cluster if len(rows) > CLUSTERS_ON_PAGE else None,
        shown=shown,
        members=_views(members),
        hidden=max(next((row.members for row in rows if row.cluster == shown), 0) - MEMBERS_SHOWN, 0),
        total=total,
        in_clusters=items,
        **frame(session, actor, snapshot),
    )


def _views(members: list[MemberRow]) -> list[MemberView]:
    if not members:
        return []
    words = [words_of(member.content).strip() for member in members]
    return [
        MemberView(member, [Span("same", text)] if at == 0 else diff_words(words[0], text))
        for at, (member, text) in enumerate(zip(members, words, strict=True))
    ]
