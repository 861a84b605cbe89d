"""Work that is like the one under review, as far as the reviewer may know of it."""

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.reviews.access import Desk
from app.reviews.schemas.similar import Place, SimilarView
from app.similarity.queries import Like, likes_of
from app.submissions.models import Submission
from app.submissions.policy import can_view_submission
from app.text.minhash import Likeness

SHOWN = 10
CODE_CHARS = 12
_SENTENCES = {
    (Place.TASK, Likeness.DUPLICATE): "Two people, same words",
    (Place.TASK, Likeness.NEW_NUMBERS): "Two people, same words but for numbers",
    (Place.TASK, Likeness.SIMILAR): "Two people, similar words",
    (Place.PROJECT, Likeness.DUPLICATE): "Same words on another task",
    (Place.PROJECT, Likeness.NEW_NUMBERS): "Same words, new numbers on another task",
    (Place.PROJECT, Likeness.SIMILAR): "Similar words on another task",
    (Place.ELSEWHERE, Likeness.DUPLICATE): "Same words in another project",
    (Place.ELSEWHERE, Likeness.NEW_NUMBERS): "Same words, new numbers in another project",
    (Place.ELSEWHERE, Likeness.SIMILAR): "Similar words in another project",
}


def view_similar(session: Session, actor: Actor, desk: Desk) -> list[SimilarView]:
    """List other work that is like the revision, the most like first; of other projects a degree and a hash, no more.

    Nothing says who wrote it, and only reviewers are told: an author would learn how others solved a task.
    """
    likes = likes_of(session, desk.revision.id)[:SHOWN]
    return [_view(actor, desk.submission, like) for like in likes]


def _view(actor: Actor, judged: Submission, like: Like) -> SimilarView:
    other = like.submission
    is_near = other.project_id == judged.project_id
    near = Place.TASK if other.task_id == judged.task_id else Place.PROJECT
    place = near if is_near else Place.ELSEWHERE
    is_new_numbers = like.likeness is Likeness.NEW_NUMBERS
    return SimilarView(
        place=place,
        likeness=like.likeness,
        sentence=_SENTENCES[place, like.likeness],
        percent=like.alike_percent if is_new_numbers else max(like.exact_percent, like.alike_percent),
        task_number=like.task_number if is_near else None,
        url=f"/work/{other.id}/history" if is_near and can_view_submission(actor, other) else None,
        code=None if is_near else like.sha256[:CODE_CHARS],
    )
