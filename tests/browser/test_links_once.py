"""Links and tokens that are shown once, right after they were made: no link leads to such a page."""

import pytest
from playwright.sync_api import Page

from tests.browser.people import sign_in, watched
from tests.browser.test_every_page import faults_of

pytestmark = pytest.mark.browser


def test_what_is_shown_once_fits_a_telephone_and_is_accessible(page: Page, session, address: str, ada, eve):
    errors = watched(page)
    sign_in(session, page.context, ada, address)

    page.goto(f"{address}/admin/users")
    page.get_by_label("Mail address").last.fill("somebody.with.a.long.name@a-long-name-of-a-place.example.org")
    page.get_by_role("button", name="Invite").click()
    page.get_by_text("Hand this link over").wait_for()
    invited = faults_of(page)
    page.goto(f"{address}/admin/users/{eve.id}")
    page.get_by_role("button", name="Make a link for a new password").click()
    page.get_by_text("Hand this link to them").wait_for()
    reset = faults_of(page)
    page.goto(f"{address}/account")
    page.get_by_label("What it is for").fill("A script")
    page.get_by_label("projects:read").check()
    page.get_by_role("button", name="Make a token").click()
    page.locator("#new-token").wait_for()
    token = faults_of(page)

    assert (invited, reset, token, errors) == ([], [], [], [])
