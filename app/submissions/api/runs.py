"""Machine checks of one's own work in JSON: run a program, how an answer reads, whether a machine confirms it."""

from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.submissions.access import get_own_submission, get_submission
from app.submissions.policy import can_edit_submission
from app.submissions.schemas import AnswerCheckOut, AnswerIn, RunIn, RunOut, RunsOut, ToldOut
from app.submissions.service import comparing_answers, running
from app.web.deps import Reading, Writing
from app.web.jsonbody import RawBody, parse_body
from app.web.openapi import described

router = APIRouter()
READ, WRITE = require_scope("work:read"), require_scope("work:write")
WAIT_MAX_SECONDS = 5


@router.post(
    "/work/{submission_id}/runs",
    name="api.submissions.run",
    status_code=202,
    response_model=RunOut,
    dependencies=[WRITE],
    openapi_extra=described(RunIn),
)
def run(submission_id: UUID, actor: CurrentActor, session: Writing, raw: RawBody) -> Response:
    """Ask for a run of a program: with input of your own (`custom`), or against the tests of the task (`tests`).

    The answer is the run, queued; ask for it by its id until its state is `done` or `failed`. 409 when programs are
    not run here or this work has none, 422 for a language that is not offered, 429 over 10 runs a minute or 100 an
    hour of one person.
    """
    submission = get_submission(session, actor, submission_id, can=can_edit_submission)
    asked = running.ask_for_run(session, actor, submission, parse_body(RunIn, raw), now=clock.now())
    location = f"/api/v1/work/{submission_id}/runs/{asked.id}"
    return _as_json(running.run_out(asked), 202, location=location)


@router.get(
    "/work/{submission_id}/runs/{run_id}", name="api.submissions.run_result", response_model=RunOut, dependencies=[READ]
)
def run_result(
    submission_id: UUID,
    run_id: UUID,
    request: Request,
    actor: CurrentActor,
    session: Reading,
    wait: Annotated[float, Query(ge=0, le=WAIT_MAX_SECONDS, description="Seconds to wait for its end.")] = 0,
) -> Response:
    """Read one run; `wait` holds the answer back until it has ended, for so many seconds at most.

    Of hidden tests there are a number and the word of the verdict: never input, output, times or what was expected.
    """
    submission = get_own_submission(session, actor, submission_id)
    found = running.get_run(session, submission, run_id)
    if wait and found.state in running.WAITING:
        return AtItsEnd(request, run_id, wait)
    return _as_json(running.run_out(found))


@router.get("/work/{submission_id}/runs", name="api.submissions.runs", response_model=RunsOut, dependencies=[READ])
def runs(submission_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """List the runs that you asked for in this work, newest first; the last twenty."""
    submission = get_own_submission(session, actor, submission_id)
    return _as_json(RunsOut(items=running.newest_runs(session, submission)))


@router.post("/work/{submission_id}/check", name="api.submissions.check", dependencies=[WRITE])
def check(submission_id: UUID, answer: AnswerIn, actor: CurrentActor, session: Writing) -> AnswerCheckOut:
    """Say how an answer reads as the kind that is asked for; never whether it is right. Nothing is stored."""
    submission = get_own_submission(session, actor, submission_id)
    spec = comparing_answers.spec_of(session, submission)
    session.rollback()  # reading an answer may take a second: no transaction is open meanwhile
    return comparing_answers.read_answer(answer, spec)


@router.post("/work/{submission_id}/told", name="api.submissions.tell", dependencies=[WRITE])
def tell(submission_id: UUID, actor: CurrentActor, session: Writing) -> ToldOut:
    """Compare the answer as it was saved last with what is expected, and say whether a machine confirms it.

    Each answer is compared once, and at most five answers of one work; `finding` is null where nothing is told: the
    project does not want it, guessing would do, or it is checked only after handing in.
    """
    get_submission(session, actor, submission_id, can=can_edit_submission)
    return comparing_answers.tell(session, actor, submission_id, now=clock.now())


class AtItsEnd(Response):
    """A run, as soon as it has ended or the time is over; sent when the request's own session is closed."""

    media_type = "application/json"

    def __init__(self, request: Request, run_id: UUID, seconds: float):
        super().__init__()
        self._state, self._run_id, self._seconds = request.app.state, run_id, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        await self._state.ended_runs.wait(self._run_id, self._seconds)
        async with self._state.session_gate:
            response = await to_thread.run_sync(self._result)
        await response(scope, receive, send)

    def _result(self) -> Response:
        with self._state.database.reading() as session:
            return _as_json(running.read_run(session, self._run_id))


def _as_json(body: RunOut | RunsOut, status: int = 200, **headers: str) -> Response:
    return Response(body.model_dump_json(), status, headers=headers, media_type="application/json")
