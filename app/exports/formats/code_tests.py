"""Programs with their tests, hidden ones too, in the layouts of HumanEval, MBPP and APPS."""

import json
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.datasets.states import DatasetUse
from app.exports.formats.base import FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, JSON_TEXT, TEXT, Column, Columns, list_of, words
from app.exports.formats.program_tests import assertions, check_function, input_output, program_of
from app.exports.formats.texts import metadata_of, prompt_of

LEVELS = ("UNKNOWN_DIFFICULTY", "EASY", "MEDIUM", "MEDIUM_HARD", "HARD", "VERY_HARD")
"""TACO's words for no difficulty and for 1 to 5."""
SEEN = "one row per task; a machine has seen the reference pass the tests exactly as they stand in the project"
HIDDEN = "the tests include hidden ones: keep them out of what a model is trained on"
ID, METADATA = "the submission that was approved", "JSON text: author's pseudonym, tier, labels, licence"


class _Code(Format):
    ignores: ClassVar[frozenset[str]] = frozenset({"render"})
    uses: ClassVar[frozenset[DatasetUse]] = frozenset(DatasetUse)
    is_once_per_task: ClassVar[bool] = True

    def notes(self, options: Options) -> list[str]:
        """Say what the tests are worth."""
        del options
        return [SEEN, HIDDEN]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse rows with something missing."""
        del path
        return "a value is missing" if any(value is None for value in row.values()) else None


class HumanEval(_Code):
    """Functions: the prompt is the head of the program, and check(candidate) tests what completes it."""

    name: ClassVar[str] = "humaneval"
    title: ClassVar[str] = "HumanEval (functions with tests)"
    summary: ClassVar[str] = (
        "Python functions to complete, with a reference and a function that checks; as in HumanEval."
    )
    columns: ClassVar[Columns] = {
        "task_id": Column("the task's own id, or project/number", FILLED),
        "prompt": Column("starter code, or the task as a comment", FILLED),
        "entry_point": Column("the function", FILLED),
        "canonical_solution": Column("what completes the prompt to the approved program", TEXT),
        "test": Column("code that defines check(candidate)", FILLED),
        "id": Column(ID, FILLED),
        "metadata": Column(METADATA, JSON_TEXT),
    }
    files: ClassVar[tuple[FileOf, ...]] = (FileOf("humaneval/train.jsonl", "humaneval"),)

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give one row per function."""
        del options
        spec, source = program_of(record)
        tests = check_function(spec)
        head = _head_of(record, source)
        yield (
            self.main_path,
            {
                "task_id": _task_id(record),
                "prompt": head,
                "entry_point": spec.entry_point,
                "canonical_solution": source.removeprefix(head),
                "test": tests,
                **_origin(record),
            },
        )

    def read(self, row: Row) -> list[Part]:
        """Read the prompt and what completes it."""
        return [Part(Voice.PROMPT, row["prompt"]), Part(Voice.ANSWER, row["canonical_solution"])]


class Mbpp(_Code):
    """Functions: the task in words, the approved program, and a list of assertions."""

    name: ClassVar[str] = "mbpp"
    title: ClassVar[str] = "MBPP (functions with assertions)"
    summary: ClassVar[str] = "Tasks in words, a Python function as reference, and assertions; as in MBPP."
    columns: ClassVar[Columns] = {
        "task_id": Column("the task's own id, or project/number", FILLED),
        "text": Column("the task and the name of its function", FILLED),
        "code": Column("the approved program", FILLED),
        "test_list": Column("assertions about it", list_of(FILLED)),
        "test_setup_code": Column("what stands before them", TEXT),
        "id": Column(ID, FILLED),
        "metadata": Column(METADATA, JSON_TEXT),
    }
    files: ClassVar[tuple[FileOf, ...]] = (FileOf("mbpp/train.jsonl", "mbpp"),)

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give one row per function."""
        del options
        spec, source = program_of(record)
        before, tests = assertions(spec)
        yield (
            self.main_path,
            {
                "task_id": _task_id(record),
                "text": f"{prompt_of(record)}\n\nWrite the Python function `{spec.entry_point}`.",
                "code": source,
                "test_list": tests,
                "test_setup_code": before,
                **_origin(record),
            },
        )

    def read(self, row: Row) -> list[Part]:
        """Read the task and the program."""
        return [Part(Voice.PROMPT, row["text"]), Part(Voice.ANSWER, row["code"])]


class Apps(_Code):
    """Programs and functions tested by input and output."""

    name: ClassVar[str] = "apps"
    title: ClassVar[str] = "APPS / TACO (input and output)"
    summary: ClassVar[str] = (
        "Python programs tested by input and output, or by arguments and result; as in APPS and TACO."
    )
    columns: ClassVar[Columns] = {
        "problem_id": Column("the submission that was approved", FILLED),
        "question": Column("the task", FILLED),
        "solutions": Column("JSON text: list with the approved program", JSON_TEXT),
        "input_output": Column("JSON text: inputs, outputs, and fn_name where a function is called", JSON_TEXT),
        "difficulty": Column("EASY to VERY_HARD, or UNKNOWN_DIFFICULTY", words(*LEVELS)),
        "starter_code": Column("what the program begins with, or empty", TEXT),
        "url": Column("empty", words("")),
        "name": Column("the task's title", TEXT),
        "source": Column("where the task is from", TEXT),
        "tags": Column("JSON text: list of domain and skill", JSON_TEXT),
        "time_limit": Column("for one test, in seconds", FILLED),
        "memory_limit": Column("for one test, in megabytes", FILLED),
        "metadata": Column(METADATA, JSON_TEXT),
    }
    files: ClassVar[tuple[FileOf, ...]] = (FileOf("apps/train.jsonl", "apps"),)

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give one row per task."""
        del options
        spec, source = program_of(record)
        cases = {name: value for name, value in input_output(spec, as_text=False).items() if value is not None}
        task = record["task"]
        origin = _origin(record)
        yield (
            self.main_path,
            {
                "problem_id": origin["id"],
                "question": prompt_of(record),
                "solutions": json.dumps([source], ensure_ascii=False),
                "input_output": json.dumps(cases, ensure_ascii=False),
                "difficulty": LEVELS[task["difficulty"] or 0],
                "starter_code": task["starter_code"],
                "url": "",
                "name": task["title"],
                "source": task["source"],
                "tags": json.dumps([tag for tag in (task["domain"], task["skill"]) if tag], ensure_ascii=False),
                "time_limit": f"{spec.limits.cpu_seconds:g} seconds",
                "memory_limit": f"{spec.limits.memory_mb} megabytes",
                "metadata": origin["metadata"],
            },
        )

    def read(self, row: Row) -> list[Part]:
        """Read the task and the program."""
        return [Part(Voice.PROMPT, row["question"]), Part(Voice.ANSWER, json.loads(row["solutions"])[0])]


def _head_of(record: Record, source: str) -> str:
    """Return the starter code if the program begins with it; else the task as a comment."""
    starter: str = record["task"]["starter_code"]
    if starter.strip() and source.startswith(starter):
        return starter
    return "".join(f"# {line}".rstrip() + "\n" for line in prompt_of(record).splitlines()) + "\n\n"


def _task_id(record: Record) -> str:
    task = record["task"]
    return str(task["external_id"] or f"{record['project']}/{task['number']}")


def _origin(record: Record) -> Row:
    return {"id": record["id"], "metadata": json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)}
