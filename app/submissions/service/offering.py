"""What machines can check of somebody's work, for its editor: languages that are run, public tests, what is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import runners
from app.submissions.activities.kind import Kind
from app.submissions.schemas import ChecksView, PublicTestView
from app.submissions.service.checking import Document
from app.submissions.service.telling import Spec, Told, has_tests
from app.verifiers.registry import kind_of

SHOWN_CHARS = 10_000
"""Of the input or the output of one public test."""


def checks_view(session: Session, kind: Kind, told: Told, document: Document, *, now: datetime) -> ChecksView:
    """Say what can be checked of this work now; nothing hidden is in it."""
    spec = told.spec
    can = runners.capability(session, now=now) if kind.needs_program else None
    tests = public_tests(spec) if kind.needs_program else []
    count, hidden = count_tests(spec) if kind.needs_program else (0, 0)
    asked = kind_of(spec)
    return ChecksView(
        runs_on=can is not None and can.runs_on,
        why_off=None if can is None else can.why_off,
        languages=[[key, name] for key, name in kind.languages if can is not None and key in can.languages],
        public_tests=tests,
        test_count=count,
        hidden_count=hidden,
        tells_check=told.is_told or (kind.needs_program and has_tests(spec)),
        answer_kind_title=asked.title if asked is not None and asked.is_decided_here else "",
        told=told.out(document),
    )


def public_tests(spec: Spec) -> list[PublicTestView]:
    """List the tests of a program that its author may see."""
    if not has_tests(spec):
        return []
    numbered = enumerate(_cases(spec), start=1)
    return [_public(case, n) for n, case in numbered if not case.get("is_hidden", True)]


def count_tests(spec: Spec) -> tuple[int, int]:
    """Count all tests of a program, and the hidden ones; what is written as code counts as one that is hidden."""
    if not has_tests(spec):
        return 0, 0
    cases = _cases(spec)
    others = sum(bool(spec.get(part)) for part in ("tests", "efficiency"))
    return len(cases) + others, sum(bool(case.get("is_hidden", True)) for case in cases) + others


def _cases(spec: Spec) -> list[Mapping[str, Any]]:
    cases = spec.get("cases")
    return [case for case in cases if isinstance(case, Mapping)] if isinstance(cases, list) else []


def _public(case: Mapping[str, Any], n: int) -> PublicTestView:
    stdin = case["stdin"] if "stdin" in case else ", ".join(map(repr, case.get("args", [])))
    expected = case["stdout"] if "stdout" in case else repr(case.get("expected"))
    return PublicTestView(
        name=str(case.get("name") or f"test {n}"), stdin=str(stdin)[:SHOWN_CHARS], expected=str(expected)[:SHOWN_CHARS]
    )
