"""Decontamination as JSON: reference sets for admins in person, findings and waivers for managers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Query, UploadFile
from fastapi import Form as FormField

from app.accounts.access import require_admin
from app.accounts.deps import CurrentActor, InPerson, require_scope
from app.accounts.service import require_step_up
from app.core import clock
from app.core.errors import NotAllowed
from app.decontamination.access import get_finding, get_reference_set
from app.decontamination.pages.receiving import receive_set
from app.decontamination.policy import can_view_findings, can_waive
from app.decontamination.queries.findings import findings_page, reference_sets
from app.decontamination.schemas import FindingFilter, FindingOut, FindingsOut, ReferenceIn, ReferenceOut, WaiverIn
from app.decontamination.service.references import remove_reference_set
from app.decontamination.service.waiving import unwaive, waive
from app.projects.access import get_project
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.jsonbody import parse_body


async def _admins_only(actor: InPerson) -> None:
    require_admin(actor)


router = APIRouter(prefix="/api/v1")
admins = APIRouter(prefix="/reference-sets", dependencies=[Depends(_admins_only)])
IN_PERSON: dict[str, Any] = {"security": [{"session": []}]}
READ, WRITE = [require_scope("datasets:read")], [require_scope("datasets:write")]


@admins.get("", name="api.decontamination.references", openapi_extra=IN_PERSON)
def references(session: Reading) -> list[ReferenceOut]:
    """List the reference sets by name."""
    return [ReferenceOut.model_validate(found) for found in reference_sets(session)]


@admins.post("", name="api.decontamination.add", openapi_extra=IN_PERSON, status_code=201)
def add(
    actor: InPerson,
    session: Writing,
    settings: CurrentSettings,
    file: Annotated[UploadFile, File()],
    about: Annotated[str, FormField(max_length=10_000)],
) -> ReferenceOut:
    """Hand in a JSONL file of texts of at most 100 MiB; `about` is JSON, see ReferenceIn. The worker hashes it."""
    require_step_up(actor, now=clock.now())
    added = receive_set(session, settings, actor, parse_body(ReferenceIn, about.encode()), file)
    session.flush()  # the answer takes what is stored, defaults included
    return ReferenceOut.model_validate(added)


@admins.delete("/{set_id}", name="api.decontamination.remove", openapi_extra=IN_PERSON, status_code=204)
def remove(actor: InPerson, session: Writing, settings: CurrentSettings, set_id: UUID) -> None:
    """Delete a set with all that was found by it."""
    now = clock.now()
    require_step_up(actor, now=now)
    found = get_reference_set(session, actor, set_id)
    remove_reference_set(session, found, settings=settings, actor=actor, now=now)


@router.get("/projects/{slug}/contamination", name="api.decontamination.findings", dependencies=READ)
def findings(
    actor: CurrentActor, session: Reading, slug: str, wanted: Annotated[FindingFilter, Query()]
) -> FindingsOut:
    """List what of a project is like a reference text, the newest first."""
    project = get_project(session, actor, slug)
    if not can_view_findings(actor, project.id):
        raise NotAllowed("Only a manager of this project sees what was found.")
    page = findings_page(session, project.id, wanted)
    return FindingsOut(
        findings=[FindingOut.model_validate(found) for found in page.items], next_cursor=page.next_cursor
    )


@router.post("/contamination/{finding_id}/waive", name="api.decontamination.waive", dependencies=WRITE)
def waive_finding(actor: CurrentActor, session: Writing, finding_id: UUID, wanted: WaiverIn) -> FindingOut:
    """Let the piece stay, for a reason that is kept with the name."""
    finding = get_finding(session, actor, finding_id, can=can_waive)
    waive(session, finding, reason=wanted.reason, actor=actor, now=clock.now())
    return FindingOut.model_validate(finding)


@router.post("/contamination/{finding_id}/unwaive", name="api.decontamination.unwaive", dependencies=WRITE)
def unwaive_finding(actor: CurrentActor, session: Writing, finding_id: UUID) -> FindingOut:
    """Take a waiver back."""
    finding = get_finding(session, actor, finding_id, can=can_waive)
    unwaive(session, finding, actor=actor, now=clock.now())
    return FindingOut.model_validate(finding)


router.include_router(admins)
