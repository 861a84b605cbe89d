"""Published step labels go in as judged work and come out as training data: nothing moves on the way.

`python -m benchmarks.step_labels --mr-gsm8k FILE --bigbench FILE …` takes the files of MR-GSM8K and BIG-Bench-Mistake
as they are published. Each solution becomes a native record, rejected where people found a mistake, with a label on
every step up to it; all are imported, frozen and exported, loaded as a trainer loads them, and held against the file.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import datasets
from sqlalchemy import select

from app.accounts.queries import actor_of_user
from app.config import Settings
from app.core import clock
from app.core.db import Base, Database, open_database
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.exports.service import export_to_folder, restore_native
from app.projects.models import Project
from app.submissions.schemas import Content
from app.tables import load_tables
from app.text.fingerprints import canonical_json, content_hash
from app.worker import Worker
from tests.cast import a_project, a_user

SLUG = "labelled-steps"
STOPPED = frozenset({"prm800k", "trl_stepwise"})
"""Formats whose rows end with the first wrong step: the files say nothing of what follows."""
MOMENT = "2026-01-05T09:00:00+00:00"
PEOPLE = {"author": uuid5(NAMESPACE_URL, "author"), "reviewer": uuid5(NAMESPACE_URL, "reviewer")}
Json = Any


@dataclass(frozen=True)
class Solution:
    """A solution in steps, and the first wrong one as people marked it."""

    problem: str
    steps: tuple[str, ...]
    answer: str
    gold: str
    first_error: int | None
    """counted from 0; None: no step is wrong"""
    is_answer_right: bool

    @property
    def labels(self) -> list[bool]:
        """What is known of the steps: right up to the first wrong one, nothing behind it."""
        if self.first_error is None:
            return [True] * len(self.steps)
        return [True] * self.first_error + [False]


def read_mr_gsm8k(path: Path) -> list[Solution]:
    """Read the file of MR-GSM8K, which counts steps from 1."""
    return [
        Solution(
            row["question"],
            tuple(row["model_output_steps"]),
            row["model_output_steps"][-1].rpartition("####")[2].strip(),
            str(row["ground_truth_answer"]),
            row["model_output_solution_first_error_step"] - 1,
            row["model_output_answer_correctness"] == "correct",
        )
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def read_bigbench(path: Path) -> list[Solution]:
    """Read a file of BIG-Bench-Mistake, which counts steps from 0."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Solution(
            row["input"],
            tuple(row["steps"]),
            row["answer"],
            row["target"],
            row["mistake_index"],
            row["answer"] == row["target"],
        )
        for row in rows
    ]


def record_of(solution: Solution, number: int) -> Json:
    """Make the native record of a solution that somebody handed in and somebody judged."""
    is_right = solution.first_error is None
    steps = [{"id": f"s{n}", "type": "work", "body": body} for n, body in enumerate(solution.steps)]
    content = Content.model_validate({"steps": steps, "answer": {"text": solution.answer}}).model_dump(mode="json")
    return {
        "format": "workings/1",
        "id": _id("work", number),
        "project": SLUG,
        "task": _task(solution, number),
        "author": str(PEOPLE["author"]),
        "state": "approved" if is_right else "rejected",
        "tier": "B" if is_right else "X",
        "revision": 1,
        "content_sha256": content_hash(content),
        "content": content,
        "form_version": 1,
        "guideline_version": 1,
        "words": 1,
        "tokens": {"o200k_base": 1},
        "active_seconds": 0,
        "submitted_at": MOMENT,
        "findings": [],
        "edited_by": None,
        "consent": {"author": None, "editor": None},
        "check": _check(solution, number),
        "runs": [],
        "earlier": [],
        "reviews": [_review(solution, number)],
        "threads": [],
    }


def _task(solution: Solution, number: int) -> Json:
    texts = dict.fromkeys(("answer_expected", "starter_code", "reference"), "")
    labels = dict.fromkeys(("domain", "skill", "difficulty", "family", "language", "origin_model", "external_id"))
    return {
        "id": _id("task", number),
        "number": number,
        "version": 1,
        "title": f"Problem {number}",
        "activity": "solve",
        "statement": solution.problem,
        "assumptions": [],
        "unit_expected": False,
        "answer_spec": {"kind": "text", "answer": solution.gold},
        "source": "published",
        "licence": "see source",
        "origin": "human",
        **texts,
        **labels,
    }


def _review(solution: Solution, number: int) -> Json:
    unsaid = {"error_type": None, "note": "", "carried_over": False}
    labels = [
        {"step": f"s{n}", "value": "good" if is_good else "bad", **unsaid} for n, is_good in enumerate(solution.labels)
    ]
    return {
        "id": _id("review", number),
        "reviewer": str(PEOPLE["reviewer"]),
        "revision": 1,
        "level": 1,
        "round": 1,
        "verdict": "approve" if solution.first_error is None else "reject",
        "verification_method": "read_only",
        "rubric_version": 0,
        "rubric_scores": {},
        "saw_reference_at": None,
        "seconds": 60,
        "decided_at": MOMENT,
        "labels": sorted(labels, key=lambda label: label["step"]),
        **dict.fromkeys(("verification_note", "reason", "disagreement", "own_answer"), ""),
    }


def _check(solution: Solution, number: int) -> Json:
    return {
        "id": _id("check", number),
        "verifier": "text",
        "finding": "pass" if solution.is_answer_right else "fail",
        "method": "exact",
        "reason": "",
        "detail": "",
        "spec_sha256": content_hash(_task(solution, number)["answer_spec"]),
        "at": MOMENT,
    }


def _id(kind: str, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{kind}-{number}"))


def exported(solutions: Sequence[Solution], folder: Path) -> dict[str, list[Json]]:
    """Take solutions in and out again; give the rows of each format as `datasets` loads them."""
    load_tables()
    database = open_database(f"sqlite:///{folder / 'workings.db'}")
    Base.metadata.create_all(database.engine)
    settings = Settings(data_dir=folder / "data")
    with database.change() as session:
        a_project(session, SLUG, a_user(session, "Mona"))
    records = folder / "records.jsonl"
    lines = (canonical_json(record_of(solution, n)) + "\n" for n, solution in enumerate(solutions, start=1))
    records.write_text("".join(lines), encoding="utf-8", newline="\n")
    restored = restore_native(database, records, project=SLUG, email=None)
    assert restored.faults == [], restored.faults[:3]
    snapshot = _freeze(database, settings)
    rows = {}
    for name in CHECKS:
        out = folder / name
        options = {"render": "full"} | ({"after_error": "stop"} if name in STOPPED else {})
        export_to_folder(database, settings, snapshot=snapshot, format_name=name, out=out, email=None, options=options)
        rows[name] = list(datasets.load_dataset(str(out), cache_dir=str(folder / "cache"), split="train"))
    database.engine.dispose()
    return rows


def _freeze(database: Database, settings: Settings) -> str:
    with database.change() as session:
        project = session.scalars(select(Project)).one()
        actor = actor_of_user(session, project.created_by)
        assert actor is not None
        wanted = DatasetIn.model_validate({"name": "All", "rule": {"states": ["approved", "rejected"]}})
        dataset = create_dataset(session, project, wanted, actor=actor, now=clock.now())
        snapshot = str(freeze(session, dataset, note="", actor=actor, now=clock.now()).id)
    Worker(database, settings).run_all()
    return snapshot


@dataclass(frozen=True)
class Read:
    """What a row says of a problem."""

    problem: str
    steps: tuple[str, ...]
    labels: tuple[bool, ...]
    """of the steps that have one"""

    @property
    def first_error(self) -> int | None:
        """The first wrong step, counted from 0."""
        return self.labels.index(False) if False in self.labels else None


def _prm800k(row: Json) -> Read:
    entries = [step["completions"][0] for step in row["label"]["steps"]]
    ended = row["label"]["finish_reason"]
    assert ended == ("found_error" if entries[-1]["rating"] == -1 else "solution"), ended
    texts = tuple(entry["text"].partition("\n\n# Answer\n\n")[0] for entry in entries)
    return Read(row["question"]["problem"], texts, tuple(entry["rating"] == 1 for entry in entries))


def _stepwise(row: Json) -> Read:
    return Read(row["prompt"], tuple(row["completions"]), tuple(row["labels"]))


def _processbench(row: Json) -> Read:
    label = row["label"]
    labels = [True] * len(row["steps"]) if label == -1 else [True] * label + [False]
    return Read(row["problem"], tuple(row["steps"]), tuple(labels))


CHECKS: dict[str, Callable[[Json], Read]] = {
    "prm800k": _prm800k,
    "trl_stepwise": _stepwise,
    "processbench": _processbench,
}


def differences(solutions: Sequence[Solution], rows: dict[str, list[Json]]) -> dict[str, dict[str, int]]:
    """Count for each format the rows, and the solutions whose texts, labels or first wrong step are not the file's."""
    found = {}
    for name, read in CHECKS.items():
        by_problem = {one.problem: one for one in map(read, rows[name])}
        pairs = [(solution, by_problem.get(solution.problem)) for solution in solutions]
        found[name] = {
            "rows": len(rows[name]),
            "missing": sum(row is None for _, row in pairs) + len(solutions) - len({one.problem for one in solutions}),
            "texts": sum(row is not None and row.steps != solution.steps[: len(row.steps)] for solution, row in pairs),
            "labels": sum(row is not None and list(row.labels) != solution.labels for solution, row in pairs),
            "first errors": sum(row is not None and row.first_error != solution.first_error for solution, row in pairs),
        }
    return found


def main() -> None:
    """Read the files that are named, and print what differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step_labels")
    parser.add_argument("--mr-gsm8k", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--bigbench", type=Path, nargs="*", default=[], metavar="FILE")
    asked = parser.parse_args()
    files = [(path, read_mr_gsm8k(path)) for path in asked.mr_gsm8k]
    files += [(path, read_bigbench(path)) for path in asked.bigbench]
    print("| file | format | solutions | rows | missing | other texts | other labels | other first error |")
    print("|---|---|---|---|---|---|---|---|")
    for path, solutions in files:
        with tempfile.TemporaryDirectory() as folder:
            rows = exported(solutions, Path(folder))
        for name, counts in differences(solutions, rows).items():
            print(f"| {path.stem} | {name} | {len(solutions)} | {' | '.join(map(str, counts.values()))} |")


if __name__ == "__main__":
    main()
