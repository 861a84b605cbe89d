"""Read a native export and say of every line whether it can come back: on its own, with the others, and here."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.datasets.queries.selection import APPROVALS, STRONG
from app.datasets.states import Tier
from app.exports.schemas.native import NativeRecord
from app.exports.service.native_consent import Consents
from app.exports.service.native_source import lines_of
from app.projects.models import Project
from app.reviews.service.restoring import known_judgments
from app.submissions.service.restoring import known_submissions
from app.submissions.states import Finding, SubmissionState
from app.tasks.service.restoring import clashing_tasks
from app.text.fingerprints import content_hash
from app.text.strictjson import BadJson, read_json

FAULTS_TOLD = 1000
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, and where in it."""

    line: int
    field: str
    reason: str


@dataclass(slots=True)
class TaskSeen:
    """A task that the lines of a file share."""

    line: int
    sha256: str
    number: int
    external_id: str | None
    approved: int = 0


@dataclass(slots=True)
class Checked:
    """What was found in a file: where each id stands, who speaks, and every fault."""

    sha256: str = ""
    faults: list[Fault] = field(default_factory=list)
    works: dict[UUID, int] = field(default_factory=dict)
    """submission → line"""
    tasks: dict[UUID, TaskSeen] = field(default_factory=dict)
    numbers: dict[int, UUID] = field(default_factory=dict)
    external_ids: dict[str, UUID] = field(default_factory=dict)
    judgments: dict[UUID, int] = field(default_factory=dict)
    """review, issue or comment → line"""
    pairs: set[tuple[UUID, UUID]] = field(default_factory=set)
    """(task, author)"""
    consents: Consents = field(default_factory=Consents)
    pseudonyms: set[UUID] = field(default_factory=set)

    def blame(self, line: int, where: str, reason: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(line, where, reason))


def read_lines(files: Sequence[Path], digest: "hashlib._Hash") -> Iterator[tuple[int, NativeRecord | list[Fault]]]:
    """Yield (line number, record or what is wrong with it); `digest` takes in every line that was read."""
    for number, line in lines_of(files, digest):
        yield number, _read_line(number, line)


def _read_line(number: int, line: bytes) -> NativeRecord | list[Fault]:
    try:
        return NativeRecord.model_validate(read_json(line))
    except BadJson as error:
        return [Fault(number, error.pointer.strip("/").replace("/", ".") or "line", error.reason)]
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return [Fault(number, ".".join(map(str, one["loc"])) or "line", f"{one['msg']}.") for one in found[:20]]


def check_files(files: Sequence[Path]) -> Checked:
    """Read all of the files and note every fault that shows without the database."""
    checked, digest = Checked(), hashlib.sha256()
    for line, found in read_lines(files, digest):
        if isinstance(found, NativeRecord):
            checked.faults += [Fault(line, where, reason) for where, reason in _faults_inside(found)]
            _note(checked, line, found)
        else:
            checked.faults += found
    if not checked.works and not checked.faults:
        checked.blame(1, "line", "The file is empty.")
    checked.sha256 = digest.hexdigest()
    return checked


def _faults_inside(record: NativeRecord) -> Iterator[tuple[str, str]]:
    for version in (record, *record.earlier):
        if content_hash(version.content) != version.content_sha256:
            yield "content_sha256", "The content is not what was hashed; the line was changed."
    if [version.revision for version in record.earlier] != list(range(1, record.revision)):
        yield "earlier", f"Before revision {record.revision} come 1 to {record.revision - 1}, each once and in order."
    possible = _possible_tiers(record)
    if record.tier not in possible:
        yield "tier", f"The reviews and the check of this line make it {' or '.join(sorted(possible))}."
    cited = {run for step in record.content["steps"] for run in step["runs"]}
    if {str(run.id) for run in record.runs} - cited:
        yield "runs", "A run stands here that no step cites."
    yield from _faults_of_reviews(record)
    reviews = {review.id for review in record.reviews}
    for n, thread in enumerate(record.threads):
        if thread.review is not None and thread.review not in reviews:
            yield f"threads.{n}.review", "It is none of the reviews of this line."
        if not thread.comments:
            yield f"threads.{n}.comments", "An issue says something."


def _faults_of_reviews(record: NativeRecord) -> Iterator[tuple[str, str]]:
    for n, review in enumerate(record.reviews):
        if review.reviewer == record.author:
            yield f"reviews.{n}.reviewer", "Nobody judges their own work."
        if review.revision > record.revision:
            yield f"reviews.{n}.revision", "There is no such revision in this line."
        if len({label.step for label in review.labels}) != len(review.labels):
            yield f"reviews.{n}.labels", "A step is labelled twice."
    rounds = [(review.revision, review.level, review.round) for review in record.reviews]
    people = [(review.revision, review.level, review.reviewer) for review in record.reviews]
    if len(set(rounds)) != len(rounds) or len(set(people)) != len(people):
        yield "reviews", "Two of them are the same person's or the same round's judgment of one revision."


def _possible_tiers(record: NativeRecord) -> set[Tier]:
    """Say which tiers the reviews and the machine's word in a line allow; who else solved the task is not in it."""
    if record.state is not SubmissionState.APPROVED:
        return {Tier.X}
    strong = any(
        review.verdict in APPROVALS and review.verification_method in STRONG and review.revision >= record.revision - 1
        for review in record.reviews
    )
    is_confirmed = record.check is not None and record.check.finding is Finding.PASS
    return {Tier.S, Tier.A} if strong and is_confirmed else {Tier.B}


def _note(checked: Checked, line: int, record: NativeRecord) -> None:
    """Take a line's ids in; what an earlier line has already is a fault."""
    if checked.works.setdefault(record.id, line) != line:
        checked.blame(line, "id", f"Line {checked.works[record.id]} is the same piece of work.")
    pair = (record.task.id, record.author)
    if pair in checked.pairs:
        checked.blame(line, "author", "One person works on a task once; another line is theirs too.")
    checked.pairs.add(pair)
    for where, reason in checked.consents.note(line, record):
        checked.blame(line, where, reason)
    for found in record.judgments:
        if found in checked.judgments:
            checked.blame(line, "reviews", f"{found} stands in line {checked.judgments[found]} already.")
        checked.judgments[found] = line
    checked.pseudonyms |= record.pseudonyms
    _note_task(checked, line, record)


def _note_task(checked: Checked, line: int, record: NativeRecord) -> None:
    task = record.task
    digest = content_hash(task.model_dump(mode="json"))
    seen = checked.tasks.setdefault(task.id, TaskSeen(line, digest, task.number, task.external_id))
    seen.approved += record.state is SubmissionState.APPROVED
    if seen.sha256 != digest:
        checked.blame(line, "task", f"Line {seen.line} has the same task in other words.")
    if checked.numbers.setdefault(task.number, task.id) != task.id:
        checked.blame(line, "task.number", "Another task of this file has this number.")
    if task.external_id is not None and checked.external_ids.setdefault(task.external_id, task.id) != task.id:
        checked.blame(line, "task.external_id", "Another task of this file has this external id.")


def note_what_is_here(session: Session, project: Project, checked: Checked) -> None:
    """Note as faults what the installation has already: work, tasks, numbers, reviews."""
    for ids in _chunks(list(checked.works)):
        for found in known_submissions(session, ids):
            checked.blame(checked.works[found], "id", "This piece of work is here already.")
    for ids in _chunks(list(checked.judgments)):
        for found in known_judgments(session, ids):
            checked.blame(checked.judgments[found], "reviews", f"{found} is here already.")
    for line, reason in checked.consents.clashes(session, project):
        checked.blame(line, "consent", reason)
    for ids in _chunks(list(checked.tasks)):
        _note_clashing_tasks(session, project, checked, ids)


def _note_clashing_tasks(session: Session, project: Project, checked: Checked, ids: list[UUID]) -> None:
    tasks = [checked.tasks[task_id] for task_id in ids]
    numbers = [task.number for task in tasks]
    named = [task.external_id for task in tasks if task.external_id is not None]
    for task_id, number, external_id in clashing_tasks(session, project.id, ids, numbers, named):
        if task_id in checked.tasks:
            checked.blame(checked.tasks[task_id].line, "task.id", "This task is here already.")
        elif number in checked.numbers:
            line = checked.tasks[checked.numbers[number]].line
            checked.blame(line, "task.number", f"The project has another task {number}.")
        elif external_id in checked.external_ids:
            line = checked.tasks[checked.external_ids[external_id]].line
            checked.blame(line, "task.external_id", "The project has another task of this external id.")


def _chunks(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
