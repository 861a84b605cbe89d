import pytest

from app.accounts import queries
from app.accounts.models import User
from app.core.actor import Role
from app.projects.models import Project
from app.submissions.states import SubmissionState
from tests.cast import Person, a_project, a_user, add_member
from tests.factories.work import a_submission, a_task


def test_the_way_home_leads_where_the_day_begins(client, ed, rae, mona, ada, sums):
    places = {one.name: client.as_(one).get("/").headers["location"] for one in (ed, rae, mona, ada)}
    assert places == {"Ed": "/work", "Rae": "/reviews", "Mona": "/projects", "Ada": "/projects"}
    assert client.as_(None).get("/").headers["location"].startswith("/sign-in")


def test_the_list_holds_ones_own_projects_with_their_counts(client, mona, ed, session, sums, others):
    a_task(session, sums)
    a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState.SUBMITTED)
    a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState.RETURNED)
    a_submission(session, author=ed, task=a_task(session, others), state=SubmissionState.SUBMITTED)
    page = client.as_(ed).get("/projects").text
    assert "Others" not in page
    assert "1 returned" in page
    assert "New project" not in page
    assert "New project" in client.as_(mona).get("/projects").text


def test_somebody_without_a_project_is_told_what_to_do(client, session):
    user = a_user(session, "Nils")
    actor = queries.actor_of_user(session, user.id)
    assert actor is not None
    page = client.as_(Person(user.id, "Nils", user.email, actor)).get("/projects")
    assert "You are in no project yet." in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_and_three_more_projects(client, ed, mona, session, sums, queries_made, count):
    for number in range(count):
        project = a_project(session, f"more-{number}", session.get_one(User, mona.id))
        add_member(session, project, session.get_one(User, ed.id), Role.ANNOTATOR)
    client.as_(ed).get("/projects")
    with queries_made() as statements:
        page = client.get("/projects")
    assert page.text.count('<a class="work__title"') == count + 1
    # who asks, their news, the projects, open tasks, waiting work, own work
    assert len(statements) == 6


def test_many_projects_come_in_pages(client, mona, session, sums):
    user = session.get_one(User, mona.id)
    for number in range(55):
        a_project(session, f"more-{number}", user, name=f"More {number:02}")
    first = client.as_(mona).get("/projects").text
    assert first.count('<a class="work__title"') == 50
    cursor = first.split("cursor=")[1].split('"')[0]
    second = client.get(f"/projects?cursor={cursor}").text
    assert second.count('<a class="work__title"') == 6
    assert client.get("/projects?cursor=nonsense").status_code == 422
    assert session.get_one(Project, sums.id).name == "Sums"
