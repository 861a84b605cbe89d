"""Letters: through a real SMTP conversation, with links that no table ever held; without a server, links are shown."""

import re

import pytest
from sqlalchemy import select, update

from app.accounts.jobs import gather_news
from app.accounts.models import Notification, OneTimeLink, User
from app.accounts.queries import sha256
from app.accounts.service import notify
from app.accounts.states import NotificationKind, UserState
from app.core import clock
from app.core.ids import new_id
from app.core.jobs import Job, JobRun, JobState, enqueue
from app.web.sessions import HTTPS_NAME
from app.worker import Worker
from tests.accounts.doors import PASSWORD
from tests.accounts.postbox import serving
from tests.applications import an_app
from tests.client import Client


@pytest.fixture
def postbox():
    with serving() as box:
        yield box


@pytest.fixture
def settings(app_settings, postbox):
    return app_settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": postbox.port,
            "smtp_starttls": False,
            "mail_from": "Workings <workings@example.org>",
            "public_url": "https://workings.example.org/",
        }
    )


@pytest.fixture
def mailing(session, database, settings):
    """An installation behind TLS that sends mail."""
    with Client(an_app(settings, database), session) as client:
        client._http.base_url = "https://workings.example.org"
        yield client


@pytest.fixture
def deliver(session, database, settings):
    def work():
        session.commit()
        done = Worker(database, settings).run_all()
        session.expire_all()
        return done

    return work


def link_in(text):
    found = re.search(r"https?://[^/\s]+(/(?:invitations|password)/[\w-]+)", text)
    assert found is not None
    return found.group(1)


def behind_tls(client, person):
    """Be somebody at an installation whose cookie is bound to its https address."""
    secret = client.as_(person).secret
    client._http.cookies.set(HTTPS_NAME, secret)
    return client


def test_an_invitation_goes_out_by_mail_and_is_shown_to_nobody(mailing, session, ada, postbox, deliver):
    answer = behind_tls(mailing, ada).post("/admin/users", data={"email": "zoe@example.org"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/users")
    stored_before = session.scalars(select(OneTimeLink.secret_sha256)).one()
    assert deliver() == 1
    [(to, letter)] = postbox.letters
    path = link_in(postbox.texts[-1])
    secret = path.removeprefix("/invitations/")
    stored = session.scalars(select(OneTimeLink.secret_sha256)).one()
    assert (to, letter["From"]) == (["zoe@example.org"], "Workings <workings@example.org>")
    assert (stored, stored_before == stored) == (sha256(secret), False)
    assert "Ada" in postbox.texts[-1]
    assert secret not in str([job.payload for job in session.scalars(select(Job))])
    mailing.as_(None)
    assert mailing.post(path, data={"name": "Zoe", "password": PASSWORD}).status_code == 303


def test_a_reset_goes_out_to_who_is_here_and_to_nobody_else(mailing, session, ed, postbox, deliver):
    for email in ("ed@example.org", "nobody@example.org"):
        mailing.post("/password", data={"email": email})
    assert deliver() == 2
    assert [to for to, _ in postbox.letters] == [["ed@example.org"]]
    path = link_in(postbox.texts[-1])
    assert mailing.get(path).status_code == 200
    assert session.scalars(select(Job.state)).all() == [JobState.DONE] * 2


def test_of_two_reset_letters_only_the_later_works(mailing, session, ed, postbox, deliver):
    for _ in range(2):
        mailing.post("/password", data={"email": ed.email})
        deliver()
    first, second = map(link_in, postbox.texts)
    assert [mailing.get(path).status_code for path in (first, second)] == [404, 200]


def test_a_letter_that_is_refused_is_tried_again_with_a_new_link(mailing, session, ed, postbox, deliver):
    postbox.full = True
    mailing.post("/password", data={"email": ed.email})
    deliver()
    job = session.scalars(select(Job)).one()
    assert (job.state, job.attempts, postbox.letters) == (JobState.QUEUED, 1, [])
    assert "452" in (job.last_error or "")
    postbox.full = False
    session.execute(update(Job).values(run_at=clock.now()))
    assert deliver() == 1
    assert mailing.get(link_in(postbox.texts[-1])).status_code == 200


def test_an_invitation_that_was_taken_back_is_not_mailed(mailing, session, ada, postbox, deliver):
    behind_tls(mailing, ada).post("/admin/users", data={"email": "zoe@example.org"})
    link = session.scalars(select(OneTimeLink.id)).one()
    mailing.post(f"/admin/invitations/{link}/revoke")
    assert (deliver(), postbox.letters) == (1, [])


def test_a_name_or_a_project_adds_no_header_and_is_no_template(mailing, session, ada, postbox, deliver):
    session.get_one(User, ada.id).name = "Ada ${link} $inviter\nBcc: eve@example.org"
    behind_tls(mailing, ada).post("/admin/users", data={"email": "zoe@example.org"})
    deliver()
    assert "Ada ${link} $inviter\nBcc: eve@example.org invites you" in postbox.texts[-1]
    [(to, letter)] = postbox.letters
    assert (to, letter["To"], letter["Subject"], letter["Bcc"]) == (
        ["zoe@example.org"],
        "zoe@example.org",
        "An invitation to Workings",
        None,
    )


def test_news_not_seen_is_mailed_once_to_who_wants_it(session, database, settings, ed, eve, rae, postbox, deliver):
    run = JobRun(new_id(), {}, None, database, settings, lambda _done, _total, _message: None)
    session.get_one(User, eve.id).mail_notifications = False
    session.get_one(User, rae.id).state = UserState.DISABLED
    for person, sentence in ((ed, "Your work\ncame back."), (ed, "It was approved."), (eve, "No."), (rae, "No.")):
        notify(session, person.id, NotificationKind.RETURNED, sentence, "/work/1", now=clock.now())
    session.commit()
    for _ in range(2):
        gather_news(run)
        deliver()
    [(to, letter)] = postbox.letters
    assert (to, letter["Subject"]) == ([ed.email], "2 pieces of news in Workings")
    assert "https://workings.example.org/work/1" in postbox.texts[-1]
    assert len(session.scalars(select(Notification).where(Notification.mailed_at.is_not(None))).all()) == 2


def test_a_line_break_in_news_becomes_no_header(session, database, settings, ed, postbox, deliver):
    run = JobRun(new_id(), {}, None, database, settings, lambda _done, _total, _message: None)
    notify(session, ed.id, NotificationKind.RETURNED, "Back.\r\nBcc: eve@example.org", "/work/1", now=clock.now())
    session.commit()
    gather_news(run)
    deliver()
    [(to, letter)] = postbox.letters
    assert (to, letter["Subject"], letter["Bcc"]) == ([ed.email], "Back. Bcc: eve@example.org", None)


def test_news_seen_before_the_letter_is_written_is_not_mailed(session, database, settings, ed, postbox, deliver):
    run = JobRun(new_id(), {}, None, database, settings, lambda _done, _total, _message: None)
    notify(session, ed.id, NotificationKind.RETURNED, "Back.", "/work/1", now=clock.now())
    session.commit()
    gather_news(run)
    session.execute(update(Notification).values(read_at=clock.now()))
    assert (deliver(), postbox.letters) == (1, [])


def test_without_a_mail_server_the_link_is_shown_this_once(client, session, ada):
    answer = client.as_(ada).post("/admin/users", data={"email": "zoe@example.org"})
    path = link_in(answer.text)
    assert (answer.status_code, f"http://127.0.0.1:8000{path}" in answer.text) == (200, True)
    page = client.get("/admin/users").text
    assert ("zoe@example.org" in page, path in page) == (True, False)
    assert session.scalars(select(Job)).all() == []
    assert client.as_(None).get(path).status_code == 200


def test_a_letter_without_a_server_dies_at_once_with_a_reason(session, database, app_settings, ed):
    enqueue(session, "mail.send", {"kind": "reset", "user_id": str(ed.id)}, now=clock.now())
    session.commit()
    Worker(database, app_settings).run_all()
    session.expire_all()
    job = session.scalars(select(Job)).one()
    assert (job.state, job.last_error) == (
        JobState.DEAD,
        "No mail server is configured (WORKINGS_SMTP_HOST, WORKINGS_MAIL_FROM).",
    )
