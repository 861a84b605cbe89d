"""A held-out set for inspect-ai; `inspect eval task.py` runs it."""

import json
from pathlib import Path
from runpy import run_path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample, json_dataset
from inspect_ai.scorer import Score, Scorer, Target, accuracy, choice, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, multiple_choice, solver

HERE = Path(__file__).parent
ABOUT: dict[str, Any] = json.loads((HERE / "task.json").read_text(encoding="utf-8"))
is_right = run_path(str(HERE / "answer_reward.py"))["is_right"]


@task
def held_out() -> Task:
    """Ask every question once; a choice is asked by its letters, anything else for an answer in a box."""
    files = sorted(HERE.glob("test*.jsonl"))
    samples: list[Sample] = [sample for file in files for sample in json_dataset(str(file))]
    return Task(
        dataset=MemoryDataset(samples, name=ABOUT["name"]),
        solver=ask(),
        scorer=by_kind(),
        name=ABOUT["name"],
        version=ABOUT["version"],
        metadata=ABOUT,
    )


@solver
def ask() -> Solver:
    """Ask as the kind of answer needs it."""
    one, several = multiple_choice(cot=True), multiple_choice(cot=True, multiple_correct=True)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if not state.metadata["is_choice"]:
            return await generate(state)
        return await (several if state.metadata["several"] else one)(state, generate)

    return solve


@scorer(metrics=[accuracy(), stderr()])
def by_kind() -> Scorer:
    """Score a choice by its letters, anything else by what stands in the last box."""
    by_letter = choice()

    async def score(state: TaskState, target: Target) -> Score | None:
        facts = state.metadata
        if facts["is_choice"]:
            return await by_letter(state, target)
        completion = state.output.completion
        found = is_right(completion, list(target), facts["kind"], facts["absolute"], facts["relative"])
        return Score(value="C" if found else "I", answer=completion[-200:])

    return score
