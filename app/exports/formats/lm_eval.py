"""Held-out tasks as a folder for lm-evaluation-harness."""

import json
import string
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats import shipped
from app.exports.formats.base import Choice, Excluded, FileOf, Options, Part, Row, Voice
from app.exports.formats.columns import ALSO, COMPARED, FILLED, JSON_TEXT, TASK_ID, WHOLE, Column, Columns, list_of
from app.exports.formats.golds import BOXED, compared, reward_prompt
from app.exports.formats.held_out import (
    DO_NOT_TRAIN,
    EvaluationOptions,
    HeldOut,
    canary_of,
    choices_of,
    facts_of,
    name_of,
    shipped_gold,
)
from app.exports.formats.shipped import REWARD_FILE
from app.exports.formats.texts import prompt_of

PATH = "data/test.jsonl"
UTILS = "lm_eval_utils.py"
_TASK = """# {words}
task: {task}
custom_dataset: !function utils.load
test_split: test
doc_to_text: question
{output}
metadata:
  version: {version}
  dataset: {dataset}
  canary: {canary}
"""
_GENERATE = """output_type: generate_until
doc_to_target: answer
generation_kwargs:
  until: []
  do_sample: false
  max_gen_toks: {max_tokens}
process_results: !function utils.process_results
metric_list:
- metric: correct
  aggregation: mean
  higher_is_better: true"""
_CHOOSE = """output_type: multiple_choice
doc_to_choice: choices
doc_to_target: right
metric_list:
- metric: acc
  aggregation: mean
  higher_is_better: true"""


class Questions(Choice):
    """How models are asked."""

    GENERATE = "generate", "the model writes its answer"
    """All questions; choices are asked for the letter."""
    LIKELIHOOD = "likelihood", "the likelier option counts"
    """Only choices with one right option."""


class LmEvalOptions(EvaluationOptions):
    """Options of tasks for the harness."""

    questions: Questions = Field(
        default=Questions.GENERATE,
        title="How models are asked",
        description="By likelihood only choices with one right option can be asked.",
    )
    max_tokens: int = Field(
        default=4096,
        ge=1,
        le=131_072,
        title="Tokens of an answer",
        description="The harness cuts off what is longer; reasoning needs room.",
    )


class LmEval(HeldOut):
    """A task file, its questions, and the file that scores them."""

    name: ClassVar[str] = "lm_eval"
    title: ClassVar[str] = "lm-evaluation-harness"
    summary: ClassVar[str] = (
        "A task folder for EleutherAI's lm-evaluation-harness: lm_eval --include_path FOLDER --tasks NAME. "
        "For held-out snapshots only."
    )
    columns: ClassVar[Columns] = {
        "id": TASK_ID,
        "question": Column("the task, and where the final answer has to stand", FILLED),
        "answer": Column("the gold answer; of a choice the letter", FILLED),
        "also": ALSO,
        **COMPARED,
        "choices": Column("letters of the options; empty where nothing is chosen", list_of(FILLED)),
        "right": Column("number of the right option from 0, or -1", {**WHOLE, "minimum": -1}),
        "metadata": Column("JSON text: canary, task, tier, labels, licence", JSON_TEXT),
    }
    options_model: ClassVar[type[Options]] = LmEvalOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "test"),)

    def rows(self, record: Record, options: LmEvalOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per task."""
        gold = shipped_gold(record)
        choices, right = choices_of(record, gold) if gold.kind == "choice" else ([], [])
        is_likelihood = options.questions is Questions.LIKELIHOOD
        if is_likelihood and len(right) != 1:
            raise Excluded("no choice with one right option")
        letters = string.ascii_uppercase[: len(choices)]
        yield (
            PATH,
            {
                "id": record["task"]["id"],
                "question": _chosen_from(record, choices) if is_likelihood else reward_prompt(record, gold, BOXED),
                "answer": letters[right[0]] if is_likelihood else gold.text,
                "also": json.dumps(gold.also, ensure_ascii=False),
                **compared(gold),
                "choices": list(letters),
                "right": right[0] if len(right) == 1 else -1,
                "metadata": json.dumps(facts_of(record, self.frame), ensure_ascii=False, sort_keys=True),
            },
        )

    def papers(self, options: LmEvalOptions) -> dict[str, str]:
        """Give the task file, what it calls, and the file that scores."""
        asked = _CHOOSE if options.questions is Questions.LIKELIHOOD else _GENERATE
        task = _TASK.format(
            words=DO_NOT_TRAIN,
            task=name_of(self.frame),
            output=asked.format(max_tokens=options.max_tokens),
            version=self.frame.n,
            dataset=json.dumps(self.frame.dataset, ensure_ascii=False),  # a JSON string is one of YAML
            canary=json.dumps(canary_of(self.frame)),
        )
        utils, reward = shipped.read(UTILS), shipped.read(REWARD_FILE)
        return {f"{name_of(self.frame)}.yaml": task, "utils.py": utils, REWARD_FILE: reward}

    def notes(self, options: Options) -> list[str]:
        """Say how it is run."""
        name = name_of(self.frame)
        return [*super().notes(options), f"`lm_eval --include_path . --tasks {name} --model …` runs it from anywhere"]

    def read(self, row: Row) -> list[Part]:
        """Read question and gold answer."""
        return [Part(Voice.PROMPT, row["question"]), Part(Voice.ANSWER, row["answer"])]


def _chosen_from(record: Record, choices: list[str]) -> str:
    listed = (f"{letter}. {text}" for letter, text in zip(string.ascii_uppercase, choices, strict=False))
    return "\n".join([prompt_of(record), "", *listed, "Answer:"])
