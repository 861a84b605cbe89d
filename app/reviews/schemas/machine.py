"""What a reviewer sees of the machines' checks."""

from datetime import datetime

from pydantic import BaseModel

from app.submissions.states import Finding, RunState


class TestView(BaseModel):
    """One test of a program on the revision under review."""

    __test__ = False  # its name begins like a test's

    name: str
    is_hidden: bool
    verdict: str
    """passed, wrong, runtime_error, time_limit, memory_limit, output_limit, too_slow or not_run"""
    cpu_ms: int | None = None
    memory_bytes: int | None = None
    reason: str = ""
    stdout: str | None = None
    """of hidden tests only once the reference was looked at; so is what was expected"""
    expected: str | None = None


class ProgramCheckView(BaseModel):
    """The last run of all tests by the server."""

    state: RunState
    language: str
    message: str
    stderr: str
    passed: int
    total: int
    tests: list[TestView]


class MachineView(BaseModel):
    """What machines found about the revision, and whether they are still at it."""

    kind_title: str
    """what kind of answer the task asks for"""
    is_pending: bool
    """asked for, not answered yet"""
    finding: Finding | None
    """None while nothing was found"""
    reason: str
    detail: str
    """may hold the expected answer: empty until the reference was looked at"""
    method: str
    milliseconds: int
    checked_at: datetime | None
    program: ProgramCheckView | None
    is_refused: bool
    """an approval then needs a reason and goes to level 2"""
