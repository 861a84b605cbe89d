"""What the files in `content/` may say: projects, tasks, the work on them and what became of it."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.actor import Role
from app.datasets.schemas import DatasetIn
from app.projects.schemas import ProjectIn
from app.projects.schemas.agreement import AgreementIn
from app.reviews.states import Severity, Verdict, VerificationMethod
from app.submissions.schemas import Answer
from app.tasks.schemas import TaskIn

_DAYS = re.compile(r"(\d+)d (\d\d):(\d\d)")
_AGO = re.compile(r"(\d+)h(?: (\d+)m)?|(\d+)m")
When = Annotated[str, Field(pattern=rf"^(?:{_DAYS.pattern}|{_AGO.pattern})$")]
"""`3d 09:30` is half past nine (UTC) three days before the demo is filled; `1h 20m` is that long before."""


def moment(when: str, now: datetime) -> datetime:
    """Work out a time of the demo; `now` is the moment at which it is filled."""
    days = _DAYS.fullmatch(when)
    if days is not None:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=int(days[1])) + timedelta(hours=int(days[2]), minutes=int(days[3]))
    ago = _AGO.fullmatch(when)
    if ago is None:
        raise ValueError(f"{when} is no time of the demo.")
    return now - timedelta(hours=int(ago[1] or 0), minutes=int(ago[2] or ago[3] or 0))


class Strict(BaseModel):
    """A part of a file; a misspelt name is an error."""

    model_config = ConfigDict(extra="forbid")


class Issue(Strict):
    """An issue of a review. `key` is unique in the demo; without a step it is about the whole."""

    key: str
    step: str | None = None
    quote: str = ""
    severity: Severity
    body: str


class Judgment(Strict):
    """A review of the version that was handed in last; without `decided` it is open now."""

    by: str
    opened: When
    decided: When | None = None
    minutes: int
    verdict: Verdict | None = None
    method: VerificationMethod | None = None
    note: str = ""
    reason: str = ""
    own_answer: str = ""
    reveals: bool = False
    scores: dict[str, int] = Field(default_factory=dict)
    labels: str = ""
    """a line per step: `s7 bad missing_case: why`"""
    issues: list[Issue] = Field(default_factory=list)
    resolves: list[str] = Field(default_factory=list)
    """keys of issues of an earlier version that are closed with this decision"""
    edits: str = ""
    """steps as the reviewer would have them, for an approval with edits"""


class Sitting(Strict):
    """Some time at the desk, which ends with a save or with handing in. What is left out stays as it was."""

    until: When
    minutes: int
    on_paper: bool = False
    hands_in: bool = False
    steps: str = ""
    answer: Answer | None = None
    confidence: int | None = None
    wrong: str | None = None
    program: str | None = None
    tools: str | None = None
    note: str | None = None
    waivers: dict[str, str] = Field(default_factory=dict)
    judgments: list[Judgment] = Field(default_factory=list)


class Turn(Strict):
    """One turn of the talk about an issue."""

    issue: str
    by: str
    at: When
    body: str
    answers: bool = False


class Ending(Strict):
    """How work ended before a verdict: gave_up, withdrawn, or put aside because the task is broken."""

    at: When
    how: Annotated[str, Field(pattern=r"^(gave_up|withdrawn|broken)$")]
    reason: str


class Work(Strict):
    """One person's work on the task of the file."""

    by: str
    claimed: When
    sittings: list[Sitting] = Field(default_factory=list)
    talk: list[Turn] = Field(default_factory=list)
    accepts_edits: When | None = None
    ending: Ending | None = None


class Halt(Strict):
    """A task that is held back."""

    at: When
    reason: str


class TaskFile(Strict):
    """A file in `content/<project>/`: the task, when it was written and opened, and the work on it."""

    task: TaskIn
    written: When
    opened: When | None = None
    is_draft: bool = False
    halted: Halt | None = None
    work: list[Work] = Field(default_factory=list)


class Wording(Strict):
    """A later version of a project's guideline: what is added at its end."""

    at: When
    summary: str
    added: str
    read_by: dict[str, When]


class DemoProject(Strict):
    """A project of the demo. Its tasks are the files of the folder that is called like it."""

    facts: ProjectIn
    manager: str
    made: When
    live: When | None = None
    members: dict[str, Role] = Field(default_factory=dict)
    guideline: Wording | None = None
    agreement: AgreementIn | None = None
    """published just before it goes live, and signed by everybody then"""


class AskedFor(Strict):
    """An export of a snapshot."""

    at: When
    format: str
    options: dict[str, Any] = Field(default_factory=dict)


class FrozenAt(Strict):
    """A snapshot, and the formats in which it was asked for."""

    by: str
    at: When
    note: str
    exports: list[AskedFor] = Field(default_factory=list)


class DemoDataset(Strict):
    """A dataset with its snapshots."""

    project: str
    by: str
    made: When
    facts: DatasetIn
    snapshots: list[FrozenAt] = Field(default_factory=list)


class Person(Strict):
    """Somebody of the cast."""

    name: str
    level: int = 1
    is_admin: bool = False


class Frame(Strict):
    """The file `content/frame.toml`: who is here, the projects, the datasets."""

    arrived: When
    looked: When
    """when everybody looked at their news last"""
    people: list[Person]
    projects: list[DemoProject]
    datasets: list[DemoDataset]
