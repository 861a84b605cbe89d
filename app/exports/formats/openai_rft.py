"""Reinforcement fine-tuning in OpenAI's layout: prompts with a reference answer, and the grader that compares."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats import shipped
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import ASKED, COMPARED, FILLED, PROVENANCE_COLUMNS, TEXT, Column, Columns, list_of
from app.exports.formats.golds import BOXED, FORMULAS, NUMBERS, Gold, compared, fault_of_prompt, gold_of, reward_prompt
from app.exports.formats.openai_chat import SERVICES
from app.exports.formats.proofs import require_shipped
from app.exports.formats.shipped import REWARD_FILE, answer_reward
from app.exports.formats.texts import provenance_of

PATH = "openai_rft/train.jsonl"
PROVENANCE = "provenance.jsonl"
GRADER_FILE = "grader.json"
BARE = "Answer with the final answer alone, without any other word."


class Grader(Choice):
    """What compares the answers."""

    PYTHON = "python", "a Python grader: numbers, sets, choices, texts"
    STRING_CHECK = "string_check", "string_check: whole numbers, choices and texts, letter by letter"


class RftOptions(Options):
    """Options of the rows and of their grader."""

    grader: Grader = Field(default=Grader.PYTHON, title="Grader", description="Golds are tried with it first.")


class OpenAiRft(Format):
    """One task a line, with the same keys and types on each; grader.json stands beside."""

    name: ClassVar[str] = "openai_rft"
    title: ClassVar[str] = "OpenAI RFT JSONL"
    summary: ClassVar[str] = "Prompts with a reference answer and a grader, for services that take OpenAI's layout."
    columns: ClassVar[Columns] = {
        "messages": Column("one user message: the task, and where the final answer has to stand", ASKED),
        "reference_answer": Column("the gold answer", FILLED),
        "also": Column("list of other right answers", list_of(TEXT)),
        **COMPARED,
        "task_id": Column("the task", FILLED),
    }
    beside: ClassVar[Mapping[str, Columns]] = {PROVENANCE: PROVENANCE_COLUMNS}
    options_model: ClassVar[type[Options]] = RftOptions
    ignores: ClassVar[frozenset[str]] = frozenset({"render"})
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "openai_rft"), FileOf(PROVENANCE, None))
    is_once_per_task: ClassVar[bool] = True

    def rows(self, record: Record, options: RftOptions) -> Iterable[tuple[str, Row]]:
        """Give one line per task with a gold answer."""
        gold = gold_of(record)
        _require_gradable(gold, options.grader)
        convention = BOXED if options.grader is Grader.PYTHON else BARE
        yield (
            PATH,
            {
                "messages": [{"role": "user", "content": reward_prompt(record, gold, convention)}],
                "reference_answer": gold.text,
                "also": list(gold.also),
                **compared(gold),
                "task_id": record["task"]["id"],
            },
        )
        yield PROVENANCE, provenance_of(record, record["task"]["id"], PATH)

    def papers(self, options: RftOptions) -> dict[str, str]:
        """Give the grader."""
        return {GRADER_FILE: json.dumps(grader_of(options.grader), ensure_ascii=False, indent=2) + "\n"}

    def notes(self, options: RftOptions) -> list[str]:
        """Say what the grader was tried with."""
        return [
            f"one row per task; the {options.grader} grader in `{GRADER_FILE}` gives 1.0 to every gold answer",
            "quantities: the prompt names the unit, the gold answer is the number in it",
            *SERVICES,
        ]

    def read(self, row: Row) -> list[Part]:
        """Read prompt and gold answer."""
        return [Part(Voice.PROMPT, row["messages"][0]["content"]), Part(Voice.ANSWER, row["reference_answer"])]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse lines whose keys or types differ from those of other lines."""
        if path == PROVENANCE:
            return None
        if tuple(row) != tuple(self.columns):
            return "the line has other keys than the others"
        if not row["reference_answer"].strip():
            return "the reference answer is empty"
        return fault_of_prompt(row["messages"])


def grader_of(grader: Grader) -> dict[str, Any]:
    """Describe the grader as a fine-tuning job takes it."""
    if grader is Grader.STRING_CHECK:
        inputs = {"input": "{{sample.output_text}}", "reference": "{{item.reference_answer}}"}
        return {"type": "string_check", "name": "final answer", **inputs, "operation": "eq"}
    return {"type": "python", "name": "final answer", "source": shipped.read(REWARD_FILE)}


def _require_gradable(gold: Gold, grader: Grader) -> None:
    if grader is Grader.STRING_CHECK:
        if gold.kind not in {"integer", "choice", "text"} or gold.also:
            raise Excluded("its answer has more than one form, which string_check does not know")
        return
    is_formula = gold.kind in NUMBERS and any(answer_reward.number(text) is None for text in gold.accepted)
    if gold.kind in FORMULAS or is_formula:
        raise Excluded("its answer is a formula, which the grader cannot compare")
    require_shipped(gold)
