"""What one kind of answer consists of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.verifiers.outcome import Comparison, Given, Reading

Spec = Mapping[str, Any]
"""A stored answer specification: plain JSON, {"kind": …, "answer": …, options}."""
ANSWER_MAX_CHARS = 10_000
"""Of an expected answer; nobody can check by eye what is longer."""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a kind, as a form asks for it."""

    name: str
    title: str
    form: str
    """text, number, flag, list (of texts), numbers (a list), choice or several (of `choices`), or object"""
    hint: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerType:
    """One kind of answer: how it is called, and how it is compared, read and specified."""

    name: str
    title: str
    hint: str
    """for the manager: what the expected answer looks like"""
    example: Spec
    compare: Callable[[Given, Spec], Comparison]
    read: Callable[[Given, Spec], Reading]
    check_spec: Callable[[Spec], list[str]]
    guess_probability: Callable[[Spec], float | None]
    options: tuple[Option, ...] = ()
    is_decided_here: bool = True
    """False: by running a program or by people"""


def text_of(spec: Spec, name: str = "answer") -> str:
    """Take a text of a specification; a number counts as it is written, anything else as missing."""
    value = spec.get(name, "")
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def texts_of(spec: Spec, name: str) -> list[str]:
    """Take a list of texts of a specification; what is none is left out."""
    value = spec.get(name)
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        return []
    return [str(one) for one in value if isinstance(one, str | int | float) and not isinstance(one, bool)]


def accepted_texts(spec: Spec) -> list[str]:
    """List the expected answer and the others that are right as well."""
    return [text for text in (text_of(spec), *texts_of(spec, "also")) if text.strip()]


def faults_of_answer(spec: Spec) -> list[str]:
    """Say what is wrong with the expected answer as a text."""
    answer = text_of(spec)
    if not answer.strip():
        return ["The expected answer is missing."]
    if len(answer) > ANSWER_MAX_CHARS:
        return [f"The expected answer has {len(answer):,} characters; at most {ANSWER_MAX_CHARS:,} are allowed."]
    if "also" in spec and not isinstance(spec["also"], list):
        return ["“also” must be a list of further right answers."]
    return []


def not_guessable(spec: Spec) -> float | None:  # noqa: ARG001 - the one argument that each kind's function has
    """Say that the answer cannot be guessed in practice."""
    return None


ALSO = Option("also", "Also right", "list", "Other answers that are right as well.")
