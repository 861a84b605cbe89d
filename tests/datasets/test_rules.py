"""Rules: what each part lets through, and what is left out all the same, counted to the last piece."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.core import clock
from app.core.errors import Invalid
from app.datasets.models import SnapshotItem, SnapshotLeftOut
from app.datasets.queries import counting
from app.datasets.queries.counting import count_selected
from app.datasets.schemas import Rule
from app.datasets.states import LeftOut
from app.reviews.states import Verdict
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.judged import a_review, a_snapshot
from tests.factories.machine import a_verifier_run
from tests.factories.work import a_submission, a_task, revision_of


def approved(session, author, reviewer, project, *, method="re_derived", tokens=40, **facts):
    work = a_submission(session, author=author, task=a_task(session, project, **facts), state=S.APPROVED)
    a_review(session, work, reviewer=reviewer, labels={}, verification_method=method)
    revision = revision_of(session, work)
    revision.tokens, revision.active_seconds = tokens, 10 * tokens
    session.flush()
    return work


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ({}, {"first", "second"}),
        ({"methods": ["executed"]}, {"second"}),
        ({"methods": ["executed", "re_derived"]}, {"first", "second"}),
        ({"tokens_min": 100}, {"second"}),
        ({"tokens_max": 99}, {"first"}),
        ({"tokens_min": 40, "tokens_max": 100}, {"first", "second"}),
        ({"seconds_min": 401}, {"second"}),
        ({"seconds_max": 400}, {"first"}),
        ({"submitted_from": "2026-11-24"}, {"first", "second"}),
        ({"submitted_from": "2026-11-25"}, set()),
        ({"submitted_until": "2026-11-24"}, {"first", "second"}),
        ({"submitted_until": "2026-11-23"}, set()),
        ({"origins": ["model"]}, {"second"}),
        ({"languages": ["de"]}, {"second"}),
        ({"is_unedited": True}, {"first"}),
        ({"agreement": "all_approve"}, {"first"}),
        ({"agreement": "two_approve"}, {"second"}),
        ({"agreement": "second_level"}, {"second"}),
    ],
)
def test_each_part_of_a_rule_lets_through_what_it_names(session, sums, ed, eve, rae, ron, rule, chosen):
    first = approved(session, ed, rae, sums)
    second = approved(
        session, eve, rae, sums, method="executed", tokens=100, origin="model", origin_model="m", language="de"
    )
    revision_of(session, second).edited_by = rae.id
    a_review(session, second, reviewer=ron, labels={}, level=2, verification_method="read_only")
    a_review(session, second, reviewer=ed, labels={}, round=2, verdict=Verdict.REJECT, verification_method=None)

    counted = count_selected(session, sums.id, Rule.model_validate(rule), now=NOW)

    names = {first.id: "first", second.id: "second"}
    assert counted.items == len(chosen)
    assert counted.selected + sum(counted.not_selected.values()) == len(names)


@pytest.mark.parametrize(
    "rule",
    [
        {"states": ["submitted"]},
        {"states": []},
        {"tokens_min": 2, "tokens_max": 1},
        {"submitted_from": "2026-02-01", "submitted_until": "2026-01-31"},
        {"author_percent": 0},
        {"anything": 1},
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(rule):
    with pytest.raises(ValidationError):
        Rule.model_validate(rule)


def test_counts_say_tokens_by_tier_and_where_the_rest_fails(session, sums, ed, eve, rae):
    a_verifier_run(session, approved(session, ed, rae, sums, tokens=70, domain="Algebra"), "pass")
    approved(session, eve, rae, sums, tokens=30, domain="Algebra")
    approved(session, eve, rae, sums, domain="Geometry")
    approved(session, eve, rae, sums)
    a_submission(session, author=ed, task=a_task(session, sums), state=S.IN_REVIEW)
    a_submission(session, author=ed, task=a_task(session, sums), state=S.DRAFT)

    counted = count_selected(session, sums.id, Rule(domains=["Algebra"]), now=NOW)

    assert counted.by_tier == {"A": 1, "B": 1}
    assert counted.tokens_by_tier == {"A": 70, "B": 30}
    assert (counted.items, counted.tokens, counted.left_out) == (2, 100, {})
    assert counted.not_selected == {"domain": 2, "state": 1}


def shares(session, snapshot):
    work = {row.submission_id for row in session.scalars(select(SnapshotItem))}
    cut = {row.submission_id: row.reason for row in session.scalars(select(SnapshotLeftOut))}
    assert (len(work), snapshot.left_out) == (snapshot.items, {LeftOut.SHARE: len(cut)} if cut else {})
    return work, cut


def test_nobody_has_more_than_their_share_and_the_cut_is_the_same_each_time(
    session, database, app_settings, sums, mona, ed, eve, rae, ron
):
    works = [approved(session, ed, rae, sums, tokens=10) for _ in range(12)]
    for number, work in enumerate(works):
        revision_of(session, work).sha256 = f"{number:064d}"
    kept_first = {work.id for work in works[:4]}
    others = {approved(session, person, rae, sums, tokens=10).id for person in (eve, eve, ron, ron, ron, ron)}
    session.flush()
    counted = count_selected(session, sums.id, Rule(author_percent=40), now=NOW)

    first = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id, author_percent=40)
    work, cut = shares(session, first)

    assert work == kept_first | others
    assert set(cut.values()) == {LeftOut.SHARE}
    assert (counted.items, counted.left_out, counted.tokens) == (first.items, first.left_out, first.tokens)
    assert (counted.selected, first.manifest["selected"]) == (18, 18)
    second = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id, author_percent=40)
    assert second.manifest_sha256 == first.manifest_sha256


def test_a_share_that_nobody_is_over_cuts_nothing(session, sums, ed, eve, rae):
    for person in (ed, eve):
        approved(session, person, rae, sums)

    assert count_selected(session, sums.id, Rule(author_percent=50), now=NOW).left_out == {}


@pytest.mark.parametrize("people", [1, 2])
def test_a_share_that_so_few_people_cannot_keep_is_refused(session, sums, ed, eve, rae, people):
    for person in (ed, eve)[:people]:
        approved(session, person, rae, sums)

    with pytest.raises(Invalid) as refused:
        count_selected(session, sums.id, Rule(author_percent=49), now=NOW)
    assert "cannot be cut so that nobody has more than 49 % of it" in refused.value.sentence


def test_what_may_still_be_undone_is_selected_and_left_out(session, database, app_settings, sums, mona, ed, eve, rae):
    approved(session, ed, rae, sums).decided_at = clock.now() - timedelta(minutes=1)
    fresh = approved(session, eve, rae, sums)
    fresh.decided_at, fresh_id = clock.now(), fresh.id
    session.flush()

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    rows = session.execute(select(SnapshotLeftOut.submission_id, SnapshotLeftOut.reason)).all()
    assert [tuple(row) for row in rows] == [(fresh_id, LeftOut.UNDO)]
    assert (snapshot.items, snapshot.left_out) == (1, {"may still be undone": 1})
    assert (snapshot.manifest["selected"], snapshot.manifest["left_out"]) == (2, {"may still be undone": 1})


def test_of_very_many_pieces_a_sample_is_counted_and_said_to_be_one(
    client, session, sums, mona, ed, eve, rae, monkeypatch
):
    works = [approved(session, person, rae, sums) for person in (ed, eve)]
    end = str(works[0].id)[-2:]
    expected = 256 * sum(str(work.id).endswith(end) for work in works)
    session.commit()
    counted = count_selected(session, sums.id, Rule(), now=clock.now())
    assert (counted.items, counted.one_in) == (2, 1)

    monkeypatch.setattr(counting, "SAMPLED_FROM", ((2, end, 256),))

    found = count_selected(session, sums.id, Rule(), now=clock.now())
    assert (found.items, found.tokens, found.by_tier, found.one_in) == (expected, 40 * expected, {"B": expected}, 256)
    page = client.as_(mona).post(f"/projects/{sums.slug}/datasets/count", data={"name": "All", "states": "approved"})
    assert "about <b>" in page.text
    assert "Estimated from one piece in 256" in page.text
