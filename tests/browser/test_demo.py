"""The demo in Chromium: every formula is set by KaTeX, and a newcomer walks the loop from a draft to a download."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.demo.reading import continue_with, read_frame, read_labels, read_tasks
from app.submissions.schemas import Content
from app.text.tex import find_formulas

pytestmark = pytest.mark.browser
KATEX = Path(__file__).resolve().parents[2] / "node_modules" / "katex" / "dist" / "katex.min.js"
SET_ALL = """
formulas => formulas.flatMap(source => {
  try { katex.renderToString(source, {throwOnError: true, strict: "error"}); return []; }
  catch (error) { return [source + ": " + error.message]; }
})
"""


def all_texts():
    for project in read_frame().projects:
        for file in read_tasks(project.facts.slug or ""):
            yield from (file.task.title, file.task.statement, file.task.reference, *file.task.assumptions)
            for work in file.work:
                yield from (turn.body for turn in work.talk)
                content = Content()
                for sitting in work.sittings:
                    content = continue_with(content, sitting)
                    yield from (content.answer.text, content.what_would_make_this_wrong)
                    yield from (step.body for step in content.steps)
                    for judgment in sitting.judgments:
                        yield from (issue.body for issue in judgment.issues)
                        yield from (label.note for label in read_labels(judgment.labels).values())
                        yield judgment.edits


def enter(page: Page, served: str, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{served}/sign-in")
    page.get_by_role("button", name=f"Enter as {name}").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_katex_sets_every_formula_of_the_demo_without_an_error(page: Page):
    formulas = sorted({formula.source for text in all_texts() for formula in find_formulas(text)})
    page.add_script_tag(path=KATEX)

    assert len(formulas) > 400
    assert page.evaluate(SET_ALL, formulas) == []


def test_ed_finds_what_came_back_and_goes_on_with_a_draft(page: Page, served: str):
    enter(page, served, "Ed")

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("One piece came back. Two drafts are open."))
    page.get_by_role("link", name="Open at the issue").click()
    expect(page.locator("body")).to_contain_text("Sent back with issues.")
    expect(page.locator(".katex-error")).to_have_count(0)


def test_raes_queue_begins_with_what_she_returned_and_shows_what_changed(page: Page, served: str):
    enter(page, served, "Rae")
    page.goto(f"{served}/reviews")

    expect(page.locator("main")).to_contain_text("returned by you")
    page.get_by_role("button", name="Open").first.click()
    expect(page.locator("main")).to_contain_text("2 changed since version 1")


def test_mona_downloads_an_export_and_may_freeze_the_next_snapshot(page: Page, served: str):
    enter(page, served, "Mona")
    page.goto(f"{served}/projects/number-theory/datasets")
    page.get_by_role("link", name="Steps, all levels").click()

    expect(page.get_by_role("button", name="Freeze 6 pieces")).to_be_visible()
    page.get_by_role("link", name="Snapshot 1").click()
    page.locator("main a[href^='/exports/']").first.click()
    with page.expect_download() as download:
        page.get_by_role("row", name="train.jsonl").get_by_text("Download").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 5
