"""Held-out tasks as a folder for inspect-ai."""

import json
import string
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.exports.formats import shipped
from app.exports.formats.base import FileOf, Options, Part, Row, Voice
from app.exports.formats.columns import ANYTHING, FILLED, TASK_ID, Column, Columns, list_of, or_null
from app.exports.formats.golds import BOXED, compared, reward_prompt
from app.exports.formats.held_out import DO_NOT_TRAIN, HeldOut, canary_of, choices_of, facts_of, name_of, shipped_gold
from app.exports.formats.shipped import REWARD_FILE
from app.exports.formats.texts import prompt_of

PATH = "test.jsonl"
TASK = "inspect_task.py"


class InspectAi(HeldOut):
    """A task, its samples, and the file that scores them."""

    name: ClassVar[str] = "inspect_ai"
    title: ClassVar[str] = "inspect-ai"
    summary: ClassVar[str] = (
        "A task folder for the UK AI Security Institute's inspect-ai: inspect eval task.py --model …. "
        "For held-out snapshots only."
    )
    columns: ClassVar[Columns] = {
        "id": TASK_ID,
        "input": Column("the task; where nothing is chosen, also where the final answer has to stand", FILLED),
        "target": Column("list of right answers; of a choice the letters that are right together", list_of(FILLED)),
        "choices": Column("the options in their order, or null", or_null(list_of(FILLED, least=1))),
        "metadata": Column("canary, task, tier, labels, licence, and how the answer is compared", ANYTHING),
    }
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "test"),)

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give one sample per task."""
        del options
        gold = shipped_gold(record)
        is_choice = gold.kind == "choice"
        choices, right = choices_of(record, gold) if is_choice else ([], [])
        several = bool(record["task"]["answer_spec"].get("several")) and is_choice
        yield (
            PATH,
            {
                "id": record["task"]["id"],
                "input": prompt_of(record) if is_choice else reward_prompt(record, gold, BOXED),
                "target": [string.ascii_uppercase[n] for n in right] if is_choice else list(gold.accepted),
                "choices": choices or None,
                "metadata": {
                    **facts_of(record, self.frame),
                    **compared(gold),
                    "is_choice": is_choice,
                    "several": several,
                },
            },
        )

    def papers(self, options: Options) -> dict[str, str]:
        """Give the task, what it says of itself, and the file that scores."""
        del options
        about = {
            "name": name_of(self.frame),
            "version": self.frame.n,
            "dataset": self.frame.dataset,
            "canary": canary_of(self.frame),
            "use": DO_NOT_TRAIN,
        }
        text = json.dumps(about, ensure_ascii=False, indent=2) + "\n"
        return {"task.py": shipped.read(TASK), "task.json": text, REWARD_FILE: shipped.read(REWARD_FILE)}

    def read(self, row: Row) -> list[Part]:
        """Read question and gold answer."""
        options = "\n".join(map("{}) {}".format, string.ascii_uppercase, row["choices"] or []))
        asked = "\n\n".join(filter(None, (row["input"], options)))
        return [Part(Voice.PROMPT, asked), Part(Voice.ANSWER, ", ".join(row["target"]))]
