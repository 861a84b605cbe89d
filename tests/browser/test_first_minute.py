"""The first minute of a newcomer: the door, the demo's people, a task in the workspace."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def no_violations(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_door_is_accessible_and_offers_the_cast(page: Page, served: str):
    page.goto(f"{served}/sign-in")

    expect(page.get_by_role("button", name="Enter as Ed")).to_be_visible()
    no_violations(page)


def test_eve_reads_the_new_guideline_and_may_take_tasks_again(page: Page, served: str):
    page.goto(f"{served}/sign-in")
    page.get_by_role("button", name="Enter as Eve").click()
    expect(page.locator("main")).to_contain_text("Read version 2 of the guideline and acknowledge it first.")
    page.goto(f"{served}/projects/number-theory/guidelines")
    page.get_by_role("button", name="acknowledge").or_(page.get_by_role("button", name="I have read")).first.click()

    expect(page.locator("body")).not_to_contain_text("Our fault")
    no_violations(page)
    page.goto(f"{served}/work")
    expect(page.locator("main")).not_to_contain_text("Read version 2")


def test_a_wrong_password_is_told_beside_the_form(page: Page, served: str):
    page.goto(f"{served}/sign-in")
    page.get_by_label("Mail address").fill("ed@example.org")
    page.get_by_label("Password").fill("not the password at all")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
