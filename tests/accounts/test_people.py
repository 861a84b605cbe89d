"""Who may do what to whom: roles, levels, admins; the last ones stay, and whoever is shut out is out at once."""

import pytest
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import ApiToken, Membership, Notification, User
from app.accounts.queries import actor_of_user
from app.accounts.states import UserState
from app.core.actor import Role
from app.core.audit import Event
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.projects.models import Project
from tests.accounts.racing import at_once
from tests.cast import NOW, add_member
from tests.client import Client


@pytest.fixture
def elsewhere(client, session):
    with Client(client.app, session) as other:
        yield other


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/account"), ("GET", "/projects/sums"), ("POST", "/notifications"), ("GET", "/api/v1/projects/sums")],
)
def test_whoever_is_disabled_is_out_at_the_next_request(client, elsewhere, ada, ed, method, path):
    elsewhere.as_(ed)
    assert elsewhere.request(method, path).status_code in {200, 303}
    assert client.as_(ada).post(f"/admin/users/{ed.id}/disable").status_code == 303
    answer = elsewhere.request(method, path)
    assert (answer.status_code, answer.headers.get("location", "")[:8]) in {(303, "/sign-in"), (401, "")}


def test_so_are_their_tokens_and_enabling_brings_none_back(client, elsewhere, session, ada, ed, sums):
    elsewhere.with_token(ed, "projects:read")
    assert elsewhere.get("/api/v1/projects/sums").status_code == 200
    client.as_(ada).post(f"/admin/users/{ed.id}/disable")
    assert elsewhere.get("/api/v1/projects/sums").status_code == 401
    client.post(f"/admin/users/{ed.id}/enable")
    assert elsewhere.get("/api/v1/projects/sums").status_code == 401
    assert session.scalars(select(ApiToken.revoked_at.is_not(None))).all() == [True]
    assert session.scalars(select(Event.verb).order_by(Event.at)).all() == ["user.disable", "user.enable"]


def test_a_role_taken_away_is_gone_at_the_next_request_for_tokens_too(client, elsewhere, mona, ed, sums):
    elsewhere.with_token(ed, "projects:read")
    assert elsewhere.get("/api/v1/projects/sums").status_code == 200
    client.as_(mona).post(f"/projects/sums/people/{ed.id}", data={"act": "remove"})
    assert elsewhere.get("/api/v1/projects/sums").status_code == 404


def test_nobody_disables_themselves(session, ada):
    with pytest.raises(NotAllowed):
        service.disable(session, session.get_one(User, ada.id), actor=ada.actor, now=NOW)


def test_the_last_admin_stays_an_admin_until_there_is_another(session, ada, mona):
    user = session.get_one(User, ada.id)
    with pytest.raises(Conflict):
        service.set_admin(session, user, is_admin=False, actor=ada.actor, now=NOW)
    session.get_one(User, mona.id).is_admin = True
    service.set_admin(session, user, is_admin=False, actor=ada.actor, now=NOW)
    assert user.is_admin is False


def test_a_disabled_admin_does_not_count_as_another(session, ada, mona):
    other = session.get_one(User, mona.id)
    other.is_admin, other.state = True, UserState.DISABLED
    with pytest.raises(Conflict):
        service.set_admin(session, session.get_one(User, ada.id), is_admin=False, actor=ada.actor, now=NOW)


def test_of_two_admins_who_demote_each_other_at_once_one_stays(database, session, ada, mona):
    session.get_one(User, mona.id).is_admin = True
    session.commit()
    actors = [service_actor(session, who.id) for who in (ada, mona)]
    session.commit()

    def demote(actor, other):
        return lambda session: service.set_admin(
            session, session.get_one(User, other.id), is_admin=False, actor=actor, now=NOW
        )

    at_once(database, [demote(actors[0], mona), demote(actors[1], ada)])
    session.expire_all()
    assert len(session.scalars(select(User).where(User.is_admin)).all()) == 1


def service_actor(session, user_id):
    actor = actor_of_user(session, user_id)
    assert actor is not None
    return actor


def test_of_two_managers_who_take_each_others_role_at_once_one_stays(database, session, mona, max_, sums):
    add_member(session, session.get_one(Project, sums.id), session.get_one(User, max_.id), Role.MANAGER)
    actors = [service_actor(session, who.id) for who in (mona, max_)]
    session.commit()

    def revoke(actor, other):
        return lambda session: service.revoke_role(session, sums.id, other.id, Role.MANAGER, actor=actor, now=NOW)

    at_once(database, [revoke(actors[0], max_), revoke(actors[1], mona)])
    session.expire_all()
    query = select(Membership).where(Membership.project_id == sums.id, Membership.role == Role.MANAGER)
    assert len(session.scalars(query).all()) == 1


@pytest.mark.parametrize("who", ["ed", "rae", "max_"])
def test_only_managers_and_admins_change_roles(request, session, who, eve, sums):
    actor = request.getfixturevalue(who).actor
    with pytest.raises(NotAllowed):
        service.grant_role(session, sums.id, eve.id, Role.REVIEWER, actor=actor, now=NOW)
    with pytest.raises(NotAllowed):
        service.revoke_role(session, sums.id, eve.id, Role.ANNOTATOR, actor=actor, now=NOW)


def test_a_grant_tells_the_person_once_and_writes_who_did_it(session, mona, ed, sums):
    given = [service.grant_role(session, sums.id, ed.id, Role.REVIEWER, actor=mona.actor, now=NOW) for _ in range(2)]
    assert given == [True, False]
    news = session.scalars(select(Notification)).one()
    assert (news.user_id, news.sentence, news.path) == (ed.id, "You are now a reviewer in Sums.", "/projects")
    event = session.scalars(select(Event)).one()
    assert (event.verb, event.actor_id, event.object_id, event.project_id, event.detail) == (
        "member.grant",
        mona.id,
        ed.id,
        sums.id,
        {"role": "reviewer"},
    )


def test_nobody_who_is_shut_out_gets_a_role(session, mona, ed, sums):
    session.get_one(User, ed.id).state = UserState.DISABLED
    with pytest.raises(NotFound):
        service.grant_role(session, sums.id, ed.id, Role.REVIEWER, actor=mona.actor, now=NOW)


@pytest.mark.parametrize(
    ("email", "name"),
    [("no address", "Zoe"), ("zoe@example.org", ""), ("zоe@example.org", "Zoe"), ("zoe@example.org", "Z\u200boe")],
)
def test_an_account_needs_an_address_and_a_name_that_cannot_be_mistaken(session, email, name):
    with pytest.raises(Invalid):
        service.create_user(session, email=email, name=name, is_admin=False, now=NOW)


def test_one_address_has_one_account_whatever_its_case(session, cast):
    with pytest.raises(Conflict):
        service.create_user(session, email="ED@EXAMPLE.org", name="Ed", is_admin=False, now=NOW)


def test_a_level_is_one_or_two(session, ada, ed):
    user = session.get_one(User, ed.id)
    service.set_level(session, user, level=2, actor=ada.actor, now=NOW)
    assert user.level == 2
    with pytest.raises(Invalid):
        service.set_level(session, user, level=3, actor=ada.actor, now=NOW)


@pytest.mark.parametrize("act", ["disable", "enable", "set_admin", "set_level", "end_sessions_of"])
@pytest.mark.parametrize("who", ["mona", "ed"])
def test_only_admins_look_after_accounts(request, session, who, eve, act):
    more: dict[str, dict[str, object]] = {"set_admin": {"is_admin": True}, "set_level": {"level": 2}}
    with pytest.raises(NotAllowed):
        getattr(service, act)(
            session,
            session.get_one(User, eve.id),
            actor=request.getfixturevalue(who).actor,
            now=NOW,
            **more.get(act, {}),
        )
