"""The workspace in Chromium: writing with the keyboard, saving, being offline, two windows, the two beats."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.core.clock import now
from app.core.db import Database
from app.submissions.models import DraftConflict, DraftSave, Submission
from app.submissions.schemas import Content, Program
from app.tasks.states import Activity
from tests.browser.desks import SAVED, Desk
from tests.browser.people import sign_in, watched
from tests.cast import Person, Place
from tests.factories.work import a_submission, a_task, some_content

pytestmark = pytest.mark.browser


def _work(session: Session, sums: Place, ed: Person, content: Content, activity: Activity = Activity.SOLVE) -> UUID:
    submission = a_submission(session, author=ed, task=a_task(session, sums, activity=activity), content=content)
    session.get_one(Assignment, submission.assignment_id).lease_expires_at = now() + timedelta(hours=5)
    session.commit()
    return submission.id


@pytest.fixture
def desk(page: Page, address: str, database: Database, session: Session, sums: Place, ed: Person) -> Iterator[Desk]:
    """Ed's draft of three steps, open; an error of a script or against the policy fails the test."""
    errors = watched(page)
    work = _work(session, sums, ed, some_content())
    sign_in(session, page.context, ed, address)
    page.goto(f"{address}/work/{work}")
    expect(page.get_by_role("button", name="New step ⏎").last).to_be_visible()
    yield Desk(page, address, work, database)
    assert errors == []


def test_steps_are_written_and_saved_with_the_keyboard_alone(desk: Desk):
    page = desk.page
    page.locator("[data-step-id=s3]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Check: $5 \\cdot 2^5 + 9 = 13^2$.")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("Nothing else is possible.")
    desk.save()

    assert desk.bodies()[3:] == ["Check: $5 \\cdot 2^5 + 9 = 13^2$.", "Nothing else is possible."]
    expect(page.locator("#step-4 .katex")).to_be_visible()


def test_the_active_step_shows_its_setting_below_its_source(desk: Desk):
    desk.page.locator("[data-step-id=s2]").click()

    expect(desk.page.locator("#step-2 .cm-content")).to_be_focused()
    expect(desk.page.locator("#step-2 .editor__preview .katex").first).to_be_visible()
    expect(desk.page.locator(".editor")).to_have_count(1)


def test_a_dead_end_a_move_and_a_merge_need_one_key_each(desk: Desk):
    page = desk.page
    page.locator("[data-step-id=s1]").focus()
    page.keyboard.press("x")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("k")
    desk.save()
    assert [(step.id, step.type) for step in desk.head().steps] == [
        ("s2", "work"),
        ("s1", "dead_end"),
        ("s3", "conclusion"),
    ]

    page.locator("[data-step-id=s3]").focus()
    page.keyboard.press("Control+m")
    desk.save()
    assert [step.id for step in desk.head().steps] == ["s2", "s1"]
    assert desk.bodies()[1].endswith("Hence $n = 5$.")


def test_a_letter_on_the_type_chooses_it_and_a_backtrack_asks_where_to(desk: Desk):
    page = desk.page
    page.locator("[data-step-id=s3]").click()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("b")
    page.get_by_label("Back to step").select_option("s1")
    desk.save()

    assert (desk.head().steps[2].type, desk.head().steps[2].to) == ("backtrack", "s1")


def test_what_a_step_rests_on_is_written_as_numbers(desk: Desk):
    page = desk.page
    page.locator("[data-step-id=s3]").click()
    page.get_by_label("uses").fill("1, 2, 7")
    page.get_by_label("uses").press("Tab")

    expect(page.get_by_text("No earlier step: 7.")).to_be_visible()
    desk.save()
    assert desk.head().steps[2].refs == ["s1", "s2"]


def test_a_step_with_text_that_is_given_up_stays(desk: Desk):
    page = desk.page
    page.locator("[data-step-id=s2]").click()
    page.get_by_role("button", name="Give up this step…").click()
    page.get_by_role("dialog").get_by_role("button", name="Give up").click()
    desk.save()

    assert (desk.head().steps[1].status, desk.head().steps[1].body) == ("abandoned", some_content().steps[1].body)


def test_the_answer_and_its_confidence_are_saved(desk: Desk):
    page = desk.page
    page.locator("#answer").fill("n = 5 only")
    page.locator("#confidence label").nth(4).click()
    page.locator("#wrong").fill("A missed parity case.")
    desk.save()

    head = desk.head()
    assert (head.answer.text, head.confidence, head.what_would_make_this_wrong) == (
        "n = 5 only",
        5,
        "A missed parity case.",
    )


def test_writing_is_saved_by_itself_when_it_pauses(desk: Desk):
    desk.page.locator("#answer").fill("n = 5, after a pause")

    expect(desk.page.locator(".save")).to_have_text(re.compile("^Saved.*r2"), timeout=6_000)
    assert desk.head().answer.text == "n = 5, after a pause"


def test_offline_work_stays_on_the_device_even_when_the_window_is_closed(desk: Desk):
    page = desk.page
    page.route("**/draft", lambda route: route.abort())
    page.locator("#answer").fill("written in a tunnel")
    expect(page.locator(".save")).to_have_text("Not saved – kept on this device", timeout=8_000)
    page.close()

    again = page.context.new_page()
    again.goto(f"{desk.address}/work/{desk.work}")
    expect(again.locator("#answer")).to_have_value("written in a tunnel")
    expect(again.locator(".save")).to_have_text(SAVED, timeout=8_000)
    assert desk.head().answer.text == "written in a tunnel"


def _save_elsewhere(desk: Desk) -> None:
    answer = desk.page.evaluate(
        """async (url) => {
            const state = JSON.parse(document.getElementById("editor-state").textContent);
            const content = {...state.content, answer: {...state.content.answer, text: "from another device"}};
            const headers = {"Content-Type": "application/json", "If-Match": '"1"',
                "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content};
            const body = JSON.stringify({content, client_mutation_id: "elsewhere-1", fencing: state.fencing});
            const response = await fetch(url, {method: "PUT", headers, body});
            return response.status;
        }""",
        f"/api/v1/work/{desk.work}/draft",
    )
    assert answer == 200


def test_a_conflict_keeps_both_texts_and_the_author_chooses(desk: Desk, session: Session):
    page = desk.page
    _save_elsewhere(desk)
    page.locator("#answer").fill("from this window")
    page.get_by_role("button", name="Conflict – compare").click(timeout=8_000)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("ins")).to_contain_text(["this window"])
    expect(dialog.locator("del")).to_contain_text(["another device"])
    dialog.get_by_role("button", name="Go on with what is here").click()
    expect(page.locator(".save")).to_have_text(SAVED, timeout=8_000)

    assert desk.head().answer.text == "from this window"
    session.expire_all()
    assert session.scalars(select(DraftConflict.settled_at)).one() is not None
    kept = session.scalars(select(DraftSave.content).order_by(DraftSave.n)).all()
    assert ["another device" in text for text in kept] == [False, True, False]


def test_a_second_window_reads_until_it_takes_over(desk: Desk):
    second = desk.page.context.new_page()
    desk.page.locator("#answer").fill("written just before")
    second.goto(f"{desk.address}/work/{desk.work}")
    second.get_by_role("button", name="Take over here").click()

    expect(second.locator("#answer")).to_have_value("written just before")
    expect(second.locator("#answer")).to_be_editable()
    expect(desk.page.get_by_text("Another window of yours writes here now.")).to_be_visible()
    expect(desk.page.locator("#answer")).not_to_be_editable()


def test_a_lost_lease_is_told_and_the_text_is_kept(desk: Desk, session: Session):
    submission = session.get_one(Submission, desk.work)
    session.get_one(Assignment, submission.assignment_id).fencing += 1
    session.commit()
    # A sign of life brings the server's fencing number; taking it over would let the old window write again.
    with desk.page.expect_response(re.compile("/heartbeat$")):
        desk.page.get_by_role("button", name="On paper").click()
    desk.page.locator("#answer").fill("too late")

    expect(desk.page.get_by_role("button", name="Not saved – lease lost")).to_be_visible(timeout=8_000)
    expect(desk.page.get_by_role("link", name="Reload to see what can be done")).to_be_visible()
    session.expire_all()
    assert "too late" in session.scalars(select(DraftConflict.content)).one()


def test_an_ended_session_is_renewed_in_place(desk: Desk):
    page = desk.page
    page.context.clear_cookies()
    page.locator("#answer").fill("while signed out")

    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible(timeout=8_000)
    expect(page.locator(".save")).to_have_text("Not saved – kept on this device")


def test_review_and_submit_saves_first(desk: Desk):
    page = desk.page
    page.locator("#answer").fill("n = 5, at last")
    page.keyboard.press("Control+Enter")

    expect(page).to_have_url(re.compile("/review-and-submit$"))
    assert desk.head().answer.text == "n = 5, at last"


def test_a_program_has_its_code_pane(
    page: Page, address: str, database: Database, session: Session, sums: Place, ed: Person
):
    errors = watched(page)
    program = Program(language="python", source="print(5)\n")
    work = _work(session, sums, ed, some_content(program=program), Activity.PROGRAM)
    sign_in(session, page.context, ed, address)
    page.goto(f"{address}/work/{work}")
    page.locator("#program .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("print(6)")
    page.get_by_label("Language").select_option("cpp")
    desk = Desk(page, address, work, database)
    desk.save()

    assert desk.head().program == Program(language="cpp", source="print(5)\nprint(6)")
    assert errors == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_the_workspace_is_accessible(desk: Desk, width: int, scheme: str):
    page = desk.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    page.locator("[data-step-id=s2]").click()
    expect(page.locator("#step-2 .editor__preview .katex").first).to_be_visible()

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
