"""What an author learns from machines before handing in: a few comparisons, each stored; and what stands in the way.

An oracle must not become a machine for guessing: docs/decisions/0040 says within which limits it speaks.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import runners
from app.core.ids import new_id
from app.submissions.models import ProgramRun, Submission, VerifierRun
from app.submissions.schemas import FindingOut, ToldOut
from app.submissions.service.checking import Document
from app.submissions.states import Finding, RunPurpose, RunState
from app.text.fingerprints import content_hash
from app.verifiers.outcome import Comparison, Given
from app.verifiers.program import ProgramSpec, parse_spec
from app.verifiers.registry import guess_probability, kind_of

TOLD_MAX = 5
"""Answers of one piece of work that are compared before it is handed in."""
GUESSABLE_OVER = 0.01
COMPARE_SECONDS = 3.0
PROGRAM = "program"
AFTERWARDS = "It will be checked after you hand in."
_PASSED = "A machine confirms the answer."
_STAND_BY_IT = "Look at it once more. If you stand by it, say why: the reviewer reads your reason first."
Spec = Mapping[str, Any]


def is_checkable(spec: Spec) -> bool:
    """Tell whether a machine can check what is handed in: its kind is compared, or it has tests to run."""
    kind = kind_of(spec)
    return kind is not None and (kind.is_decided_here or (kind.name == PROGRAM and has_tests(spec)))


def has_tests(spec: Spec) -> bool:
    """Tell whether a specification of a program has tests."""
    return spec.get("kind") == PROGRAM and bool(spec.get("cases") or spec.get("tests") or spec.get("efficiency"))


def read_program(spec: Spec) -> ProgramSpec | None:
    """Read the specification of a program; None where there is none that can be read."""
    if spec.get("kind") != PROGRAM:
        return None
    try:
        return parse_spec(spec)
    except ValidationError:
        return None


def is_told(spec: Spec, *, tells_check: bool) -> bool:
    """Tell whether authors learn before handing in if a machine confirms the answer: never where guessing would do."""
    kind = kind_of(spec)
    if not tells_check or kind is None or not kind.is_decided_here:
        return False
    likely = guess_probability(spec)
    return likely is None or likely <= GUESSABLE_OVER


def given_of(document: Document) -> Given:
    """Take the answer out of a document."""
    answer = document["answer"]
    return Given(answer["text"], answer["unit"], tuple(answer["assumptions"]))


@dataclass(frozen=True, slots=True)
class Asked:
    """A saved answer and what it is held against."""

    submission_id: UUID
    answer_sha256: str
    spec_sha256: str
    given: Given
    spec: Spec


@dataclass(frozen=True, slots=True)
class Told:
    """What the author of one piece of work has been told of its answers, and by which specification."""

    submission_id: UUID
    spec: Spec
    is_told: bool
    spec_sha256: str
    runs: Sequence[VerifierRun]
    """every comparison before handing in, newest first; empty where nothing is told"""

    def about(self, document: Document) -> VerifierRun | None:
        """Return what was told of the answer in a document."""
        return self.of_answer(content_hash(document["answer"])) if self.runs else None

    def of_answer(self, answer_sha256: str) -> VerifierRun | None:
        """Return what was told of an answer."""
        wanted = (answer_sha256, self.spec_sha256)
        return next((run for run in self.runs if (run.content_sha256, run.spec_sha256) == wanted), None)

    def out(self, document: Document) -> ToldOut:
        """Say what the author knows of the answer in a document, and whether it may be compared now."""
        if not self.is_told:
            return ToldOut(is_told=False)
        left = max(0, TOLD_MAX - len(self.runs))
        run = self.about(document)
        if run is not None:
            return ToldOut(is_told=True, finding=run.finding, sentence=_sentence(run), left=left)
        is_written = bool(document["answer"]["text"].strip())
        return ToldOut(is_told=True, sentence="" if left else AFTERWARDS, is_due=is_written and left > 0, left=left)

    def asked(self, document: Document) -> Asked | None:
        """Return what is to be compared now; None when nothing is, or it was compared already."""
        if not self.out(document).is_due:
            return None
        given = given_of(document)
        return Asked(self.submission_id, content_hash(document["answer"]), self.spec_sha256, given, self.spec)


def read_told(session: Session, submission_id: UUID, spec: Spec, *, tells_check: bool) -> Told:
    """Read what an author has been told; no query where nothing is."""
    if not is_told(spec, tells_check=tells_check):
        return Told(submission_id, spec, is_told=False, spec_sha256="", runs=())
    query = select(VerifierRun).where(VerifierRun.submission_id == submission_id, VerifierRun.revision_id.is_(None))
    runs = session.scalars(query.order_by(VerifierRun.created_at.desc(), VerifierRun.id.desc())).all()
    return Told(submission_id, spec, is_told=True, spec_sha256=content_hash(spec), runs=runs)


def note_told(
    session: Session, asked: Asked, comparison: Comparison, *, milliseconds: int, user_id: UUID, now: datetime
) -> None:
    """Store what a comparison said; one that came too late, beside another or over the limit, is forgotten untold."""
    lock = select(Submission.id).where(Submission.id == asked.submission_id).with_for_update(key_share=True)
    session.execute(lock)
    told = read_told(session, asked.submission_id, asked.spec, tells_check=True)
    if len(told.runs) >= TOLD_MAX or told.of_answer(asked.answer_sha256) is not None:
        return
    session.add(
        VerifierRun(
            id=new_id(),
            submission_id=asked.submission_id,
            content_sha256=asked.answer_sha256,
            spec_sha256=asked.spec_sha256,
            **said_of(comparison, asked.spec),
            milliseconds=milliseconds,
            asked_by=user_id,
            created_at=now,
        )
    )


def said_of(comparison: Comparison, spec: Spec) -> dict[str, Any]:
    """Write a comparison as columns of a VerifierRun."""
    return {
        "verifier": str(spec.get("kind"))[:40],
        "finding": Finding(comparison.outcome.value),
        "reason": comparison.reason[:1000],
        "detail": comparison.detail[:4000],
        "method": comparison.method[:40],
        "needs_assumption": comparison.needs_assumption,
    }


def _sentence(run: VerifierRun) -> str:
    if run.needs_assumption or run.finding is Finding.FAIL:
        return run.reason
    return _PASSED if run.finding is Finding.PASS else f"{run.reason} A reviewer looks at it."


def machine_findings(session: Session, told: Told, document: Document, *, now: datetime) -> list[FindingOut]:
    """Say what machines have against a document, from what is stored: nothing is compared or run here."""
    findings = _of_cited(session, told.submission_id, document)
    if has_tests(told.spec):
        return findings + _of_tests(session, told.submission_id, told.spec, document, now=now)
    run = told.about(document)
    return findings if run is None else findings + _of_answer(run, document["waivers"])


def cites_runs(document: Document) -> bool:
    """Tell whether a step of a document cites a run of a program."""
    return any(step.get("runs") for step in document["steps"])


def _of_cited(session: Session, submission_id: UUID, document: Document) -> list[FindingOut]:
    if not cites_runs(document):
        return []
    cited = {UUID(one) for step in document["steps"] for one in step.get("runs", ())}
    query = select(ProgramRun.id).where(ProgramRun.submission_id == submission_id, ProgramRun.id.in_(cited))
    known = set(session.scalars(query).all())
    faulty = [step["id"] for step in document["steps"] if {UUID(one) for one in step.get("runs", ())} - known]
    sentence, hint = "A step cites a run that is none of this work", "Run it here and cite it again."
    return [_finding("run_unknown", sentence, hint, "", document["waivers"], step_id=one) for one in faulty]


def _of_answer(run: VerifierRun, waivers: Mapping[str, str]) -> list[FindingOut]:
    if run.needs_assumption:
        hint = "Say under which assumption it holds: add it to the assumptions of the answer."
        return [_finding("assumption_missing", run.reason, hint, "assumptions", {}, severity="blocker")]
    if run.finding is not Finding.FAIL:
        return []
    return [_finding("answer_check", run.reason, _STAND_BY_IT, "answer", waivers, needs_reason=True)]


def _of_tests(
    session: Session, submission_id: UUID, spec: Spec, document: Document, *, now: datetime
) -> list[FindingOut]:
    program, waivers = document["program"], document["waivers"]
    if program is None or not program["source"].strip():
        return []
    run = tested(session, submission_id, spec, program["language"], program["source"])
    if run is None:
        if not runners.capability(session, now=now).runs_on:
            return []  # nobody can press Test here
        hint = "Press Test, so that you see what the server will see."
        sentence = "This version of the program was not run against the tests"
        return [_finding("tests_not_run", sentence, hint, "program", waivers)]
    if run.verdict == "passed":
        return []
    return [_finding("tests_failed", run.message, _STAND_BY_IT, "program", waivers, needs_reason=True)]


def source_hash(source: str) -> str:
    """Give the SHA-256 of a program's source."""
    return hashlib.sha256(source.encode()).hexdigest()


def tested(session: Session, submission_id: UUID, spec: Spec, language: str, source: str) -> ProgramRun | None:
    """Return the last finished run of exactly this program against exactly these tests."""
    query = select(ProgramRun).where(
        ProgramRun.submission_id == submission_id,
        ProgramRun.purpose == RunPurpose.TESTS,
        ProgramRun.state == RunState.DONE,
        ProgramRun.language == language,
        ProgramRun.source_sha256 == source_hash(source),
        ProgramRun.spec_sha256 == content_hash(spec),
    )
    return session.scalars(query.order_by(ProgramRun.requested_at.desc(), ProgramRun.id.desc()).limit(1)).first()


def _finding(
    rule: str,
    sentence: str,
    hint: str,
    where: str,
    waivers: Mapping[str, str],
    *,
    severity: Any = "warning",
    needs_reason: bool = False,
    step_id: str | None = None,
) -> FindingOut:
    key = f"{rule}:{step_id}" if step_id else rule
    return FindingOut(
        rule=rule,
        severity=severity,
        sentence=sentence.removesuffix("."),
        hint=hint,
        where=where,
        step_id=step_id,
        waiver_key=key,
        waiver=waivers.get(key) or waivers.get(rule),
        needs_reason=needs_reason,
    )
