"""Who may look after accounts and memberships."""

from uuid import UUID

from app.core.actor import Actor, Role


def can_administer(actor: Actor) -> bool:
    """Admins of the installation, in person: a token never is one."""
    return actor.is_admin and actor.scopes is None


def can_manage_members(actor: Actor, project_id: UUID) -> bool:
    """Let managers of the project and admins; nobody grants what they could not do themselves."""
    return actor.scopes is None and (actor.has(Role.MANAGER, project_id) or actor.is_admin)


def can_read_news(actor: Actor) -> bool:
    """Refuse a token that is bound to one project: news speaks of all of them."""
    return actor.token_project_id is None


def can_use_tokens(actor: Actor) -> bool:
    """Tell whether they may make tokens: a person in a browser may, a token may not make others."""
    return actor.scopes is None
