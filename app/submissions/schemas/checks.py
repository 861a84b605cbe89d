"""What machines are asked about work and what they say: runs of programs, readings and comparisons of answers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.submissions.schemas.content import ANSWER_MAX_CHARS
from app.submissions.states import RUN_INPUT_MAX_CHARS, SOURCE_MAX_CHARS, Finding, RunPurpose, RunState


class RunIn(BaseModel):
    """A program to run: with input of one's own (`custom`), or against the task's tests (`tests`; no input then)."""

    model_config = ConfigDict(extra="forbid")

    purpose: Literal["custom", "tests"]
    language: str = Field(min_length=1, max_length=20)
    source: str = Field(min_length=1, max_length=SOURCE_MAX_CHARS)
    stdin: str = Field(default="", max_length=RUN_INPUT_MAX_CHARS)


class RunTestOut(BaseModel):
    """One test of a run. Of a hidden one there are a number for a name and the word of the verdict, and no more."""

    name: str
    is_hidden: bool
    verdict: str
    """passed, wrong, runtime_error, time_limit, memory_limit, output_limit, too_slow or not_run"""
    cpu_ms: int | None = None
    wall_ms: int | None = None
    memory_bytes: int | None = None
    stdin: str | None = None
    stdout: str | None = None
    expected: str | None = None
    reason: str | None = None


class RunOut(BaseModel):
    """One run of a program, as its author sees it."""

    id: UUID
    purpose: RunPurpose
    state: RunState
    """queued, running: ask again; done: it ended, whatever it did; failed: it could not be run, `message` says why"""
    language: str
    source_sha256: str
    stdin: str
    verdict: str | None
    """of tests: passed, compile_error, or the first verdict of a test that did not pass; of a run with input of one's
    own: ok, runtime_error, time_limit, memory_limit, output_limit or compile_error"""
    message: str
    """a sentence for people"""
    exit_code: int | None
    stdout: str
    stderr: str
    """what a compiler said stands here too"""
    tests: list[RunTestOut]
    passed: int
    total: int
    cpu_ms: int
    """of the public tests together, or of the one run"""
    wall_ms: int
    memory_bytes: int
    requested_at: datetime
    finished_at: datetime | None


class RunsOut(BaseModel):
    """The newest runs, newest first."""

    items: list[RunOut]


class AnswerIn(BaseModel):
    """The answer as it stands in the editor now, saved or not."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=ANSWER_MAX_CHARS)
    unit: str = Field(default="", max_length=100)
    assumptions: list[Annotated[str, Field(max_length=2000)]] = Field(default_factory=list, max_length=20)


class AnswerCheckOut(BaseModel):
    """How an answer reads as the kind that is asked for; never whether it is right."""

    reads: bool
    words: str
    """"reads as a set of 3 integers"; "" when no kind is asked for"""
    tex: str
    """the same as a formula, where there is one"""
    unit_words: str
    """how the unit reads, or that no machine compares it; "" where none is written"""
    needs_assumption: bool
    """the answer depends on an assumption, and none is stated"""
    kind_title: str


class ToldOut(BaseModel):
    """What the author is told before handing in: whether a machine confirms the answer; never what is expected."""

    is_told: bool
    """False: not for this task, since guessing would do, its project does not want it, or no machine can tell"""
    finding: Finding | None = None
    """pass, fail or undecided; None while it was not compared"""
    sentence: str = ""
    is_due: bool = False
    """the saved answer was not compared yet and may be: POST urls.told"""
    left: int = 0
    """how many more answers of this work can be compared before handing in"""


class PublicTestView(BaseModel):
    """A test that the author may see."""

    name: str
    stdin: str
    expected: str


class ChecksView(BaseModel):
    """What machines can check of this work."""

    runs_on: bool
    """programs are run here now"""
    why_off: str | None
    """a sentence, when the task has a program and it is not run here"""
    languages: list[list[str]]
    """[key, name] of the languages in which programs are run here; empty for a task without a program"""
    public_tests: list[PublicTestView]
    test_count: int
    """all tests of a program, hidden ones too"""
    hidden_count: int
    tells_check: bool
    """before handing in, the saved answer is compared once (POST urls.told), or the tests count"""
    answer_kind_title: str
    """"Integer", "Set" …; "" when no answer is compared"""
    told: ToldOut
