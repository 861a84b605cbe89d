"""Mechanical faults of a piece of work, found without any model: advice to its author; a few stop handing in."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, Literal

from app.text.fingerprints import normalise
from app.text.invisible import describe, find_invisible
from app.text.segments import find_segments
from app.text.tex import limit_faults, text_faults
from app.text.words import count_words

STEP_MAX_WORDS = 120
ALIKE = 0.95
ALIKE_MIN_CHARS = 40
WORK_TYPES = frozenset({"work", "insight", "check", "correction", "conclusion"})
Severity = Literal["blocker", "warning"]
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*[A-Za-z]{2,}")
_PHONE = re.compile(r"(?<![\w+])\+\d[\d ()-]{7,16}\d(?!\w)")
_LINK = re.compile(r"https?://|!\[[^\]]*\]\(https?:")
_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: which rule, where, what is wrong and what to do."""

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


@dataclass(frozen=True, slots=True)
class Work:
    """A content document with what several rules need computed once."""

    content: Mapping[str, Any]
    brief: Brief
    steps: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @property
    def filled(self) -> list[Mapping[str, Any]]:
        """The steps that hold text."""
        return [step for step in self.steps if step["body"].strip()]

    @property
    def live(self) -> list[Mapping[str, Any]]:
        """The filled steps that are part of the way to the answer."""
        return [step for step in self.filled if step["status"] == "live"]

    def number_of(self, step_id: str) -> int | None:
        """Return a step's number as people see it, counted from 1."""
        return next((n for n, step in enumerate(self.steps, 1) if step["id"] == step_id), None)


Rule = Callable[[Work], Iterator[Finding]]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under its stable id."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


def lint(content: Mapping[str, Any], brief: Brief) -> list[Finding]:
    """Run all rules over a content document; blockers first, then in the order of the steps."""
    work = Work(content, brief, content["steps"])
    order = {step["id"]: place for place, step in enumerate(work.steps)}
    findings = [finding for check in RULES.values() for finding in check(work)]
    return sorted(findings, key=lambda f: (f.severity != "blocker", order.get(f.step_id or "", len(order))))


@rule("no_answer")
def _no_answer(work: Work) -> Iterator[Finding]:
    if work.brief.activity == "solve" and not work.content["answer"]["text"].strip():
        yield Finding("no_answer", "blocker", "The answer is empty.", "Write the final answer.", field="answer")


@rule("no_steps")
def _no_steps(work: Work) -> Iterator[Finding]:
    if not work.live:
        hint = "Write at least one step that says how you got there."
        yield Finding("no_steps", "blocker", "There is no reasoning yet.", hint, field="steps")


@rule("no_program")
def _no_program(work: Work) -> Iterator[Finding]:
    program = work.content.get("program")
    if work.brief.activity == "program" and (program is None or not program["source"].strip()):
        yield Finding("no_program", "blocker", "The program is empty.", "Write the source code.", field="program")


@rule("empty_step")
def _empty_step(work: Work) -> Iterator[Finding]:
    for n, step in enumerate(work.steps, 1):
        if not step["body"].strip():
            yield Finding("empty_step", "warning", f"Step {n} is empty.", "Fill it or remove it.", step["id"])


@rule("dead_end_open")
def _dead_end_open(work: Work) -> Iterator[Finding]:
    filled = work.filled
    for place, step in enumerate(filled):
        if step["type"] != "dead_end":
            continue
        following = filled[place + 1]["type"] if place + 1 < len(filled) else None
        if following not in {"backtrack", "conclusion", "dead_end"}:
            sentence = f"The dead end in step {work.number_of(step['id'])} leads nowhere."
            hint = "Add a backtrack that says where you went on."
            yield Finding("dead_end_open", "warning", sentence, hint, step["id"])


@rule("backtrack_target")
def _backtrack_target(work: Work) -> Iterator[Finding]:
    for n, step in enumerate(work.steps, 1):
        if step["type"] != "backtrack":
            continue
        target = work.number_of(step["to"]) if step["to"] else None
        if target is None or target >= n:
            sentence = f"The backtrack in step {n} does not say to which earlier step."
            yield Finding("backtrack_target", "warning", sentence, "Choose the step it goes back to.", step["id"])


@rule("refs")
def _refs(work: Work) -> Iterator[Finding]:
    for n, step in enumerate(work.steps, 1):
        for ref in step["refs"]:
            target = work.number_of(ref)
            if target is None or target >= n:
                what = "a step that is gone" if target is None else f"step {target}, which comes later"
                yield Finding("refs", "warning", f"Step {n} uses {what}.", "Name earlier steps only.", step["id"])


@rule("uses_nothing")
def _uses_nothing(work: Work) -> Iterator[Finding]:
    for step in work.live[1:]:
        if step["type"] == "work" and not step["refs"]:
            sentence = f"Step {work.number_of(step['id'])} uses nothing."
            yield Finding("uses_nothing", "warning", sentence, "A step of work names what it rests on.", step["id"])


@rule("long_step")
def _long_step(work: Work) -> Iterator[Finding]:
    for step in work.filled:
        words = count_words(step["body"])
        if words > STEP_MAX_WORDS:
            sentence = f"Step {work.number_of(step['id'])} has {words} words."
            yield Finding("long_step", "warning", sentence, "One idea in a step: split it.", step["id"])


@rule("restated")
def _restated(work: Work) -> Iterator[Finding]:
    filled = work.filled
    for before, step in pairwise(filled):
        old, new = normalise(before["body"]), normalise(step["body"])
        if min(len(old), len(new)) < ALIKE_MIN_CHARS:
            continue
        matcher = SequenceMatcher(None, old[:2000], new[:2000], autojunk=False)
        if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
            sentence = f"Step {work.number_of(step['id'])} says nearly the same as the one before."
            yield Finding("restated", "warning", sentence, "Keep one of them.", step["id"])


@rule("answer_number")
def _answer_number(work: Work) -> Iterator[Finding]:
    reasoning = {n for step in work.filled for n in _numbers(step["body"])}
    unseen = sorted(set(_numbers(work.content["answer"]["text"])) - reasoning)
    if unseen and work.filled:
        sentence = f"The answer's {', '.join(unseen[:3])} appears in no step."
        yield Finding("answer_number", "warning", sentence, "Show where it comes from.", field="answer")


def _numbers(text: str) -> list[str]:
    return [found.replace(",", "").rstrip(".") for found in _NUMBER.findall(text.replace("{,}", ""))]


@rule("tex")
def _tex(work: Work) -> Iterator[Finding]:
    for place, text, step_id in _texts(work):
        for fault in [*text_faults(text), *limit_faults(text)][:3]:
            sentence = f"{place}: {fault.sentence}"
            yield Finding("tex", "warning", sentence, "Correct the formula.", step_id, _field_of(place))


@rule("unit")
def _unit(work: Work) -> Iterator[Finding]:
    if work.brief.unit_expected and not work.content["answer"]["unit"].strip():
        yield Finding("unit", "warning", "The answer has no unit.", "Give the unit.", field="unit")


@rule("confidence")
def _confidence(work: Work) -> Iterator[Finding]:
    if work.content["confidence"] is None:
        sentence = "You have not said how sure you are."
        yield Finding("confidence", "warning", sentence, "Choose one to five bars.", field="confidence")


@rule("wrong")
def _wrong(work: Work) -> Iterator[Finding]:
    if not work.content["what_would_make_this_wrong"].strip():
        sentence = "Nothing is said of what would make this wrong."
        yield Finding("wrong", "warning", sentence, "Name the weakest point.", field="wrong")


@rule("no_conclusion")
def _no_conclusion(work: Work) -> Iterator[Finding]:
    if work.live and not any(step["type"] == "conclusion" for step in work.live):
        yield Finding("no_conclusion", "warning", "No conclusion yet.", "End with a step of that kind.", field="steps")


@rule("personal")
def _personal(work: Work) -> Iterator[Finding]:
    for place, text, step_id in _texts(work):
        if _EMAIL.search(text) or _PHONE.search(text):
            sentence = f"{place} seems to hold an e-mail address or a telephone number."
            yield Finding("personal", "warning", sentence, "Take personal data out.", step_id, _field_of(place))


@rule("link")
def _link(work: Work) -> Iterator[Finding]:
    for place, text, step_id in _texts(work):
        if _LINK.search(text):
            sentence = f"{place} relies on a link or a picture elsewhere."
            yield Finding("link", "warning", sentence, "Write out what it says.", step_id, _field_of(place))


@rule("language")
def _language(work: Work) -> Iterator[Finding]:
    prose = " ".join(_prose(step["body"]) for step in work.filled)
    cjk, latin = len(_CJK.findall(prose)), len(_LATIN.findall(prose))
    wrong = {"zh": cjk * 2 < latin, "en": cjk > latin}.get(work.brief.language or "", False)
    if wrong and cjk + latin > 20:  # noqa: PLR2004 - fewer words say nothing about the language
        sentence = f"The project is written in “{work.brief.language}”; most of this is not."
        yield Finding("language", "warning", sentence, "Write in the project's language.", field="steps")


@rule("invisible")
def _invisible(work: Work) -> Iterator[Finding]:
    for place, text, step_id in _texts(work):
        found = find_invisible(text)
        if found:
            sentence = f"{place} holds an invisible character: {describe(found[0].char)}."
            hint = "Remove it, or say why it is there."
            yield Finding("invisible", "warning", sentence, hint, step_id, _field_of(place))


def _prose(text: str) -> str:
    parts, position = [], 0
    for segment in find_segments(text):
        parts.append(text[position : segment.start])
        position = segment.end
    return " ".join([*parts, text[position:]])


def _texts(work: Work) -> Iterator[tuple[str, str, str | None]]:
    for n, step in enumerate(work.steps, 1):
        yield f"Step {n}", step["body"], step["id"]
    yield "The answer", work.content["answer"]["text"], None


def _field_of(place: str) -> str | None:
    return "answer" if place == "The answer" else None
