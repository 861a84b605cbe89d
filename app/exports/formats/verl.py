"""Parquet for verl: prompts with a gold answer or with tests, and the name that selects the reward function."""

import json
from collections.abc import Callable, Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Item, Record
from app.exports.formats import shipped
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Row, Struct, Voice
from app.exports.formats.columns import ASKED, COUNT, FILLED, NUMBER, TEXT, Column, Columns, struct, words
from app.exports.formats.golds import BOXED, Gold, boxed, fault_of_prompt, gold_of, require_rewarded, reward_prompt
from app.exports.formats.program_tests import input_output, program_of
from app.exports.formats.proofs import prove_shipped, require_shipped
from app.exports.formats.shipped import REWARD_FILE
from app.exports.formats.shipped.answer_reward import OWN_SOURCE
from app.exports.formats.texts import metadata_of, prompt_of
from app.verifiers import rewards

PATH = "verl/train.parquet"
CODE_SOURCE = "taco"
EXTRA = {
    "split": "string",
    "index": "int64",
    "id": "string",
    "task_id": "string",
    "kind": "string",
    "also": "string",
    "absolute": "float64",
    "relative": "float64",
    "difficulty": "string",
    "metadata": "string",
}
STRUCT: Struct = {
    "data_source": "string",
    "prompt": [{"role": "string", "content": "string"}],
    "ability": "string",
    "reward_model": {"style": "string", "ground_truth": "string"},
    "extra_info": EXTRA,
}

_SHAPES = {"string": TEXT, "int64": COUNT, "float64": NUMBER}


class Source(Choice):
    """Which function rewards the answers; the names are those of verl."""

    SHIPPED = "shipped", "the reward file beside the rows"
    GSM8K = "openai/gsm8k", "openai/gsm8k: a number behind ####"
    MATH = "lighteval/MATH", "lighteval/MATH: the answer in a box"
    MATH_DAPO = "math_dapo", "math_dapo: the answer behind “Answer:”"


class VerlOptions(Options):
    """Options of verl's rows."""

    data_source: Source = Field(
        default=Source.SHIPPED,
        title="Reward function",
        description="verl chooses it by data_source; golds are tried with it.",
    )


CONVENTIONS: dict[Source, str] = {
    Source.SHIPPED: BOXED,
    Source.GSM8K: "End with a line that holds #### and the final number, for example: #### 42",
    Source.MATH: BOXED,
    Source.MATH_DAPO: "The last line must be “Answer:” and the final answer, for example: Answer: 42",
}
_BUILT_IN: dict[Source, tuple[Callable[[str, str], float], Callable[[str], str]]] = {
    Source.GSM8K: (rewards.verl_gsm8k, "#### {}".format),
    Source.MATH: (rewards.verl_math, boxed),
    Source.MATH_DAPO: (rewards.verl_math_dapo, "Answer: {}".format),
}


class Verl(Format):
    """One task a row; programs with input and output go by verl's own function for code."""

    name: ClassVar[str] = "verl"
    title: ClassVar[str] = "verl (Parquet)"
    summary: ClassVar[str] = "Prompts with gold answers and tests for reinforcement learning with verl."
    columns: ClassVar[Columns] = {
        "data_source": Column("selects the reward function", FILLED),
        "prompt": Column("one user message: the task, and where the final answer has to stand", ASKED),
        "ability": Column("math, text or code", words("math", "text", "code")),
        "reward_model": Column(
            "style rule; ground_truth: the gold answer, or the tests as JSON text",
            struct({"style": words("rule"), "ground_truth": FILLED}),
        ),
        "extra_info": Column(
            "split, index (unique), ids, kind of answer, tolerances, metadata as JSON text",
            struct({name: _SHAPES[kind] for name, kind in EXTRA.items()}),
        ),
    }
    options_model: ClassVar[type[Options]] = VerlOptions
    ignores: ClassVar[frozenset[str]] = frozenset({"render"})
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "verl", struct=STRUCT),)
    is_once_per_task: ClassVar[bool] = True
    is_proven: ClassVar[bool] = True

    def rows_of(self, item: Item, options: VerlOptions) -> Iterable[tuple[str, Row]]:
        """Give the row of a task the split of its item, and its place in the snapshot as index."""
        for path, row in self.rows(item.record, options):
            row["extra_info"] |= {"split": str(item.split), "index": item.position - 1}
            yield path, row

    def rows(self, record: Record, options: VerlOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per task with a gold answer or with tests."""
        if record["task"]["answer_spec"].get("kind") == "program":
            spec, _ = program_of(record)
            truth = json.dumps(input_output(spec, as_text=True), ensure_ascii=False)
            asked = f"\n\n{code_convention(spec.entry_point if spec.calls_a_function else '')}"
            yield PATH, _row(record, CODE_SOURCE, prompt_of(record) + asked, truth, "code")
            return
        gold = _gold(record, options)
        source = (
            f"{OWN_SOURCE}{record['project']}" if options.data_source is Source.SHIPPED else str(options.data_source)
        )
        prompt = reward_prompt(record, gold, CONVENTIONS[options.data_source])
        yield PATH, _row(record, source, prompt, gold.text, "text" if gold.kind == "text" else "math", gold)

    def prove(self, record: Record, options: VerlOptions) -> None:
        """Ask math-verify about wrong answers that are formulas; all else was tried when the row was made."""
        if record["task"]["answer_spec"].get("kind") != "program" and options.data_source is Source.SHIPPED:
            prove_shipped(gold_of(record))

    def papers(self, options: VerlOptions) -> dict[str, str]:
        """Give the reward file, if it is the one to use."""
        return {REWARD_FILE: shipped.read(REWARD_FILE)} if options.data_source is Source.SHIPPED else {}

    def notes(self, options: VerlOptions) -> list[str]:
        """Say which reward function was tried."""
        is_shipped = options.data_source is Source.SHIPPED
        name = f"`compute_score` in `{REWARD_FILE}` (a custom reward function)" if is_shipped else "verl's own function"
        return [
            f"one row per task; {name} gives 1.0 to every gold answer",
            "quantities: the prompt names the unit, the gold answer is the number in it",
            f"programs have the data_source `{CODE_SOURCE}`; a machine has seen a program pass their tests",
            "ground_truth holds hidden tests: keep it out of what a model reads",
        ]

    def read(self, row: Row) -> list[Part]:
        """Read prompt and gold answer or tests."""
        return [
            Part(Voice.PROMPT, row["prompt"][0]["content"]),
            Part(Voice.ANSWER, row["reward_model"]["ground_truth"]),
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse rows that have other keys than the file, or nothing to reward."""
        del path
        if row.keys() != STRUCT.keys() or row["extra_info"].keys() != EXTRA.keys():
            return "the row has other columns than the file"
        if any(value is None for value in (*row.values(), *row["extra_info"].values())):
            return "a value is missing"
        if not row["reward_model"]["ground_truth"].strip():
            return "there is nothing to reward"
        return fault_of_prompt(row["prompt"])


def code_convention(function: str) -> str:
    """Say what a program has to be."""
    if function:
        return f"Write the Python function `{function}`. Put the whole program into one ```python block."
    return "Write a Python program that reads standard input and prints the answer. Put it into one ```python block."


def _gold(record: Record, options: VerlOptions) -> Gold:
    gold = gold_of(record)
    if options.data_source is Source.SHIPPED:
        require_shipped(gold)
        return gold
    if gold.has_tolerance:
        raise Excluded("its answer has a tolerance, which this function does not know")
    if gold.kind == "equation":
        raise Excluded("its answer is an equation, of which this function sees one side")
    if gold.also:
        raise Excluded("several answers are right, and this function knows one")
    reward, written = _BUILT_IN[options.data_source]
    require_rewarded(gold, lambda text: reward(written(text), gold.text) == 1.0)
    return gold


def _row(record: Record, source: str, prompt: str, truth: str, ability: str, gold: Gold | None = None) -> Row:
    return {
        "data_source": source,
        "prompt": [{"role": "user", "content": prompt}],
        "ability": ability,
        "reward_model": {"style": "rule", "ground_truth": truth},
        "extra_info": {
            "split": "train",
            "index": 0,
            "id": record["id"],
            "task_id": record["task"]["id"],
            "kind": gold.kind if gold else "program",
            "also": json.dumps(gold.also if gold else [], ensure_ascii=False),
            "absolute": gold.absolute if gold else 0.0,
            "relative": gold.relative if gold else 0.0,
            "difficulty": str(record["task"]["difficulty"] or ""),
            "metadata": json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True),
        },
    }
