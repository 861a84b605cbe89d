"""What the workspace says of an answer while it is written: how it reads, what it lacks, asked when it rests."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, expect
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.core import clock
from app.core.db import Database
from tests.browser.desks import Desk
from tests.browser.people import sign_in, watched
from tests.cast import Person, Place
from tests.factories.work import a_submission, a_task, some_content

pytestmark = pytest.mark.browser
SET = {"kind": "set", "answer": "{1, 2, 3}"}
BRANCHES = [{"assumption": "square-based", "keys": ["square"], "spec": {"kind": "integer", "answer": "143"}}]
CHECK_MS = 10_000
"""The first reading starts the process that reads formulas."""


@pytest.fixture
def desk(page: Page, address: str, database: Database, session: Session, sums: Place, ed: Person) -> Iterator[Desk]:
    """Ed's browser; `begin` gives him work."""
    errors = watched(page)
    sign_in(session, page.context, ed, address)
    yield Desk(page, address, ed.id, database)
    assert errors == []


def begin(desk: Desk, session: Session, sums: Place, ed: Person, spec: dict[str, Any], text: str = "") -> None:
    """Open work on a task with this expected answer."""
    task = a_task(session, sums, answer_spec=spec)
    work = a_submission(session, author=ed, task=task, content=some_content(answer={"text": text}))
    session.get_one(Assignment, work.assignment_id).lease_expires_at = clock.now() + timedelta(hours=5)
    desk.work = work.id
    session.commit()
    desk.open()


def line(desk: Desk, name: str) -> Locator:
    """The live line of this name."""
    return desk.page.locator(".checks--live li").filter(has=desk.page.get_by_text(name, exact=True))


def test_an_answer_is_read_while_it_is_written_and_set_as_a_formula(desk, session, sums, ed):
    begin(desk, session, sums, ed, SET)
    expect(line(desk, "Answer")).to_contain_text("none yet")
    expect(line(desk, "Units")).to_contain_text("not asked")
    desk.page.locator("#answer").fill("{4, 5}")

    expect(line(desk, "Answer").locator("small")).to_have_text(re.compile("^reads as a set of 2"), timeout=CHECK_MS)
    expect(line(desk, "Answer").locator(".katex")).to_be_visible()
    expect(line(desk, "Answer").locator(".good")).to_have_count(1)


def test_what_does_not_read_is_said_without_alarm_and_leads_to_the_field(desk, session, sums, ed):
    begin(desk, session, sums, ed, {"kind": "integer", "answer": "5"}, text="five or so")
    expect(line(desk, "Answer").locator(".warn")).to_have_count(1, timeout=CHECK_MS)
    line(desk, "Answer").get_by_role("link").click()

    expect(desk.page.locator("#answer")).to_be_focused()
    desk.page.locator("#answer").fill("5")
    expect(line(desk, "Answer").locator("small")).to_have_text("reads as the whole number 5", timeout=CHECK_MS)


def test_an_assumption_on_which_the_answer_hangs_is_asked_for_until_one_is_stated(desk, session, sums, ed):
    begin(desk, session, sums, ed, {"kind": "by_assumption", "branches": BRANCHES}, text="143")
    line(desk, "No assumption stated").get_by_role("link").click(timeout=CHECK_MS)
    expect(desk.page.get_by_label("Assumptions of yours, one on each line")).to_be_focused()
    desk.page.keyboard.type("The base is a square.")

    expect(line(desk, "No assumption stated")).to_have_count(0, timeout=CHECK_MS)
    expect(line(desk, "Answer")).to_have_count(1)


def test_only_a_changed_answer_is_asked_about_and_only_when_it_rests(desk, session, sums, ed):
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/check"):
            asked.append(json.loads(request.post_data or "{}")["text"])

    desk.page.on("request", note)
    begin(desk, session, sums, ed, {"kind": "integer", "answer": "5"})
    desk.page.locator("#answer").press_sequentially("1234", delay=20)
    expect(line(desk, "Answer").locator("small")).to_have_text("reads as the whole number 1,234", timeout=CHECK_MS)
    desk.page.locator("#wrong").fill("A slip.")
    desk.page.locator("[data-step-id=s2]").focus()
    desk.page.keyboard.press("e")
    desk.page.keyboard.type("More text.")
    desk.save()

    assert asked == ["1234"]


def test_where_no_answer_is_compared_nothing_is_said_of_it(desk, session, sums, ed):
    begin(desk, session, sums, ed, {"kind": "rubric"}, text="An essay.")

    expect(desk.page.locator(".checks--live li b")).to_have_text(["Units"])


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (360, "light")])
def test_the_live_checks_are_accessible(desk, session, sums, ed, width, scheme):
    begin(desk, session, sums, ed, SET, text="{4, 5}")
    expect(line(desk, "Answer").locator(".katex")).to_have_count(1, timeout=CHECK_MS)
    desk.page.emulate_media(color_scheme=scheme)
    desk.page.set_viewport_size({"width": width, "height": 900})
    if width < 900:
        desk.page.goto(f"{desk.page.url}#checks")

    found = Axe().run(desk.page)
    assert found.violations_count == 0, found.generate_report()
