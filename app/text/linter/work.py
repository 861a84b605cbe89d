"""What every rule works with: the document, what was asked for, the registry of rules and the findings."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from app.text.segments import find_segments

Severity = Literal["blocker", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: which rule, where, what is wrong and what to do. `step_id` or `field` says where to go."""

    rule: str
    severity: Severity
    sentence: str
    hint: str
    step_id: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """What the task asks for, as far as a program can check it."""

    activity: Literal["solve", "program", "open"]
    unit_expected: bool = False
    language: str | None = None
    """"en", "zh", or None for any"""
    answer_expected: str | None = None
    """kind of the expected answer; an open task that names one wants an answer too"""


class Said(NamedTuple):
    """What a rule reports: the sentence, and the step or the part of the page that it is about."""

    sentence: str
    step_id: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One text of the document, with the name people know it by."""

    place: str
    text: str
    step_id: str | None
    field: str | None
    prose: str
    """the text without code and formulas"""

    def said(self, sentence: str) -> Said:
        """Report something about this part."""
        return Said(f"{self.place} {sentence}", self.step_id, self.field)


class Work:
    """A content document with what several rules need, computed once. Missing parts count as empty."""

    def __init__(self, content: Mapping[str, Any], brief: Brief) -> None:
        self.content = content
        self.brief = brief
        self.steps: Sequence[Mapping[str, Any]] = content.get("steps") or []
        self.places = {str(step["id"]): n for n, step in enumerate(self.steps, 1)}

    @cached_property
    def filled(self) -> list[Mapping[str, Any]]:
        """The steps that hold text."""
        return [step for step in self.steps if body(step).strip()]

    @cached_property
    def live(self) -> list[Mapping[str, Any]]:
        """The filled steps that are part of the way to the answer."""
        return [step for step in self.filled if step.get("status", "live") == "live"]

    @cached_property
    def answer(self) -> Mapping[str, Any]:
        """The final answer; empty when there is none."""
        found: Mapping[str, Any] = self.content.get("answer") or {}
        return found

    @cached_property
    def step_parts(self) -> list[Part]:
        """The steps as texts."""
        return [_part(f"Step {n}", body(step), str(step["id"]), None) for n, step in enumerate(self.steps, 1)]

    @cached_property
    def parts(self) -> list[Part]:
        """All texts that a reader reads, the program aside."""
        assumptions = "\n\n".join(self.answer.get("assumptions") or [])
        others = [
            ("The answer", str(self.answer.get("text") or ""), "answer"),
            ("The list of assumptions", assumptions, "assumptions"),
            ("“What would make this wrong”", str(self.content.get("what_would_make_this_wrong") or ""), "wrong"),
            ("The note to the reviewer", str(self.content.get("note_to_reviewer") or ""), "note"),
        ]
        return [*self.step_parts, *(_part(place, text, None, field) for place, text, field in others if text)]

    def place(self, step: Mapping[str, Any]) -> int:
        """Return a step's number as people see it, counted from 1."""
        return self.places[str(step["id"])]


def body(step: Mapping[str, Any]) -> str:
    """Return the text of a step."""
    return str(step.get("body") or "")


def _part(place: str, text: str, step_id: str | None, field: str | None) -> Part:
    pieces, position = [], 0
    for segment in find_segments(text):
        pieces.append(text[position : segment.start])
        position = segment.end
    return Part(place, text, step_id, field, re.sub(r"[ \t]{2,}", " ", " ".join([*pieces, text[position:]])))


Check = Callable[[Work], Iterable[Said]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its stable id, how much it weighs, what to do about it, and the check itself."""

    id: str
    severity: Severity
    hint: str
    check: Check

    def findings(self, work: Work) -> Iterator[Finding]:
        """Run the check and sign what it says."""
        for said in self.check(work):
            yield Finding(self.id, self.severity, said.sentence, self.hint, said.step_id, said.field)


RULES: dict[str, Rule] = {}


def rule(name: str, severity: Severity, hint: str) -> Callable[[Check], Check]:
    """Register a check under its stable id."""

    def register(check: Check) -> Check:
        RULES[name] = Rule(name, severity, hint, check)
        return check

    return register


def lint(content: Mapping[str, Any], brief: Brief) -> list[Finding]:
    """Run all rules over a content document; blockers first, then in the order of the steps, then the rest."""
    work = Work(content, brief)
    findings = [finding for each in RULES.values() for finding in each.findings(work)]
    last = len(work.steps) + 1
    return sorted(findings, key=lambda f: (f.severity != "blocker", work.places.get(f.step_id or "", last)))
