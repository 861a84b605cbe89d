"""Reads exports of published problems as trainers do: every text is the file's own, every gold is rewarded."""

import importlib.util
import json
import runpy
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import datasets

from app.exports.formats.golds import BOXED
from app.sandbox.job import Status
from app.sandbox.sandbox import Sandbox
from app.verifiers.rewards import trl_accuracy

EVERY = ("trl_sft", "trl_stepwise", "prm800k", "openai_chat", "native")
ANSWERS = ("trl_grpo", "verl", "openai_rft")
PROGRAMS = ("humaneval", "mbpp")
Json = Any
Row = Mapping[str, Json]


@dataclass(frozen=True)
class Problem:
    """One record of a file: how its task reads, what is handed in, and the answer as a trainer should read it."""

    statement: str
    steps: list[str]
    content: dict[str, Json]
    answer: str

    @property
    def trace(self) -> str:
        """The reasoning as one text."""
        return "\n\n".join(self.steps)

    @property
    def program(self) -> str:
        """The program that is handed in."""
        return str(self.content["program"]["source"])


@dataclass(frozen=True)
class Source:
    """A file of problems: which adapter reads it, how its project is made, and its records."""

    name: str
    template: str
    lines: list[str]
    problems: dict[str, Problem]
    """by statement, as a task shows it"""
    formats: tuple[str, ...] = field(default=EVERY)


def compare(name: str, folder: Path, source: Source, cache: Path) -> None:
    """Load an export as a trainer does; every text must be the one in the file it came from, every gold rewarded."""
    rows = datasets.load_dataset(str(folder), cache_dir=str(cache), split="train")
    read = {texts[0]: texts for texts in (READERS[name](row, source) for row in rows)}
    assert rows.num_rows == len(read) == len(source.problems), (name, rows.num_rows, len(read))
    assert set(read) == set(source.problems), (name, sorted(set(read) - set(source.problems))[:1])
    for statement, problem in source.problems.items():
        assert read[statement] == (statement, EXPECTED[name](problem)), (name, read[statement])
    if name in REWARDS:
        rewards = [REWARDS[name](folder, row) for row in rows]
        assert rewards == [1.0] * len(rewards), (
            name,
            [row for row, it in zip(rows, rewards, strict=True) if it != 1][:1],
        )


def _messages(row: Row, _source: Source) -> tuple[str, Json]:
    user, assistant = row["messages"]
    assert (user["role"], assistant["role"]) == ("user", "assistant")
    return user["content"], (assistant.get("reasoning_content"), assistant["content"])


def _prm(row: Row, _source: Source) -> tuple[str, Json]:
    steps = [step["completions"][0] for step in row["label"]["steps"]]
    assert {step["rating"] for step in steps} == {1}
    return row["question"]["problem"], [step["text"] for step in steps]


def _asked(messages: Json) -> str:
    return str(messages[0]["content"]).removesuffix(f"\n\n{BOXED}")


def _completed(row: Row, source: Source) -> tuple[str, Json]:
    program = row["prompt"] + row["canonical_solution"]
    statements = [statement for statement, problem in source.problems.items() if problem.program == program]
    return statements[0], program


READERS: dict[str, Callable[[Row, Source], tuple[str, Json]]] = {
    "trl_sft": _messages,
    "trl_stepwise": lambda row, _: (row["prompt"], (row["completions"], set(row["labels"]))),
    "prm800k": _prm,
    "openai_chat": _messages,
    "native": lambda row, _: (row["task"]["statement"], [step["body"] for step in row["content"]["steps"]]),
    "trl_grpo": lambda row, _: (_asked(row["prompt"]), row["solution"]),
    "verl": lambda row, _: (_asked(row["prompt"]), row["reward_model"]["ground_truth"]),
    "openai_rft": lambda row, _: (_asked(row["messages"]), row["reference_answer"]),
    "humaneval": _completed,
    "mbpp": lambda row, _: (row["text"].rpartition("\n\n")[0], row["code"]),
}


def _number(problem: Problem) -> str:
    return problem.answer.replace(",", "")


EXPECTED: dict[str, Callable[[Problem], Json]] = {
    "trl_sft": lambda problem: (problem.trace, problem.answer),
    "trl_stepwise": lambda problem: (problem.steps, {True}),
    "prm800k": lambda problem: [*problem.steps[:-1], f"{problem.steps[-1]}\n\n# Answer\n\n{problem.answer}"],
    "openai_chat": lambda problem: (None, f"{problem.trace}\n\n{problem.answer}"),
    "native": lambda problem: problem.steps,
    "trl_grpo": lambda problem: f"\\boxed{{{_number(problem)}}}",
    "verl": _number,
    "openai_rft": _number,
    "humaneval": lambda problem: problem.program,
    "mbpp": lambda problem: problem.program,
}


def _by_accuracy_reward(_folder: Path, row: Row) -> float | None:
    return trl_accuracy(row["solution"], [f"So it is {row['solution']}."]).values[0]


def _by_verl(folder: Path, row: Row) -> float:
    gold = row["reward_model"]["ground_truth"]
    score = _shipped(folder / "answer_reward.py").compute_score
    return float(score(row["data_source"], f"So it is \\boxed{{{gold}}}.", gold, row["extra_info"]))


def _by_grader(folder: Path, row: Row) -> float:
    grade = _grader(folder / "grader.json")
    return float(grade({"output_text": f"So it is \\boxed{{{row['reference_answer']}}}."}, row))


def _by_check(_folder: Path, row: Row) -> float:
    return _runs(row["prompt"] + row["canonical_solution"], row["test"], f"check({row['entry_point']})")


def _by_assertions(_folder: Path, row: Row) -> float:
    return _runs(row["code"], row["test_setup_code"], *row["test_list"])


def _runs(*sources: str) -> float:
    """Run a program and its tests behind it, locked in, as evaluations of these layouts do."""
    result = _sandbox().run("python", "\n\n".join(sources) + "\n")
    return float(result.status is Status.OK)


@cache
def _sandbox() -> Sandbox:
    return Sandbox()


@cache
def _shipped(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("shipped", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _grader(path: Path) -> Callable[[Row, Row], float]:
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
        file.write(json.loads(path.read_text(encoding="utf-8"))["source"])
        file.flush()
        found: Callable[[Row, Row], float] = runpy.run_path(file.name)["grade"]
    return found


REWARDS: dict[str, Callable[[Path, Row], float | None]] = {
    "trl_grpo": _by_accuracy_reward,
    "verl": _by_verl,
    "openai_rft": _by_grader,
    "humaneval": _by_check,
    "mbpp": _by_assertions,
}
"""What the target itself does with a gold or a reference."""
