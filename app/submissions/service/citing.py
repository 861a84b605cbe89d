"""The program runs that steps cite, in the words in which pages show them; frontend/editing/runs.ts says the same."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.submissions.models import ProgramRun
from app.submissions.schemas import Content, RunOut, RunTestOut
from app.submissions.service.running import BY_AUTHOR, run_out
from app.submissions.states import RunPurpose, RunState

FEW_LINES = 4
"""So many are shown without folding."""
_WORDS = {
    "ok": "ended",
    "failed": "not passed",
    "runtime_error": "broke off",
    "time_limit": "out of time",
    "memory_limit": "out of memory",
    "output_limit": "too much output",
    "compile_error": "does not compile",
}
_FILES = {
    "python": "main.py",
    "cpp": "main.cpp",
    "c": "main.c",
    "javascript": "main.js",
    "rust": "main.rs",
    "java": "Main.java",
    "go": "main.go",
}


@dataclass(frozen=True, slots=True)
class CitedRun:
    """One run as a reader of the work sees it: what was run, what came out, and what it took."""

    facts: list[str]
    command: str
    text: str
    is_short: bool


def cited_runs(session: Session, submission_id: UUID, *contents: Content) -> dict[UUID, CitedRun]:
    """Read the runs that steps of these documents cite, by id; what is no run of this work's author is left out."""
    wanted = {run for content in contents for step in content.steps for run in step.runs}
    if not wanted:
        return {}
    query = select(ProgramRun).where(ProgramRun.submission_id == submission_id, ProgramRun.id.in_(wanted))
    return {run.id: _cited(run_out(run)) for run in session.scalars(query.where(ProgramRun.purpose.in_(BY_AUTHOR)))}


def _cited(run: RunOut) -> CitedRun:
    text = _text(run)
    return CitedRun(_facts(run), _command(run), text, is_short=len(text.splitlines()) <= FEW_LINES)


def _word(verdict: str) -> str:
    return _WORDS.get(verdict, verdict.replace("_", " "))


def _facts(run: RunOut) -> list[str]:
    if run.state is not RunState.DONE:
        return ["could not be run" if run.state is RunState.FAILED else "had not ended"]
    used = [_seconds(run.wall_ms), *([f"{round(run.memory_bytes / (1 << 20))} MB"] if run.memory_bytes else [])]
    if run.tests:
        return [f"{run.passed}/{run.total} tests", *used]
    word = _word(run.verdict or "")
    end = f"{word}, exit code {run.exit_code}" if run.exit_code else word
    return [end] if run.verdict == "compile_error" else [end, *used]


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.2f} s"


def _command(run: RunOut) -> str:
    file = _FILES.get(run.language, "main")
    if run.purpose is RunPurpose.TESTS:
        return f"{file}, all tests"
    lines = len(run.stdin.splitlines())
    return f"{file} < {lines} {'line' if lines == 1 else 'lines'} of input" if lines else file


def _text(run: RunOut) -> str:
    if run.state is RunState.FAILED:
        return run.message
    if not run.tests:
        return "\n".join(text.rstrip() for text in (run.stdout, run.stderr) if text.strip())
    public = [test for test in run.tests if not test.is_hidden]
    hidden = [test for test in run.tests if test.is_hidden]
    return "\n".join([*_table(public), *([f"hidden: {_counted(hidden)}"] if hidden else [])])


def _table(tests: list[RunTestOut]) -> list[str]:
    names = max((len(test.name) for test in tests), default=0)
    words = max((len(_word(test.verdict)) for test in tests), default=0)
    rows = [(test.name, _word(test.verdict), "" if test.wall_ms is None else _seconds(test.wall_ms)) for test in tests]
    return [f"{name:<{names}}  {word:<{words}}  {time}".rstrip() for name, word, time in rows]


def _counted(tests: list[RunTestOut]) -> str:
    counts = Counter(test.verdict for test in tests)
    first_passed = sorted(counts.items(), key=lambda item: item[0] != "passed")
    return ", ".join(f"{count} {_word(verdict)}" for verdict, count in first_passed)
