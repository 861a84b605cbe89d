"""A whole number."""

import re
import unicodedata

from app.verifiers.answer_type import AnswerType, Spec, faults_of_answer, text_of
from app.verifiers.outcome import Comparison, Given, Reading, failed, passed, undecided

DIGITS_MAX = 4000
_GROUPING = re.compile(r"(?<=\d)(?:,|\{,\}|\\,|\s)(?=\d{3}(?!\d))")
_INTEGER = re.compile(r"[+-]?\d+")


def _integer(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("$", "").strip()
    plain = _GROUPING.sub("", plain)
    return int(plain) if len(plain) <= DIGITS_MAX and _INTEGER.fullmatch(plain) else None


def _compare(given: Given, spec: Spec) -> Comparison:
    value, expected = _integer(given.text), _integer(text_of(spec))
    if value is None or expected is None:
        return undecided("exact", reason="This does not read as a whole number.")
    detail = f"{value} against {expected}"
    return passed("exact", detail) if value == expected else failed("exact", detail)


def _read(given: Given, spec: Spec) -> Reading:  # noqa: ARG001 - every kind's arguments
    value = _integer(given.text)
    if value is None:
        return Reading(False, "does not read as a whole number")
    return Reading(True, f"reads as the whole number {value:,}", str(value))


def _check_spec(spec: Spec) -> list[str]:
    faults = faults_of_answer(spec)
    if not faults and _integer(text_of(spec)) is None:
        faults = ["The expected answer does not read as a whole number."]
    return faults


def _guess(spec: Spec) -> float | None:
    value = _integer(text_of(spec))
    if value is None or abs(value) > 100:  # noqa: PLR2004 - beyond, no number is likelier than others
        return None
    return 0.1 if abs(value) <= 10 else 0.01  # noqa: PLR2004 - people guess small numbers


INTEGER = AnswerType(
    name="integer",
    title="Whole number",
    hint="A whole number, such as 1,240.",
    example={"kind": "integer", "answer": "1240"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=_guess,
)
