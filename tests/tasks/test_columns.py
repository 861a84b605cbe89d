"""Which columns of the task table somebody sees: kept for the person, not for the project."""

import re

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.accounts.service import prefer
from app.core.audit import Event
from tests.factories.work import a_task

ADDRESS = "/projects/sums/tasks"


def heads(page):
    """The words of the table's head, without the box that ticks all."""
    return [re.sub(r"<[^>]+>| [↑↓]", "", cell).strip() for cell in re.findall(r'<th scope="col".*?</th>', page.text)][
        1:
    ]


def choose(browser, *columns, **fields):
    return browser.post(f"{ADDRESS}/columns", data={"columns": list(columns), **fields})


@pytest.fixture(autouse=True)
def _a_table(session, sums):
    a_task(session, sums, domain="Algebra", skill="prove", family="pears", priority=3)


def test_the_usual_columns_are_shown_to_whoever_chose_none(client, mona):
    assert heads(client.as_(mona).get(ADDRESS)) == ["Number", "Task", "Topic", "Level", "State", "Work", "Age"]


def test_chosen_columns_are_shown_in_the_order_of_the_table(client, mona):
    browser = client.as_(mona)
    choose(browser, "priority", "family", "activity", "skill")
    page = browser.get(ADDRESS)

    assert heads(page) == ["Number", "Task", "Kind", "Skill", "Family", "Priority"]
    assert ("prove" in page.text, "pears" in page.text) == (True, True)


def test_one_may_see_nothing_but_number_and_task(client, mona):
    browser = client.as_(mona)
    choose(browser)

    assert heads(browser.get(ADDRESS)) == ["Number", "Task"]


def test_they_are_kept_for_the_person_alone(client, session, mona, ada):
    choose(client.as_(mona), "age")

    assert heads(client.as_(ada).get(ADDRESS)) == ["Number", "Task", "Topic", "Level", "State", "Work", "Age"]
    kept = dict(session.execute(select(User.name, User.preferences).where(User.id.in_([mona.id, ada.id]))).all())
    assert kept == {"Mona": {"task_columns": ["age"]}, "Ada": {}}


def test_the_usual_ones_come_back(client, session, mona):
    browser = client.as_(mona)
    choose(browser, "age")
    choose(browser, "age", act="usual")

    assert heads(browser.get(ADDRESS)) == ["Number", "Task", "Topic", "Level", "State", "Work", "Age"]
    assert session.scalars(select(User.preferences).where(User.id == mona.id)).one() == {}


def test_a_column_that_is_none_changes_nothing(client, session, mona):
    browser = client.as_(mona)
    choose(browser, "age")
    choose(browser, "reference")

    assert session.scalars(select(User.preferences).where(User.id == mona.id)).one() == {"task_columns": ["age"]}
    assert "Not changed." in browser.get(ADDRESS).text


def test_a_name_of_another_version_is_passed_over(client, session, mona):
    session.get_one(User, mona.id).preferences = {"task_columns": ["age", "mood"]}

    assert heads(client.as_(mona).get(ADDRESS)) == ["Number", "Task", "Age"]


def test_it_leads_back_to_the_same_page_of_the_table_and_nowhere_else(client, mona):
    browser = client.as_(mona)
    back = [
        browser.post(f"{ADDRESS}/columns", data={"columns": "age"}, headers={"referer": referer}).headers["location"]
        for referer in (
            f"http://127.0.0.1:8000{ADDRESS}?q=pear&sort=level",
            "http://elsewhere.example/projects/sums/tasks",
        )
    ]

    assert back == [f"{ADDRESS}?q=pear&sort=level", ADDRESS]


def test_choosing_columns_is_no_event_of_the_audit_log(client, session, mona):
    browser = client.as_(mona)
    before = session.scalar(select(func.count()).select_from(Event))
    choose(browser, "age")

    assert session.scalar(select(func.count()).select_from(Event)) == before


@pytest.mark.parametrize(
    ("name", "values"), [("mood", ["good"]), ("task_columns", ["x"] * 41), ("task_columns", ["x" * 41])]
)
def test_only_what_a_page_reads_is_kept_and_no_more_of_it(session, mona, name, values):
    with pytest.raises(ValueError, match="preference"):
        prefer(session, mona.actor, name, values)
