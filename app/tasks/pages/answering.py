"""The part of a task's form that says what is right: fields by kind of answer, and what a machine makes of them now."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from app.accounts.deps import CurrentActor
from app.projects.access import get_project
from app.projects.policy import can_manage_project
from app.tasks.reading.rows import build_answer_spec
from app.tasks.service import engines
from app.tasks.service.answers import Found, can_be_checked, look
from app.tasks.states import WRONG_ANSWERS_NEEDED, AnswerKind
from app.verifiers.answer_type import AnswerType, Option
from app.verifiers.plausible import propose_wrong
from app.verifiers.registry import KINDS
from app.web.deps import Writing
from app.web.forms import Form, Posted, PostedForm
from app.web.templating import render

router = APIRouter()
PREFIX = "option-"
OTHER = "answer_options"
"""The field for settings that have none of their own, as JSON."""
GUESS_MAX = 0.01
"""A guess that hits more often is pointed out (FrontierMath's rule)."""
PROGRAM_EXAMPLE = {
    "cases": [
        {"name": "shown", "stdin": "2 3\n", "stdout": "5\n"},
        {"name": "below zero", "is_hidden": True, "stdin": "-2 3\n", "stdout": "1\n"},
    ],
    "match": {"how": "tokens"},
    "limits": {"cpu_seconds": 2, "memory_mb": 128},
    "reference_program": {"language": "python", "source": "print(sum(map(int, input().split())))\n"},
    "wrong_programs": [
        {"name": "forgets signs", "language": "python", "source": "print(sum(abs(int(x)) for x in input().split()))\n"}
    ],
}
"""Of the settings of a program task, shown beside the field; docs/how-to/program-tasks.md has all of them."""


@router.post("/projects/{slug}/tasks/answer", name="tasks.answer")
def answer(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Show the fields of the chosen kind, with what a machine makes of the answers as they stand; stores nothing."""
    get_project(session, actor, slug, can=can_manage_project)
    session.rollback()  # comparing may take seconds: no transaction is open meanwhile
    options, wrong, errors = read_answer(posted)
    kind = posted["answer_kind"]
    values = {**posted.fields, "slug": slug}
    spec = build_answer_spec(
        kind,
        answer=posted["answer"],
        entry_point=posted["entry_point"],
        tests=posted["tests"],
        options=options,
        wrong=wrong,
    )
    if posted["act"] == "propose":
        wrong = wrong + [one for one in propose_wrong(spec) if one not in wrong]
        spec, values["wrong_answers"] = spec | {"wrong": wrong}, "\n".join(wrong)
    is_given = posted["answer"].strip() or kind == AnswerKind.BY_ASSUMPTION
    found = look_now(spec) if is_given and not errors else None
    form = Form(values=values, errors=errors)
    return render(request, "tasks/_answer.html", form=form, **answer_context(kind, slug, found))


def look_now(spec: Mapping[str, Any]) -> Found | None:
    """Hold the answers against the specification at once; programs are run in the background when it is saved."""
    if not can_be_checked(spec) or spec.get("kind") == "program":
        return None
    with engines.a_turn() as checker:
        return look(spec, checker=checker, sandbox=engines.sandbox)


def answer_context(kind: str, slug: str, found: Found | None) -> dict[str, Any]:
    """Collect what the template of the fields reads."""
    known = KINDS.get(kind)
    probability = found.guess_probability if found else None
    return {
        "kind": kind,
        "kinds": kind_words(),
        "options": [_shown(option, known) for option in _options(known)],
        "settings_example": _indented(PROGRAM_EXAMPLE) if kind == AnswerKind.PROGRAM else "",
        "hint": known.hint if known else "",
        "found": found,
        "guess_percent": round(100 * probability) if probability is not None and probability > GUESS_MAX else None,
        "needed": WRONG_ANSWERS_NEEDED,
        "answer_url": f"/projects/{slug}/tasks/answer",
        "is_compared": known is not None and known.is_decided_here,
    }


def _shown(option: Option, kind: AnswerType | None) -> dict[str, Any]:
    pairs = [("", "not said"), *((one, one.replace("_", " ")) for one in option.choices)]
    known = kind.example.get(option.name) if kind and option.form == "object" else None
    example = _indented(known) if known is not None else ""
    return asdict(option) | {"field": PREFIX + option.name, "pairs": pairs, "example": example}


def _indented(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def kind_words() -> list[tuple[str, str]]:
    """List the kinds of answers as people call them."""
    return [(str(kind), KINDS[kind].title) for kind in AnswerKind if kind in KINDS]


def _options(kind: AnswerType | None) -> tuple[Option, ...]:
    return kind.options if kind else ()


def read_answer(posted: Posted) -> tuple[dict[str, Any], list[str], dict[str, str]]:
    """Read settings and wrong answers out of a posted form; also what is wrong with them, by field."""
    errors: dict[str, str] = {}
    options: dict[str, Any] = {}
    other = posted[OTHER].strip()
    if other:
        try:
            found = _json(other)
        except ValueError as error:
            errors[OTHER] = str(error)
        else:
            if isinstance(found, dict):
                options.update(found)
            else:
                errors[OTHER] = "Write an object: { … }."
    for option in _options(KINDS.get(posted["answer_kind"])):
        name = PREFIX + option.name
        try:
            value = _value_of(option, posted.fields.get(name, ""))
        except ValueError as error:
            errors[name] = str(error)
        else:
            if value not in (None, "", [], {}, False):
                options[option.name] = value
    wrong = [line for line in posted["wrong_answers"].split("\n") if line.strip()]
    return options, wrong, errors


def _value_of(option: Option, typed: str | list[str]) -> Any:
    """Read one setting as its form says; ValueError with a sentence."""
    if option.form == "several":
        return [typed] if isinstance(typed, str) and typed else list(typed)
    text = (typed if isinstance(typed, str) else typed[-1]).strip()
    if option.form == "list":
        return _lines(text)
    if option.form == "numbers":
        return [_number(line) for line in _lines(text)]
    if option.form == "flag":
        return text in {"true", "on", "1"}
    readers = {"number": _number, "object": _json}
    return readers[option.form](text) if text and option.form in readers else text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _number(text: str) -> int | float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("Give a number.") from None
    return int(text) if text.lstrip("+-").isdecimal() else number


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"This is no JSON: {error.msg}.") from None


def values_of_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Write a stored specification into the fields of the form; the other way round of `read_answer`."""
    kind = str(spec.get("kind", "none"))
    options = _options(KINDS.get(kind))
    own = {option.name for option in options} | {"kind", "answer", "entry_point", "tests", "wrong"}
    answer = spec.get("answer", "")
    other = {name: value for name, value in spec.items() if name not in own}
    return {
        "answer_kind": kind,
        "answer": answer if isinstance(answer, str) else orjson.dumps(answer).decode(),
        "entry_point": spec.get("entry_point", ""),
        "tests": spec.get("tests", ""),
        "wrong_answers": "\n".join(map(str, spec.get("wrong", []))),
        OTHER: _indented(other) if other else "",
        **{PREFIX + option.name: _typed(option, spec.get(option.name)) for option in options},
    }


def _typed(option: Option, value: Any) -> Any:
    if option.form in {"list", "numbers"} and isinstance(value, list):
        return "\n".join(map(str, value))
    if option.form == "object" and value is not None:
        return _indented(value)
    return value
