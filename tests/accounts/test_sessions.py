"""Sessions are rows: how long they live, what ends them, and when they get a new id."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts import queries
from app.accounts.jobs import sweep
from app.accounts.models import FailedAttempt, Membership, OneTimeLink, UserSession
from app.accounts.queries import ABSOLUTE, IDLE_EXPERT, IDLE_MANAGER, sha256
from app.core import clock
from app.core.actor import Role
from app.core.audit import Event
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.web.csrf import HEADER, token_for
from app.web.sessions import PLAIN_NAME
from tests.accounts.doors import OTHER, PASSWORD, give_password, knock
from tests.client import Client
from tests.projects.test_pages import the_form


@pytest.fixture
def elsewhere(client, session):
    """A second browser on the same installation."""
    with Client(client.app, session) as other:
        yield other


def age(session, **ago):
    """Make all sessions older by what is said."""
    moment = clock.now()
    session.commit()
    session.execute(update(UserSession).values({name: moment - much for name, much in ago.items()}))
    session.commit()


@pytest.mark.parametrize(
    ("who", "idle", "is_in"),
    [
        ("ed", IDLE_EXPERT - timedelta(seconds=20), True),
        ("ed", IDLE_EXPERT + timedelta(seconds=1), False),
        ("rae", IDLE_MANAGER + timedelta(seconds=1), True),
        ("mona", IDLE_MANAGER - timedelta(seconds=20), True),
        ("mona", IDLE_MANAGER + timedelta(seconds=1), False),
        ("ada", IDLE_MANAGER + timedelta(seconds=1), False),
    ],
)
def test_an_idle_session_ends_sooner_for_who_may_do_more(request, client, session, who, idle, is_in):
    client.as_(request.getfixturevalue(who))
    age(session, last_active_at=idle)
    assert client.get("/api/v1/session").status_code == (200 if is_in else 401)


def test_no_session_lives_longer_than_twelve_hours(client, session, ed):
    client.as_(ed)
    age(session, created_at=timedelta(hours=12, seconds=1))
    assert client.get("/api/v1/session").status_code == 401


def test_a_change_keeps_a_session_alive_and_looking_does_not(client, session, ed):
    client.as_(ed)
    age(session, last_active_at=timedelta(minutes=90))
    client.get("/account")
    assert session.scalars(select(UserSession.last_active_at)).one() < clock.now() - timedelta(minutes=89)
    client.post("/notifications")
    session.expire_all()
    assert session.scalars(select(UserSession.last_active_at)).one() > clock.now() - timedelta(minutes=1)


def test_signs_of_life_that_the_page_sends_by_itself_do_not_keep_it_alive(client, session, ed):
    client.as_(ed)
    age(session, last_active_at=timedelta(minutes=90))
    client.post(f"/api/v1/work/{new_id()}/heartbeat", json={})
    assert session.scalars(select(UserSession.last_active_at)).one() < clock.now() - timedelta(minutes=89)


def test_signing_out_kills_the_session_and_clears_the_browser(client, session, ed):
    client.as_(ed)
    secret = client.secret
    answer = client.post("/sign-out", data={"drafts": "synced"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    stolen = client.get("/account", headers={"cookie": f"{PLAIN_NAME}={secret}"})
    assert stolen.headers["location"] == "/sign-in?next=/account"


@pytest.mark.parametrize("drafts", ["", "unsaved", "SYNCED"])
def test_signing_out_keeps_what_is_not_yet_stored_on_the_device(client, ed, drafts):
    answer = client.as_(ed).post("/sign-out", data={"drafts": drafts})
    assert answer.headers["clear-site-data"] == '"cache"'


def test_signing_out_everywhere_ends_the_other_browser_too(client, elsewhere, session, ed):
    client.as_(ed)
    elsewhere.as_(ed)
    assert client.post("/account/sessions/end").headers["location"] == "/sign-in"
    assert [browser.get("/api/v1/session").status_code for browser in (client, elsewhere)] == [401, 401]
    assert session.scalars(select(Event.verb)).all() == ["session.end_all"]


def test_one_ends_one_of_ones_own_sessions_and_nobody_elses(client, elsewhere, session, ed, eve):
    elsewhere.as_(ed).get("/account")
    mine = session.scalars(select(UserSession.id)).one()
    assert client.as_(eve).post(f"/account/sessions/{mine}/end").status_code == 404
    assert elsewhere.get("/account").status_code == 200
    assert client.as_(ed).post(f"/account/sessions/{mine}/end").status_code == 303
    assert elsewhere.get("/api/v1/session").status_code == 401
    assert client.get("/api/v1/session").status_code == 200


def test_a_new_password_ends_the_other_sessions_and_renews_this_one(client, elsewhere, session, ed):
    give_password(session, ed)
    client.as_(ed)
    elsewhere.as_(ed)
    before = client.secret
    answer = client.post("/account/password", data={"old_password": PASSWORD, "password": OTHER})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert client.secret != before
    assert [browser.get("/api/v1/session").status_code for browser in (client, elsewhere)] == [200, 401]
    assert elsewhere.get("/account", headers={"cookie": f"{PLAIN_NAME}={before}"}).status_code == 303
    assert [knock(elsewhere.as_(None), ed.email, word).status_code for word in (PASSWORD, OTHER)] == [422, 303]


def test_a_wrong_old_password_changes_nothing_and_counts(client, session, ed):
    give_password(session, ed)
    answer = client.as_(ed).post("/account/password", data={"old_password": OTHER, "password": "some other sentence"})
    assert (answer.status_code, "The old password does not fit." in answer.text) == (422, True)
    assert len(session.scalars(select(FailedAttempt)).all()) == 2
    assert knock(client, ed.email).status_code == 303


def _grant(client, ed, *roles):
    return client.post(f"/projects/sums/people/{ed.id}", data={"roles": list(roles)})


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (lambda mona, ed: _grant(mona, ed, "annotator", "reviewer"), "member.grant"),
        (lambda mona, ed: _grant(mona, ed, "annotator", "manager"), "member.grant"),
        (lambda mona, ed: mona.post(f"/projects/sums/people/{ed.id}", data={"act": "remove"}), "member.revoke"),
        (
            lambda mona, ed: mona.put(f"/api/v1/projects/sums/members/{ed.id}", json={"roles": ["reviewer"]}),
            "member.revoke",
        ),
    ],
    ids=["one role more", "manager", "let go", "another role by JSON"],
)
def test_no_session_outlives_a_change_of_its_owners_roles(client, elsewhere, session, mona, ed, change, event):
    elsewhere.as_(ed).get("/")
    answer = change(client.as_(mona), ed)
    assert answer.status_code in {200, 303}
    assert elsewhere.get("/api/v1/session").status_code == 401
    assert client.get("/api/v1/session").status_code == 200
    assert event in session.scalars(select(Event.verb)).all()


@pytest.mark.parametrize("act", ["make-admin", "level-2"])
def test_nor_a_change_of_what_they_may_in_the_installation(client, elsewhere, ada, ed, act):
    elsewhere.as_(ed).get("/")
    assert client.as_(ada).post(f"/admin/users/{ed.id}/{act}").status_code == 303
    assert elsewhere.get("/api/v1/session").status_code == 401


def test_what_changes_no_role_ends_no_session(client, elsewhere, mona, ed):
    elsewhere.as_(ed).get("/")
    _grant(client.as_(mona), ed, "annotator")
    assert elsewhere.get("/api/v1/session").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/projects/sums/people/{me}", {"data": {"roles": ["manager", "annotator"]}}),
        ("PUT", "/api/v1/projects/sums/members/{me}", {"json": {"roles": ["manager", "reviewer"]}}),
        ("POST", "/api/v1/projects", {"json": {"name": "Waves", "template": "physics"}}),
    ],
)
def test_who_changes_their_own_roles_goes_on_under_a_new_id(client, elsewhere, mona, sums, method, path, sent):
    elsewhere.as_(mona)
    before = client.as_(mona).secret
    assert client.request(method, path.format(me=mona.id), **sent).status_code in {200, 201, 303}
    assert client.secret != before
    assert client.get("/api/v1/session").json()["csrf_token"] == token_for(client.secret)
    stolen = {"cookie": f"{PLAIN_NAME}={before}"}
    assert client.as_(None).get("/api/v1/session", headers=stolen).status_code == 401
    assert elsewhere.get("/api/v1/session").status_code == 401


def test_the_page_that_answers_a_change_of_ones_own_roles_carries_the_new_token(client, mona, sums):
    before = client.as_(mona).secret
    page = client.post("/projects/new", data=the_form() | {"annotators": "new@example.org"})
    assert (page.status_code, "/invitations/" in page.text) == (200, True)
    assert (token_for(client.secret) in page.text, token_for(before) in page.text) == (True, False)


def test_a_refused_change_of_ones_own_roles_keeps_the_session(client, mona, sums):
    before = client.as_(mona).secret
    refused = client.post(f"/projects/sums/people/{mona.id}", data={"roles": ["annotator"]})
    assert refused.status_code == 303
    assert client.secret == before
    assert client.get("/api/v1/session").status_code == 200


def test_a_token_that_changes_its_owners_roles_has_no_session_to_renew(client, session, mona, sums):
    client.with_token(mona, "projects:read", "projects:write")
    answer = client.post("/api/v1/projects/sums/members", json={"email": mona.email, "roles": ["annotator"]})
    assert (answer.status_code, "set-cookie" in answer.headers) == (201, False)
    held = session.scalars(select(Membership.role).where(Membership.user_id == mona.id)).all()
    assert sorted(held) == [Role.ANNOTATOR, Role.MANAGER]


def test_a_step_up_is_asked_for_again_after_ten_minutes(client, session, mona, ed):
    give_password(session, mona)
    client.as_(mona, stepped_up=False)
    refused = client.put(f"/api/v1/projects/sums/members/{ed.id}", json={"roles": ["reviewer"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed")
    assert client.post("/step-up", data={"password": OTHER}).status_code == 422
    assert client.post("/step-up", data={"password": PASSWORD, "next": "/projects"}).headers["location"] == "/projects"
    assert _grant(client, ed, "annotator", "reviewer").headers["location"] == "/projects/sums/people"
    age(session, stepped_up_at=timedelta(minutes=10, seconds=1))
    detour = client.post(
        f"/projects/sums/people/{ed.id}",
        data={"act": "remove"},
        headers={"referer": "http://127.0.0.1:8000/projects/sums/people"},
    )
    assert detour.headers["location"] == "/step-up?next=/projects/sums/people"


def test_only_the_hash_of_a_session_opens_it(client, session, ed):
    client.as_(ed).get("/")
    stored = session.scalars(select(UserSession.secret_sha256)).one()
    assert (stored, len(client.secret)) == (sha256(client.secret), 43)
    answer = client.as_(None).get("/api/v1/session", headers={"cookie": f"{PLAIN_NAME}={stored}", HEADER: "x"})
    assert answer.status_code == 401


def test_what_ended_is_swept_away_after_a_month(session, database, app_settings, ed):
    moment = clock.now()
    long_ago, over = moment - timedelta(days=31), moment - ABSOLUTE - timedelta(minutes=1)
    common = {"user_id": ed.id, "last_active_at": over}
    session.add_all(
        [
            UserSession(secret_sha256="a", created_at=long_ago, ended_at=long_ago, **common),
            UserSession(secret_sha256="b", created_at=over, **common),
            UserSession(secret_sha256="c", created_at=moment, **common),
            FailedAttempt(subject="old", at=moment - timedelta(days=2)),
            FailedAttempt(subject="new", at=moment),
        ]
    )
    for secret, used_at in (("d", long_ago), ("e", None)):
        session.add(
            OneTimeLink(
                secret_sha256=secret,
                purpose="reset",
                user_id=ed.id,
                roles=[],
                created_at=long_ago,
                expires_at=moment + timedelta(hours=1),
                used_at=used_at,
            )
        )
    session.commit()
    sweep(JobRun(new_id(), {}, None, database, app_settings, lambda _done, _total, _message: None))
    session.expire_all()
    kept = session.execute(select(UserSession.secret_sha256, UserSession.ended_at.is_(None))).all()
    assert sorted((row[0], bool(row[1])) for row in kept) == [("b", False), ("c", True)]
    assert session.scalars(select(FailedAttempt.subject)).all() == ["new"]
    assert session.scalars(select(OneTimeLink.secret_sha256)).all() == ["e"]


def test_the_sessions_of_a_person_are_listed_newest_first_without_what_has_run_out(session, ed, eve):
    moment = clock.now()
    for secret, hours, owner in (("a", 1, ed), ("b", 3, ed), ("c", 13, ed), ("d", 1, eve)):
        at = moment - timedelta(hours=hours)
        session.add(UserSession(secret_sha256=secret, user_id=owner.id, created_at=at, last_active_at=moment))
    session.flush()
    assert [one.secret_sha256 for one in queries.open_sessions(session, ed.id, now=moment)] == ["a", "b"]
