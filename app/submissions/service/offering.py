"""What machines can check of somebody's work, for its editor: languages that are run, public tests, what is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import runners
from app.submissions.activities.kind import Kind
from app.submissions.schemas import ChecksView, PublicTestView
from app.submissions.service.checking import Document
from app.submissions.service.telling import Told, has_tests, read_program
from app.verifiers.program import CallCase, ProgramSpec, StreamCase
from app.verifiers.registry import kind_of

SHOWN_CHARS = 10_000
"""Of the input or the output of one public test."""


def checks_view(session: Session, kind: Kind, told: Told, document: Document, *, now: datetime) -> ChecksView:
    """Say what can be checked of this work now; nothing hidden is in it."""
    spec = told.spec
    tested = read_program(spec) if kind.needs_program else None
    can = runners.capability(session, now=now) if kind.needs_program else None
    count, hidden = count_tests(tested) if tested is not None else (0, 0)
    asked = kind_of(spec)
    return ChecksView(
        runs_on=can is not None and can.runs_on,
        why_off=None if can is None else can.why_off,
        languages=[[key, name] for key, name in kind.languages if can is not None and key in can.languages],
        public_tests=public_tests(tested) if tested is not None else [],
        test_count=count,
        hidden_count=hidden,
        tells_check=told.is_told or (kind.needs_program and has_tests(spec)),
        answer_kind_title=asked.title if asked is not None and asked.is_decided_here else "",
        told=told.out(document),
    )


def public_tests(spec: ProgramSpec) -> list[PublicTestView]:
    """List the tests of a program that its author may see."""
    return [_public(case, n) for n, case in enumerate(spec.cases, start=1) if not case.is_hidden]


def count_tests(spec: ProgramSpec) -> tuple[int, int]:
    """Count all tests of a program, and the hidden ones; those that are written as code count as one, growth too."""
    hidden = [case.is_hidden for case in spec.cases]
    hidden += [True] if spec.tests.strip() else []
    if spec.efficiency is not None:
        growth = 1 if spec.efficiency.growth else 0
        hidden += [spec.efficiency.is_hidden] * (len(spec.efficiency.sizes) + growth)
    return len(hidden), sum(hidden)


def _public(case: StreamCase | CallCase, n: int) -> PublicTestView:
    name = case.name or f"case {n}"  # as the judge calls it
    if isinstance(case, StreamCase):
        return PublicTestView(name=name, stdin=case.stdin[:SHOWN_CHARS], expected=case.stdout[:SHOWN_CHARS])
    named = [f"{key}={value!r}" for key, value in case.kwargs.items()]
    arguments = ", ".join([*map(repr, case.args), *named])
    expected = f"raises {case.raises}" if case.raises else repr(case.expected)
    return PublicTestView(name=name, stdin=arguments[:SHOWN_CHARS], expected=expected[:SHOWN_CHARS])
