"""The example of the page on large exports that runs with what tests have anyway; `make engines` runs the others."""

import os
import re
import subprocess
import sys
from pathlib import Path

from app.submissions.states import SubmissionState as S
from tests.exports.rendering import rendered
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task

PAGE = Path(__file__).parents[2] / "docs/how-to/large-exports.md"


def example(heading):
    """Read the program under a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0]


def run(python, heading, folder):
    """Run an example on a folder; return what it prints."""
    environment = {**os.environ, "FOLDER": str(folder)}
    command = [str(python), "-W", "error", "-c", example(heading)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def shards_of_five(session, database, settings, manager, author, reviewer, project, folder):
    """Write five works as native Parquet in shards of two; return the snapshot and its tokens."""
    for domain in ("Sums", "Sums", "Proofs", None, "Proofs"):
        work = a_submission(session, author=author, task=a_task(session, project, domain=domain), state=S.APPROVED)
        a_review(session, work, reviewer=reviewer, labels={})
    snapshot = a_snapshot(session, database, settings, manager=manager, project_id=project.id)
    files = rendered(database, settings, snapshot, "native_parquet", folder, shard_rows=2)
    assert len([path for path in files if path.endswith("-of-00003.parquet")]) == 3
    return snapshot, snapshot.tokens


def test_pandas_reads_shard_after_shard(session, database, app_settings, sums, mona, ed, rae, tmp_path):
    tokens = shards_of_five(session, database, app_settings, mona, ed, rae, sums, tmp_path / "out")[1]

    assert run(sys.executable, "pandas", tmp_path / "out") == str(tokens)
