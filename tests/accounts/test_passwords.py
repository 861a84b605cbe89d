"""What a new password must be, and that no crowd at the door takes the machine."""

import threading

import argon2
import pytest

from app.accounts.service import check_new, hash_password
from app.accounts.service.passwords import compare
from app.core.errors import Invalid, Unavailable
from tests.accounts.doors import OTHER, PASSWORD, give_password, hashed

ED = {"email": "ed.brook@example.org", "name": "Ed Brook"}


@pytest.mark.parametrize(
    "password",
    [
        "seven grey herons wait",
        "fifteen chars!!",
        "ÄÖÜ 山田さん über alles",
        "no capital no digit no sign",
        "🦉🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤",
        "  spaces at both ends  ",
        "x7" * 100 + "abcdefgh",
        "pasted\tfrom\nsomewhere",
        "e" * 1000 + " four other signs",
    ],
)
def test_any_long_password_of_ones_own_is_taken(password):
    check_new(password, **ED)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Use at least 15 characters; a short sentence is good."),
        ("fourteen chars", "Use at least 15 characters; a short sentence is good."),
        ("x" * 1025, "Use at most 1024 bytes."),
        ("山" * 342, "Use at most 1024 bytes."),
        ("aaaaaaaaaaaaaaaaaaaa", "This repeats a few characters; use a short sentence."),
        ("1212 1212 1212 1212", "This repeats a few characters; use a short sentence."),
        (
            "password my password",
            "This is mostly your own name or address, or a common word; use a short sentence.",
        ),
        ("ed brook ed brook", "This is mostly your own name or address, or a common word; use a short sentence."),
        ("ed.brook@example.org", "This is mostly your own name or address, or a common word; use a short sentence."),
        ("Workings-Workings-1", "This is mostly your own name or address, or a common word; use a short sentence."),
        ("qwertyqwertyqwerty1", "This is mostly your own name or address, or a common word; use a short sentence."),
    ],
)
def test_what_is_short_or_guessed_first_is_refused_with_a_reason(password, sentence):
    with pytest.raises(Invalid) as refused:
        check_new(password, **ED)
    assert (refused.value.sentence, refused.value.fields) == (sentence, {"password": sentence})


def test_the_list_of_passwords_tried_first_is_looked_up_whatever_the_case_and_spaces():
    with pytest.raises(Invalid) as refused:
        check_new("One Two Three Four Five", **ED)
    assert refused.value.sentence.startswith("This is one of the passwords that are tried first")


def test_a_hash_is_argon2id_with_the_promised_cost_and_its_own_salt(full_price):
    one, other = hash_password(PASSWORD), hash_password(PASSWORD)
    assert (one[:30], other[:30]) == ("$argon2id$v=19$m=65536,t=3,p=1",) * 2
    assert one != other


def test_two_passwords_are_hashed_at_a_time_and_a_crowd_is_asked_to_come_back(monkeypatch):
    running, most, waiting = [], [], threading.Event()
    verify = argon2.PasswordHasher.verify

    def slow(self, stored, password):
        running.append(1)
        most.append(len(running))
        waiting.wait(timeout=5)
        running.pop()
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", slow)
    results: list[object] = []

    def come():
        try:
            results.append(compare(PASSWORD, None, hashed(PASSWORD)).fits)
        except Unavailable as error:
            results.append(error.code)

    hashed(PASSWORD)
    crowd = [threading.Thread(target=come) for _ in range(12)]
    for one in crowd:
        one.start()
    while len(results) < 4:  # eight may wait, so four of twelve are sent away at once
        waiting.wait(timeout=0.01)
    waiting.set()
    for one in crowd:
        one.join(timeout=30)
    assert sorted(map(str, results)) == ["True"] * 8 + ["unavailable"] * 4
    assert max(most) == 2


@pytest.mark.parametrize("word", ["fourteen chars", "passwordpassword", "ed ed ed ed ed ed ed"])
def test_no_form_takes_a_password_that_is_refused(client, session, ed, word):
    give_password(session, ed)
    answer = client.as_(ed).post("/account/password", data={"old_password": PASSWORD, "password": word})
    assert (answer.status_code, word in answer.text) == (422, False)
    assert client.post("/account/password", data={"old_password": PASSWORD, "password": OTHER}).status_code == 303
