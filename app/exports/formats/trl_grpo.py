"""Prompts with a gold answer for TRL's GRPO and RLOO trainers."""

import json
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats import shipped
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import ALSO, ASKED, COMPARED, FILLED, JSON_TEXT, Column, Columns, words
from app.exports.formats.golds import BOXED, Gold, boxed, compared, fault_of_prompt, gold_of, reward_prompt
from app.exports.formats.proofs import prove_accuracy, prove_shipped, require_shipped
from app.exports.formats.shipped import REWARD_FILE
from app.exports.formats.texts import metadata_of

PATH = "grpo/train.jsonl"
FORBIDDEN = frozenset({"prompts", "completions", "completion", "completion_ids", "trainer_state", "environments"})
FORBIDDEN |= {"environment", "log_extra", "log_metric"}
"""Columns that the trainer overwrites, drops or takes for its own."""


class RewardFunction(Choice):
    """What rewards the answers; golds are tried with it before they go out."""

    ACCURACY = "accuracy_reward", "TRL's accuracy_reward"
    """By math-verify, which knows no tolerance and no words."""
    SHIPPED = "shipped", "the reward file beside the rows"


class GrpoOptions(Options):
    """Options of GRPO rows."""

    reward: RewardFunction = Field(
        default=RewardFunction.ACCURACY, title="Reward function", description="Golds are tried with it first."
    )


class TrlGrpo(Format):
    r"""One task a row: prompt, `solution` in a box, and what a reward function of one's own may need."""

    name: ClassVar[str] = "trl_grpo"
    title: ClassVar[str] = "TRL GRPO (verifiable rewards)"
    summary: ClassVar[str] = (
        "Prompts with a gold answer that the reward function takes; for GRPOTrainer and RLOOTrainer."
    )
    columns: ClassVar[Columns] = {
        "prompt": Column("one user message: the task, and where the final answer has to stand", ASKED),
        "solution": Column("the gold answer in \\boxed{}", FILLED),
        "answer": Column("the same without the box", FILLED),
        "also": ALSO,
        **COMPARED,
        "difficulty": Column("1 to 5, or empty", words("", "1", "2", "3", "4", "5")),
        "id": Column("the submission that was approved", FILLED),
        "task_id": Column("the task", FILLED),
        "metadata": Column("JSON text: author's pseudonym, tier, labels, licence", JSON_TEXT),
    }
    options_model: ClassVar[type[Options]] = GrpoOptions
    ignores: ClassVar[frozenset[str]] = frozenset({"render"})
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "grpo"),)
    is_once_per_task: ClassVar[bool] = True
    is_proven: ClassVar[bool] = True

    def rows(self, record: Record, options: GrpoOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per task with a gold answer."""
        gold = self._gold(record, options)
        yield (
            PATH,
            {
                "prompt": [{"role": "user", "content": reward_prompt(record, gold, BOXED)}],
                "solution": boxed(gold.text),
                "answer": gold.text,
                "also": json.dumps(gold.also, ensure_ascii=False),
                **compared(gold),
                "difficulty": str(record["task"]["difficulty"] or ""),
                "id": record["id"],
                "task_id": record["task"]["id"],
                "metadata": json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True),
            },
        )

    def _gold(self, record: Record, options: GrpoOptions) -> Gold:
        gold = gold_of(record)
        if options.reward is RewardFunction.SHIPPED:
            require_shipped(gold)
        elif gold.kind == "text":
            raise Excluded("its answer is a text, which accuracy_reward takes for a product of letters")
        elif gold.has_tolerance:
            raise Excluded("its answer has a tolerance, which accuracy_reward does not know")
        return gold

    def prove(self, record: Record, options: GrpoOptions) -> None:
        """Try the gold with the reward function."""
        gold = self._gold(record, options)
        if options.reward is RewardFunction.SHIPPED:
            prove_shipped(gold)
        else:
            prove_accuracy(gold)

    def papers(self, options: GrpoOptions) -> dict[str, str]:
        """Give the reward file, if it is the one to use."""
        return {REWARD_FILE: shipped.read(REWARD_FILE)} if options.reward is RewardFunction.SHIPPED else {}

    def notes(self, options: GrpoOptions) -> list[str]:
        """Say which reward function was tried."""
        is_shipped = options.reward is RewardFunction.SHIPPED
        name = f"`answer_reward` in `{REWARD_FILE}`" if is_shipped else "`trl.rewards.accuracy_reward`"
        return [
            f"one row per task; {name} gives 1.0 to every gold answer and to no answer that is recorded as wrong",
            "quantities: the prompt names the unit, the gold answer is the number in it",
        ]

    def read(self, row: Row) -> list[Part]:
        """Read prompt and gold answer."""
        return [Part(Voice.PROMPT, row["prompt"][0]["content"]), Part(Voice.ANSWER, row["solution"])]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse what the trainer would skip or overwrite without a word."""
        del path
        if FORBIDDEN & row.keys():
            return f"the trainer uses the column {min(FORBIDDEN & row.keys())} itself"
        if any(value is None for value in row.values()):
            return "a value is missing"
        return fault_of_prompt(row["prompt"]) or ("the gold answer is empty" if not row["answer"].strip() else None)
