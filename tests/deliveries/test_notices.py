"""Recipients are told of rows that are withdrawn or found wrong, and say that they have heard."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Notification
from app.core import clock
from app.core.ids import new_id
from app.core.jobs import Job, JobRun
from app.core.signing import Signature, check_signature
from app.deliveries.jobs import mail_corrections, tell_corrections
from app.deliveries.models import CorrectionNotice, Delivery
from app.deliveries.schemas import DeliveryIn
from app.deliveries.service import notifying
from app.deliveries.service.delivering import deliver
from app.exports.models import Export
from app.exports.service import ask, write_files
from tests.factories.frozen import noted, some_approved, sustained, taken_back
from tests.factories.judged import a_snapshot
from tests.factories.recipients import a_recipient

SAID = {"name": "Lena", "note": "By telephone."}


@pytest.fixture
def works(session, sums, ed, rae):
    return some_approved(session, sums, ed, rae, 4)


@pytest.fixture
def snapshot(session, database, app_settings, mona, sums, works):
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.fixture
def handed(session, database, app_settings, mona, ada, snapshot):
    """Hand over a copy of the snapshot as it is now; returns the delivery's id."""

    def hand_over(name="Lemma Labs"):
        whom = a_recipient(session, ada, app_settings.data_dir, name=name)
        asked = ask(session, snapshot, "native", {}, actor=mona.actor, now=clock.now(), recipient=whom).id
        session.commit()
        write_files(database, app_settings, asked, lambda *_: None)
        export = session.get_one(Export, asked)
        session.refresh(export)
        made, _ = deliver(session, export, DeliveryIn(), actor=mona.actor, settings=app_settings, now=clock.now())
        session.commit()
        return made.id

    return hand_over


def told(database, settings):
    noted(database, settings)
    return tell_corrections(JobRun(new_id(), {}, None, database, settings, lambda *_: None))


def lines(session, delivery_id, **which):
    session.expire_all()
    found = [
        (line.correction.n, line.correction.kind.value) for line in notifying.lines_of(session, delivery_id, **which)
    ]
    session.commit()
    return found


def link_of(session, delivery_id):
    """Give the delivery a link for its corrections; returns its path."""
    path = notifying.give_secret(session.get_one(Delivery, delivery_id), now=clock.now())
    session.commit()
    return path


def test_whoever_was_handed_a_row_is_told_once_with_thirty_days(
    session, database, app_settings, mona, ed, works, snapshot, handed
):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    sustained(session, snapshot, works[1], mona)

    first, second = told(database, app_settings), told(database, app_settings)

    assert (first, second) == ({"deliveries": 1, "told": 2}, {"deliveries": 0, "told": 0})
    assert sorted(kind for _, kind in lines(session, delivery_id)) == ["superseded", "withdrawn"]
    notices = session.scalars(select(CorrectionNotice)).all()
    assert {notice.due_at - notice.told_at for notice in notices} == {timedelta(days=30)}
    news = session.scalars(select(Notification.sentence).where(Notification.path.endswith("/corrections"))).all()
    assert news == ["2 rows of what Lemma Labs was handed are corrected. No mail is configured: hand it its link."]


def test_what_an_export_has_left_out_already_is_told_to_nobody(
    session, database, app_settings, ed, works, snapshot, handed
):
    taken_back(session, ed, works[0])
    delivery_id = handed()
    taken_back(session, ed, works[1])

    told(database, app_settings)

    assert lines(session, delivery_id) == [(2, "withdrawn")]


def test_each_recipient_is_told_and_acknowledges_for_itself(
    session, database, app_settings, client, mona, ada, ed, works, snapshot, handed
):
    first, second = handed("Lemma Labs"), handed("Axiom Institute")
    taken_back(session, ed, works[0])
    told(database, app_settings)

    answer = client.as_(mona).post(f"/api/v1/deliveries/{first}/corrections/acknowledge", json=SAID)
    again = client.as_(mona).post(f"/api/v1/deliveries/{first}/corrections/acknowledge", json=SAID)
    page = client.as_(ada).get("/admin/notices").text

    assert (answer.status_code, again.status_code) == (200, 409)
    assert [(one["n"], one["kind"], one["acknowledged_name"]) for one in answer.json()] == [(1, "withdrawn", "Lena")]
    assert (lines(session, first), lines(session, second)) == ([], [(1, "withdrawn")])
    assert (f"/deliveries/{first}/corrections" in page, f"/deliveries/{second}/corrections" in page) == (False, True)


def test_what_is_late_is_marked(session, database, app_settings, client, ada, mona, ed, works, snapshot, handed):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    told(database, app_settings)
    pages = [client.as_(ada).get("/admin/notices").text]
    session.execute(update(CorrectionNotice).values(due_at=clock.now() - timedelta(minutes=1)))
    session.commit()

    pages += [client.as_(ada).get("/admin/notices").text]
    pages += [client.as_(mona).get(f"/deliveries/{delivery_id}/corrections").text]

    assert ["overdue</span>" in page for page in pages] == [False, True, True]


def test_behind_its_link_a_recipient_sees_rows_takes_lists_and_acknowledges_once(
    session, database, app_settings, client, ed, works, snapshot, handed
):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    told(database, app_settings)
    path, browser = link_of(session, delivery_id), client.as_(None)

    page = browser.get(path)
    taken = [browser.post(f"{path}/tombstones.json{ending}").content for ending in ("", ".sig")]
    unread = browser.post(path, data={"name": "Lena", "up_to": "1"})
    heard = browser.post(path, data={"name": "Lena", "heard": "yes", "up_to": "1"})
    after = browser.get(path)

    assert (page.status_code, str(works[0]) in page.text) == (200, True)
    assert check_signature(Signature.read(taken[1]), taken[0])
    assert str(works[0]) in taken[0].decode()
    assert (unread.status_code, heard.status_code, after.status_code) == (422, 200, 404)
    assert (lines(session, delivery_id), lines(session, delivery_id, outstanding=False)) == ([], [(1, "withdrawn")])
    notice = session.scalars(select(CorrectionNotice)).one()
    assert (notice.acknowledged_name, notice.acknowledged_by) == ("Lena", None)


def test_what_came_after_the_page_was_shown_stays_outstanding(
    session, database, app_settings, client, ed, works, snapshot, handed
):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    told(database, app_settings)
    path = link_of(session, delivery_id)
    taken_back(session, ed, works[1])
    told(database, app_settings)

    client.as_(None).post(path, data={"name": "Lena", "heard": "yes", "up_to": "1"})

    assert lines(session, delivery_id) == [(2, "withdrawn")]


def test_a_link_that_was_replaced_or_is_old_opens_nothing(
    session, database, app_settings, client, mona, ed, works, snapshot, handed
):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    told(database, app_settings)
    old = link_of(session, delivery_id)

    page = client.as_(mona).post(f"/deliveries/{delivery_id}/corrections/link")
    replaced = client.as_(None).get(old)
    session.execute(update(Delivery).values(notice_link_expires_at=clock.now()))
    session.commit()
    answers = [
        client.post(f"{old}{rest}", data={"name": "Lena", "heard": "yes", "up_to": "1"})
        for rest in ("", "/errata.json")
    ]

    assert (page.status_code, "/notices/" in page.text) == (200, True)
    assert [replaced.status_code, *(answer.status_code for answer in answers)] == [404, 404, 404]
    assert lines(session, delivery_id) == [(1, "withdrawn")]


def test_with_a_mail_server_the_letter_holds_the_link_and_the_day(
    session, database, app_settings, ed, works, snapshot, handed, monkeypatch
):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    posting = app_settings.model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "workings@example.org"})
    told(database, posting)
    job = session.scalars(select(Job).where(Job.kind == notifying.MAIL_JOB)).one()
    payload = dict(job.payload)
    session.commit()
    sent = []
    monkeypatch.setattr("app.deliveries.jobs.mail.send", lambda _settings, letter: sent.append(letter))

    mail_corrections(JobRun(new_id(), payload, None, database, posting, lambda *_: None))

    (letter,) = sent
    due = session.scalar(select(CorrectionNotice.due_at))
    assert (payload, letter.subject.startswith("Corrections of what you were handed")) == (
        {"delivery_id": str(delivery_id)},
        True,
    )
    assert (f"{due:%-d %B %Y}" in letter.body, "/notices/" in letter.body) == (True, True)


def test_noting_by_hand_wants_to_know_who_and_where(
    session, database, app_settings, client, mona, ed, works, snapshot, handed
):
    delivery_id = handed()
    taken_back(session, ed, works[0])
    told(database, app_settings)
    browser, path = client.as_(mona), f"/deliveries/{delivery_id}/corrections"

    empty = browser.post(f"{path}/acknowledge", data={"name": "", "note": ""})
    full = browser.post(f"{path}/acknowledge", data=SAID)

    assert (empty.status_code, full.status_code) == (422, 303)
    assert "Lena" in browser.get(path).text
    assert lines(session, delivery_id) == []
