"""The page of the key: shown to whoever is signed in, and looking never makes one."""

from app.core.signing import Signer, has_key, rotate


def test_looking_makes_no_key(client, app_settings, ed):
    page = client.as_(ed).get("/exports/key")

    assert ("There is no key yet." in page.text, has_key(app_settings.data_dir)) == (True, False)


def test_the_key_and_those_before_are_shown_and_nothing_secret(client, app_settings, mona):
    before = Signer(app_settings.data_dir)
    now = rotate(app_settings.data_dir)
    secret = (app_settings.data_dir / "keys" / "signing.key").read_text()

    page = client.as_(mona).get("/exports/key").text

    shown = [text in page for text in (now.key_id, now.public_key, before.key_id, secret)]
    assert shown == [True, True, True, False]
