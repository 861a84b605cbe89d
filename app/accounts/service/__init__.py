"""Everything that changes accounts: one verb, one whole change."""

from app.accounts.service.links import (
    accept_invitation,
    ask_for_reset,
    invite,
    join_by_invitation,
    open_link,
    reset_link,
    reset_password,
    revoke_link,
    set_up_first_admin,
    setup_link,
)
from app.accounts.service.notifications import mark_all_read, mark_read, notify
from app.accounts.service.passwords import change_password
from app.accounts.service.people import (
    change_profile,
    create_user,
    disable,
    enable,
    grant_role,
    revoke_role,
    set_admin,
    set_level,
)
from app.accounts.service.sessions import (
    end_all_sessions,
    end_session,
    require_step_up,
    sign_in,
    start_session,
    step_up,
)
from app.accounts.service.tokens import create_token, revoke_token

__all__ = [
    "accept_invitation",
    "ask_for_reset",
    "change_password",
    "change_profile",
    "create_token",
    "create_user",
    "disable",
    "enable",
    "end_all_sessions",
    "end_session",
    "grant_role",
    "invite",
    "join_by_invitation",
    "mark_all_read",
    "mark_read",
    "notify",
    "open_link",
    "require_step_up",
    "reset_link",
    "reset_password",
    "revoke_link",
    "revoke_role",
    "revoke_token",
    "set_admin",
    "set_level",
    "set_up_first_admin",
    "setup_link",
    "sign_in",
    "start_session",
    "step_up",
]
