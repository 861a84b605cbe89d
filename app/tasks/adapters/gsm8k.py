"""Word problems with a worked solution that ends in `#### answer` (the layout of GSM8K).

`<<48/2=24>>` is a note for a calculator inside a worked line, not text for a reader: it is taken out of the reference
and recorded with its place, so that the original line can be made again.
"""

import re
from typing import Any

from app.tasks.adapters.base import Adapter, Record
from app.tasks.reading.problems import BadRow

_MARK = re.compile(r"<<([^<>\n]*)>>")
_END = re.compile(r"\n?#### ?([^\n]*)\n*\Z")


def read(record: Record) -> dict[str, Any]:
    """Take question → statement, the worked lines → reference, the number after `####` → answer."""
    question, worked = record.get("question"), record.get("answer")
    if not isinstance(question, str) or not isinstance(worked, str):
        name = "answer" if isinstance(question, str) else "question"
        raise BadRow([(name, "is not a text.")])
    end = _END.search(worked)
    if end is None:
        raise BadRow([("answer", "does not end in a line “#### ” with the final answer.")])
    reference, marks = without_marks(worked[: end.start()])
    return {
        "statement": question,
        "reference": reference,
        "answer_kind": _kind_of(end[1]),
        "answer": end[1],
        "answer_notes": {"calculator": marks} if marks else {},
    }


def without_marks(worked: str) -> tuple[str, list[list[Any]]]:
    """Take the calculator marks out; each is [place in the text that is left, what stood inside]."""
    marks: list[list[Any]] = []
    left: list[str] = []
    length = at = 0
    for mark in _MARK.finditer(worked):
        left.append(worked[at : mark.start()])
        length += mark.start() - at
        marks.append([length, mark[1]])
        at = mark.end()
    left.append(worked[at:])
    return "".join(left), marks


def _kind_of(answer: str) -> str:
    if re.fullmatch(r"-?[\d,]+", answer.strip()):
        return "integer"
    return "real" if re.fullmatch(r"-?[\d,]*\.\d+", answer.strip()) else "text"


ADAPTER = Adapter(
    name="gsm8k",
    title="Word problems with worked solutions (GSM8K)",
    read=read,
    needs=("question", "answer"),
    presets={"activity": "solve", "source": "GSM8K", "licence": "MIT", "language": "en"},
    knows=lambda record: "####" in str(record.get("answer", "")),
)
