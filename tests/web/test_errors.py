"""Errors: one shape for programs, a page for people; never the value that was sent, never our insides."""

import pytest

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/api/v1/session", {"email": CANARY}, "/password"),
        ("/api/v1/session", {"email": "e", "password": "p", CANARY: 1}, f"/{CANARY}"),
        ("/api/v1/session", {"email": ["x", CANARY], "password": "p"}, "/email"),
        ("/api/v1/session", [CANARY], None),
    ],
)
def test_a_refused_body_is_pointed_at_and_not_repeated(client, path, body, pointer):
    answer = client.post(path, json=body)
    told = answer.json()
    assert (answer.status_code, told["code"], told["pointer"]) == (422, "invalid", pointer)
    assert sorted(told) == ["code", "id", "message", "pointer"]
    if pointer != f"/{CANARY}":
        assert CANARY not in answer.text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"email": "a", "email": "b", "password": "c"}',
        b'{"email": "\\ud800", "password": "c"}',
        b'{"email": "\\u0000", "password": "c"}',
        b'{"email": NaN, "password": "c"}',
        b'{"email": 1e999, "password": "c"}',
        b'{"email": 9007199254740993, "password": "c"}',
        b"[" * 100 + b"]" * 100,
        b"[" * 100_000,
    ],
)
def test_json_that_two_readers_could_take_differently_is_refused(client, raw):
    answer = client.post("/api/v1/session", content=raw, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("name", ["email", "password", "next"])
def test_forms_refuse_what_no_keyboard_sends(client, name):
    fields = {"email": "a@example.org", "password": "x", "next": "/"} | {name: "a\x00b"}
    assert client.post("/sign-in", data=fields).status_code == 422


def test_an_unknown_field_of_a_form_is_refused(client, session, ed):
    answer = client.as_(ed).post("/account", data={"name": "Ed", "state": "disabled"})
    assert answer.status_code == 422


def test_a_form_of_too_many_fields_is_refused(client):
    answer = client.post("/sign-in", data={f"f{number}": "x" for number in range(201)})
    assert answer.status_code == 400


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_its_limit_is_refused_declared_or_not(client, chunked):
    def pieces():
        for _ in range(20):
            yield b"x" * (1 << 16)

    content = pieces() if chunked else b"x" * (20 << 16)
    answer = client.post("/api/v1/session", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999"])
def test_a_nonsensical_length_is_too_large(client, length):
    answer = client.post("/sign-in", content=b"x", headers={"content-length": length})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/admin/jobs?state=nonsense", "/admin/audit?cursor=nonsense", "/admin/users?cursor=W10"]
)
def test_a_damaged_address_is_told_as_one(client, ada, path):
    answer = client.as_(ada).get(path)
    assert (answer.status_code, "nonsense" in answer.text) == (422, False)


def test_a_path_that_is_no_id_is_nowhere(client, ada):
    assert client.as_(ada).get("/admin/users/1%20OR%201=1").status_code == 404
    assert client.get("/api/v1/jobs/nonsense").json()["code"] == "not_found"


def test_htmx_gets_the_refusal_itself_instead_of_a_page_to_go_to(client, ed):
    answer = client.get("/account", headers={"hx-request": "true"})
    assert (answer.status_code, 'data-error-code="not_signed_in"' in answer.text) == (401, True)


def test_an_id_leads_from_an_error_to_the_log(client):
    told = client.get("/api/v1/projects").json()
    assert (len(told["id"]), told["code"]) == (16, "not_signed_in")
