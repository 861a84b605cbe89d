"""The page of near-duplicates: clusters in a list, members beside their representative; for managers alone."""

import pytest

from app.submissions.states import SubmissionState as S
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task, some_content

ONE = "Reduce modulo three: the square of a number is nought or one, so the sum of two squares is never three."
OTHER = "Draw the height on the hypotenuse. Both small triangles are similar to the whole, by their angles."


@pytest.fixture
def frozen(session, database, app_settings, sums, mona, ed, rae):
    def freeze(*texts):
        for say in texts:
            content = some_content(steps=[{"id": "s1", "type": "work", "body": say}], answer={"text": ""})
            work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=content)
            a_review(session, work, reviewer=rae, labels={})
        return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id).id

    return freeze


def test_the_clusters_are_listed_and_the_first_is_shown_with_what_differs(client, mona, frozen):
    snapshot_id = frozen(ONE, ONE + " <End>", OTHER, OTHER, "Something else.")

    page = client.as_(mona).get(f"/snapshots/{snapshot_id}/clusters")

    assert page.status_code == 200
    assert "Item 1 and 1 more" in page.text
    assert "Item 3 and 1 more" in page.text
    assert page.text.count(">representative<") == 1
    assert "<ins> &lt;End&gt;</ins>" in page.text
    assert "hypotenuse" not in page.text
    other = client.get(f"/snapshots/{snapshot_id}/clusters?cluster=3").text
    assert (other.count("hypotenuse"), "modulo" in other) == (2, False)
    assert "no such cluster" in client.get(f"/snapshots/{snapshot_id}/clusters?cluster=5").text


def test_a_snapshot_without_near_duplicates_says_so(client, mona, frozen):
    snapshot_id = frozen(ONE, OTHER)

    assert "No two items are near-duplicates." in client.as_(mona).get(f"/snapshots/{snapshot_id}/clusters").text


def test_reviewers_annotators_and_other_managers_do_not_get_it(client, mona, ed, rae, max_, frozen):
    address = f"/snapshots/{frozen(ONE, ONE)}/clusters"

    assert [client.as_(one).get(address).status_code for one in (mona, ed, rae, max_)] == [200, 404, 404, 404]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_however_many_members_there_are(client, mona, frozen, queries_made, count):
    address = f"/snapshots/{frozen(*[ONE] * (count + 1))}/clusters"
    client.as_(mona)

    with queries_made() as statements:
        assert client.get(address).status_code == 200

    assert len([one for one in statements if "snapshot_items" in one]) == 3
