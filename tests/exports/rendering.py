"""Exports as files in a folder, and approved work to make them from."""

import csv
import io
import json

import jsonschema_rs
import pyarrow as pa
from pyarrow import parquet

from app.exports.service import export_to_folder
from app.submissions.schemas import Program
from app.submissions.states import SubmissionState as S
from app.tasks.states import Activity
from app.text.fingerprints import content_hash
from tests.factories.judged import a_review
from tests.factories.machine import a_verifier_run
from tests.factories.work import a_submission, a_task, some_content

PAPERS = ("DATASHEET.md", "LICENSE", "README.md", "croissant.json", "prov.jsonld", "provenance.json", "schema.json")
"""What goes with every export."""


def rendered(database, settings, snapshot, name, folder, **options):
    """Export into a folder; return path → bytes."""
    export_to_folder(
        database, settings, snapshot=str(snapshot.id), format_name=name, out=folder, email=None, options=options
    )
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    schema = jsonschema_rs.Draft202012Validator(json.loads(files["schema.json"]))
    for path, data in files.items():
        for row in read_rows(path, data):
            assert not [fault.message for fault in schema.iter_errors(row)], (path, row)
    return files


def read_rows(path, data):
    """Read the rows of a file as JSON, whatever it is; none of a paper."""
    if path.endswith((".jsonl", ".jsonl.zst")):
        return rows_of(pa.input_stream(io.BytesIO(data), "zstd").read() if path.endswith(".zst") else data)
    if path.endswith(".parquet"):
        return parquet.read_table(io.BytesIO(data)).to_pylist()
    if path.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return []


def rows_of(data):
    """Read JSON lines."""
    return [json.loads(line) for line in data.decode().split("\n") if line]


def excluded_of(files):
    """Read what was left out and why."""
    return json.loads(files["manifest.json"])["items_excluded"]


def an_answered_task(session, project, author, reviewer, spec, *, finding="pass", **facts):
    """Store a task with its specification and an approved answer that a machine has looked at."""
    task = a_task(session, project, answer_spec=spec, **facts)
    return an_approval(session, task, author, reviewer, finding=finding)


def an_approval(session, task, author, reviewer, *, finding="pass", content=None):
    """Store an approved piece of work on a task, with what a machine says of it."""
    work = a_submission(session, author=author, task=task, state=S.APPROVED, content=content)
    a_review(session, work, reviewer=reviewer, labels={})
    if finding:
        a_verifier_run(session, work, finding, spec_sha256=content_hash(task.answer_spec))
    return work


def a_solved_program(
    session, project, author, reviewer, spec, source, /, *, finding="pass", language="python", **facts
):
    """Store a program task and an approved program that a machine has seen pass its tests."""
    spec = {"kind": "program", **spec}
    task = a_task(session, project, activity=Activity.PROGRAM, answer_spec=spec, **facts)
    content = some_content(program=Program(language=language, source=source), answer={"text": ""})
    return an_approval(session, task, author, reviewer, finding=finding, content=content)
