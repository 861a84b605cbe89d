"""Recipients: a key each that opens nowhere else and is shown to nobody; changed, closed and opened again by admins."""

import pytest
from sqlalchemy import select

from app.core.audit import Event
from app.core.errors import Conflict, Invalid, SetupFault
from app.recipients.models import Recipient
from app.recipients.queries import find_recipient
from app.recipients.schemas import RecipientIn
from app.recipients.service import close_recipient, edit_recipient, key_of, reopen_recipient
from tests.cast import NOW
from tests.factories.recipients import a_recipient

WISH = {"name": "Lemma Labs", "kind": "company", "contact_email": "data@lemma.example.org", "terms": "Two years."}


@pytest.fixture
def recipient(session, app_settings, ada):
    return a_recipient(session, ada, app_settings.data_dir)


def verbs(session):
    return sorted(session.scalars(select(Event.verb).where(Event.object_kind == "recipient")))


def test_each_has_a_key_of_its_own_that_opens_only_in_its_row(session, app_settings, ada, recipient):
    other = a_recipient(session, ada, app_settings.data_dir, "Lemma Labs")
    keys = key_of(recipient, app_settings.data_dir), key_of(other, app_settings.data_dir)

    assert {len(key) for key in keys} == {32}
    assert keys[0] != keys[1]
    assert all(key not in one.sealed_key for key in keys for one in (recipient, other))
    recipient.sealed_key = other.sealed_key
    with pytest.raises(SetupFault, match="does not open"):
        key_of(recipient, app_settings.data_dir)


def test_it_is_found_by_name_however_that_is_written_and_by_id(session, recipient):
    for name in ("Abacus Institute", "  abacus   INSTITUTE ", str(recipient.id)):
        assert find_recipient(session, name) is recipient
    assert find_recipient(session, "Abacus") is None


def test_a_name_is_taken_once(session, app_settings, ada, recipient):
    with pytest.raises(Invalid, match="called “ABACUS institute” already"):
        a_recipient(session, ada, app_settings.data_dir, "ABACUS institute")
    other = a_recipient(session, ada, app_settings.data_dir, "Lemma Labs")
    with pytest.raises(Invalid, match="already"):
        edit_recipient(
            session, other, RecipientIn.model_validate(WISH | {"name": "Abacus Institute"}), actor=ada.actor, now=NOW
        )


def test_it_is_changed_closed_and_opened_again_and_keeps_its_key(session, app_settings, ada, recipient):
    key = key_of(recipient, app_settings.data_dir)
    edit_recipient(session, recipient, RecipientIn.model_validate(WISH), actor=ada.actor, now=NOW)
    close_recipient(session, recipient, actor=ada.actor, now=NOW)
    with pytest.raises(Conflict, match="closed already"):
        close_recipient(session, recipient, actor=ada.actor, now=NOW)
    reopen_recipient(session, recipient, actor=ada.actor, now=NOW)
    with pytest.raises(Conflict, match="open already"):
        reopen_recipient(session, recipient, actor=ada.actor, now=NOW)

    assert (recipient.name, key_of(recipient, app_settings.data_dir)) == ("Lemma Labs", key)
    assert verbs(session) == ["recipient.add", "recipient.close", "recipient.edit", "recipient.reopen"]


def test_an_admin_does_all_of_it_on_pages(client, session, ada, recipient):
    recipient_id = recipient.id
    admin = client.as_(ada)

    added = admin.post("/admin/recipients", data=WISH)
    twice = admin.post("/admin/recipients", data=WISH)
    bad = admin.post("/admin/recipients", data=WISH | {"name": "", "contact_email": "nowhere"})
    changed = admin.post(f"/admin/recipients/{recipient_id}", data=WISH | {"name": "Abacus"})
    closed = admin.post(f"/admin/recipients/{recipient_id}/close")

    assert [answer.status_code for answer in (added, twice, bad, changed, closed)] == [303, 422, 422, 303, 303]
    assert "Already taken." in twice.text
    assert "This is no e-mail address" in bad.text
    page = admin.get(f"/admin/recipients/{recipient_id}").text
    assert "Closed: nothing new is exported for it." in page
    assert admin.post(f"/admin/recipients/{recipient_id}/reopen").status_code == 303
    assert "Abacus" in admin.get("/admin/recipients").text


def test_no_answer_holds_a_key(client, session, app_settings, ada, mona, recipient):
    sealed, key, recipient_id = recipient.sealed_key, key_of(recipient, app_settings.data_dir), recipient.id
    admin = client.as_(ada)
    told = [
        admin.get("/api/v1/recipients").text,
        admin.put(f"/api/v1/recipients/{recipient_id}", json=WISH).text,
        admin.get(f"/admin/recipients/{recipient_id}").text,
    ]
    told.append(client.as_(mona).get("/api/v1/recipient-names").text)

    assert all("Lemma Labs" in text for text in told[1:])
    for secret in (key.hex(), sealed.hex(), "sealed"):
        assert not any(secret in text for text in told)
    assert session.scalars(select(Recipient)).one().sealed_key == sealed
