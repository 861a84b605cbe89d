"""What went out comes back as it was, whatever people write: every naughty string, in every form that comes back."""

import json

import pytest

from app.exports.service import restore_native
from app.reviews.states import Verdict
from app.submissions.states import SubmissionState as S
from tests.exports.conftest import a_place
from tests.exports.natives import native_of
from tests.exports.rendering import rendered
from tests.factories.judged import a_review, a_snapshot, an_issue
from tests.factories.work import STEPS, a_submission, a_task, some_content
from tests.text.reference_data import naughty_strings

STRINGS = naughty_strings()
AT_ONCE = 40
"""Strings in the steps of one piece of work."""


@pytest.fixture
def frozen(session, database, app_settings, sums, mona, ed, rae):
    """Freeze every string as a step, an answer, a statement, a reason, a note and a comment."""
    for n, start in enumerate(range(0, len(STRINGS), AT_ONCE)):
        strings = STRINGS[start : start + AT_ONCE]
        steps = [{**STEPS[0], "id": f"s{at}", "refs": [], "body": text} for at, text in enumerate(strings)]
        written = next(filter(str.strip, strings))
        answer = {"text": written, "assumptions": strings[:20]}
        facts = {"statement": written, "reference": strings[-1], "assumptions": list(strings), "title": f"Strings {n}"}
        task = a_task(session, sums, **facts)
        content = some_content(steps=steps, answer=answer, note_to_reviewer=strings[0])
        work = a_submission(session, author=ed, task=task, state=S.APPROVED, content=content)
        review = a_review(session, work, reviewer=rae, labels={}, verdict=Verdict.APPROVE, reason="".join(strings))
        for text in strings:
            an_issue(session, review, step_id="s0", words=text)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.mark.parametrize("name", ["native", "native_parquet", "csv_data"])
def test_all_strings_come_back(database, elsewhere, app_settings, frozen, tmp_path, name):
    native = rendered(database, app_settings, frozen, "native", tmp_path / "native")["native/train.jsonl"]
    rendered(database, app_settings, frozen, name, tmp_path / name)
    a_place(elsewhere, "sums")

    restored = restore_native(elsewhere, tmp_path / name, project="sums", email=None)

    records = [json.loads(line) for line in native.decode().split("\n")[:-1]]
    assert restored.faults == []
    assert sorted(step["body"] for record in records for step in record["content"]["steps"]) == sorted(STRINGS)
    assert native_of(elsewhere, app_settings, "sums", tmp_path / "again") == native


def test_the_choice_that_lies_here_has_teeth():
    texts = "".join(STRINGS)

    assert len(STRINGS) > AT_ONCE
    assert "" in STRINGS
    assert [sign for sign in '\x01\x1b\x85\u2028\u2029\ufeff\ufffe\u202b"\\\U0002070e' if sign not in texts] == []
