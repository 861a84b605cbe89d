"""The life of a project."""

from enum import StrEnum

from app.core.errors import IllegalMove


class ProjectState(StrEnum):
    """Whether work is handed out."""

    DRAFT = "draft"
    """Being set up; only its managers see it."""
    LIVE = "live"
    """Tasks are handed out and reviewed."""
    PAUSED = "paused"
    """Nothing new is handed out; drafts can be finished, reviews go on."""
    CLOSED = "closed"
    """Nothing is written any more; datasets can still be exported."""


S = ProjectState
MOVES: dict[ProjectState, frozenset[ProjectState]] = {
    S.DRAFT: frozenset({S.LIVE, S.CLOSED}),
    S.LIVE: frozenset({S.PAUSED, S.CLOSED}),
    S.PAUSED: frozenset({S.LIVE, S.CLOSED}),
    S.CLOSED: frozenset({S.LIVE}),
}


def require_move(old: ProjectState, new: ProjectState) -> None:
    """Raise IllegalMove unless a project may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise IllegalMove(f"A project that is {old} cannot become {new}.")


class Template(StrEnum):
    """What a new project starts from."""

    MATHEMATICS = "mathematics"
    PROGRAMMING = "programming"
    PHYSICS = "physics"
    OPEN = "open"


class RecipientClass(StrEnum):
    """To whom work may be handed, as people agree to it; recipients are of these classes."""

    INTERNAL = "internal"
    """the organisation that runs this installation"""
    RESEARCH = "research"
    """a university, an institute, a non-profit laboratory"""
    COMPANY = "company"
    """anybody who trains for profit"""
    PUBLIC = "public"
    """published: whoever wants it"""


class Publication(StrEnum):
    """How far work may be published; each step takes in the one before."""

    NONE = "none"
    """Handed only to recipients of the classes that are named."""
    GATED = "gated"
    """To everybody who accepts conditions first."""
    PUBLIC = "public"
    """To everybody."""


class Attribution(StrEnum):
    """How contributors are named in what is handed on."""

    NAME = "name"
    PSEUDONYM = "pseudonym"
    NONE = "none"
