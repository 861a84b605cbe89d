"""The promises of work and judgment, each as a function over what a world shows now and what it showed before."""

import hashlib
import json
from collections import Counter
from typing import Any

from sqlalchemy import Row

from app.assignments.states import MAX_LIVE_LEASES
from app.assignments.states import MOVES as LEASE_MOVES
from app.submissions.states import EFFECTIVE
from app.submissions.states import MOVES as WORK_MOVES
from app.tasks.states import MOVES as TASK_MOVES
from tests.properties.picture import Picture, Rows, grouped
from tests.properties.world import World

LIVE = {"active", "submitted"}
APPROVALS = {"approve", "approve_with_edits"}


def overlap_is_never_exceeded(_world: World, now: Picture, _before: Picture) -> None:
    """Active leases and effective submissions together are at most what the task needs."""
    active = Counter(lease.task_id for lease in now.leases if lease.state == "active")
    effective = Counter(work.task_id for work in now.works if work.state in EFFECTIVE)
    for task in now.tasks:
        assert active[task.id] + effective[task.id] <= task.submissions_needed
    assert Counter(task_id for task_id in (place.task_id for place in now.places)) == {
        task.id: task.submissions_needed for task in now.tasks
    }


def every_place_says_who_fills_it(_world: World, now: Picture, _before: Picture) -> None:
    """A taken place has one live lease, a done one an approved submission; a free one of an open task has neither."""
    open_tasks = {task.id for task in now.tasks if task.state == "open"}
    leases = grouped(now.leases, lambda lease: lease.slot_id)
    approved = Counter(work.slot_id for work in now.works if work.state == "approved")
    for place in now.places:
        live = [lease for lease in leases.get(place.id, []) if lease.state in LIVE]
        assert len(live) == (1 if place.state == "taken" else 0)
        assert approved[place.id] == (1 if place.state == "done" else 0)
        assert place.state in {"taken", "done", "free" if place.task_id in open_tasks else "shut"}


def nobody_gets_what_they_wrote_had_or_judged(_world: World, now: Picture, before: Picture) -> None:
    """One lease per person and task, three at once, none on one's own task or on one whose solution one has judged."""
    wrote = {(task.id, task.author_id) for task in now.tasks}
    tasks = {work.id: work.task_id for work in now.works}
    judged = {(tasks[review.submission_id], review.reviewer_id) for review in now.reviews}
    held = [(lease.task_id, lease.user_id) for lease in now.leases]
    assert len(set(held)) == len(held)
    assert set(held) & (wrote | judged) == set()
    active = Counter(lease.user_id for lease in now.leases if lease.state == "active")
    assert max(active.values(), default=0) <= MAX_LIVE_LEASES
    fencing = {lease.id: lease.fencing for lease in before.leases}
    was = {lease.id: lease.state for lease in before.leases}
    for lease in now.leases:
        taken_up = lease.state == "active" and was.get(lease.id) not in {None, "active"}
        assert lease.fencing == fencing.get(lease.id, 1) + (1 if taken_up else 0)


def no_acknowledged_text_is_lost(world: World, now: Picture, _before: Picture) -> None:
    """Every save is found under its number, every refused text beside the head; the hash of each is right."""
    saves = {(save.submission_id, save.n): save for save in now.saves}
    copies = {(copy.submission_id, copy.sha256) for copy in now.copies}
    for text in world.acknowledged.texts:
        if text.n is None:
            assert (text.submission_id, text.sha256) in copies
        else:
            assert saves[text.submission_id, text.n].sha256 == text.sha256
    for row in [*now.saves, *now.copies, *now.revisions]:
        assert hashlib.sha256(row.content.encode()).hexdigest() == row.sha256
    for work in now.works:
        assert [save.n for save in now.saves if save.submission_id == work.id] == [*range(1, work.draft_n + 1)]
        assert work.draft_n == 0 or saves[work.id, work.draft_n].sha256 == work.draft_sha256


def what_was_handed_in_never_changes(world: World, now: Picture, before: Picture) -> None:
    """Revisions are 1, 2, 3 … and stay as they are; only a reviewer's edits go, when their decision is taken back."""
    revisions = {row.id: row for row in now.revisions}
    written = {review.edited_content for review in now.reviews}
    for old in before.revisions:
        if old.id in revisions:
            assert _fixed(revisions[old.id]) == _fixed(old)
        else:
            assert old.edited_by is not None
            assert _steps(old.content) in {_steps(text) for text in written if text}
    numbers = grouped(now.revisions, lambda row: row.submission_id)
    for work in now.works:
        assert sorted(row.n for row in numbers.get(work.id, [])) == [*range(1, work.revision_n + 1)]
    stored = {(row.submission_id, row.n): row for row in now.revisions}
    for submission_id, n, sha256 in world.acknowledged.receipts:
        assert stored[submission_id, n].sha256 == sha256


def _fixed(revision: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in revision._mapping.items() if name not in {"edits_state", "contest_reason"}}


def _steps(content: str) -> str:
    document = json.loads(content)
    return json.dumps([document["steps"], document["answer"]], sort_keys=True)


def nobody_judges_their_own(_world: World, now: Picture, _before: Picture) -> None:
    """Neither one's work, nor a task one wrote or worked on, nor one's own edits; two levels are two people."""
    works = {work.id: work for work in now.works}
    tied = {(lease.task_id, lease.user_id) for lease in now.leases}
    tied |= {(task.id, task.author_id) for task in now.tasks}
    edited = {(row.id, row.edited_by) for row in now.revisions}
    for review in now.reviews:
        work = works[review.submission_id]
        assert review.reviewer_id != work.author_id
        assert (work.task_id, review.reviewer_id) not in tied
        assert (review.revision_id, review.reviewer_id) not in edited
    decided = [review for review in now.reviews if review.state == "decided"]
    judges = Counter((review.revision_id, review.reviewer_id) for review in decided)
    assert max(judges.values(), default=0) <= 1


def one_decision_counts(_world: World, now: Picture, _before: Picture) -> None:
    """Where work stands is what its decisions amount to: counted anew from the stored reviews."""
    decided = [review for review in now.reviews if review.state == "decided"]
    rounds = Counter((review.revision_id, review.level, review.round) for review in decided)
    assert max(rounds.values(), default=0) <= 1
    reviews = grouped(sorted(decided, key=lambda review: review.decided_at), lambda review: review.submission_id)
    edits = {row.submission_id: row for row in now.revisions if row.edited_by is not None}
    for work in now.works:
        mine = reviews.get(work.id, [])
        assert work.times_returned == sum(1 for review in mine if review.verdict == "return")
        last = mine[-1] if mine else None
        if work.state == "returned":
            assert last is not None
            assert last.verdict == "return"
        if work.state == "approved":
            _is_approved(work, mine)
        if work.state == "rejected":
            refused = [one for one in mine if one.verdict == "reject" and one.revision_n == work.revision_n]
            assert len({one.reviewer_id for one in refused}) >= 2
        if work.state == "escalated" and last is not None and last.verdict in APPROVALS:
            assert edits[work.id].edits_state == "contested"


def _is_approved(work: Row[Any], reviews: Rows) -> None:
    last = reviews[-1]
    assert last.verdict in APPROVALS
    assert last.revision_n == work.revision_n - (1 if last.verdict == "approve_with_edits" else 0)
    assert last.level == work.review_level


def what_was_judged_never_changes(_world: World, now: Picture, before: Picture) -> None:
    """A decided or overtaken review stays with its labels; undone is all that can become of it. No word is lost."""
    reviews = {review.id: review for review in now.reviews}
    labels, before_labels = (grouped(picture.labels, lambda row: row.review_id) for picture in (now, before))
    for old in before.reviews:
        new = reviews[old.id]
        if old.state == "open":
            continue
        assert new.state in ({"decided", "undone"} if old.state == "decided" else {old.state})
        assert {**new._mapping, "state": None} == {**old._mapping, "state": None}
        assert labels.get(old.id) == before_labels.get(old.id)
    assert {comment.id for comment in before.comments} <= {comment.id for comment in now.comments}


def states_move_only_by_legal_moves(_world: World, now: Picture, before: Picture) -> None:
    """Every move that the audit log tells is one of the life of that thing; so is what was seen to change."""
    legal = {"submission": WORK_MOVES, "assignment": LEASE_MOVES, "task": TASK_MOVES}
    known = {event.id for event in before.events}
    new = [event for event in now.events if event.id not in known]
    for event in new:
        if event.object_kind in legal and event.from_state not in {None, event.to_state}:
            moves: Any = legal[event.object_kind]
            assert event.to_state in moves[event.from_state]
    if "review.undo" not in {event.verb for event in new}:
        _moved_legally(before.works, now.works, WORK_MOVES, new)
        _moved_legally(before.leases, now.leases, LEASE_MOVES, new)
    _moved_legally(before.tasks, now.tasks, TASK_MOVES, new)


def _moved_legally(before: Rows, now: Rows, moves: Any, events: list[Row[Any]]) -> None:
    old = {row.id: row.state for row in before}
    for row in now:
        seen = old.get(row.id, row.state)
        if seen != row.state and len(events) == 1:
            assert row.state in moves[seen]


def every_change_has_its_event(_world: World, now: Picture, _before: Picture) -> None:
    """As many events of a kind as there are rows that such a change leaves."""
    verbs = Counter(event.verb for event in now.events)
    states = Counter(review.state for review in now.reviews)
    assert verbs["assignment.claim"] == len(now.leases)
    assert verbs["review.decide"] == states["decided"] + states["undone"]
    assert verbs["review.undo"] == states["undone"]
    assert verbs["review.overtaken"] == states["overtaken"]
    assert verbs["submission.submit"] == sum(1 for row in now.revisions if row.edited_by is None)
    assert verbs["snapshot.freeze"] == len(now.snapshots)
    assert verbs["export.ask"] == len(now.exports)


PROMISES = [
    overlap_is_never_exceeded,
    every_place_says_who_fills_it,
    nobody_gets_what_they_wrote_had_or_judged,
    no_acknowledged_text_is_lost,
    what_was_handed_in_never_changes,
    nobody_judges_their_own,
    one_decision_counts,
    what_was_judged_never_changes,
    states_move_only_by_legal_moves,
    every_change_has_its_event,
]
