"""The main job in Chromium: solved with the keyboard alone, returned, revised, approved, frozen, downloaded."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.clock import now
from app.core.db import Database
from app.submissions.models import Submission
from app.worker import Worker
from tests.browser.people import sign_in, watched
from tests.cast import Person, Place
from tests.factories.work import a_task

pytestmark = pytest.mark.browser
SAVED = re.compile("^Saved")
FIRST = "Write $n2^n + 9 = m^2$ with $m > 0$."
SECOND = "The factors $m-3$ and $m+3$ share nothing but 2."
REWRITTEN = "The factors $m-3$ and $m+3$ differ by 6, so they share at most 2 and 3."
LAST = "Hence $n = 5$."


@dataclass
class Loop:
    """Everybody at their own machine, over one database."""

    browser: Browser
    address: str
    session: Session

    def page_of(self, person: Person) -> Page:
        """Open the browser of somebody; an error of a script fails the test at its next look."""
        page = self.browser.new_context(base_url=self.address, viewport={"width": 1280, "height": 900}).new_page()
        sign_in(self.session, page.context, person, self.address)
        return page


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement?.matches(selector) === true", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {selector}.")


def solve(page: Page) -> None:
    """Take the next task and hand it in without touching the mouse; the line drops for a while on the way."""
    page.goto("/work")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/work/[0-9a-f-]{36}"))
    expect(page.get_by_role("button", name="New step ⏎").last).to_be_visible()
    tab_to(page, "[data-editor=steps] button")
    page.keyboard.press("Enter")
    page.keyboard.type(FIRST)
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type(SECOND)
    expect(page.locator(".save")).to_have_text("Not saved – kept on this device", timeout=15_000)
    page.context.set_offline(False)
    expect(page.locator(".save")).to_have_text(SAVED, timeout=20_000)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type(LAST)
    page.keyboard.press("Escape")
    tab_to(page, "#answer")
    page.keyboard.type("n = 5")
    tab_to(page, "[name=confidence]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "#wrong")
    page.keyboard.type("A slip in the parity argument.")
    hand_in(page)


def hand_in(page: Page) -> None:
    """Go through both beats with the same chord."""
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/review-and-submit$"))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/submitted$"))


def open_first(page: Page) -> None:
    """Open what stands first in the review queue."""
    page.goto("/reviews")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/reviews/[0-9a-f-]{36}"))
    expect(page.get_by_role("button", name="Next open N")).to_be_visible()


def comment(page: Page, key: str, words: str) -> None:
    """Write an issue on the step that a key leads to."""
    page.keyboard.press(key)
    page.keyboard.press("c")
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer")).to_have_count(0)


def send_back(page: Page) -> None:
    """Label the steps and return the work with two issues, each on its step."""
    open_first(page)
    for keys in ("1n", "3n", "2"):
        for key in keys:
            page.keyboard.press(key)
    comment(page, "k", "What about 3?")
    comment(page, "j", "Say which theorem gives it.")
    expect(page.get_by_role("button", name="Return with 2 issues R")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Returned", exact=False).first).to_be_visible()


def revise(page: Page) -> None:
    """Open the returned work at its issue, rewrite the step, answer both issues and hand in again."""
    page.goto("/work")
    page.get_by_role("link", name="Open at the issue").or_(page.get_by_role("button", name="Open at the issue")).click()
    page.wait_for_url(re.compile("/work/[0-9a-f-]{36}"))
    expect(page.get_by_role("button", name="New step ⏎").last).to_be_visible()
    page.locator("#step-2").click()
    page.keyboard.press("Control+a")
    page.keyboard.type(REWRITTEN)
    page.keyboard.press("Control+s")
    expect(page.locator(".save")).to_have_text(SAVED, timeout=10_000)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/review-and-submit$"))
    for left in (1, 0):
        page.get_by_role("textbox", name="Reply").nth(1 - left).fill("Rewritten.")
        page.get_by_role("button", name="Reply: answered").first.click()
        expect(page.get_by_role("button", name="Reply: answered")).to_have_count(left)
    page.get_by_role("button", name=re.compile("^Submit")).last.click()
    page.wait_for_url(re.compile("/submitted$"))


def approve(page: Page) -> None:
    """See the difference, settle the issues, label what is open and approve."""
    open_first(page)
    expect(page.locator("#step-2 ins").first).to_be_visible()
    for left in (1, 0):
        page.get_by_role("button", name="Resolve").first.click()
        expect(page.get_by_role("button", name="Resolve")).to_have_count(left)
    for _ in range(3):
        page.keyboard.press("n")
        page.keyboard.press("1")
    page.keyboard.press("a")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Approved", exact=False).first).to_be_visible()


def let_undo_pass(session: Session) -> None:
    """Move the decision into the past: what can still be undone is not frozen."""
    session.execute(update(Submission).values(decided_at=now() - timedelta(minutes=1)))
    session.commit()


def freeze_and_export(page: Page, worker: Worker) -> list[dict[str, Any]]:
    """Define a dataset, freeze it, export it and download the rows."""
    page.goto("/projects/sums/datasets")
    page.get_by_label("Name").fill("Squares")
    page.get_by_role("button", name="Define it").click()
    page.get_by_role("button", name="Freeze 1 piece").click()
    worker.run_all()
    page.goto("/projects/sums/datasets")
    page.get_by_role("link", name="Squares").click()
    page.get_by_role("link", name="Snapshot 1").click()
    page.get_by_role("link", name="Export…").click()
    page.get_by_role("radio", name="TRL stepwise").check()
    page.get_by_text("true", exact=True).first.wait_for()  # the labels of the other format's row
    page.get_by_role("radio", name="TRL SFT").check()
    page.get_by_text('"reasoning_content"', exact=True).wait_for()
    page.get_by_role("button", name="Write the files").click()
    worker.run_all()
    page.reload()
    row = page.locator("tr", has_text="train.jsonl").first
    with page.expect_download() as download:
        row.get_by_role("button", name="Download").click()
    return [json.loads(line) for line in download.value.path().read_text().splitlines()]


def test_from_a_blank_page_to_a_downloaded_row(
    browser: Browser,
    address: str,
    session: Session,
    database: Database,
    app_settings: Settings,
    sums: Place,
    ed: Person,
    rae: Person,
    mona: Person,
):
    a_task(session, sums)
    session.commit()
    loop = Loop(browser, address, session)
    author, reviewer, manager = (loop.page_of(person) for person in (ed, rae, mona))
    errors = [watched(page) for page in (author, reviewer, manager)]

    solve(author)
    send_back(reviewer)
    revise(author)
    approve(reviewer)
    let_undo_pass(session)
    rows = freeze_and_export(manager, Worker(database, app_settings))

    assert errors == [[], [], []]
    work = session.scalars(select(Submission)).one()
    assert (work.state, work.revision_n) == ("approved", 2)
    (row,) = rows
    assert row["messages"][1] == {
        "role": "assistant",
        "reasoning_content": f"{FIRST}\n\n{REWRITTEN}\n\n{LAST}",
        "content": "n = 5",
    }
