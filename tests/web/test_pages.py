"""What goes into a page: data in scripts, sentences over a redirect, words for sizes and times, static files."""

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.web.flash import NAME
from app.web.templating import asset, duration, json_for_script, make_environment, size

NASTY = ["</script><script>alert(1)</script>", "<!--", "]]>", "\u2028\u2029", "&lt;", "'\"\\"]


@pytest.mark.parametrize("text", NASTY)
def test_data_cannot_leave_its_script(text):
    written = json_for_script({"text": text})
    assert json.loads(written) == {"text": text}
    assert not set("<>&\u2028\u2029") & set(written)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_data_comes_back_as_it_was(value):
    assert json.loads(json_for_script(value)) == value


def test_what_is_no_data_does_not_go_into_a_page():
    with pytest.raises(TypeError):
        json_for_script({"x": object()})


def test_an_unknown_name_in_a_template_is_an_error_and_text_is_escaped():
    environment = make_environment()
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(Exception, match="'y' is undefined"):
        environment.from_string("{{ y }}").render(x="")


def test_a_sentence_is_carried_over_a_redirect_and_shown_once(client, ed):
    client.as_(ed).post("/account", data={"name": "Ed"})
    assert "Saved." in client.get("/account").text
    assert "Saved." not in client.get("/account").text


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b'["evil", "x"]').decode(),
        base64.urlsafe_b64encode(b'["done", 1]').decode(),
        base64.urlsafe_b64encode(b'[["done"], "x"]').decode(),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        "=",
    ],
)
def test_a_damaged_sentence_counts_as_none(client, ed, value):
    client.as_(ed)
    client._http.cookies.set(NAME, value)
    assert client.get("/account").status_code == 200


def test_a_planted_sentence_is_text(client, ed):
    planted = base64.urlsafe_b64encode(json.dumps(["done", "<script>alert(1)</script>"]).encode()).decode()
    client.as_(ed)
    client._http.cookies.set(NAME, planted)
    page = client.get("/account").text
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (18720, "5 h 12 min"),
        (86400, "1 d"),
        (97200, "1 d 3 h"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [(0, "0 B"), (999, "999 B"), (1234567, "1.2 MB"), (5 * 10**9, "5.0 GB"), (10**13, "10000.0 GB")],
)
def test_a_size_is_said_in_decimal_units(size_bytes, words):
    assert size(size_bytes) == words


@pytest.mark.parametrize(
    ("ago", "words"), [(5, "5 s ago"), (119, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-60, "0 s ago")]
)
def test_a_moment_is_said_by_how_long_ago_it_was(ago, words):
    moment = clock.now() - timedelta(seconds=ago + 0.5 if ago > 0 else ago)
    assert words in str(make_environment().filters["ago"](moment))


@pytest.mark.parametrize(
    "path",
    [
        "../../pyproject.toml",
        "..%2f..%2fpyproject.toml",
        "%2e%2e/%2e%2e/pyproject.toml",
        "dist/../../main.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "dist",
        "",
        "dist/manifest.json%00.css",
    ],
)
def test_nothing_but_static_files_is_served(client, path):
    answer = client._http.get(f"/static/{path}")
    assert (answer.status_code, "workings" in answer.text.lower() and "[project]" in answer.text) == (404, False)


@pytest.mark.parametrize(("accepted", "encoding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None)])
def test_a_static_file_comes_packed_as_the_browser_likes_it(client, accepted, encoding):
    answer = client.get(asset("app.css"), headers={"accept-encoding": accepted})
    assert (answer.status_code, answer.headers.get("content-encoding"), answer.headers["vary"]) == (
        200,
        encoding,
        "Accept-Encoding",
    )
