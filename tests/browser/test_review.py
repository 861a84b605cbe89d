"""The review workbench in Chromium: verdicts by key, issues on a selection, decisions, and lines that drop."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.reviews.models import Review, StepLabel, Thread
from app.submissions.models import Submission
from tests.browser.people import sign_in, watched
from tests.cast import Person, Place
from tests.factories.reviewing import decided, handed_in, handed_in_again, opened
from tests.factories.work import some_content

pytestmark = pytest.mark.browser


@dataclass
class Bench:
    """Rae's workbench in a browser, and what the server holds of it."""

    page: Page
    address: str
    review: UUID
    session: Session
    waiting: list[UUID] = field(default_factory=list)

    def labels(self) -> dict[str, tuple[str, str | None]]:
        """Read the stored verdicts."""
        self.session.expire_all()
        rows = self.session.scalars(select(StepLabel).where(StepLabel.review_id == self.review)).all()
        found = {row.step_id: (str(row.value), str(row.error_type) if row.error_type else None) for row in rows}
        self.session.commit()
        return found

    def issues(self) -> list[Any]:
        """Read the issues of this review, the oldest first."""
        self.session.expire_all()
        query = select(Thread).where(Thread.review_id == self.review).order_by(Thread.id)
        found = [
            (one.anchor, one.step_id, one.quote, one.quote_start, one.severity) for one in self.session.scalars(query)
        ]
        self.session.commit()
        return found

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def save(self) -> None:
        """Save with the keyboard and wait for the server's word."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".save")).to_have_text(re.compile("^Saved"), timeout=10_000)

    def select(self, step: str, words: str) -> None:
        """Select words inside one text of a step."""
        script = """([id, words]) => {
            const body = document.querySelector(`[data-step-id=${id}] .step__body`);
            const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const at = node.data.indexOf(words);
                if (at >= 0) return document.getSelection().setBaseAndExtent(node, at, node, at + words.length);
            }
            throw new Error("not found");
        }"""
        self.page.evaluate(script, [step, words])


def _open(page: Page, address: str, review: UUID) -> None:
    page.goto(f"{address}/reviews/{review}")
    expect(page.get_by_role("button", name="Next open N")).to_be_visible()


@pytest.fixture
def bench(page: Page, address: str, session: Session, sums: Place, ed: Person, rae: Person) -> Iterator[Bench]:
    """Rae's open review of Ed's three steps, with other work waiting; an error of a script fails the test."""
    errors = watched(page)
    work = handed_in(session, sums, ed)
    other = handed_in(session, sums, ed)
    review = opened(session, rae, work, now=now())
    held = Bench(page, address, review.id, session, [work.id, other.id])
    sign_in(session, page.context, rae, address)
    _open(page, address, held.review)
    yield held
    assert errors == []


def test_steps_are_labelled_with_the_keyboard_alone(bench: Bench):
    bench.keys("1", "n", "3", "l")
    expect(bench.page.get_by_role("dialog", name="What is wrong with step 2?")).to_be_visible()
    bench.keys("c")
    bench.keys("n", "2", "k", "k", "4")
    bench.save()

    assert bench.labels() == {"s1": ("unsure", None), "s2": ("bad", "missing_case"), "s3": ("neutral", None)}
    expect(bench.page.locator("[data-review=counts]")).to_have_text("3 of 3 labelled")
    expect(bench.page.locator("#step-2 .verdict__more")).to_contain_text("case left out")


def test_a_key_pressed_at_once_after_a_dialog_acts_where_it_was_meant(bench: Bench):
    bench.keys("n", "3", "l")
    # In one go, as on a loaded machine: nothing comes between the key that closes the dialog and the next.
    bench.page.evaluate(
        """async (keys) => {
        for (const key of keys) {
            const init = { key, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", init));
            for (let turn = 0; turn < 20; turn += 1) await null;
        }
    }""",
        ["c", "k"],
    )
    bench.keys("1")
    bench.save()

    assert bench.labels() == {"s1": ("good", None), "s2": ("bad", "missing_case")}


def test_a_verdict_is_saved_by_itself_and_stands_after_a_reload(bench: Bench):
    bench.page.locator("#step-1 .verdict label").first.click()
    bench.page.locator(".scale label", has_text="2").first.click()
    expect(bench.page.locator(".save")).to_have_text(re.compile("^Saved"), timeout=10_000)
    bench.page.reload()

    expect(bench.page.locator("#step-1 .verdict input").first).to_be_checked()
    expect(bench.page.locator('[name="score-correct"][value="2"]')).to_be_checked()


def test_an_issue_hangs_on_the_selected_words_of_the_source(bench: Bench):
    bench.select("s2", "is odd")
    bench.keys("c")
    bench.page.keyboard.type("Why? $n$ may be even.")
    bench.keys("Control+Enter")
    expect(bench.page.locator("#step-2 [data-thread] .katex")).to_be_visible()

    assert bench.issues() == [("span", "s2", "is odd", 28, "major")]
    expect(bench.page.get_by_role("button", name="Return with 1 issue R")).to_be_visible()
    assert bench.page.evaluate("CSS.highlights.get('issue').size") == 1


def test_an_issue_on_a_formula_quotes_its_source(bench: Bench):
    bench.page.evaluate("document.getSelection().selectAllChildren(document.querySelector('#step-2 .tex'))")
    bench.keys("c")
    bench.page.keyboard.type("A factor is missing.")
    bench.keys("Control+Enter")
    expect(bench.page.locator("#step-2 [data-thread]")).to_be_visible()

    assert bench.issues() == [("span", "s2", "$(m-3)(m+3) = n2^n$", 0, "major")]


def test_returning_lists_the_issues_loads_the_next_and_can_be_undone(bench: Bench):
    page = bench.page
    for key, words in (("j", "Say why."), ("j", "And if $n = 0$?")):
        bench.keys(key, "c")
        page.keyboard.type(words)
        bench.keys("Control+Enter")
        expect(page.locator(".composer")).to_have_count(0)
    expect(page.get_by_role("button", name="Return with 2 issues R")).to_be_visible()
    bench.keys("r")
    dialog = page.get_by_role("dialog", name="Return to the author")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    bench.keys("Control+Enter")

    expect(page).to_have_title(re.compile("task 2"))
    expect(page.get_by_text("Returned to the author.")).to_be_visible()
    bench.keys("z")
    expect(page).to_have_title(re.compile("task 1"))
    expect(page.get_by_role("button", name="Return with 2 issues R")).to_be_visible()


def test_an_approval_asks_how_it_was_verified(bench: Bench):
    page = bench.page
    bench.keys("1", "n", "1", "n", "1", "a")
    dialog = page.get_by_role("dialog", name="Approve")
    expect(dialog).to_be_visible()
    bench.keys("Control+Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Say how you verified it.")
    bench.keys("1", "Control+Enter")

    expect(page).to_have_title(re.compile("task 2"))
    bench.session.expire_all()
    review = bench.session.get_one(Review, bench.review)
    assert (review.verdict, review.verification_method) == ("approve", "re_derived")
    assert bench.session.get_one(Submission, bench.waiting[0]).state == "approved"


def test_what_cannot_be_decided_says_why(bench: Bench):
    bench.keys("r")

    expect(bench.page.locator("#toasts")).to_contain_text("Write down at least one issue first")


def test_the_own_answer_comes_before_the_reference_and_a_save_after_it_passes(bench: Bench):
    page = bench.page
    page.get_by_label("Your own answer first").fill("5")
    page.get_by_role("button", name="Compare").click()

    expect(page.get_by_text("The answer agrees with the expected one.")).to_be_visible()
    bench.keys("j", "1")
    bench.save()
    assert bench.labels() == {"s2": ("good", None)}


def test_a_reply_half_typed_stays_when_another_issue_is_added(bench: Bench):
    page = bench.page
    bench.keys("c")
    page.keyboard.type("First issue.")
    bench.keys("Control+Enter")
    expect(page.locator("#step-1 [data-thread]")).to_be_visible()
    page.get_by_label("Your own answer first").fill("n = ")
    page.locator("#step-2").click(position={"x": 5, "y": 5})
    bench.keys("c")
    page.keyboard.type("Second issue.")
    bench.keys("Control+Enter")

    expect(page.locator("#step-2 [data-thread]")).to_be_visible()
    expect(page.get_by_label("Your own answer first")).to_have_value("n = ")


def test_the_line_drops_and_nothing_is_lost(bench: Bench):
    page = bench.page
    page.context.set_offline(True)
    bench.keys("1", "n", "3")
    expect(page.locator(".save")).to_have_text("Not saved – kept on this device", timeout=10_000)
    page.context.set_offline(False)

    expect(page.locator(".save")).to_have_text(re.compile("^Saved"), timeout=15_000)
    assert bench.labels() == {"s1": ("good", None), "s2": ("bad", None)}


def test_two_windows_ask_which_one_goes_on(bench: Bench):
    second = bench.page.context.new_page()
    _open(second, bench.address, bench.review)
    bench.keys("1")
    bench.save()
    second.bring_to_front()
    second.keyboard.press("2")
    second.get_by_role("button", name="Conflict – compare").click(timeout=10_000)
    second.get_by_role("button", name="Go on with what is here").click()

    expect(second.locator(".save")).to_have_text(re.compile("^Saved"), timeout=10_000)
    assert bench.labels() == {"s1": ("neutral", None)}


def test_who_decides_second_is_told(bench: Bench, ron: Person):
    work = bench.session.get_one(Submission, bench.waiting[0])
    decided(bench.session, ron, work, "approve", now=now())
    bench.session.commit()
    bench.keys("a")
    bench.keys("1", "Control+Enter")

    expect(bench.page.locator(".notice")).to_be_visible()
    bench.session.expire_all()
    assert bench.session.get_one(Review, bench.review).state == "overtaken"


@pytest.fixture
def second_look(page: Page, address: str, session: Session, sums: Place, ed: Person, rae: Person) -> Iterator[Bench]:
    """Rae's review of the second revision of work of seven steps: the sixth was returned and rewritten."""
    errors = watched(page)
    bodies = [f"Line ${n}$ of the proof stands." for n in range(1, 8)]
    steps = [{"id": f"s{n}", "type": "work", "body": body} for n, body in enumerate(bodies, start=1)]
    work = handed_in(session, sums, ed, content=some_content(steps=steps))
    moment = now() - timedelta(hours=2)
    review = opened(session, rae, work, now=moment)
    labels = {step["id"]: {"value": "good"} for step in steps}
    issue = {"anchor": "span", "step_id": "s6", "quote": "the proof", "severity": "major", "body": "Which proof?"}
    decided(session, rae, work, "return", review=review, now=moment, draft={"labels": labels}, issues=[issue])
    steps[5] = {**steps[5], "body": "Line $6$ of the first proof stands."}
    handed_in_again(session, work, now=now() - timedelta(hours=1), content=some_content(steps=steps))
    again = opened(session, rae, work, now=now())
    held = Bench(page, address, again.id, session, [work.id])
    sign_in(session, page.context, rae, address)
    _open(page, address, held.review)
    yield held
    assert errors == []


def test_a_second_look_opens_at_what_was_asked_for_with_the_rest_folded(second_look: Bench):
    page = second_look.page
    expect(page.locator("#step-6")).to_have_class(re.compile("step--here"))
    expect(page.locator(".step--folded")).to_contain_text("Work: unchanged, labelled good")
    expect(page.locator("#step-2")).to_be_hidden()
    expect(page.locator("#step-6 ins")).to_have_text("first ")
    page.get_by_role("button", name="Unfold").click()
    expect(page.locator("#step-2")).to_be_visible()
    second_look.keys("d")
    expect(page.locator("#step-6 ins")).to_be_hidden()
    expect(page.locator("#step-6 [data-plain]")).to_contain_text("of the first proof stands.")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_workbench_has_no_fault_of_access(bench: Bench, width: int):
    bench.page.set_viewport_size({"width": width, "height": 800})
    bench.keys("c")
    found = Axe().run(bench.page).response["violations"]

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_reviewer_with_a_telephone_labels_comments_and_returns(bench: Bench):
    page = bench.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#step-2 .verdict label", has_text="Bad").click()
    expect(page.get_by_role("link", name="Steps 2 open")).to_be_visible()
    page.get_by_role("link", name="Rubric").click()
    page.locator('label:has([name="score-clear"][value="3"])').click()
    page.get_by_role("link", name="Steps").click()
    page.get_by_role("button", name="Write an issue").click()
    page.locator(".composer textarea").fill("Say why.")
    page.get_by_role("button", name="Add issue").click()
    page.get_by_role("button", name="Return with 1 issue").click()
    page.get_by_role("dialog").get_by_role("button", name="Return with 1 issue").click()

    expect(page).to_have_title(re.compile("task 2"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
