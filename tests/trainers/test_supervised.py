"""TRL's SFTTrainer and PRMTrainer take a step on our exports, and on what we meant them to learn."""

import math

import pytest

from app.submissions.states import SubmissionState as S
from tests.exports.rendering import rendered
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content

BODIES = [step["body"] for step in STEPS]
LABELS = {"s1": "good", "s2": "neutral", "s3": "bad"}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    for author, labels in ((ed, LABELS), (eve, dict.fromkeys(LABELS, "good"))):
        content = some_content(answer={"text": f"n = 5, says {author.name}"})
        work = a_submission(session, author=author, task=a_task(session, sums), state=S.APPROVED, content=content)
        a_review(session, work, reviewer=rae, labels=labels)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def is_a_step(seen, rows):
    """Tell whether all rows were kept, and one step taken that moved the weights."""
    told = (seen["rows"], seen["kept"], seen["steps"])
    return told == (rows, rows, 1) and math.isfinite(seen["loss"]) and seen["weights_changed"] > 0


@pytest.mark.parametrize("reasoning", ["field", "think_tags"])
def test_sft_trains_on_the_whole_conversation(database, app_settings, snapshot, tmp_path, one_step, reasoning):
    rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out", reasoning=reasoning)

    seen = one_step("sft", tmp_path / "out", "sft")

    trace = "\n\n".join(BODIES)
    assert is_a_step(seen, rows=2)
    assert sorted(seen["learnt"]) == sorted(
        f"<|im_start|>user\n{STATEMENT}<|im_end|>\n<|im_start|>assistant\n<think>\n{trace}\n</think>\n\n"
        f"n = 5, says {name}<|im_end|>\n"
        for name in ("Ed", "Eve")
    )


@pytest.mark.parametrize(("neutral", "labels"), [("good", [1, 1, 0]), ("bad", [1, 0, 0]), ("drop", [1, 0])])
def test_prm_trains_on_a_label_for_each_step(database, app_settings, snapshot, tmp_path, one_step, neutral, labels):
    rendered(database, app_settings, snapshot, "trl_stepwise", tmp_path / "out", neutral=neutral)

    seen = one_step("prm", tmp_path / "out", "prm")

    assert is_a_step(seen, rows=2)
    assert sorted(seen["learnt"]) == [labels, [1, 1, 1]]
