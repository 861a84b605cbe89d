"""The key of the installation: made once, kept to its owner, followed when it is replaced, never believed unasked."""

import re
import stat

import pytest

from app.core.signing import BadSignature, Signature, Signer, check_signature, has_key, rotate

DATA = b'{"files": []}\n'


def signed(signer, data=DATA):
    return Signature.read(signer.sign("manifest.json", data))


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    before = has_key(tmp_path)
    first = Signer(tmp_path)

    mode = stat.S_IMODE((tmp_path / "keys" / "signing.key").stat().st_mode)
    assert (before, has_key(tmp_path), mode) == (False, True, 0o600)
    assert Signer(tmp_path).public_key == first.public_key
    assert re.fullmatch("[0-9a-f]{32}", first.key_id)


def test_the_same_bytes_have_the_same_signature(tmp_path):
    assert Signer(tmp_path).sign("manifest.json", DATA) == Signer(tmp_path).sign("manifest.json", DATA)


@pytest.mark.parametrize("name", ["key_id", "public_key"])
def test_a_signature_holds_for_whoever_trusts_the_key(tmp_path, name):
    signer = Signer(tmp_path)

    assert check_signature(signed(signer), DATA, trusted=getattr(signer, name).upper()) == signer.key_id


def test_one_changed_byte_is_seen(tmp_path):
    with pytest.raises(BadSignature, match=r"^manifest\.json is not what was signed"):
        check_signature(signed(Signer(tmp_path)), DATA.replace(b"files", b"fileS"))


def test_another_key_is_named(tmp_path):
    mine, forger = Signer(tmp_path / "mine"), Signer(tmp_path / "forger")

    with pytest.raises(BadSignature, match=f"Signed with the key {forger.key_id}, which is not the one you trust"):
        check_signature(signed(forger), DATA, trusted=mine.key_id)


def test_a_key_that_was_replaced_twice_vouches_for_the_newest(tmp_path):
    oldest = Signer(tmp_path)
    rotate(tmp_path)
    newest = rotate(tmp_path)

    assert newest.public_key != oldest.public_key
    assert newest.earlier_keys[0].key_id == oldest.key_id
    assert check_signature(signed(newest), DATA, trusted=oldest.key_id) == newest.key_id


def test_nobody_enters_the_chain_by_writing_a_trusted_key_into_it(tmp_path):
    trusted = Signer(tmp_path / "mine")
    forger = Signer(tmp_path / "forger")
    own_word = forger.endorse(forger.public_key)
    forger.earlier_keys = [own_word.model_copy(update={"public_key": trusted.public_key})]

    with pytest.raises(BadSignature, match="not the one you trust"):
        check_signature(signed(forger), DATA, trusted=trusted.key_id)


def test_a_rotation_that_was_killed_before_the_new_key_came_leaves_the_old_one_in_use(tmp_path):
    signer = Signer(tmp_path)
    key = (tmp_path / "keys" / "signing.key").read_bytes()
    rotate(tmp_path)
    (tmp_path / "keys" / "signing.key").write_bytes(key)  # the list was written, the key was not

    again = Signer(tmp_path)
    newest = rotate(tmp_path)

    assert (again.public_key, again.earlier_keys) == (signer.public_key, [])
    assert check_signature(signed(newest), DATA, trusted=signer.key_id) == newest.key_id


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"algorithm": "none"}', b"[" * 5000])
def test_a_damaged_signature_is_one_sentence(text):
    with pytest.raises(BadSignature, match="signature file is damaged"):
        Signature.read(text)
