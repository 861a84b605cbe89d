"""The filters of the review queue: what they let through, what they count, and where they stand in the address."""

import html
import re
from datetime import timedelta

import pytest

from app.accounts.models import User
from app.projects.models import Project
from app.reviews.pages import queue as page_of_queue
from app.reviews.queries.queue import Wanted, queue_page, waiting_ids
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task
from tests.cast import NOW
from tests.factories.reviewing import decided, handed_in, handed_in_again
from tests.factories.work import a_submission, a_task, revision_of


@pytest.fixture
def pieces(session, sums, ed, rae):
    """Rae's resubmission, and three first versions: two in Algebra (levels 2 and 4), one in Geometry (level 2)."""
    mine = handed_in(session, sums, ed)
    decided(session, rae, mine, "return")
    handed_in_again(session, mine, now=NOW)
    found = [mine, *(handed_in(session, sums, ed) for _ in range(3))]
    facts = [("Algebra", 2), ("Algebra", 2), ("Algebra", 4), ("Geometry", 2)]
    for hours, (work, (domain, difficulty)) in enumerate(zip(found, facts, strict=True)):
        task = session.get_one(Task, work.task_id)
        task.domain, task.difficulty = domain, difficulty
        work.submitted_at = NOW - timedelta(hours=9 - hours)
    session.flush()
    return [work.id for work in found]


def shown(page):
    return re.findall(r'id="work-([0-9a-f-]+)"', page.text)


def choices(page, name):
    """What a list offers: words with their count."""
    body = re.search(rf'<select class="select" id="f-{name}".*?</select>', page.text)
    return [html.unescape(words) for words in re.findall(r"<option[^>]*>([^<]+)", body[0])][1:] if body else []


def links(page):
    nav = re.search(r'<nav class="row row--tight" aria-label="Which versions">.*?</nav>', page.text)
    assert nav is not None
    return [re.sub(r"<[^>]+>", "", link) for link in re.findall(r"<a .*?</a>", nav[0])]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("again=true", [0]),
        ("again=false", [1, 2, 3]),
        ("resubmission=false", [1, 2, 3]),
        ("resubmission=true&again=false", []),
        ("difficulty=2", [0, 1, 3]),
        ("domain=Algebra&difficulty=2", [0, 1]),
        ("domain=Geometry&again=true", []),
        ("project=sums&level=1&activity=solve", [0, 1, 2, 3]),
        ("activity=program", []),
    ],
)
def test_each_filter_of_an_address_chooses(client, rae, pieces, query, expected):
    assert shown(client.as_(rae).get(f"/reviews?{query}")) == [str(pieces[n]) for n in expected]


def test_the_api_knows_the_same_filters(client, rae, pieces):
    answer = client.as_(rae).get("/api/v1/reviews/queue?again=false&difficulty=2").json()

    assert [row["submission_id"] for row in answer["items"]] == [str(pieces[1]), str(pieces[3])]
    assert answer["waiting"] == 2


def test_every_choice_says_how_much_it_would_show_beside_the_other_filters(client, rae, pieces):
    browser = client.as_(rae)
    everything, algebra = browser.get("/reviews"), browser.get("/reviews?domain=Algebra")

    assert links(everything) == ["All 4", "For me again 1", "New 3", "Returned by others 0"]
    assert choices(everything, "domain") == ["Algebra (3)", "Geometry (1)"]
    assert choices(everything, "difficulty") == ["Difficulty 2 (3)", "Difficulty 4 (1)"]
    assert links(algebra) == ["All 3", "For me again 1", "New 2", "Returned by others 0"]
    assert choices(algebra, "domain") == ["Algebra (3)", "Geometry (1)"]
    assert choices(algebra, "difficulty") == ["Difficulty 2 (2)", "Difficulty 4 (1)"]


def test_what_is_chosen_stands_in_chips_each_with_the_address_without_it(client, rae, pieces):
    page = client.as_(rae).get("/reviews?domain=Algebra&difficulty=2&again=true")

    chips = re.findall(r'<span class="chip">(.*?) <a href="([^"]*)"', page.text)
    assert [(words, html.unescape(url)) for words, url in chips] == [
        ("Algebra", "/reviews?difficulty=2&again=true"),
        ("Difficulty 2", "/reviews?domain=Algebra&again=true"),
    ]
    assert '<input type="hidden" name="again" value="true">' in page.text
    assert 'aria-current="true">For me again' in page.text


def test_a_filter_that_fits_nothing_stays_chosen(client, rae, pieces):
    page = client.as_(rae).get("/reviews?domain=Topology")

    assert choices(page, "domain") == ["Algebra (3)", "Geometry (1)", "Topology (0)"]
    assert "Nothing that fits waits for you." in page.text


def test_a_long_queue_is_not_counted_choice_by_choice(client, session, sums, rae, pieces, monkeypatch):
    monkeypatch.setattr(page_of_queue, "COUNT_MAX", 2)
    session.get_one(Project, sums.id).taxonomy = {"domains": ["Algebra", "Topology"], "skills": []}

    page = client.as_(rae).get("/reviews")

    assert links(page) == ["All", "For me again", "New", "Returned by others"]
    assert choices(page, "domain") == ["Algebra", "Topology"]


def test_filters_follow_onto_the_next_page(session, sums, rae, pieces, monkeypatch):
    monkeypatch.setattr("app.reviews.queries.queue.PAGE_SIZE", 1)
    wanted = Wanted(difficulty=2)
    seen, cursor = [], None
    for _ in range(3):
        page = queue_page(session, rae.actor, [sums.id], wanted, now=NOW, cursor=cursor)
        seen += [row.submission_id for row in page.rows]
        cursor = page.next_cursor

    assert (seen, cursor) == ([pieces[0], pieces[1], pieces[3]], None)
    assert waiting_ids(session, rae.actor, [sums.id], now=NOW, wanted=wanted) == seen


def hints(client, person):
    page = client.as_(person).get("/reviews")
    return re.findall(r'<span class="badge[^"]*">(?:<svg.*?</svg>)([^<]+)</span>', page.text)


def test_rows_hint_at_what_takes_longer(client, session, sums, ed, rae):
    work = handed_in(session, sums, ed)
    work.times_returned, work.revision_n = 2, 1
    revision_of(session, work).words = 1500
    session.flush()

    assert hints(client, rae) == ["returned twice", "long"]


def test_whether_an_author_is_new_is_told_only_where_names_are_known_anyway(client, session, sums, ed, rae):
    handed_in(session, sums, ed)
    blind = hints(client, rae)
    session.get_one(Project, sums.id).is_blind = False
    session.flush()
    open_ = hints(client, rae)
    for _ in range(20):
        a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)

    assert (blind, open_, hints(client, rae)) == ([], ["new author"], [])


def test_the_page_costs_the_same_queries_with_and_without_filters_in_whatever_is_waiting(
    client, session, rae, pieces, queries_made
):
    session.get_one(User, rae.id).level = 2
    browser = client.as_(rae)
    browser.get("/reviews")
    made = []
    for address in ("/reviews", "/reviews?domain=Algebra&difficulty=2"):
        with queries_made() as statements:
            browser.get(address)
        made.append(len(statements))

    assert made == [6, 7]
