"""Writes docs/formats anew from what the formats declare; with --check it only says which pages are stale."""

import json
import sys
from collections.abc import Sequence
from copy import deepcopy
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.datasets.queries.records import Item
from app.datasets.states import DatasetUse, Split
from app.exports.formats.base import BadRow, Format, Frame
from app.exports.formats.columns import Columns, kind_of
from app.exports.formats.registry import FORMATS
from app.exports.papers.issue import json_text
from app.submissions.schemas import Content
from app.text.fingerprints import canonical_json, content_hash

FOLDER = Path(__file__).parents[1] / "docs" / "formats"
CANARY = "7d4f6a52-0c1e-4b59-9a64-0f5d9e3b2c10"
CRITERIA = [
    {"id": "correct", "name": "Correct", "question": "Is every step right?", "weight": 5, "max_score": 3},
    {"id": "clear", "name": "Clear", "question": "Can a peer follow it?", "weight": 2, "max_score": 3},
]
FRAMES = {
    use: Frame("Proofs", 1, use, CANARY if use is DatasetUse.EVALUATION else None, {1: CRITERIA}, lets_threads_out=True)
    for use in DatasetUse
}
AT = "2026-11-24T09:00:00+00:00"
STEPS = [
    {"id": "s1", "type": "work", "body": "$12 = 3 \\cdot 4$, so it is enough to divide by 3 and by 4."},
    {"id": "s2", "type": "work", "body": "$108 / 4 = 27$ and $27 / 3 = 9$."},
    {"id": "s3", "type": "conclusion", "body": "The quotient is 9."},
]
WRONG = [STEPS[0], {**STEPS[1], "body": "$108 / 4 = 26$ and $26 / 3$ is no whole number."}]
CASES = [{"name": "small", "args": [1, 2], "expected": 3}, {"name": "zero", "args": [0, 0], "expected": 0}]
PROGRAM = {"kind": "program", "entry_point": "add", "cases": CASES}
SOURCE = "def add(a, b):\n    return a + b\n"


def _id(number: int) -> str:
    return str(UUID(int=number, version=4))


TASK: dict[str, Any] = {
    **dict.fromkeys(("skill", "family", "origin_model", "external_id")),
    **dict.fromkeys(("answer_expected", "starter_code", "reference"), ""),
    "version": 1,
    "assumptions": [],
    "unit_expected": False,
    "domain": "arithmetic",
    "difficulty": 2,
    "language": "en",
    "source": "Written for this page",
    "licence": "CC-BY-4.0",
    "origin": "human",
}
REVIEW: dict[str, Any] = {
    **dict.fromkeys(("verification_note", "reason", "disagreement", "own_answer"), ""),
    "revision": 1,
    "level": 1,
    "round": 1,
    "verdict": "approve",
    "verification_method": "re_derived",
    "rubric_version": 1,
    "rubric_scores": {"correct": 3, "clear": 2},
    "seconds": 300,
    "saw_reference_at": None,
    "decided_at": AT,
}
ISSUE = {
    "review": None,
    "revision": 1,
    "anchor": "step",
    "step": "s2",
    "quote": "= 26",
    "quote_start": 12,
    "severity": "major",
    "opened_at": AT,
    "id": "4c1f7a36-9d0b-4a1e-8d2a-5b7c3e9f1a20",
}
CHECK = {"verifier": "exact", "finding": "pass", "method": "exact", "reason": "", "detail": "", "at": AT}
AGREEMENT = {
    "agreement": "0b1d5f2e-8c3a-4e67-9f10-2d4c6a8e0b13",
    "version": 1,
    "funder": "The institute",
    "recipients": ["internal", "research"],
    "publication": "gated",
    "model_training": True,
    "attribution": "pseudonym",
}
WORK: dict[str, Any] = {
    "format": "workings/1",
    "project": "proofs",
    "state": "approved",
    "tier": "A",
    "revision": 1,
    "form_version": 1,
    "guideline_version": 1,
    "words": 30,
    "tokens": {"o200k_base": 60},
    "active_seconds": 600,
    "submitted_at": AT,
    "findings": [],
    "edited_by": None,
    "consent": {"author": AGREEMENT, "editor": None},
    "runs": [],
    "earlier": [],
    "threads": [],
}


def _record(number: int, task: int, statement: str, spec: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Make an approved piece of work with everything a record has."""
    document = Content.model_validate({"confidence": 4, **content}).model_dump(mode="json")
    facts = {"value": "good", "error_type": None, "note": "", "carried_over": False}
    labels = [{"step": step["id"], **facts} for step in document["steps"]]
    activity = "program" if spec["kind"] == "program" else "solve"
    asked = {"id": _id(task + 10), "number": task, "title": f"Task {task}", "activity": activity}
    return {
        **WORK,
        "id": _id(number),
        "task": {**TASK, **asked, "statement": statement, "answer_spec": spec},
        "author": _id(number + 300),
        "content": document,
        "content_sha256": content_hash(document),
        "check": {**CHECK, "id": _id(number + 200), "spec_sha256": content_hash(spec)},
        "reviews": [{**REVIEW, "id": _id(number + 100), "reviewer": _id(3), "labels": labels}],
    }


def _examples() -> list[list[dict[str, Any]]]:
    """Give groups of records, each all work on one task: a calculation done right and wrong, a program, a choice."""
    spec = {"kind": "integer", "answer": "9", "wrong": ["8"]}
    question = "Divide 108 by 12."
    right = _record(1, 1, question, spec, {"steps": STEPS, "answer": {"text": "9"}})
    wrong = _record(2, 1, question, spec, {"steps": WRONG, "answer": {"text": "It does not divide."}})
    wrong |= {"state": "rejected", "tier": "X", "check": {**wrong["check"], "finding": "fail"}}
    wrong["reviews"][0] |= {"verdict": "reject", "reason": "108 / 4 is 27.", "verification_method": None}
    wrong["threads"] = [{**ISSUE, "comments": [{"id": _id(401), "author": _id(3), "body": "Check 4 · 27.", "at": AT}]}]
    wrong["reviews"][0]["labels"][1] |= {"value": "bad", "error_type": "arithmetic"}
    program = {"steps": STEPS[:1], "answer": {"text": ""}, "program": {"language": "python", "source": SOURCE}}
    return [[right, wrong], [_record(4, 2, "Add two whole numbers.", PROGRAM, program)]]


def _items(records: Sequence[dict[str, Any]]) -> list[Item]:
    lines = [canonical_json(record).encode() for record in records]
    return [
        Item(n, UUID(record["id"]), UUID(record["task"]["id"]), Split.TRAIN, None, line)
        for n, (record, line) in enumerate(zip(records, lines, strict=True), start=1)
    ]


def _example_of(chosen: Format) -> dict[str, Any] | None:
    """Give the first row of the main file that an example makes; what the code writes, with the usual options."""
    options = chosen.options_model()
    for records in deepcopy(_examples()):
        items = _items(records)
        for group in [items] if chosen.takes_tasks_whole else [[item] for item in items]:
            try:
                made = chosen.make(group, options, is_proving=False)
            except BadRow:
                continue
            for path, line in made.lines:
                if path == chosen.main_path:
                    found: dict[str, Any] = json.loads(line)
                    return found
    return None


def _option_rows(chosen: Format) -> list[str]:
    rows = []
    for name, info in chosen.options_model.model_fields.items():
        if name in chosen.ignores or (name == "compression" and chosen.is_packed):
            continue
        kind, default = info.annotation, info.get_default(call_default_factory=True)
        offered = list(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else []
        values = ", ".join(f"`{one.value}`" for one in offered) if offered else getattr(kind, "__name__", str(kind))
        shown = f"`{default.value if isinstance(default, StrEnum) else default}`" if default != "" else "empty"
        said = " ".join(filter(None, (f"{info.title or name}.", info.description)))
        rows.append(f"| `{name}` | {_cell(values)} | {_cell(shown)} | {_cell(said)} |")
    return rows


def _table_of(columns: Columns) -> str:
    rows = [
        f"| `{name}`{' (optional)' if one.is_optional else ''} | {_cell(kind_of(one.shape))} | {_cell(one.meaning)} |"
        for name, one in columns.items()
    ]
    return "| column | holds | meaning |\n|---|---|---|\n" + "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def page_of(declared: Format) -> str:
    """Write the page of one format."""
    use = next(one for one in DatasetUse if one in declared.uses)
    chosen = declared.framed(FRAMES[use])
    example = _example_of(chosen)
    files = [f"`{path}`" for file in chosen.files for path in file.paths.values()]
    files += [f"`{path}`" for path in sorted(chosen.papers(chosen.options_model()))]
    rows = _option_rows(chosen)
    shown = json.dumps(example, ensure_ascii=False, indent=1) if example else "no example makes a row of this"
    uses = " and ".join(sorted(f"{one.value} snapshots" for one in chosen.uses))
    made_of = "made of all work on a task" if chosen.is_by_task else "a piece of work"
    parts = [
        f"# {chosen.title}",
        f"`{chosen.name}`. {chosen.summary}",
        f"For {uses}. A row is {'a task' if chosen.is_once_per_task else made_of}.",
        "Files: " + ", ".join(files) + ". Large ones are numbered shards.",
        f"## Columns\n\nAs a JSON Schema: [{chosen.name}.schema.json]({chosen.name}.schema.json).\n\n"
        + _table_of(chosen.columns),
        *(f"In `{path}`:\n\n{_table_of(columns)}" for path, columns in chosen.beside.items()),
        "## Options\n\n| option | values | usual | meaning |\n|---|---|---|---|\n" + "\n".join(rows) if rows else "",
        "## What its card says\n\n" + "\n".join(f"- {note}" for note in chosen.notes(chosen.options_model())),
        "## A row\n\nMade by the code from a fixed example, with the usual options.\n\n````json\n" + shown + "\n````",
    ]
    return "\n\n".join(part for part in parts if not part.endswith("says\n\n") and part) + "\n"


def pages() -> dict[str, str]:
    """Give every page by its file name."""
    listed = [f"| [{one.title}]({name}.md) | `{name}` | {_cell(one.summary)} |" for name, one in FORMATS.items()]
    index = (
        "# Formats\n\nWhat each format writes, from its own declaration; `make docs` writes these pages anew. How to"
        "\nget files in one: [freeze and export](../how-to/freeze-and-export.md).\n\n"
        "| format | name | what it is |\n|---|---|---|\n"
    )
    found = {f"{name}.md": page_of(one) for name, one in FORMATS.items()}
    found |= {f"{name}.schema.json": json_text(one.schema()) for name, one in FORMATS.items()}
    return {**found, "README.md": index + "\n".join(listed) + "\n"}


def stale() -> list[str]:
    """Name the pages that are missing, of no format, or not what the declarations say."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write() -> None:
    """Write all pages, and remove those of formats that are no more."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" in sys.argv:
        found = stale()
        print("\n".join(f"docs/formats/{name} is stale; run make docs" for name in found) or "no page is stale")
        sys.exit(bool(found))
    write()
