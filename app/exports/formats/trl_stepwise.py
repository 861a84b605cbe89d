"""Stepwise supervision for process reward models: TRL's `prompt`, `completions`, `labels`."""

import json
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.texts import metadata_of, prompt_of, require_labels, steps_of

PATH = "prm/train.jsonl"


class Neutral(Choice):
    """What a neutral step (0) becomes where there are only true and false."""

    GOOD = "good", "neutral steps count as good"
    BAD = "bad", "neutral steps count as bad"
    DROP = "drop", "neutral steps are left out"


class AfterError(Choice):
    """What happens behind the first wrong step."""

    STOP = "stop", "the row ends at the first wrong step"
    """The row ends with it, as in PRM800K's phase 2."""
    ALL = "all", "what follows a wrong step is labelled too"
    """The rest is labelled too."""


class StepwiseOptions(Options):
    """Options of step labels. Every labelled step is rendered unless the clean path is asked for."""

    render: Rendering = Field(
        default=Rendering.FULL,
        title="What is rendered",
        description="The whole exploration, or the clean path only.",
    )
    neutral: Neutral = Field(default=Neutral.GOOD, title="Neutral steps", description="What a neutral step counts as.")
    after_error: AfterError = Field(
        default=AfterError.ALL,
        title="After a wrong step",
        description="Stop at the first wrong step, or go on.",
    )


class TrlStepwise(Format):
    """One boolean per step; steps that the reviewer was unsure about end the row."""

    name: ClassVar[str] = "trl_stepwise"
    title: ClassVar[str] = "TRL stepwise (PRM)"
    summary: ClassVar[str] = "Steps with true/false labels; for process reward models (TRL 1.13, axolotl)."
    columns: ClassVar[dict[str, str]] = {
        "prompt": "the task",
        "completions": "the steps, as text",
        "labels": "true where the step is good",
        "id": "the submission",
        "metadata": "JSON text: task, author's pseudonym, tier, labels, licence",
    }
    options_model: ClassVar[type[Options]] = StepwiseOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "prm"),)

    def rows(self, record: Record, options: StepwiseOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per labelled item."""
        steps = steps_of(record, options.render)
        if not steps:
            raise Excluded("no reasoning to render")
        values = require_labels(record, steps)
        completions, labels = [], []
        for step in steps:
            value = values[step["id"]]
            if value == "unsure":
                break
            if value == "neutral" and options.neutral is Neutral.DROP:
                continue
            completions.append(step["body"].rstrip("\n"))
            labels.append(value == "good" or (value == "neutral" and options.neutral is Neutral.GOOD))
            if not labels[-1] and options.after_error is AfterError.STOP:
                break
        if not completions:
            raise Excluded("no step with a clear label")
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        row = {"prompt": prompt_of(record), "completions": completions, "labels": labels, "id": record["id"]}
        yield PATH, {**row, "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt and the labelled steps; this layout has no answer of its own."""
        steps = zip(row["completions"], row["labels"], strict=True)
        read = [Part(Voice.REASONING, text, "good" if is_good else "bad") for text, is_good in steps]
        return [Part(Voice.PROMPT, row["prompt"]), *read]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse rows whose lists do not match, which some trainers would misalign silently."""
        del path
        if len(row["completions"]) != len(row["labels"]) or not row["labels"]:
            return "steps and labels differ in number"
        if not all(text.strip() for text in row["completions"]):
            return "a step is empty"
        return None
