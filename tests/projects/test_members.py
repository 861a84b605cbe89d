import pytest
from sqlalchemy import select

from app.accounts.models import Membership, OneTimeLink, User
from app.accounts.states import UserState
from app.core.actor import Role
from app.core.errors import Conflict, Invalid, NotFound
from app.projects.models import Project
from app.projects.queries import members_of, open_invitations
from app.projects.schemas import InviteIn
from app.projects.service.members import bring_in, set_roles
from tests.cast import NOW, add_member


@pytest.fixture
def project(session, sums) -> Project:
    found: Project = session.get_one(Project, sums.id)
    return found


def roles_of(session, project) -> dict[str, tuple[Role, ...]]:
    session.flush()
    return {one.name: one.roles for one in members_of(session, project)}


def test_somebody_with_an_account_is_in_at_once(session, mona, max_, project, app_settings):
    who = InviteIn(email="MAX@example.org", roles=[Role.REVIEWER, Role.ANNOTATOR])
    brought = bring_in(session, project, who, actor=mona.actor, settings=app_settings, now=NOW)
    assert (brought.name, brought.link) == ("Max", None)
    assert roles_of(session, project)["Max"] == (Role.ANNOTATOR, Role.REVIEWER)


def test_somebody_without_gets_a_link_that_the_manager_hands_over(session, mona, project, app_settings):
    who = InviteIn(email="new@example.org", roles=[Role.ANNOTATOR])
    brought = bring_in(session, project, who, actor=mona.actor, settings=app_settings, now=NOW)
    assert brought.link is not None
    assert brought.link.startswith("/invitations/")
    waiting = open_invitations(session, project, now=NOW)
    assert [(one.email, one.roles) for one in waiting] == [("new@example.org", ["annotator"])]
    assert brought.link.rpartition("/")[2] not in session.scalars(select(OneTimeLink.secret_sha256)).all()


def test_where_mail_is_configured_no_link_is_shown(session, mona, project, app_settings):
    settings = app_settings.model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "w@example.org"})
    who = InviteIn(email="new@example.org", roles=[Role.ANNOTATOR])
    assert bring_in(session, project, who, actor=mona.actor, settings=settings, now=NOW).link is None


def test_a_disabled_account_is_not_brought_in(session, mona, max_, project, app_settings):
    session.get_one(User, max_.id).state = UserState.DISABLED
    session.flush()
    with pytest.raises(Invalid):
        bring_in(
            session,
            project,
            InviteIn(email="max@example.org", roles=[Role.ANNOTATOR]),
            actor=mona.actor,
            settings=app_settings,
            now=NOW,
        )


def test_roles_become_exactly_what_is_said(session, mona, ed, project):
    set_roles(session, project, ed.id, {Role.REVIEWER}, actor=mona.actor, now=NOW)
    assert roles_of(session, project)["Ed"] == (Role.REVIEWER,)


def test_without_roles_somebody_is_no_member_any_more(session, mona, ed, project):
    set_roles(session, project, ed.id, set(), actor=mona.actor, now=NOW)
    assert sorted(roles_of(session, project)) == ["Eve", "Mona", "Rae", "Ron"]
    with pytest.raises(NotFound):
        set_roles(session, project, ed.id, {Role.REVIEWER}, actor=mona.actor, now=NOW)


def test_the_last_manager_stays(session, mona, max_, project):
    with pytest.raises(Conflict):
        set_roles(session, project, mona.id, {Role.REVIEWER}, actor=mona.actor, now=NOW)
    add_member(session, project, session.get_one(User, max_.id), Role.MANAGER)
    set_roles(session, project, mona.id, set(), actor=mona.actor, now=NOW)
    assert session.scalars(select(Membership).where(Membership.user_id == mona.id)).all() == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_members_cost_one_query_however_many(session, project, queries_made, count):
    for number in range(count):
        user = User(email=f"m{number}@x.org", email_key=f"m{number}@x.org", name=f"M{number}", created_at=NOW)
        session.add(user)
        session.flush()
        add_member(session, project, user, Role.ANNOTATOR, Role.REVIEWER)
    with queries_made() as statements:
        members = members_of(session, project)
    assert (len(members), len(statements)) == (5 + count, 1)
