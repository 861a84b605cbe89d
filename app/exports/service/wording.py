"""Words that we put around an expert's text, and which of several that mean the same one recipient's copy has.

Nothing that a person wrote is touched: only the heading of a list of assumptions, the newline behind a prompt and the
layout of the JSON text `metadata`. Prompts are worded alike in all rows of a task and in every format, so that rows
can be grouped by them and two exports of one recipient tell no more than one.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

from app.datasets.queries.records import Record
from app.exports.formats.base import BadRow, Excluded, Format, Row, line_of
from app.exports.formats.texts import answer_of, prompt_of
from app.exports.service.fingerprint import Fingerprint

STATED = ("Assumptions:", "Assume:", "Under these assumptions:", "Stated assumptions:")
"""Headings of what a task assumes; the first is that of copies for nobody in particular."""
ASSUMED = ("Assuming:", "On these assumptions:", "I assume:", "Under the assumptions:")
"""Headings of what an author assumed in the answer."""
ENDS = ("", "\n")
_SEPARATORS = ((", ", ": "), (",", ":"))
_METADATA = "metadata"
_ASKING = (("role", "user"), ("from", "human"))
"""How a layout says that a text is by who asks: behind the task there are words of ours alone."""


class Place(NamedTuple):
    """A text of a row that has several wordings."""

    holder: Any
    """the dict or list that it stands in, and where"""
    key: Any
    of: UUID
    """whose wording it is: a task's, a work's or a row's"""
    n: int
    choices: tuple[tuple[str, int], ...]
    """purpose and number of bits of each choice"""
    texts: list[str]
    """all wordings, by the bits of the choices in turn"""

    @property
    def bits(self) -> int:
        """How many bits its wording tells."""
        return sum(bits for _, bits in self.choices)

    def chosen(self, mark: Fingerprint) -> int:
        """Tell which wording a recipient's copy has."""
        at = 0
        for purpose, bits in self.choices:
            at = at << bits | mark.bits(purpose, self.of, self.n, bits)
        return at


def has_wordings(chosen: Format) -> bool:
    """Tell whether a format may be worded otherwise: not where records stand whole and are read back, nor in tables."""
    return "duplicates" not in chosen.ignores and all(file.table is None for file in chosen.files)


def marked(
    chosen: Format, records: Sequence[Record], lines: list[tuple[str, bytes]], mark: Fingerprint, group_id: UUID
) -> list[tuple[str, bytes]]:
    """Word the rows of a group as one recipient's copy has them; BadRow when its format takes one no longer."""
    if not has_wordings(chosen):
        return lines
    found, n = [], -1
    for path, line in lines:
        n += path == chosen.main_path
        if chosen.file_at(path).config is None:
            found.append((path, line))
            continue
        row = json.loads(line)
        for place in places_of(row, records, group_id, n):
            place.holder[place.key] = place.texts[place.chosen(mark)]
        fault = chosen.check(path, row)
        if fault is not None:
            raise BadRow(fault)
        found.append((path, line_of(row)))
    return found


def places_of(row: Row, records: Sequence[Record], group_id: UUID, n: int) -> list[Place]:
    """Find the texts of a row, worded as for nobody, that have other wordings; `n` is its number in the group."""
    prompts = {prompt_of(record): record for record in records}
    answers = {text: record for record in records if (text := _assuming_answer(record))}
    found = []
    for holder, key in _texts(row):
        if holder is row and key == _METADATA:
            place = _layout(holder, key, group_id, n)
        else:
            place = _prompt(holder, key, prompts) or _answer(holder, key, answers)
        if place is not None:
            found.append(place)
    return found


def _texts(value: Any) -> Iterator[tuple[Any, Any]]:
    places = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in places:
        if isinstance(inner, str):
            yield value, key
        elif isinstance(inner, dict | list):
            yield from _texts(inner)


def _layout(holder: Row, key: str, group_id: UUID, n: int) -> Place | None:
    """Offer the JSON text in other layouts: with spaces or without, its keys up or down the alphabet."""
    try:
        value = json.loads(holder[key])
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    up = dict(sorted(value.items()))
    orders = (up, dict(reversed(up.items())))
    texts = [
        json.dumps(order, ensure_ascii=False, separators=separators)
        for separators, order in product(_SEPARATORS, orders)
    ]
    return Place(holder, key, group_id, n, (("separators", 1), ("keys", 1)), texts)


def _prompt(holder: Any, key: Any, prompts: dict[str, Record]) -> Place | None:
    """Offer what is asked under other headings, and with a newline behind where nothing of the expert's follows."""
    text: str = holder[key]
    record, prompt = next(((record, one) for one, record in prompts.items() if text.startswith(one)), (None, ""))
    if record is None:
        return None
    task = record["task"]
    has_end = text == prompt or (isinstance(holder, dict) and any(holder.get(name) == who for name, who in _ASKING))
    heads = _headed(prompt, len(task["statement"]), STATED) if task["assumptions"] else [prompt]
    ends = ENDS if has_end else ENDS[:1]
    choices = [("stated", 2)] * (len(heads) > 1) + [("end", 1)] * has_end
    texts = [head + text[len(prompt) :] + end for head, end in product(heads, ends)]
    return Place(holder, key, UUID(task["id"]), 0, tuple(choices), texts) if choices else None


def _answer(holder: Any, key: Any, answers: dict[str, Record]) -> Place | None:
    """Offer a reply that ends with the answer under other headings of what the author assumed."""
    text: str = holder[key]
    for answer, record in answers.items():
        if text.endswith(answer):
            before = len(_said(record))
            texts = [text[: len(text) - len(answer)] + one for one in _headed(answer, before, ASSUMED)]
            return Place(holder, key, UUID(record["id"]), 0, (("assumed", 2),), texts)
    return None


def _assuming_answer(record: Record) -> str:
    if not record["content"]["answer"]["assumptions"]:
        return ""
    try:
        return answer_of(record)
    except Excluded:
        return ""


def _said(record: Record) -> str:
    """Give the part of an answer before what it assumes."""
    answer = {**record["content"]["answer"], "assumptions": []}
    if not answer["text"].strip():
        return ""
    return answer_of({**record, "content": {**record["content"], "answer": answer, "program": None}})


def _headed(text: str, before: int, headings: Sequence[str]) -> list[str]:
    """Give a text with each heading in place of the first one, which stands behind what is `before` characters long."""
    at = text.index(headings[0], before)
    return [text[:at] + heading + text[at + len(headings[0]) :] for heading in headings]
