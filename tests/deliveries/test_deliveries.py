"""Deliveries: noted once, acknowledged behind a link that works once or by hand, seen while they are outstanding."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select, update

from app.accounts.models import Notification
from app.core import clock
from app.core.audit import Event
from app.core.errors import Conflict, NotFound
from app.core.storage import open_store
from app.deliveries.access import open_receipt
from app.deliveries.models import Delivery
from app.deliveries.schemas import AcknowledgementIn, DeliveryIn, ReceiptIn
from app.deliveries.service import delivering
from app.exports.models import Export
from app.exports.queries import files_of
from app.exports.service import ask, write_files
from app.exports.service.writing import STORE
from app.recipients.models import Recipient
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.accounts.postbox import serving
from tests.factories.judged import a_review, a_snapshot
from tests.factories.recipients import a_recipient
from tests.factories.work import a_submission, a_task


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, work, reviewer=rae, labels={})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.fixture
def copy_id(session, database, app_settings, snapshot, mona, ada):
    """A ready export for the Abacus Institute."""
    whom = a_recipient(session, ada, app_settings.data_dir)
    export_id = ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now(), recipient=whom).id
    session.commit()
    write_files(database, app_settings, export_id, lambda *_: None)
    return export_id


@pytest.fixture
def handed(session, app_settings, mona, copy_id):
    """A delivery, with the path of its link."""
    export = session.get_one(Export, copy_id)
    delivery, link = delivering.deliver(
        session, export, DeliveryIn(note="On a disk."), actor=mona.actor, settings=app_settings, now=clock.now()
    )
    return delivery, str(link)


def link_in(text):
    found = re.search(r"https?://[^/\s]+(/receipts/[\w-]+)", text)
    assert found is not None
    return found.group(1)


def test_a_manager_hands_over_and_the_recipient_acknowledges_without_an_account(
    client, session, app_settings, mona, ada, sums, copy_id
):
    manager = client.as_(mona)
    handed = manager.post(f"/exports/{copy_id}/delivery", data={"note": "On a disk."})
    link = link_in(handed.text)
    outstanding = manager.get(f"/projects/{sums.slug}/deliveries").text
    recipient = client.as_(None)
    page = recipient.get(link).text
    unread = recipient.post(link, data={"name": "Lena"})
    done = recipient.post(link, data={"name": "Lena", "accepts": "yes"})
    again = recipient.post(link, data={"name": "Lena", "accepts": "yes"})

    files = {file.path: file for file in files_of(session, copy_id)}
    manifest = b"".join(open_store(app_settings, STORE).chunks(files["manifest.json"].file_id))
    delivery = session.scalars(select(Delivery)).one()
    of_recipient = f"/admin/recipients/{delivery.recipient_id}/deliveries"
    assert delivery.manifest_sha256 == sha256(manifest).hexdigest()
    assert "1 not acknowledged" in outstanding
    for told in (*files, delivery.manifest_sha256, "Not to be passed on.", "Abacus Institute", "no canary"):
        assert told in page
    assert (unread.status_code, "Tick this" in unread.text) == (422, True)
    assert (done.status_code, again.status_code) == (200, 404)
    assert (delivery.acknowledged_how, delivery.acknowledged_name) == ("link", "Lena")
    assert "Lena" in client.as_(mona).get(f"/exports/{copy_id}/delivery").text
    assert "acknowledged" in client.as_(ada).get(of_recipient).text
    told = session.scalars(select(Notification.sentence).where(Notification.user_id == mona.id)).all()
    assert any("has received a delivery and accepts its terms (Lena)" in sentence for sentence in told)


def test_every_step_is_in_the_audit_log_and_no_secret_is(session, handed):
    delivery, link = handed
    found = open_receipt(session, link.rpartition("/")[2], now=clock.now())
    delivering.acknowledge_by_link(session, found, ReceiptIn(name="Lena", accepts="yes"), now=clock.now())

    found = session.scalars(select(Event).where(Event.object_id == delivery.id)).all()
    events = sorted(found, key=lambda event: event.verb, reverse=True)  # of one moment
    assert [event.verb for event in events] == ["delivery.deliver", "delivery.acknowledge"]
    assert events[0].detail == {"manifest": delivery.manifest_sha256}
    assert link.rpartition("/")[2] not in str([event.detail for event in events]) + str(delivery.link_sha256)


def test_a_new_link_replaces_the_one_before_and_an_old_one_expires(session, app_settings, mona, handed):
    delivery, first = handed
    second = str(delivering.renew_link(session, delivery, actor=mona.actor, settings=app_settings, now=clock.now()))
    session.flush()

    with pytest.raises(NotFound):
        open_receipt(session, first.rpartition("/")[2], now=clock.now())
    assert open_receipt(session, second.rpartition("/")[2], now=clock.now()).id == delivery.id
    with pytest.raises(NotFound):
        open_receipt(session, second.rpartition("/")[2], now=clock.now() + timedelta(days=31))


def test_what_was_said_elsewhere_is_noted_by_hand_once(session, mona, handed):
    delivery, _ = handed
    said = AcknowledgementIn(name="Lena", note="By telephone.")
    delivering.acknowledge_by_hand(session, delivery, said, actor=mona.actor, now=clock.now())

    session.refresh(delivery)
    assert (delivery.acknowledged_how, delivery.acknowledged_by) == ("hand", mona.id)
    with pytest.raises(Conflict, match="acknowledged already"):
        delivering.acknowledge_by_hand(session, delivery, said, actor=mona.actor, now=clock.now())


def test_a_delivery_keeps_the_terms_of_its_day(session, handed):
    session.execute(update(Recipient).values(terms="Other ones."))

    assert session.scalars(select(Delivery.terms)).one() == "Not to be passed on."


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"recipient_id": None}, "for nobody in particular"),
        ({"state": "running"}, "nothing to hand over"),
        ({"files_deleted_at": clock.now()}, "nothing to hand over"),
    ],
)
def test_what_is_not_there_or_for_nobody_is_not_handed_over(session, app_settings, mona, copy_id, facts, said):
    session.execute(update(Export).where(Export.id == copy_id).values(**facts))
    export = session.get_one(Export, copy_id)

    with pytest.raises(Conflict, match=said):
        delivering.deliver(session, export, DeliveryIn(), actor=mona.actor, settings=app_settings, now=clock.now())


def test_an_export_is_handed_over_once_and_a_download_marks_nothing(client, session, mona, copy_id):
    manager = client.as_(mona)
    manager.post(f"/api/v1/exports/{copy_id}/files/manifest.json")
    before = manager.get(f"/api/v1/exports/{copy_id}/delivery")
    first = manager.post(f"/api/v1/exports/{copy_id}/delivery", json={})
    second = manager.post(f"/api/v1/exports/{copy_id}/delivery", json={})

    assert [answer.status_code for answer in (before, first, second)] == [404, 201, 409]
    assert "/receipts/" in first.json()["link"]
    assert manager.get(f"/api/v1/exports/{copy_id}/delivery").json()["link"] is None


def test_where_mail_goes_out_the_link_goes_with_it_and_nobody_here_sees_it(
    session, database, app_settings, mona, copy_id
):
    with serving() as postbox:
        mailing = app_settings.model_copy(
            update={
                "smtp_host": "127.0.0.1",
                "smtp_port": postbox.port,
                "smtp_starttls": False,
                "mail_from": "w@example.org",
            }
        )
        export = session.get_one(Export, copy_id)
        _, link = delivering.deliver(session, export, DeliveryIn(), actor=mona.actor, settings=mailing, now=clock.now())
        session.commit()
        Worker(database, mailing).run_all()

        (letter,) = postbox.letters
        path = link_in(postbox.texts[0])
    session.expire_all()
    assert link is None
    assert letter[0] == ["data@abacus.example.org"]
    assert "Mona" in postbox.texts[0]
    assert open_receipt(session, path.rpartition("/")[2], now=clock.now()).export_id == copy_id
