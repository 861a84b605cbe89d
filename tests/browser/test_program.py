"""Programs in the workspace: run and tested in the sandbox, left and found again, cited, mostly with the keyboard."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.runner import Runner
from app.submissions.models import ProgramRun
from app.submissions.schemas import Program
from app.submissions.states import RunPurpose, RunState
from tests.browser.desks import RUN_MS, Desk, at_work
from tests.browser.people import sign_in, watched
from tests.cast import Person, Place
from tests.factories.running import RIGHT, WRONG, a_program, a_runner

pytestmark = pytest.mark.browser
TAKEN_OUT = re.compile("^Take run .* out$")


@pytest.fixture
def desk(page: Page, address: str, database: Database, session: Session, sums: Place, ed: Person) -> Iterator[Desk]:
    """Ed's draft of a program that subtracts instead of adding; not opened yet, and nobody runs it."""
    errors = watched(page)
    work = a_program(session, ed, sums, source=WRONG).id
    sign_in(session, page.context, ed, address)
    yield Desk(page, address, work, database)
    assert errors == []


@pytest.fixture
def running(desk: Desk, app_settings: Settings) -> Iterator[Desk]:
    """The same, open, with a runner at work."""
    with at_work(desk.database, app_settings):
        desk.open()
        yield desk


def results(desk: Desk) -> Locator:
    """The panel under the program."""
    return desk.page.locator('[data-editor="runs"]')


def source(desk: Desk) -> Locator:
    """The text of the program."""
    return desk.page.locator("#program .cm-content")


def run_once(desk: Desk, words: str = "broke off") -> None:
    """Run the program and wait for how it ended."""
    desk.page.keyboard.press("r")
    expect(results(desk).locator(".results__head .badge").first).to_have_text(words, timeout=RUN_MS)


def rewrite(desk: Desk, text: str) -> None:
    """Write another program over the one that is there."""
    source(desk).click()
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.insert_text(text)


def run_ids(desk: Desk) -> list[str]:
    """List the runs that the server holds, oldest first."""
    with desk.database.reading() as session:
        return [str(run_id) for run_id in session.scalars(select(ProgramRun.id).order_by(ProgramRun.requested_at))]


def test_the_tests_say_what_differs_and_nothing_of_what_is_hidden(running: Desk):
    running.page.keyboard.press("t")
    table = results(running).get_by_role("table")
    expect(table).to_be_visible(timeout=RUN_MS)

    rows = table.locator("tbody > tr:not(.results__more)").all_inner_texts()
    assert [re.sub(r"\d+\.\d\d s|(under )?\d+ MB", "", row).split() for row in rows] == [
        ["small", "wrong"],
        ["1", "hidden", "1", "wrong"],
    ]
    expect(table.locator(".test__more > p")).to_have_text("Line 1: expected “3”, got “-1”.")
    expect(table.locator("mark")).to_have_text(["-1", "3"])
    assert not {"canary", "770077", "1650165"} & set(re.findall(r"canary|\d+", running.page.content()))
    expect(running.page.locator(".dock__facts .badge")).to_have_text("tests 0/2")
    expect(running.page.locator(".checks--live li")).to_contain_text(["Tests"])


def test_the_right_program_passes_and_an_older_result_says_that_it_is_older(running: Desk):
    rewrite(running, RIGHT)
    running.page.keyboard.press("Alt+Enter")
    head = results(running).locator(".results__head")
    expect(head).to_contain_text("2 passed", timeout=RUN_MS)
    expect(running.page.locator(".dock__facts .badge")).to_have_text("tests 2/2")
    untested = running.page.get_by_text("This version of the program was not run against the tests")
    expect(untested).to_have_count(0)

    running.page.keyboard.type("#")
    expect(head).to_contain_text("of an earlier version")
    running.page.keyboard.press("Backspace")
    expect(head).not_to_contain_text("of an earlier version")


def test_input_of_ones_own_is_run_with_a_chord_and_is_there_after_a_reload(running: Desk):
    running.page.keyboard.press("i")
    running.page.keyboard.type("20 22")
    expect(running.page.get_by_role("button", name="Run Shift ⏎")).to_be_visible()
    running.page.keyboard.press("Shift+Enter")
    printed = results(running).get_by_role("group", name="Printed")
    expect(printed).to_have_text("-2", timeout=RUN_MS)

    running.open()
    expect(running.page.get_by_label("Input of your own, which Run")).to_have_value("20 22")
    expect(printed).to_have_text("-2")


def test_an_error_leads_to_its_line(running: Desk):
    rewrite(running, "one = 1\ntwo = one / 0\n")
    running.page.keyboard.press("Shift+Enter")
    results(running).get_by_role("button", name='main.py", line 2').click(timeout=RUN_MS)

    expect(source(running)).to_be_focused()
    running.page.keyboard.type("# ")
    running.save()
    assert running.head().program == Program(language="python", source="one = 1\n# two = one / 0\n")


def test_what_does_not_compile_says_so_with_the_compilers_words(running: Desk):
    rewrite(running, "int main(void) {\n  return nothing;\n}\n")
    running.page.get_by_label("Language").select_option("c")
    running.page.keyboard.press("Escape")
    source(running).focus()
    running.page.keyboard.press("Shift+Enter")

    expect(results(running).locator(".results__head .badge").first).to_have_text("does not compile", timeout=RUN_MS)
    expect(results(running).get_by_role("group", name="The compiler says")).to_contain_text("nothing")
    expect(results(running).get_by_role("button", name=re.compile("^main.c:2:")).first).to_be_visible()


def test_a_run_is_cited_with_one_key_shown_to_the_reader_and_taken_out(running: Desk):
    page = running.page
    run_once(running)
    page.locator("[data-step-id=s2]").focus()
    page.keyboard.press("c")
    expect(page.locator("#step-2 .run")).to_contain_text("broke off, exit code 1")
    running.save()
    assert [[str(run) for run in step.runs] for step in running.head().steps] == [[], run_ids(running), []]

    page.goto(f"{running.address}/work/{running.work}/review-and-submit")
    expect(page.locator("#step-2 .run")).to_contain_text("broke off, exit code 1")
    running.open()
    page.locator("[data-step-id=s2]").focus()
    page.keyboard.press("e")
    page.get_by_role("button", name=TAKEN_OUT).click()
    running.save()
    assert [step.runs for step in running.head().steps] == [[], [], []]


def test_a_run_is_cited_while_a_step_is_written(running: Desk):
    page = running.page
    run_once(running)
    page.locator("[data-step-id=s3]").click()
    page.keyboard.press("Control+r")
    expect(page.locator("#step-3 .editor .run")).to_be_visible()
    page.keyboard.press("Control+r")
    expect(page.get_by_text("Step 3 cites it already.")).to_be_visible()
    page.keyboard.type(" And so on.")
    running.save()

    third = running.head().steps[2]
    assert (third.body, [str(run) for run in third.runs]) == ("Hence $n = 5$. And so on.", run_ids(running))


def test_a_run_that_waits_is_left_and_found_again_even_in_another_window(
    desk: Desk, session: Session, app_settings: Settings
):
    a_runner(session)
    session.commit()
    desk.open()
    desk.page.keyboard.press("r")
    expect(results(desk)).to_contain_text("Waiting for its turn")
    second = desk.page.context.new_page()
    second.goto(f"{desk.address}/work/{desk.work}")
    second.get_by_role("button", name="Take over here").click()
    expect(second.locator('[data-editor="runs"]')).to_contain_text("Waiting for its turn")

    assert Runner(desk.database, app_settings, name="browser:1").run_all() == 1

    expect(second.locator(".results__head .badge").first).to_have_text("broke off", timeout=RUN_MS)
    expect(desk.page.get_by_text("Another window of yours writes here now.")).to_be_visible()
    assert len(run_ids(desk)) == 1


def test_a_lost_line_is_told_and_costs_neither_text_nor_result(desk: Desk, session: Session, app_settings: Settings):
    a_runner(session)
    session.commit()
    desk.page.route("**/runs", lambda route: route.abort())
    desk.open()
    desk.page.keyboard.press("r")
    expect(results(desk).get_by_role("alert")).to_have_text(
        "There is no connection to the server. The program was not run; it is kept, run it when the line is back."
    )
    desk.page.unroute("**/runs")
    desk.page.route("**/runs/*", lambda route: route.abort())
    desk.page.keyboard.press("r")
    expect(results(desk)).to_contain_text("No connection: it goes on there", timeout=RUN_MS)
    rewrite(desk, RIGHT)
    desk.save()

    Runner(desk.database, app_settings, name="browser:1").run_all()
    desk.page.unroute("**/runs/*")

    expect(results(desk).locator(".results__head")).to_contain_text("of an earlier version", timeout=RUN_MS)
    assert desk.head().program == Program(source=RIGHT)


def test_too_many_runs_are_refused_where_they_were_asked_for(desk: Desk, session: Session, ed: Person):
    a_runner(session)
    facts = {"purpose": RunPurpose.CUSTOM, "state": RunState.DONE, "language": "python", "source": "", "results": []}
    for _ in range(10):
        at = clock.now()
        ran = ProgramRun(id=new_id(), submission_id=desk.work, requested_by=ed.id, requested_at=at, **facts)
        ran.source_sha256, ran.verdict, ran.finished_at = "0" * 64, "ok", at
        session.add(ran)
    session.commit()
    desk.open()
    desk.page.keyboard.press("r")

    sentence = re.compile(r"^You may run 10 programs a minute\. Try again in \d+ s\.$")
    expect(results(desk).get_by_role("alert")).to_have_text(sentence)


def test_where_nothing_is_run_the_page_says_why_and_looks_again(desk: Desk, session: Session):
    desk.open()
    why = "Programs are not run here at the moment: no runner is at work. Whoever runs the server can start one."
    expect(desk.page.locator("#run-why span")).to_have_text(why)
    run = desk.page.get_by_role("button", name="Run R")
    expect(run).to_have_attribute("aria-disabled", "true")
    desk.page.keyboard.press("r")
    expect(desk.page.locator("#toasts")).to_contain_text(why)

    a_runner(session)
    session.commit()
    desk.page.get_by_role("button", name="Look again").click()

    expect(desk.page.locator("#run-why")).to_be_hidden()
    expect(run).not_to_have_attribute("aria-disabled", "true")
    assert desk.page.get_by_label("Language").locator("option").all_inner_texts() == ["Python"]


def test_a_language_that_is_not_run_stays_the_drafts_own(
    page: Page, address: str, database: Database, session: Session, sums: Place, ed: Person
):
    a_runner(session)
    work = a_program(session, ed, sums, source="package main\n", language="go").id
    sign_in(session, page.context, ed, address)
    desk = Desk(page, address, work, database)
    desk.open()

    expect(page.get_by_label("Language")).to_have_value("go")
    sentence = "Go is not run here. It is saved and handed in all the same; choose another language to run it."
    expect(page.locator("#run-why span")).to_have_text(sentence)
    page.keyboard.press("r")
    expect(results(desk).get_by_role("alert")).to_have_text(
        "Go is not run here. Choose another language to run the program."
    )
    desk.save()
    page.get_by_label("Language").select_option("python")
    desk.save()

    expect(page.locator("#run-why")).to_be_hidden()
    assert desk.head().program == Program(language="python", source="package main\n")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (360, "light")])
def test_results_and_cited_runs_are_accessible(running: Desk, width: int, scheme: str):
    page = running.page
    page.keyboard.press("t")
    expect(results(running).get_by_role("table")).to_be_visible(timeout=RUN_MS)
    page.keyboard.press("c")
    page.locator("[data-step-id=s2]").focus()
    page.keyboard.press("e")
    page.keyboard.press("Control+r")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    if width < 900:
        page.goto(f"{page.url}#program")

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    if width < 900:
        assert page.evaluate("document.querySelector('#program').scrollWidth") <= width
