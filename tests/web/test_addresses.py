"""Where a request comes from and where it may be sent on: nothing is believed further than it can be."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.config import Settings
from app.web.addresses import client_address, client_network, is_loopback, own_path, page_before, with_next

OWN = ["/", "/projects", "/projects/sums?tab=people#top", "/work/1/history", "/a//b", "/ä", "/?next=//evil.example"]
FOREIGN = [
    "",
    "projects",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "/\t//evil.example",
    "/\r\nLocation: https://evil.example",
    "/\x00",
    "/\u2028evil",
    " /projects",
    "\t/projects",
]


class App:
    """As much of an application as addresses look at."""

    def __init__(self, *trusted):
        self.state = self
        self.settings = Settings(trusted_proxies=list(trusted))


def asking(peer="192.0.2.1", forwarded=(), trusted=(), host="127.0.0.1:8000", referer=None):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded] + [(b"host", host.encode())]
    if referer:
        headers.append((b"referer", referer.encode()))
    client = (peer, 1234) if peer else None
    scope = {"type": "http", "headers": headers, "client": client, "app": App(*trusted), "path": "/", "scheme": "http"}
    return Request(scope | {"server": ("127.0.0.1", 8000), "query_string": b""})


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_ours_is_gone_on_to(path):
    assert own_path(path) == path


@pytest.mark.parametrize("path", FOREIGN)
def test_anything_else_leads_home(path):
    assert own_path(path) == "/"
    assert own_path(path, "/projects") == "/projects"


@given(st.text(max_size=40), st.sampled_from(["", "/", "//", "/\\", "/%09/", "https://"]))
def test_no_text_leads_to_another_origin(text, start):
    place = urlsplit(urljoin("https://workings.example.org/sign-in", own_path(start + text)))
    assert (place.scheme, place.netloc) == ("https", "workings.example.org")


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("192.0.2.1", [], [], "192.0.2.1"),
        ("192.0.2.1", ["6.6.6.6"], [], "192.0.2.1"),
        ("192.0.2.1", ["6.6.6.6"], ["10.0.0.1"], "192.0.2.1"),
        ("10.0.0.1", [], ["10.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6"], ["10.0.0.1"], "6.6.6.6"),
        ("10.0.0.1", ["1.1.1.1, 6.6.6.6"], ["10.0.0.1"], "6.6.6.6"),
        ("10.0.0.1", ["1.1.1.1", "6.6.6.6"], ["10.0.0.1"], "6.6.6.6"),
        ("10.0.0.1", ["1.1.1.1, 6.6.6.6, 10.0.0.2"], ["10.0.0.0/24"], "6.6.6.6"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], ["10.0.0.0/24"], "10.0.0.3"),
        ("10.0.0.1", ["6.6.6.6, <script>"], ["10.0.0.1"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6,,  ,"], ["10.0.0.1"], "6.6.6.6"),
        ("fd00::1", ["2001:db8::7"], ["fd00::/8"], "2001:db8::7"),
        ("", ["6.6.6.6"], ["0.0.0.0/0"], ""),
        ("unix", ["6.6.6.6"], ["0.0.0.0/0"], "unix"),
    ],
)
def test_the_client_is_whom_the_last_trusted_proxy_saw(peer, forwarded, trusted, client):
    assert client_address(asking(peer, forwarded, trusted)) == client


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
    ],
)
def test_failures_are_counted_by_what_one_person_holds(peer, network):
    assert client_network(asking(peer)) == network


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.1", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("192.168.0.1", False),
        ("2130706433", False),
        ("", False),
    ],
)
def test_only_loopback_is_this_machine(host, here):
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("referer", "path"),
    [
        (None, "/"),
        ("http://127.0.0.1:8000/projects/sums/people?x=1", "/projects/sums/people?x=1"),
        ("https://evil.example/projects", "/"),
        ("http://127.0.0.1:8000.evil.example/projects", "/"),
        ("http://127.0.0.1:8000//evil.example", "/"),
        ("nonsense", "/"),
    ],
)
def test_the_page_before_is_one_of_ours_or_home(referer, path):
    assert page_before(asking(referer=referer)) == path


def test_the_way_on_survives_in_an_address():
    assert with_next("/sign-in", "/projects/sums?a=b&c=d") == "/sign-in?next=/projects/sums%3Fa%3Db%26c%3Dd"
