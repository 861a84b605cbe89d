"""One row of a file, from whatever its columns hold to the values of a task, or the reasons why not."""

import difflib
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from app.tasks.reading.problems import BadRow, Unfit
from app.tasks.states import (
    ANSWER_EXPECTED_MAX_CHARS,
    ANSWER_MAX_CHARS,
    ANSWER_OPTIONS_MAX_BYTES,
    ASSUMPTION_MAX_CHARS,
    ASSUMPTIONS_MAX,
    DIFFICULTY_MAX,
    ENTRY_POINT_MAX_CHARS,
    EXTERNAL_ID_MAX_CHARS,
    LABEL_MAX_CHARS,
    LANGUAGE_MAX_CHARS,
    LICENCE_MAX_CHARS,
    MODEL_NAME_MAX_CHARS,
    PRIORITY_MAX,
    REFERENCE_MAX_CHARS,
    SOURCE_MAX_CHARS,
    STATEMENT_MAX_CHARS,
    SUBMISSIONS_MAX,
    TESTS_MAX_CHARS,
    TITLE_MAX_CHARS,
    WRONG_ANSWER_MAX_CHARS,
    WRONG_ANSWERS_MAX,
    Activity,
    AnswerKind,
    Origin,
)

COLUMNS = (
    "external_id", "activity", "title", "statement", "assumptions", "answer_expected", "unit_expected", "answer_spec",
    "starter_code", "reference", "domain", "skill", "difficulty", "family", "language", "source", "licence", "origin",
    "origin_model", "priority", "submissions_needed",
)  # fmt: skip
"""The values of a checked row, in this order."""
SHOWN_CHARS = 40
_YES = frozenset({"true", "yes", "1", "y"})
_NO = frozenset({"false", "no", "0", "n", ""})
Check = Callable[[Any], Any]


def _plain(value: object) -> str:
    """Take text, or a number as it is written; anything else is not a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = {"list": "a list", "dict": "an object", "bool": "true or false"}.get(type(value).__name__, "no text")
        raise Unfit(f"is {kind}, but a text is needed.")
    return str(value)


def _text(limit: int) -> Check:
    def check(value: object) -> str:
        text = _plain(value)
        if len(text) > limit:
            raise Unfit(f"has {len(text):,} characters; at most {limit:,} are allowed.")
        return text

    return check


def _line(limit: int) -> Check:
    text = _text(limit)
    return lambda value: text(_plain(value).strip())


def _maybe(check: Check) -> Check:
    return lambda value: check(value) or None


def _whole(least: int, most: int, about: str) -> Check:
    def check(value: object) -> int | None:
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            value = int(text) if len(text) < SHOWN_CHARS and text.removeprefix("-").isdecimal() else text
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Unfit(f"is {_shown(value)}. {about}")
        return value

    return check


def _one_of(kind: type[enum.StrEnum]) -> Check:
    allowed = [str(member) for member in kind]

    def check(value: object) -> str:
        word = _plain(value).strip().lower()
        if word not in allowed:
            raise Unfit(f"is {_shown(value)}. {_suggestion(word, allowed)}")
        return word

    return check


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise Unfit(f"is {_shown(value)}. Write true or false.")
    return word in _YES


def _assumptions(value: object) -> list[str]:
    """Take a list of texts, or one text with an assumption a line."""
    listed = value if isinstance(value, list) else [line for line in _plain(value).split("\n") if line.strip()]
    if len(listed) > ASSUMPTIONS_MAX:
        raise Unfit(f"holds {len(listed)} assumptions; at most {ASSUMPTIONS_MAX} are allowed.")
    check = _text(ASSUMPTION_MAX_CHARS)
    return [check(one) for one in listed]


def _options(value: object) -> dict[str, Any]:
    """Take an object, or the text of one in JSON."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value) if value.strip() else {}
        except orjson.JSONDecodeError as error:
            raise Unfit(f"is no JSON: {error.msg}.") from None
    if not isinstance(value, dict):
        raise Unfit("is no object.")
    if len(orjson.dumps(value)) > ANSWER_OPTIONS_MAX_BYTES:
        raise Unfit(f"is longer than {ANSWER_OPTIONS_MAX_BYTES:,} bytes.")
    return value


def _wrong_answers(value: object) -> list[str]:
    """Take a list of texts, or one text with an answer a line."""
    listed = value if isinstance(value, list) else [line for line in _plain(value).split("\n") if line.strip()]
    if len(listed) > WRONG_ANSWERS_MAX:
        raise Unfit(f"holds {len(listed)} answers; at most {WRONG_ANSWERS_MAX} are allowed.")
    check = _text(WRONG_ANSWER_MAX_CHARS)
    return [check(one) for one in listed]


def _notes(value: object) -> dict[str, Any]:
    """Take what an adapter records beside the answer; no column of a file is ever mapped to this."""
    if not isinstance(value, dict):
        raise Unfit("is no object.")
    return value


def _shown(value: object) -> str:
    text = str(value)
    return f"“{text[:SHOWN_CHARS]}…”" if len(text) > SHOWN_CHARS else f"“{text}”"


def _suggestion(word: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, allowed, 1)
    return f"Did you mean {near[0]}?" if near else f"It must be one of: {', '.join(allowed[:12])}."


CHECKS: dict[str, Check] = {
    "external_id": _maybe(_line(EXTERNAL_ID_MAX_CHARS)),
    "activity": _one_of(Activity),
    "title": _line(TITLE_MAX_CHARS),
    "statement": _text(STATEMENT_MAX_CHARS),
    "assumptions": _assumptions,
    "answer_expected": _text(ANSWER_EXPECTED_MAX_CHARS),
    "unit_expected": _yes_or_no,
    "answer_kind": _one_of(AnswerKind),
    "answer": _text(ANSWER_MAX_CHARS),
    "entry_point": _line(ENTRY_POINT_MAX_CHARS),
    "tests": _text(TESTS_MAX_CHARS),
    "answer_options": _options,
    "wrong_answers": _wrong_answers,
    "answer_notes": _notes,
    "starter_code": _text(REFERENCE_MAX_CHARS),
    "reference": _text(REFERENCE_MAX_CHARS),
    "domain": _maybe(_line(LABEL_MAX_CHARS)),
    "skill": _maybe(_line(LABEL_MAX_CHARS)),
    "difficulty": _whole(1, DIFFICULTY_MAX, f"There are levels 1 to {DIFFICULTY_MAX}."),
    "family": _maybe(_line(LABEL_MAX_CHARS)),
    "language": _maybe(_line(LANGUAGE_MAX_CHARS)),
    "source": _line(SOURCE_MAX_CHARS),
    "licence": _line(LICENCE_MAX_CHARS),
    "origin": _one_of(Origin),
    "origin_model": _maybe(_line(MODEL_NAME_MAX_CHARS)),
    "priority": _whole(0, PRIORITY_MAX, f"There are priorities 0 to {PRIORITY_MAX}; {PRIORITY_MAX} goes first."),
    "submissions_needed": _whole(1, SUBMISSIONS_MAX, f"It must be 1 to {SUBMISSIONS_MAX}."),
}
IMPORTABLE = tuple(name for name in CHECKS if name != "answer_notes")
"""What a column of a file may be mapped to, and what may be given for all rows."""
_BLANK: dict[str, Any] = {
    "external_id": None, "activity": "solve", "title": "", "statement": "", "assumptions": [], "answer_expected": "",
    "unit_expected": False, "answer_kind": "none", "answer": "", "entry_point": "", "tests": "", "answer_options": {},
    "wrong_answers": [], "answer_notes": {},
    "starter_code": "", "reference": "", "domain": None, "skill": None, "difficulty": None, "family": None,
    "language": None, "source": "", "licence": "", "origin": "human", "origin_model": None, "priority": 5,
    "submissions_needed": None,
}  # fmt: skip


def build_answer_spec(
    kind: str,
    *,
    answer: str,
    entry_point: str = "",
    tests: str = "",
    options: Mapping[str, Any] | None = None,
    wrong: Sequence[str] = (),
) -> dict[str, Any]:
    """Build the hidden answer specification of a task; empty when there is no single right answer.

    `options` are the settings of the kind (tolerance, choices, unit, cases …), `wrong` answers that must not pass.
    """
    if kind == AnswerKind.NONE:
        return {}
    own = dict(options or {})
    if kind == AnswerKind.PROGRAM:
        given = {"entry_point": entry_point, "tests": tests}
        return {"kind": "program", "language": "python", **own, **{name: text for name, text in given.items() if text}}
    spec = {**own, "kind": str(kind), "answer": answer}
    return spec | {"wrong": list(wrong)} if wrong else spec


def why_incomplete(values: Mapping[str, Any]) -> dict[str, str]:
    """Say by field what a task still lacks before it can be handed out; empty when it is complete."""
    missing: dict[str, str] = {}
    if not values["statement"].strip():
        missing["statement"] = "is empty."
    for name in ("source", "licence"):
        if not values[name]:
            missing[name] = "is missing. Each task needs a source and a licence."
    return missing


class RowMaker:
    """Turns records of one file into checked rows, by an adapter, a mapping and values for all rows."""

    def __init__(
        self,
        read: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        *,
        mapping: Mapping[str, str],
        given: Mapping[str, Any],
        labels: Mapping[str, Sequence[str]],
    ) -> None:
        """`labels` are the words that `domain` and `skill` may be; an empty list allows any. BadRow on bad `given`."""
        self._read = read
        self._mapping = dict(mapping)
        self._labels = {name: list(words) for name, words in labels.items() if words}
        self._base = dict(_BLANK)
        self._check_into(self._base, given)

    def make(self, record: Mapping[str, Any]) -> list[Any]:
        """Return the values of COLUMNS for one record; raises BadRow with every fault of it."""
        row = self._base.copy()
        found = dict(self._read(record))
        for name, column in self._mapping.items():
            value = record.get(column)
            if value is not None and value != "":
                found[name] = value
        self._check_into(row, found)
        missing = why_incomplete(row)
        if missing:
            raise BadRow(list(missing.items()))
        row["answer_spec"] = _spec_of(row)
        return [row[name] for name in COLUMNS]

    def _check_into(self, row: dict[str, Any], found: Mapping[str, Any]) -> None:
        faults: list[tuple[str, str]] = []
        for name, value in found.items():
            if value is None:
                continue
            try:
                checked = CHECKS[name](value)
                if name in self._labels and checked is not None:
                    self._require_label(name, checked)
            except Unfit as unfit:
                faults.append((name, str(unfit)))
            else:
                row[name] = _BLANK[name] if checked is None else checked
        if faults:
            raise BadRow(faults)

    def _require_label(self, name: str, word: str) -> None:
        allowed = self._labels[name]
        if word not in allowed:
            raise Unfit(f"is {_shown(word)}, which is not in this project's taxonomy. {_suggestion(word, allowed)}")


def _spec_of(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = row["answer_kind"]
    if kind == AnswerKind.NONE and (row["tests"] or row["answer"]):
        kind = AnswerKind.PROGRAM if row["tests"] else AnswerKind.TEXT
    notes: dict[str, Any] = row["answer_notes"]
    spec = build_answer_spec(
        kind,
        answer=row["answer"],
        entry_point=row["entry_point"],
        tests=row["tests"],
        options=row["answer_options"],
        wrong=row["wrong_answers"],
    )
    return spec | notes
