"""A manager's script brings people in, changes their roles and lets them go; who manages stays a matter of people."""

import pytest
from sqlalchemy import select

from app.accounts.models import Membership, OneTimeLink
from app.core.audit import Event

PATH = "/api/v1/projects/sums/members"


def events(session):
    query = select(Event).where(Event.verb.like("member.%")).order_by(Event.at, Event.id)
    return [(one.verb, one.actor_id, one.object_id, one.detail) for one in session.scalars(query)]


@pytest.fixture
def script(client, mona, sums):
    return client.with_token(mona, "projects:read", "projects:write")


def test_the_whole_round_of_a_member_is_driven_and_audited_in_the_owners_name(script, session, mona, max_, sums):
    added = script.post(PATH, json={"email": max_.email, "roles": ["annotator"]})
    assert (added.status_code, added.json()["name"]) == (201, "Max")
    changed = script.put(f"{PATH}/{max_.id}", json={"roles": ["reviewer"]})
    assert [one["roles"] for one in changed.json()] == [["reviewer"]]
    assert script.delete(f"{PATH}/{max_.id}").status_code == 204
    assert events(session) == [
        ("member.grant", mona.id, max_.id, {"role": "annotator"}),
        ("member.grant", mona.id, max_.id, {"role": "reviewer"}),
        ("member.revoke", mona.id, max_.id, {"role": "annotator"}),
        ("member.revoke", mona.id, max_.id, {"role": "reviewer"}),
    ]
    held = select(Membership).where(Membership.user_id == max_.id, Membership.project_id == sums.id)
    assert session.scalars(held).all() == []


def test_an_invitation_by_token_is_audited_and_its_link_works(script, session, mona):
    path = script.post(PATH, json={"email": "zoe@example.org", "roles": ["annotator"]}).json()["invitation_path"]
    link = session.scalars(select(OneTimeLink)).one()
    assert (link.created_by, events(session)) == (
        mona.id,
        [("member.invite", mona.id, link.id, {"roles": ["annotator"]})],
    )
    assert script.as_(None).get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"email": "max@example.org", "roles": ["annotator", "manager"]}),
        ("PUT", "/{ed}", {"roles": ["manager"]}),
        ("PUT", "/{mona}", {"roles": ["annotator"]}),
        ("DELETE", "/{mona}", None),
    ],
)
def test_a_token_touches_no_manager(script, session, mona, ed, method, path, body):
    before = sorted(session.execute(select(Membership.user_id, Membership.role)).all())
    answer = script.request(method, PATH + path.format(ed=ed.id, mona=mona.id), json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (sorted(session.execute(select(Membership.user_id, Membership.role)).all()), events(session)) == (before, [])


@pytest.mark.parametrize(("who", "status"), [("ed", 403), ("rae", 403), ("max_", 404), ("ada", 404)])
def test_the_token_of_anybody_else_changes_nobody(request, client, session, sums, eve, who, status):
    client.with_token(request.getfixturevalue(who), "projects:read", "projects:write")
    answers = [
        client.post(PATH, json={"email": eve.email, "roles": ["reviewer"]}),
        client.put(f"{PATH}/{eve.id}", json={"roles": ["reviewer"]}),
        client.delete(f"{PATH}/{eve.id}"),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert events(session) == []


def test_reading_is_not_writing(client, mona, sums, ed):
    client.with_token(mona, "projects:read")
    answer = client.delete(f"{PATH}/{ed.id}")
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "This token does not have the scope projects:write.",
    )
