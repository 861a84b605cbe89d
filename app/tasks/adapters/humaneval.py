"""Functions to write, with hidden tests and a reference body (the layout of HumanEval)."""

from typing import Any

from app.tasks.adapters.base import Adapter, Record
from app.tasks.reading.problems import BadRow

NEEDS = ("task_id", "prompt", "entry_point", "canonical_solution", "test")


def read(record: Record) -> dict[str, Any]:
    """Take the prompt as starter code and, in a code block, as the statement; prompt + solution as the reference."""
    wrong = [(name, "is not a text.") for name in NEEDS if not isinstance(record.get(name), str)]
    if wrong:
        raise BadRow(wrong)
    prompt, entry_point = record["prompt"], record["entry_point"]
    fence = _fence_for(prompt)
    return {
        "external_id": record["task_id"],
        "title": entry_point,
        "statement": f"Complete the function `{entry_point}`.\n\n{fence}python\n{prompt.rstrip(chr(10))}\n{fence}\n",
        "starter_code": prompt,
        "reference": prompt + record["canonical_solution"],
        "answer_kind": "program",
        "entry_point": entry_point,
        "tests": record["test"],
        "answer_options": {
            "reference_program": {"language": "python", "source": prompt + record["canonical_solution"]}
        },
    }


def _fence_for(code: str) -> str:
    """Return a code fence that no run of backticks in the code can close."""
    fence = "```"
    while fence in code:
        fence += "`"
    return fence


ADAPTER = Adapter(
    name="humaneval",
    title="Python functions with hidden tests (HumanEval)",
    read=read,
    needs=NEEDS,
    presets={"activity": "program", "source": "HumanEval", "licence": "MIT", "language": "en"},
)
