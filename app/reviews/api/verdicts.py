"""What was decided about one's work, and the answer to a reviewer's edits, in JSON."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.reviews.access import get_judged, get_talk
from app.reviews.schemas import ContestIn, VerdictOut
from app.reviews.service.edits import accept_edits, contest_edits
from app.reviews.service.showing import view_verdicts
from app.submissions.access import get_own_submission
from app.web.deps import Reading, Writing

router = APIRouter()
READ, WRITE = require_scope("work:read"), require_scope("work:write")


@router.get("/work/{submission_id}/verdict", name="api.reviews.verdict", dependencies=[READ])
def verdict(submission_id: UUID, actor: CurrentActor, session: Reading) -> VerdictOut:
    """Read what was decided about your work (or of a project you run): verdicts, issues, a reviewer's edits."""
    submission, _ = get_judged(session, actor, submission_id)
    return view_verdicts(session, actor, submission, get_talk(session, actor, submission_id))


@router.post(
    "/work/{submission_id}/edits/accept", name="api.reviews.accept_edits", status_code=204, dependencies=[WRITE]
)
def accept(submission_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Agree with a reviewer's edits of your work."""
    accept_edits(session, actor, get_own_submission(session, actor, submission_id), now=clock.now())
    return Response(status_code=204)


@router.post(
    "/work/{submission_id}/edits/contest", name="api.reviews.contest_edits", status_code=204, dependencies=[WRITE]
)
def contest(submission_id: UUID, sent: ContestIn, actor: CurrentActor, session: Writing) -> Response:
    """Disagree with a reviewer's edits, with a reason; a level-2 reviewer judges."""
    submission = get_own_submission(session, actor, submission_id)
    contest_edits(session, actor, submission, sent.reason, now=clock.now())
    return Response(status_code=204)
