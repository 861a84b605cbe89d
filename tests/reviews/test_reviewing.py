"""Opening, resuming and saving a review; what is carried over to the next revision; how the difference is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.errors import IllegalMove, Invalid, NotAllowed, Stale
from app.reviews.access import get_review
from app.reviews.models import Review, StepLabel, Thread
from app.reviews.schemas import ReviewDraftIn, ThreadIn
from app.reviews.service.anchoring import find_quote
from app.reviews.service.carrying import moved_steps, unchanged_steps
from app.reviews.service.drafting import save_review
from app.reviews.service.opening import leave_review, open_review
from app.reviews.service.talking import open_thread
from app.reviews.service.workbench import open_workbench
from app.reviews.states import ReviewState
from app.submissions.models import Submission
from app.submissions.schemas import Content
from app.submissions.states import SubmissionState
from tests.cast import NOW
from tests.factories.reviewing import ISSUE, decided, handed_in, handed_in_again, opened
from tests.factories.work import STEPS, some_content

S = SubmissionState
ALL_GOOD = {"labels": {step["id"]: {"value": "good"} for step in STEPS}}


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


def save(session, person, review, base, **facts):
    desk = get_review(session, person.actor, review.id)
    return save_review(session, desk, ReviewDraftIn.model_validate(facts), base_n=base, now=NOW)


def labels_in(session, review):
    query = select(StepLabel).where(StepLabel.review_id == review.id).order_by(StepLabel.step_id)
    return [(one.step_id, one.value, one.carried_over) for one in session.scalars(query)]


def test_opening_marks_the_work_and_opening_again_resumes(session, rae, work):
    review, is_new = open_review(session, rae.actor, work.id, now=NOW)
    again, is_new_again = open_review(session, rae.actor, work.id, now=NOW)

    assert (work.state, is_new, is_new_again, again.id) == (S.IN_REVIEW, True, False, review.id)


def test_others_may_open_it_too(session, rae, ron, work):
    reviews = [opened(session, person, work) for person in (rae, ron)]

    assert [one.state for one in reviews] == [ReviewState.OPEN, ReviewState.OPEN]


def test_the_author_cannot_open_a_review_even_as_a_reviewer(session, sums, rae):
    work = handed_in(session, sums, rae)

    with pytest.raises(NotAllowed, match="worked on this task yourself"):
        opened(session, rae, work)


def test_a_save_counts_on_and_holds_the_whole(session, rae, work):
    review = opened(session, rae, work)
    first = save(session, rae, review, 0, **ALL_GOOD, rubric_scores={"clear": 1}, seconds=30)
    second = save(session, rae, review, 1, labels={"s2": {"value": "neutral", "note": "Hm."}}, seconds=20)

    assert (first, second, review.save_n, review.seconds, review.rubric_scores) == (1, 2, 2, 30, {})
    assert labels_in(session, review) == [("s2", "neutral", False)]


def test_a_save_based_on_an_older_number_is_refused_and_changes_nothing(session, rae, work):
    review = opened(session, rae, work)
    save(session, rae, review, 0, **ALL_GOOD)

    with pytest.raises(Stale) as refused:
        save(session, rae, review, 0, labels={})

    assert refused.value.details == {"save_n": 1}
    assert len(labels_in(session, review)) == 3


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"labels": {"s9": {"value": "good"}}}, "/labels/s9"),
        ({"rubric_scores": {"taste": 1}}, "/rubric_scores/taste"),
        ({"rubric_scores": {"clear": 4}}, "/rubric_scores/clear"),
    ],
)
def test_a_save_that_does_not_fit_the_work_is_refused(session, rae, work, facts, pointer):
    review = opened(session, rae, work)

    with pytest.raises(Invalid) as refused:
        save(session, rae, review, 0, **facts)

    assert refused.value.pointer == pointer


def test_a_decided_review_is_never_changed(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "approve", review=review)

    with pytest.raises(IllegalMove):
        save(session, rae, review, 0, **ALL_GOOD)
    with pytest.raises(IllegalMove):
        open_thread(
            session, rae.actor, get_review(session, rae.actor, review.id), ThreadIn.model_validate(ISSUE), now=NOW
        )


def test_leaving_keeps_what_was_written_for_the_next_time(session, rae, work):
    review = opened(session, rae, work)
    save(session, rae, review, 0, **ALL_GOOD, reason="A beginning")
    desk = get_review(session, rae.actor, review.id)
    open_thread(session, rae.actor, desk, ThreadIn.model_validate(ISSUE), now=NOW)
    leave_review(session, rae.actor, desk, now=NOW)
    waits = work.state

    again = opened(session, rae, work)

    assert (waits, review.state, again.reason) == (S.SUBMITTED, ReviewState.DROPPED, "A beginning")
    assert [label[1] for label in labels_in(session, again)] == ["good"] * 3
    session.expire_all()
    assert session.scalars(select(Thread.review_id)).all() == [again.id]


def test_leaving_does_not_touch_work_that_somebody_else_has_open(session, rae, ron, work):
    mine = opened(session, rae, work)
    opened(session, ron, work)
    leave_review(session, rae.actor, get_review(session, rae.actor, mine.id), now=NOW)

    assert work.state == S.IN_REVIEW


def changed(step_id, **facts):
    return [step | facts if step["id"] == step_id else step for step in STEPS]


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        (STEPS, ["s1", "s2", "s3"]),
        (changed("s3", body="Hence $n = 5$, as was to be shown."), ["s1", "s2"]),
        (changed("s2", body="$m$ is odd."), ["s1"]),
        (changed("s1", body="Let $n2^n + 9 = m^2$."), []),
        (changed("s3", refs=["s1"]), ["s1", "s2"]),
        ([*STEPS, {"id": "s4", "type": "check", "body": "$5 + 3 = 8$."}], ["s1", "s2", "s3"]),
        (STEPS[:2], ["s1", "s2"]),
    ],
)
def test_labels_are_kept_exactly_where_a_step_and_all_it_rests_on_are_unchanged(session, rae, work, steps, kept):
    decided(session, rae, work, "return", draft=ALL_GOOD)
    handed_in_again(session, work, now=NOW, content=some_content(steps=steps))

    review = opened(session, rae, work)

    assert labels_in(session, review) == [(step_id, "good", True) for step_id in kept]


def test_a_kept_label_that_is_changed_is_the_reviewers_new_one(session, rae, work):
    decided(session, rae, work, "return", draft=ALL_GOOD)
    handed_in_again(session, work, now=NOW)
    review = opened(session, rae, work)
    labels = {"s1": {"value": "good"}, "s2": {"value": "bad"}}

    save(session, rae, review, 0, labels=labels)

    assert labels_in(session, review) == [("s1", "good", True), ("s2", "bad", False)]


def test_nobody_gets_the_labels_of_another_reviewer(session, rae, ron, work):
    decided(session, rae, work, "escalate", draft=ALL_GOOD)

    assert labels_in(session, opened(session, ron, work)) == []


def test_the_workbench_shows_what_changed_since_my_review(session, rae, work):
    decided(session, rae, work, "return", draft=ALL_GOOD)
    steps = [
        STEPS[0],
        {"id": "s9", "type": "assumption", "body": "Let $n > 0$."},
        STEPS[1] | {"body": "$(m-3)(m+3) = n2^n$, so $m$ must be odd.", "refs": ["s1"]},
        STEPS[2],
    ]
    handed_in_again(session, work, now=NOW, content=some_content(steps=steps))
    review = opened(session, rae, work)

    state = open_workbench(session, rae.actor, get_review(session, rae.actor, review.id), now=NOW)

    facts = [(one.id, one.change, one.is_settled, one.rests_on_change) for one in state.steps]
    assert facts == [
        ("s1", "same", True, False),
        ("s9", "added", False, False),
        ("s2", "changed", False, False),
        ("s3", "same", False, True),
    ]
    assert [(one.kind, one.text) for one in state.steps[2].diff] == [
        ("same", "$(m-3)(m+3) = n2^n$, so $m$ "),
        ("del", "is"),
        ("add", "must be"),
        ("same", " odd."),
    ]
    assert state.revision.compared_to == 1


def test_a_step_that_is_gone_is_shown_where_it_stood(session, rae, work):
    decided(session, rae, work, "return", draft=ALL_GOOD)
    handed_in_again(session, work, now=NOW, content=some_content(steps=[STEPS[0], STEPS[2] | {"refs": []}]))
    review = opened(session, rae, work)

    state = open_workbench(session, rae.actor, get_review(session, rae.actor, review.id), now=NOW)

    assert [(one.n, one.id, one.before_n) for one in state.removed] == [(2, "s2", 2)]


def test_an_older_revision_cannot_be_judged_any_more(session, rae, ron, work):
    slow = opened(session, ron, work)
    decided(session, rae, work, "return")
    handed_in_again(session, work, now=NOW, content=some_content(answer={"text": "5"}))

    outcome = decided(session, ron, work, "approve", review=slow)

    assert (type(outcome).__name__, session.get_one(Review, slow.id).state) == ("Overtaken", ReviewState.OVERTAKEN)
    assert session.get_one(Submission, work.id).state == S.SUBMITTED


ids = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1)


@given(ids, ids)
def test_what_is_called_moved_can_be_taken_out_and_the_rest_keeps_its_order(before, after):
    old, new = [Content.model_validate({"steps": [{"id": i, "type": "work"} for i in one]}) for one in (before, after)]
    moved = moved_steps(old.steps, new.steps)

    kept = [one for one in after if one in before and one not in moved]
    assert kept == [one for one in before if one in set(kept)]
    assert moved <= set(before) & set(after)


@given(st.data())
def test_a_label_is_kept_exactly_if_every_ancestor_has_the_same_words(data):
    names = [f"s{n}" for n in range(data.draw(st.integers(1, 7)))]
    refs = {
        one: data.draw(st.lists(st.sampled_from(names[:n]), unique=True)) if n else [] for n, one in enumerate(names)
    }
    bodies = {one: data.draw(st.sampled_from(["x", "y"])) for one in names}
    later = bodies | {one: data.draw(st.sampled_from(["x", "y"])) for one in names}
    old, new = (
        Content.model_validate(
            {"steps": [{"id": one, "type": "work", "body": words[one], "refs": refs[one]} for one in names]}
        )
        for words in (bodies, later)
    )

    def same(one):
        return bodies[one] == later[one] and all(same(ref) for ref in refs[one])

    assert unchanged_steps(old, new) == {one for one in names if same(one)}


@pytest.mark.parametrize(
    ("quote", "start", "body", "found"),
    [
        ("is odd", 4, "$m$ is odd", 4),
        ("is odd", 4, "So $m$ is odd", 7),
        ("a", 9, "a b a b a", 8),
        ("is  odd", None, "m is\nodd", 2),
        ("is even", 4, "$m$ is odd", None),
        ("", None, "x", None),
    ],
)
def test_quoted_words_are_found_again(quote, start, body, found):
    assert find_quote(quote, start, body) == found


@pytest.mark.parametrize("count", [1, 3])
def test_the_workbench_costs_the_same_queries_however_much_is_written(
    client, session, sums, ed, rae, queries_made, count
):
    steps = [{"id": f"s{n}", "type": "work", "body": "Word for word."} for n in range(count)]
    work = handed_in(session, sums, ed, content=some_content(steps=steps))
    review_id = opened(session, rae, work).id
    desk = get_review(session, rae.actor, review_id)
    for n in range(count):
        issue = {"anchor": "step", "step_id": f"s{n}", "severity": "minor", "body": "Hm."}
        open_thread(session, rae.actor, desk, ThreadIn.model_validate(issue), now=NOW)
    client.as_(rae)
    client.get(f"/api/v1/reviews/{review_id}")
    with queries_made() as statements:
        answer = client.get(f"/api/v1/reviews/{review_id}")

    assert len(answer.json()["threads"]) == count
    assert len(statements) == 17
