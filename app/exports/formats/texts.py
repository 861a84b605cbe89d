"""How a record reads as prompt, reasoning and answer: the same words in every format."""

from typing import Any

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, Rendering, Row

STEP_SEPARATOR = "\n\n"
"""Stands between two steps of a trace; said in the card."""
NOTHING = frozenset({"none", "nan", "null"})
"""As the whole of a text, readers take these words for a value that is missing."""
OFF_THE_PATH = frozenset({"dead_end", "backtrack"})


def prompt_of(record: Record) -> str:
    """Write the task as its annotator saw it: statement, stated assumptions, starter code."""
    task = record["task"]
    parts = [task["statement"]]
    if task["assumptions"]:
        parts.append("Assumptions:\n" + "\n".join(f"- {text}" for text in task["assumptions"]))
    starter = task["starter_code"].strip("\n")  # a statement that holds it may have dropped blank lines at its end
    if task["activity"] == "program" and starter and starter not in task["statement"]:
        language = (record["content"]["program"] or {}).get("language", "")
        parts.append(fenced(task["starter_code"], language))
    return "\n\n".join(parts)


def require_imitable(record: Record) -> None:
    """Raise Excluded unless the work was approved: what is imitated word by word must not be anything else."""
    if record["state"] != "approved":
        raise Excluded("not approved")
    require_something(prompt_of(record), record["content"]["answer"]["text"])


def require_something(prompt: str, answer: str) -> None:
    """Raise Excluded for a task or an answer that is one word which readers take for a missing value."""
    for name, text in (("task", prompt), ("answer", answer)):
        if text.strip().lower() in NOTHING:
            raise Excluded(f"the {name} is a word that readers take for nothing")


def steps_of(record: Record, rendering: Rendering) -> list[Row]:
    """Return the steps to render, none empty, in the order written."""
    if rendering is Rendering.ANSWER:
        return []
    steps: list[Row] = [step for step in record["content"]["steps"] if step["body"].strip()]
    if rendering is Rendering.CLEAN:
        steps = [step for step in steps if step["status"] == "live" and step["type"] not in OFF_THE_PATH]
    return steps


def answer_of(record: Record) -> str:
    """Write the final answer: text and unit, the author's assumptions, the program; Excluded when there is none.

    Work without a separate answer (an open task) ends with its last conclusion.
    """
    content = record["content"]
    answer, program = content["answer"], content["program"]
    parts: list[str] = []
    if answer["text"].strip():
        parts.append(f"{answer['text']} {answer['unit']}" if answer["unit"].strip() else answer["text"])
    if answer["assumptions"]:
        parts.append("Assuming:\n" + "\n".join(f"- {text}" for text in answer["assumptions"]))
    if program is not None and program["source"].strip():
        parts.append(fenced(program["source"], program["language"]))
    if not parts:
        parts = [step["body"] for step in content["steps"] if step["type"] == "conclusion" and step["body"].strip()][
            -1:
        ]
    if not parts:
        raise Excluded("no final answer")
    return "\n\n".join(parts)


def fenced(source: str, language: str) -> str:
    """Put source code into a Markdown fence that it cannot close itself."""
    fence = "```"
    while fence in source:
        fence += "`"
    end = "" if source.endswith("\n") else "\n"
    return f"{fence}{language}\n{source}{end}{fence}"


def metadata_of(record: Record) -> dict[str, Any]:
    """Collect where a row comes from: opaque ids, pseudonyms, labels; no names, no addresses."""
    task = record["task"]
    return {
        "submission_id": record["id"],
        "task_id": task["id"],
        "external_id": task["external_id"],
        "revision": record["revision"],
        "content_sha256": record["content_sha256"],
        "author": record["author"],
        "origin": "human_edited_by_reviewer" if record["edited_by"] else "human",
        "reviewers": sorted({review["reviewer"] for review in record["reviews"]}),
        "tier": record["tier"],
        "domain": task["domain"],
        "skill": task["skill"],
        "difficulty": task["difficulty"],
        "language": task["language"],
        "licence": task["licence"],
        "source": task["source"],
        "submitted_at": record["submitted_at"],
    }


def provenance_of(record: Record, row_id: str, path: str) -> Row:
    """Write the line of a side-car: of the row of the same number in `path`, under the names that readers know."""
    return {
        "row_id": row_id,
        "file": path,
        "solution_id": f"{record['id']}.{record['revision']}",
        "model": None,
        "created_at": record["submitted_at"],
        "license": record["task"]["licence"],
        "consent_ref": (record["consent"]["author"] or {}).get("agreement"),
        **metadata_of(record),
    }


def deciding_review(record: Record) -> Row | None:
    """Return the review whose step labels count: the last one that judged this revision and labelled a step.

    Approving with edits judges the revision before the edited one, whose untouched steps keep their labels. What was
    said of a revision that its author wrote anew says nothing of the next.
    """
    steps = {step["id"] for step in record["content"]["steps"]}
    judged = record["revision"] - (1 if record["edited_by"] is not None else 0)
    for review in reversed(record["reviews"]):
        if review["revision"] >= judged and any(label["step"] in steps for label in review["labels"]):
            found: Row = review
            return found
    return None


def labels_of(review: Row) -> dict[str, str]:
    """Return step id → good, neutral, bad or unsure, each about the text that was judged: see `rewritten_of`."""
    return {label["step"]: label["value"] for label in review["labels"]}


def as_judged(record: Record, review: Row) -> Record:
    """Give the record with the content that the labels are about: what its author wrote, where the reviewer edited."""
    if record["edited_by"] is None or review["revision"] >= record["revision"]:
        return record
    return {**record, "content": record["earlier"][-1]["content"]}


def rewritten_of(record: Record, review: Row) -> dict[str, str]:
    """Give step id → the author's text of each step that the reviewer rewrote; the labels are about that text."""
    before = {step["id"]: step["body"] for step in as_judged(record, review)["content"]["steps"]}
    now = {step["id"]: step["body"] for step in record["content"]["steps"]}
    kept = {name: body for name, body in before.items() if body.strip() and name in now}
    return {name: body for name, body in kept.items() if body.strip() != now[name].strip()}


def standing_labels(record: Record) -> dict[str, str]:
    """Return the labels that hold for the steps as they stand: none of a rewritten step, none without a review."""
    review = deciding_review(record)
    if review is None:
        return {}
    rewritten = rewritten_of(record, review)
    return {step: value for step, value in labels_of(review).items() if step not in rewritten}


def require_review(record: Record) -> Row:
    """Return the review whose step labels count; Excluded when nobody labelled a step."""
    review = deciding_review(record)
    if review is None:
        raise Excluded("no step labels")
    return review
