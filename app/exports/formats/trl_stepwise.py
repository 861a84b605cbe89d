"""Stepwise supervision for process reward models: TRL's `prompt`, `completions`, `labels`."""

import json
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, ID, METADATA, TRUTH, Column, Columns, list_of
from app.exports.formats.step_labels import StepwiseOptions, labelled_steps, notes_of
from app.exports.formats.texts import metadata_of, prompt_of

PATH = "prm/train.jsonl"


class TrlStepwise(Format):
    """One boolean per step; steps that the reviewer was unsure about end the row."""

    name: ClassVar[str] = "trl_stepwise"
    title: ClassVar[str] = "TRL stepwise (PRM)"
    summary: ClassVar[str] = "Steps with true/false labels; for process reward models (TRL 1.13, axolotl)."
    columns: ClassVar[Columns] = {
        "prompt": Column("the task", FILLED),
        "completions": Column("the steps, as text", list_of(FILLED, least=1)),
        "labels": Column("true where the step is good", list_of(TRUTH, least=1)),
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = StepwiseOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "prm"),)

    def rows(self, record: Record, options: StepwiseOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per labelled item."""
        found = labelled_steps(record, options)
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        row = {"prompt": prompt_of(record), "completions": found.bodies, "labels": found.are_good}
        yield PATH, {**row, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt and the labelled steps; this layout has no answer of its own."""
        steps = zip(row["completions"], row["labels"], strict=True)
        read = [Part(Voice.REASONING, text, "good" if is_good else "bad") for text, is_good in steps]
        return [Part(Voice.PROMPT, row["prompt"]), *read]

    def notes(self, options: StepwiseOptions) -> list[str]:
        """Say how labels were made."""
        return notes_of(options)

    def check(self, path: str, row: Row) -> str | None:
        """Refuse rows whose lists do not match, and labels that are no booleans: trainers take both silently."""
        del path
        if not all(isinstance(label, bool) for label in row["labels"]):
            return "a label is neither true nor false"
        if len(row["completions"]) != len(row["labels"]) or not row["labels"]:
            return "steps and labels differ in number"
        if not all(text.strip() for text in row["completions"]):
            return "a step is empty"
        return None
