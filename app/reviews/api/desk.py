"""One review in JSON: its state, saves with If-Match, the reference, the decision and its undo."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.errors import Conflict
from app.reviews.access import get_review
from app.reviews.schemas import (
    DecidedOut,
    DecisionIn,
    ReferenceView,
    RevealIn,
    ReviewDraftIn,
    SavedReviewOut,
    UndoneOut,
    WorkbenchState,
)
from app.reviews.schemas.machine import MachineView
from app.reviews.service.deciding import Overtaken, decide
from app.reviews.service.drafting import save_review
from app.reviews.service.machine import NO_MACHINE, ask_machine, view_machine
from app.reviews.service.opening import leave_review
from app.reviews.service.revealing import answer_and_reveal
from app.reviews.service.undoing import undo_decision
from app.reviews.service.workbench import next_in_queue, open_workbench, verdict_options, view_reference
from app.web.deps import Reading, Writing
from app.web.errors import answer
from app.web.jsonbody import RawBody, parse_body, read_if_match
from app.web.openapi import described

router = APIRouter()
READ, WRITE = require_scope("reviews:read"), require_scope("reviews:write")
QUEUE = "/reviews"


@router.get("/reviews/{review_id}", name="api.reviews.review", response_model=WorkbenchState, dependencies=[READ])
def get_(review_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """Read your own review with the work it judges; ETag is the number of its last save."""
    state = open_workbench(session, actor, get_review(session, actor, review_id), now=clock.now())
    return Response(state.model_dump_json(), media_type="application/json", headers={"etag": f'"{state.save_n}"'})


@router.put(
    "/reviews/{review_id}/review-draft",
    name="api.reviews.save",
    response_model=SavedReviewOut,
    dependencies=[WRITE],
    openapi_extra=described(ReviewDraftIn),
)
def save(
    review_id: UUID,
    actor: CurrentActor,
    session: Writing,
    raw: RawBody,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Save the whole of an open review, based on the number in `If-Match`; 412 `stale` when it has moved on."""
    base_n = read_if_match(if_match)
    sent = parse_body(ReviewDraftIn, raw)
    desk = get_review(session, actor, review_id)
    now = clock.now()
    n = save_review(session, desk, sent, base_n=base_n, now=now)
    saved = SavedReviewOut(save_n=n, saved_at=now, verdicts=verdict_options(session, actor, desk))
    return Response(saved.model_dump_json(), media_type="application/json", headers={"etag": f'"{n}"'})


@router.post("/reviews/{review_id}/reveal", name="api.reviews.reveal", dependencies=[WRITE])
def reveal_(review_id: UUID, sent: RevealIn, actor: CurrentActor, session: Writing) -> ReferenceView:
    """See the stored answer and the worked solution; that you looked, and your own answer before, is kept."""
    return view_reference(answer_and_reveal(session, actor, review_id, sent.own_answer, now=clock.now()))


@router.post("/reviews/{review_id}/check", name="api.reviews.check", status_code=202, dependencies=[WRITE])
def check(review_id: UUID, actor: CurrentActor, session: Writing) -> MachineView:
    """Have the machines check the revision once more; read the review again until `machine.is_pending` is false."""
    desk = get_review(session, actor, review_id)
    ask_machine(session, actor, desk, now=clock.now())
    session.flush()  # what waits is a row
    found = view_machine(session, desk)
    if found is None:
        raise Conflict(NO_MACHINE)
    return found


@router.post("/reviews/{review_id}/leave", name="api.reviews.leave", status_code=204, dependencies=[WRITE])
def leave(review_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Close a review without a verdict; what you wrote is kept, and the work waits for whoever comes next."""
    leave_review(session, actor, get_review(session, actor, review_id), now=clock.now())
    return Response(status_code=204)


@router.post(
    "/reviews/{review_id}/decide",
    name="api.reviews.decide",
    response_model=DecidedOut,
    dependencies=[WRITE],
    openapi_extra=described(DecisionIn),
)
def decide_(review_id: UUID, request: Request, actor: CurrentActor, session: Writing, raw: RawBody) -> Response:
    """Decide on exactly the revision whose hash you name.

    409 `overtaken` when somebody decided first: what you wrote is kept, and the answer says what counted.
    """
    sent = parse_body(DecisionIn, raw)
    desk = get_review(session, actor, review_id)
    now = clock.now()
    outcome = decide(session, actor, desk, sent, now=now)
    if isinstance(outcome, Overtaken):
        return overtaken(request, outcome)
    told = DecidedOut(
        review_id=outcome.review.id,
        verdict=outcome.verdict,
        state=outcome.state,
        review_level=outcome.review_level,
        revision_n=outcome.revision_n,
        next_url=next_in_queue(session, actor, desk.submission.id, now=now),
        queue_url=QUEUE,
        undo_url=f"/api/v1/reviews/{review_id}/undo",
        undo_until=outcome.undo_until,
    )
    return Response(told.model_dump_json(), media_type="application/json")


@router.post("/reviews/{review_id}/undo", name="api.reviews.undo", dependencies=[WRITE])
def undo(review_id: UUID, actor: CurrentActor, session: Writing) -> UndoneOut:
    """Take your decision back within ten seconds, while nobody has acted on it; the review is open again."""
    desk = get_review(session, actor, review_id)
    opened = undo_decision(session, actor, desk, now=clock.now())
    return UndoneOut(
        review_id=opened.id,
        review=f"/api/v1/reviews/{opened.id}",
        page=f"/reviews/{opened.id}",
        state=desk.submission.state,
    )


def overtaken(request: Request, outcome: Overtaken) -> Response:
    """Answer a decision that came second; it is stored, so nothing is raised and the transaction commits."""
    return answer(
        request,
        409,
        "overtaken",
        outcome.sentence,
        review_id=str(outcome.review.id),
        state=str(outcome.state),
        counted=str(outcome.counted) if outcome.counted else None,
    )
