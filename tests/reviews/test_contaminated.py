"""Reference texts that work under review is like: told to its reviewer among the checks, and never to its author."""

from app.decontamination.states import Consequence, Likeness, Part
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.contamination import a_finding, a_reference_set
from tests.factories.reviewing import opened
from tests.factories.work import a_submission, a_task, revision_of


def found_work(session, sums, ed, mona, ada):
    """Store handed-in work with a finding on each text: work, statement, hidden solution."""
    task = a_task(session, sums)
    work = a_submission(session, author=ed, task=task, state=S.SUBMITTED)
    reference = a_reference_set(session, ada, name="Secret test")
    waived = {"waived_by": mona.id, "waived_at": NOW, "waiver_reason": "A definition."}
    of_work = {"piece_id": revision_of(session, work).id, "version": 0, "submission_id": work.id}
    review = {"likeness": Likeness.MIDDLE, "consequence": Consequence.REVIEW, "coverage": 31}
    a_finding(session, task, reference, part=Part.SOLUTION, matched="words of the work", **of_work, **review)
    a_finding(session, task, reference, matched="words of the statement", **waived)
    a_finding(session, task, reference, part=Part.REFERENCE, matched="words of the hidden solution")
    return work


def test_the_reviewer_is_told_of_work_and_statement_but_not_of_the_hidden_solution(
    client, session, sums, ed, rae, mona, ada
):
    review_id = opened(session, rae, found_work(session, sums, ed, mona, ada)).id
    session.commit()

    state = client.as_(rae).get(f"/api/v1/reviews/{review_id}").json()
    page = client.get(f"/reviews/{review_id}").text

    told = [(one["sentence"], one["coverage"], one["is_blocked"], one["is_waived"]) for one in state["contaminated"]]
    assert told == [
        ("The task is a text of Secret test", 100, True, True),
        ("The work has ten words in a row of Secret test", 31, False, False),
    ]
    words = ("words of the work", "words of the statement", "words of the hidden solution")
    assert [said in page for said in words] == [True, True, False]


def test_no_answer_to_the_author_holds_anything_of_it(client, session, sums, ed, rae, mona, ada):
    work = found_work(session, sums, ed, mona, ada)
    opened(session, rae, work)
    work_id, task_id = work.id, work.task_id
    session.commit()
    client.as_(ed)

    for address in (f"/work/{work_id}", f"/work/{work_id}/history", f"/tasks/{task_id}", f"/api/v1/tasks/{task_id}"):
        answer = client.get(address).text
        assert [said in answer for said in ("Secret test", "words of the", "contaminat")] == [False, False, False]
