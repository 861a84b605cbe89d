"""Answers that are decided elsewhere: programs by running them, open ones by people with a rubric."""

from app.verifiers import program
from app.verifiers.answer_type import AnswerType, Spec, not_guessable
from app.verifiers.outcome import Comparison, Given, Reading, undecided


def _by_running(given: Given, spec: Spec) -> Comparison:  # noqa: ARG001 - every kind's arguments
    return undecided("tests", reason="A program is decided by running its tests.")


def _by_people(given: Given, spec: Spec) -> Comparison:  # noqa: ARG001 - every kind's arguments
    return undecided("people", reason="This answer is judged by people.")


def _read(given: Given, spec: Spec) -> Reading:  # noqa: ARG001 - every kind's arguments
    count = len(given.text.split())
    return Reading(bool(count), f"reads as a text of {count} words" if count else "is empty")


def _nothing_to_check(spec: Spec) -> list[str]:  # noqa: ARG001 - every kind's arguments
    return []


PROGRAM = AnswerType(
    name="program",
    title="Program",
    hint="Tests that the program has to pass.",
    example={"kind": "program", "language": "python", "entry_point": "double", "tests": "assert double(2) == 4"},
    compare=_by_running,
    read=_read,
    check_spec=program.check_spec,
    guess_probability=not_guessable,
    is_decided_here=False,
)
RUBRIC = AnswerType(
    name="rubric",
    title="Judged with a rubric",
    hint="No single right answer: people judge it by the project's rubric.",
    example={"kind": "rubric"},
    compare=_by_people,
    read=_read,
    check_spec=_nothing_to_check,
    guess_probability=not_guessable,
    is_decided_here=False,
)
NONE = AnswerType(
    name="none",
    title="No expected answer",
    hint="Nothing is compared.",
    example={"kind": "none"},
    compare=_by_people,
    read=_read,
    check_spec=_nothing_to_check,
    guess_probability=not_guessable,
    is_decided_here=False,
)
