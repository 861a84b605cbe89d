"""Every page in Chromium, as each person reaches it by links: accessible, without an error, fit for a telephone."""

import re
from collections import deque

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.people import watched

pytestmark = pytest.mark.browser
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/|$)")
NOT_PAGES = re.compile(r"\.csv$|^/attachments/|^/enter/|^/static/|^/api/")
PAGES_OF = {None: 3, "Ed": 11, "Rae": 8, "Mona": 25, "Ada": 10}
"""How many kinds of page each person reaches at least; None is nobody."""
ADDRESSES = "[...document.querySelectorAll('a[href]')].map(a => a.href)"


def kind_of(path: str) -> str:
    """The page that a path shows, whatever the thing on it."""
    return re.sub(r"/projects/(?!new)[a-z0-9-]+", "/projects/{slug}", ID.sub("{id}", path))


def enter(page: Page, served: str, name: str | None) -> None:
    page.goto(f"{served}/sign-in")
    if name is not None:
        page.get_by_role("button", name=f"Enter as {name}").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)


def faults_of(page: Page) -> list[str]:
    """What axe finds on the page as it stands, and whether a telephone has to scroll it sideways."""
    found = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
    page.set_viewport_size({"width": 360, "height": 740})
    if page.evaluate("document.documentElement.scrollWidth") > 360:
        found.append("wider than 360 px")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


@pytest.mark.parametrize("name", PAGES_OF, ids=lambda name: name or "nobody")
def test_every_page_is_accessible_and_fits(page: Page, served: str, name: str | None):
    page.set_viewport_size({"width": 1280, "height": 900})
    errors = watched(page)
    enter(page, served, name)
    waiting = deque([page.url.removeprefix(served)])
    if name == "Rae":
        # A review is opened by a button, so no link leads there.
        page.get_by_role("button", name="Review the first").click()
        page.wait_for_url(re.compile("/reviews/[0-9a-f-]{36}"))
        waiting.append(page.url.removeprefix(served))
    seen: dict[str, list[str]] = {}
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path.partition("?")[0])
        if kind in seen:
            continue
        answer = page.goto(served + path)
        assert answer is not None
        seen[kind] = [] if answer.ok else [f"{answer.status} at {path}"]
        seen[kind] += [f"{one} at {path}" for one in faults_of(page)]
        links = {str(link).partition("#")[0].removeprefix(served) for link in page.evaluate(ADDRESSES)}
        waiting += sorted(
            link for link in links if link.startswith("/") and not NOT_PAGES.search(link.partition("?")[0])
        )

    assert {kind: faults for kind, faults in seen.items() if faults} == {}
    assert len(seen) >= PAGES_OF[name], sorted(seen)
    assert errors == []
