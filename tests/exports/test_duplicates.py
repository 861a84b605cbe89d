"""Near-duplicates at export: all of them, or the best of each cluster, and every item is accounted for."""

import pytest

from app.core.ids import new_id
from app.datasets.queries.records import Item
from app.datasets.states import Split
from app.exports.formats.base import NEAR_DUPLICATE, Duplicates
from app.exports.formats.registry import FORMATS
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task, some_content

ONE = "Reduce modulo three: the square of a number is nought or one, so the sum of two squares is never three."
OTHER = "Draw the height on the hypotenuse. Both small triangles are similar to the whole, by their angles."


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    """Freeze two answers to one task that are alike, one like them to another task, and one that is not."""
    twice = a_task(session, sums, submissions_needed=2)
    tasks: list[Task] = [twice, twice, a_task(session, sums), a_task(session, sums)]
    for task, author, say in zip(tasks, (ed, eve, ed, ed), (ONE, ONE, ONE, OTHER), strict=True):
        content = some_content(steps=[{"id": "s1", "type": "work", "body": say}])
        work = a_submission(session, author=author, task=task, state=S.APPROVED, content=content)
        a_review(session, work, reviewer=rae, labels={"s1": "good"})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.mark.parametrize(
    ("chosen", "rows", "excluded"),
    [({}, 4, {}), ({"duplicates": "keep"}, 4, {}), ({"duplicates": "representatives"}, 2, {NEAR_DUPLICATE: 2})],
)
def test_all_are_written_or_the_best_of_each_cluster(
    database, app_settings, snapshot, tmp_path, chosen, rows, excluded
):
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out", **chosen)

    assert len(rows_of(files["sft/train.jsonl"])) == rows
    assert excluded_of(files) == excluded


def test_what_is_kept_as_it_was_frozen_keeps_everybody(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "native", tmp_path / "out", duplicates="representatives")

    assert (len(rows_of(files["native/train.jsonl"])), excluded_of(files)) == (4, {})


@pytest.mark.parametrize("name", sorted(name for name, one in FORMATS.items() if "duplicates" not in one.ignores))
def test_every_training_format_leaves_out_who_does_not_represent_a_cluster(name):
    chosen = FORMATS[name]
    item = Item(1, new_id(), new_id(), Split.TRAIN, None, b"{}", is_representative=False)
    options = chosen.options_model(duplicates=Duplicates.REPRESENTATIVES)

    made = chosen.make([item, item], options, is_proving=True)

    assert (made.lines, made.left_out) == ([], {0: NEAR_DUPLICATE, 1: NEAR_DUPLICATE})
