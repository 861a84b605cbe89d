"""Hostile and odd strings as names, statements, steps and comments: they do nothing and come back unchanged."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.reviews.models import Comment
from app.submissions.schemas import Answer, Content
from tests.browser.people import sign_in, watched
from tests.cast import Person, Place
from tests.factories.reviewing import decided, handed_in
from tests.factories.work import a_task, revision_of, some_content

pytestmark = pytest.mark.browser
HOSTILE = [
    "<script>window.hit = 1</script>",
    '<img src=x onerror="window.hit = 1">',
    "<svg/onload=window.hit=1><animate onbegin=window.hit=1>",
    "[a link](javascript:window.hit=1) and ![an image](javascript:window.hit=1)",
    "[data](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGl0PTE8L3NjcmlwdD4=)",
    "<a href=\"jav&#x09;ascript:window.hit=1\">a</a><iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "$\\href{javascript:window.hit=1}{x}$ $\\htmlData{a=b}{x}$ $\\includegraphics{x}$",
    "$\\def\\a{\\a\\a}\\a$ $$\\begin{array}{c}" + "x&" * 40 + "\\end{array}$$",
    "{{ 7 * 7 }} {% for x in y %} ${7*7} #{7*7} <%= 7*7 %>",
    "'; DROP TABLE submissions; -- \" OR 1=1",
    "</script></style></textarea></title><b onmouseover=window.hit=1>b</b>",
    "<style>*{display:none}</style><base href=//example.org/><meta http-equiv=refresh content=0;url=//example.org>",
    "\u202eright to left\u202c \u200bzero\u200dwidth\ufeff e\u0301 é ﷽ 𝔸 👩‍👩‍👧‍👦 ᚠᛇᚻ".replace("\u0000", ""),
    "Z̸̢̛͓̹̅͐a̷̮̍l̵̰̐g̶̳͝ǫ̶̛ and 田中さんにあげて下さい and הָיְתָהtestالصفحات",
    "`code <b>` ~~~\n<script>window.hit=1</script>\n~~~\n\n| a | b |\n|---|---|\n| <i>c | $x$ |",
    "%s %n %x ../../../etc/passwd NUL COM1 1e1000 -0 NaN undefined null true \\\\ \\0",
    "<form action=//example.org><button formaction=javascript:window.hit=1>b</button><input autofocus onfocus=hit=1>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.hit=1&gt;">',
]


def strings() -> list[str]:
    """Ours, and those of the files in WORKINGS_NASTY_STRINGS (JSON lists), if somebody wants to try more."""
    files = [Path(name) for name in os.environ.get("WORKINGS_NASTY_STRINGS", "").split(":") if name]
    more = [text for file in files for text in json.loads(file.read_text(encoding="utf-8"))]
    return HOSTILE + [text for text in more if text.strip() and "\0" not in text]


def content_of(texts: list[str]) -> Content:
    """One step for each string, and the strings in every other field."""
    steps = [{"id": f"s{n}", "type": "work", "body": text} for n, text in enumerate(texts, start=1)]
    answer = Answer(text=texts[0], unit=texts[1][:40], assumptions=texts[2:6])
    return some_content(steps=steps, answer=answer, note_to_reviewer=texts[3], what_would_make_this_wrong=texts[4])


def visit(page: Page, path: str) -> None:
    """Open a page, let its scripts and formulas run, and see that nothing of the strings did."""
    page.goto(path)
    expect(page.locator("main")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hit") is None, path
    assert page.locator("main script, main iframe, main style, main base, main object").count() == 0, path


def test_hostile_strings_do_nothing_and_come_back_as_they_were(
    browser: Browser, address: str, session: Session, sums: Place, ed: Person, rae: Person, mona: Person
):
    texts = strings()
    session.get_one(User, ed.id).name = HOSTILE[1]
    task = a_task(
        session, sums, title=HOSTILE[0], statement="\n\n".join(HOSTILE), assumptions=HOSTILE[:5], domain=HOSTILE[1]
    )
    sent = content_of(texts)
    work = handed_in(session, sums, ed, content=sent)
    issues = [{"anchor": "step", "step_id": "s1", "severity": "minor", "body": text} for text in HOSTILE]
    decided(session, rae, work, "return", now=now(), issues=issues)
    handed_in(session, sums, ed, content=sent)
    own = [f"/work/{work.id}{page}" for page in ("", "/issues", "/history", "/verdict")]
    managed = ["", "/tasks", "/people"]
    places = (
        (ed, ["/work", *own]),
        (mona, [*(f"/projects/sums{page}" for page in managed), f"/tasks/{task.id}", f"/tasks/{task.id}/edit"]),
        (rae, ["/reviews"]),
    )
    session.commit()
    errors = []
    for person, paths in places:
        page = browser.new_context(base_url=address).new_page()
        sign_in(session, page.context, person, address)
        errors.append(watched(page))
        for path in paths:
            visit(page, path)
        if person is rae:
            page.keyboard.press("Enter")
            page.wait_for_url("**/reviews/*-*")
            visit(page, page.url.removeprefix(address))

    assert errors == [[], [], []]
    session.expire_all()
    stored = Content.model_validate_json(revision_of(session, work).content)
    assert [step.body for step in stored.steps] == texts
    assert sorted(session.scalars(select(Comment.body))) == sorted(HOSTILE)
