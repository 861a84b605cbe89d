"""The annotator's cycle in JSON: next task, the work, draft with If-Match, hand-in, heartbeat."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.errors import Invalid
from app.projects.access import get_project_to_work
from app.submissions.access import get_desk, get_own_submission
from app.submissions.schemas import (
    BeatOut,
    DraftIn,
    EditorState,
    HeartbeatIn,
    NextIn,
    NextOut,
    ReceiptOut,
    SavedOut,
    SubmitIn,
)
from app.submissions.service import beginning, handing_in, timing
from app.submissions.service.checking import check_stored, count, count_words
from app.submissions.service.drafting import CODE_STALE, Head, Refused, Saved, save_draft
from app.submissions.service.reading import read_content
from app.submissions.service.workspace import open_workspace
from app.submissions.states import SubmissionState
from app.web.deps import Reading, Writing
from app.web.errors import answer
from app.web.jsonbody import RawBody, parse_body, read_if_match
from app.web.openapi import described

router = APIRouter()
READ, WRITE = require_scope("work:read"), require_scope("work:write")
MAX_KEY_CHARS = 100
TOKENS_EVERY = 10
"""Tokens cost more than words; the editor estimates between two counts."""


@router.post(
    "/projects/{slug}/next", name="api.submissions.next", status_code=201, response_model=NextOut, dependencies=[WRITE]
)
def take_next(slug: str, actor: CurrentActor, session: Writing, wish: NextIn | None = None) -> Response:
    """Take the next task of a project and begin work on it; 409 `nothing_left` with the reason when there is none."""
    project = get_project_to_work(session, actor, slug)
    now = clock.now()
    submission_id = beginning.take_next(session, actor, project, now=now, domain=wish.domain if wish else None)
    body = {
        "submission_id": str(submission_id),
        "work": f"/api/v1/work/{submission_id}",
        "page": f"/work/{submission_id}",
    }
    return as_json(body, 201, location=body["work"])


@router.get("/work/{submission_id}", name="api.submissions.work", response_model=EditorState, dependencies=[READ])
def get_work(submission_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Read your own work with its task, draft, lease and findings; ETag is the number of the draft."""
    submission = get_own_submission(session, actor, submission_id)
    # A token keeps nothing on a device, so it gets no key.
    key = request.app.state.keys["journal"] if actor.scopes is None else None
    state = open_workspace(session, actor, submission, journal_key=key, now=clock.now())
    return Response(state.model_dump_json(), media_type="application/json", headers={"etag": f'"{state.draft_n}"'})


@router.put(
    "/work/{submission_id}/draft",
    name="api.submissions.save",
    response_model=SavedOut,
    dependencies=[WRITE],
    openapi_extra=described(DraftIn),
)
def save(
    submission_id: UUID,
    request: Request,
    actor: CurrentActor,
    session: Writing,
    raw: RawBody,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Save the draft that was based on the number in `If-Match`.

    412 `stale` with the head when it has moved on, 409 `lease_lost` or `already_submitted`: the sent text is kept as a
    conflict copy in each case. 428 without `If-Match`.
    """
    base_n = read_if_match(if_match)
    sent = parse_body(DraftIn, raw)
    outcome = save_draft(
        session,
        actor,
        submission_id,
        base_n=base_n,
        content=sent.content,
        client_mutation_id=sent.client_mutation_id,
        fencing=sent.fencing,
        now=clock.now(),
    )
    if isinstance(outcome, Refused):
        return refuse(request, outcome)
    return acknowledge(outcome)


@router.post(
    "/work/{submission_id}/submit",
    name="api.submissions.submit",
    response_model=ReceiptOut,
    dependencies=[WRITE],
    openapi_extra=described(SubmitIn),
)
def submit(
    submission_id: UUID,
    actor: CurrentActor,
    session: Writing,
    raw: RawBody,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Hand in the save with this number and hash; 412 when the head is another, 422 `not_ready` with findings."""
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= MAX_KEY_CHARS:
        raise Invalid(f"An Idempotency-Key has 1 to {MAX_KEY_CHARS} characters.", pointer="Idempotency-Key")
    sent = parse_body(SubmitIn, raw)
    receipt = handing_in.submit(
        session, actor, submission_id, n=sent.n, sha256=sent.sha256, idempotency_key=idempotency_key, now=clock.now()
    )
    body = {
        "submission_id": receipt.submission_id,
        "revision": receipt.revision,
        "sha256": receipt.sha256,
        "words": receipt.words,
        "tokens": receipt.tokens,
        "active_seconds": receipt.active_seconds,
        "submitted_at": receipt.submitted_at,
        "state": SubmissionState.SUBMITTED,
        "findings": receipt.findings,
    }
    return as_json(body)


@router.post(
    "/work/{submission_id}/heartbeat", name="api.submissions.beat", response_model=BeatOut, dependencies=[WRITE]
)
def beat(submission_id: UUID, sign: HeartbeatIn, actor: CurrentActor, session: Writing) -> Response:
    """Tell that the work goes on; answers with the time that counts and with what another window may have changed."""
    desk = get_desk(session, actor, submission_id)
    if desk.tracks_time:
        worked = timing.beat(
            session, submission_id, actor.user_id, on_paper=sign.on_paper, paused=sign.paused, now=clock.now()
        )
    else:
        worked = timing.worked_time(session, submission_id)
    body = {
        "active_seconds": worked.active_seconds,
        "on_paper_seconds": worked.on_paper_seconds,
        "draft_n": desk.draft_n,
        "state": desk.state,
        "fencing": desk.fencing,
        "lease_expires_at": desk.lease_expires_at,
    }
    return as_json(body)


def acknowledge(saved: Saved) -> Response:
    """Answer a save that is stored."""
    body = {
        "n": saved.n,
        "sha256": saved.sha256,
        "saved_at": saved.saved_at,
        "words": count_words(saved.document),
        "tokens": count(saved.document)[1] if saved.n % TOKENS_EVERY == 0 else None,
        "lease_expires_at": saved.lease_expires_at,
        "findings": [finding.model_dump() for finding in check_stored(saved.sha256, saved.document, saved.brief)],
    }
    return as_json(body, etag=f'"{saved.n}"')


def refuse(request: Request, refused: Refused) -> Response:
    """Answer a save that is kept beside the head; the transaction commits, since nothing is raised."""
    status = 412 if refused.code == CODE_STALE else 409
    response = answer(
        request,
        status,
        refused.code,
        refused.sentence,
        head=head_body(refused.head),
        conflict_id=str(refused.conflict_id) if refused.conflict_id else None,
    )
    response.headers["etag"] = f'"{refused.head.n}"'
    return response


def head_body(head: Head) -> dict[str, Any]:
    """Write the head of a draft for an answer."""
    return {
        "n": head.n,
        "sha256": head.sha256,
        "content": read_content(head.content).model_dump(mode="json"),
        "saved_at": head.saved_at.isoformat() if head.saved_at else None,
    }


def as_json(body: object, status: int = 200, **headers: str) -> Response:
    """Answer with JSON; dates and ids are written as text."""
    # Written without a response model: these answers are a third of what an annotator's cycle costs.
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")
