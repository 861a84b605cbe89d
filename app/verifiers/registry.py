"""All kinds of answers, and what can be asked of any of them."""

from collections.abc import Sequence

from app.verifiers.answer_type import AnswerType, Spec, text_of
from app.verifiers.by_assumption import branches_of, make_by_assumption
from app.verifiers.choice import CHOICE
from app.verifiers.elsewhere import NONE, PROGRAM, RUBRIC
from app.verifiers.equation import EQUATION
from app.verifiers.expression import EXPRESSION
from app.verifiers.finite_set import SET
from app.verifiers.integer import INTEGER
from app.verifiers.interval import INTERVAL
from app.verifiers.matrix import MATRIX
from app.verifiers.ordered_tuple import TUPLE
from app.verifiers.outcome import (
    GIVEN_MAX_CHARS,
    UNCONFIRMED,
    Comparison,
    Given,
    Reading,
    SelfTest,
    undecided,
)
from app.verifiers.quantity import QUANTITY
from app.verifiers.rational import RATIONAL
from app.verifiers.real import REAL
from app.verifiers.text import TEXT

KINDS: dict[str, AnswerType] = {}
"""By name, in the order in which a manager is offered them."""


def kind_of(spec: Spec) -> AnswerType | None:
    """Find the kind of a specification; an empty one expects nothing, an unknown kind gives None."""
    return KINDS.get(text_of(spec, "kind") or "none")


def compare(given: Given, spec: Spec) -> Comparison:
    """Hold an answer against a specification, in this process and however long it takes.

    Only for the child process and for tests: everybody else asks the Checker, which ends what takes too long.
    """
    kind = kind_of(spec)
    if kind is None:
        return undecided(detail=f"no kind of answer is called {text_of(spec, 'kind')!r}")
    if _size(given) > GIVEN_MAX_CHARS:
        return undecided(detail="the answer is too long", reason=f"{UNCONFIRMED} It is too long.")
    return kind.compare(given, spec)


def read(given: Given, spec: Spec) -> Reading:
    """Say how an answer is understood, by its kind alone and never by the expected value."""
    kind = kind_of(spec)
    if kind is None or _size(given) > GIVEN_MAX_CHARS:
        return Reading(False, "cannot be read by the machine")
    return kind.read(given, spec)


def check_spec(spec: Spec) -> list[str]:
    """Say in sentences what is wrong with a specification; empty when it is fine."""
    kind = kind_of(spec)
    if kind is None:
        return [f"There is no kind of answer called “{text_of(spec, 'kind')}”."]
    return kind.check_spec(spec)


def guess_probability(spec: Spec) -> float | None:
    """Estimate how likely somebody who knows nothing hits the answer; None: not in practice."""
    kind = kind_of(spec)
    return None if kind is None else kind.guess_probability(spec)


def self_test(spec: Spec, wrong: Sequence[Given]) -> SelfTest:
    """Hold the reference against itself, and each answer that is known to be wrong against the specification."""
    return SelfTest(compare(reference_of(spec), spec), tuple(compare(one, spec) for one in wrong))


def reference_of(spec: Spec) -> Given:
    """Take the expected answer of a specification as if an author had given it."""
    branches = branches_of(spec)
    if branches:
        first = reference_of(branches[0]["spec"])
        return Given(first.text, first.unit, (text_of(branches[0], "assumption"),))
    answer = spec.get("answer")
    text = ", ".join(map(str, answer)) if isinstance(answer, list) else text_of(spec)
    return Given(text, text_of(spec, "unit"))


def _size(given: Given) -> int:
    return len(given.text) + len(given.unit) + sum(map(len, given.assumptions))


BY_ASSUMPTION = make_by_assumption(compare, read, check_spec, guess_probability)
KINDS.update(
    (kind.name, kind)
    for kind in (
        TEXT,
        INTEGER,
        RATIONAL,
        REAL,
        EXPRESSION,
        EQUATION,
        SET,
        TUPLE,
        INTERVAL,
        MATRIX,
        CHOICE,
        QUANTITY,
        BY_ASSUMPTION,
        PROGRAM,
        RUBRIC,
        NONE,
    )
)
