"""Math-Shepherd's layout: a solution as one text with a tag behind each step, and the same text with + or - there."""

import json
import re
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, ID, METADATA, Column, Columns
from app.exports.formats.step_labels import StepwiseOptions, labelled_steps, notes_of
from app.exports.formats.texts import answer_of, as_judged, metadata_of, prompt_of, require_review

PATH = "math_shepherd/train.jsonl"
TAG = "ки"
"""Cyrillic, two letters; a label is one character, `+` or `-`."""
_FIRST = "Step 1:"
_ANSWER = "The answer is:"


class MathShepherd(Format):
    """`input` and `label` are equal but for the tags."""

    name: ClassVar[str] = "math_shepherd"
    title: ClassVar[str] = "Math-Shepherd JSONL"
    summary: ClassVar[str] = "Steps tagged + or - in one text; for process reward models that read Math-Shepherd."
    columns: ClassVar[Columns] = {
        "input": Column(f"the problem, then the steps, each with {TAG} behind it", FILLED),
        "label": Column("the same text with + or - in the place of each tag", FILLED),
        "task": Column("the task's domain, or the project", FILLED),
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = StepwiseOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "math_shepherd"),)

    def rows(self, record: Record, options: StepwiseOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per labelled item; the answer stands at the end of the last step, if that is there."""
        found = labelled_steps(record, options)
        problem, bodies = prompt_of(record), found.bodies
        if found.is_whole:
            bodies[-1] = f"{bodies[-1]} {_ANSWER} {answer_of(as_judged(record, require_review(record)))}"
        if any(TAG in text for text in (problem, *bodies)):
            raise Excluded(f"the text itself holds the tag {TAG}")
        if any(_FIRST in text for text in (problem, *bodies)):
            raise Excluded(f"the text itself holds “{_FIRST}”")
        marks = ["+" if is_good else "-" for is_good in found.are_good]
        row = {
            "input": _written(problem, bodies, [TAG] * len(bodies)),
            "label": _written(problem, bodies, marks),
            "task": record["task"]["domain"] or record["project"],
        }
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        yield PATH, {**row, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the problem and the steps, each with what stands in the place of its tag."""
        problem, _, steps = row["input"].partition(f" {_FIRST}")
        bodies = f"{_FIRST}{steps}".split(f" {TAG}")[:-1]
        verdicts = ["good" if mark == "+" else "bad" for mark in _marks(row["input"], row["label"])]
        texts = [re.sub(r"^\n?Step \d+: ", "", body) for body in bodies]
        read = [Part(Voice.REASONING, text, verdict) for text, verdict in zip(texts, verdicts, strict=True)]
        return [Part(Voice.PROMPT, problem), *read]

    def notes(self, options: StepwiseOptions) -> list[str]:
        """Say how labels were made, and what ends a step."""
        return [*notes_of(options), f"a step may run over several lines; {TAG} ends it"]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse a label that is not the input with marks, a problem with a tag or a first step, and empty steps."""
        del path
        problem, found, _ = row["input"].partition(f" {_FIRST}")
        if not found or not problem.strip() or TAG in problem or row["input"].count(_FIRST) != 1:
            return "it is not a problem and then steps"
        marks = _marks(row["input"], row["label"])
        if not marks or not set(marks) <= {"+", "-"} or not row["input"].endswith(TAG):
            return "input and label do not match"
        if _with_marks(row["input"], marks) != row["label"]:
            return "input and label do not match"
        return "a step is empty" if any(not part.text.strip() for part in self.read(row)) else None


def _written(problem: str, bodies: list[str], marks: list[str]) -> str:
    pairs = enumerate(zip(bodies, marks, strict=True), start=1)
    return f"{problem} " + "\n".join(f"Step {n}: {body} {mark}" for n, (body, mark) in pairs)


def _marks(tagged: str, label: str) -> str:
    """Read what stands in `label` where the tags stand in `tagged`; each is shorter than its tag by one."""
    places = [found.start() - n * (len(TAG) - 1) for n, found in enumerate(re.finditer(TAG, tagged))]
    return "".join(label[place : place + 1] for place in places)


def _with_marks(tagged: str, marks: str) -> str:
    texts = tagged.split(TAG)
    return "".join(text + mark for text, mark in zip(texts, [*marks, ""], strict=True))
