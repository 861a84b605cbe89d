import pytest
from sqlalchemy import select, update

from app.accounts.models import ApiToken, Membership
from app.core.actor import Role
from app.projects.models import Project
from app.projects.states import ProjectState

READ, WRITE = "projects:read", "projects:write"


def test_a_project_is_set_up_and_made_live_by_token(client, mona, ed, sums, session):
    client.with_token(mona, READ, WRITE)
    made = client.post("/api/v1/projects", json={"name": "Waves", "template": "physics"})
    assert (made.status_code, made.json()["slug"], made.json()["state"]) == (201, "waves", "draft")
    for email, role in [("ed@example.org", "annotator"), ("rae@example.org", "reviewer")]:
        added = client.post("/api/v1/projects/waves/members", json={"email": email, "roles": [role]})
        assert (added.status_code, added.json()["invitation_path"]) == (201, None)
    live = client.patch("/api/v1/projects/waves", json={"state": "live", "lease_hours": 7})
    assert (live.status_code, live.json()["state"], live.json()["lease_hours"]) == (200, "live", 7)
    assert [one["name"] for one in client.get("/api/v1/projects/waves/members").json()] == ["Ed", "Mona", "Rae"]


def test_the_token_of_an_admin_makes_a_project_unless_it_is_bound_to_one(client, ada, ed, sums, session):
    wanted = {"name": "Waves", "template": "physics"}
    assert client.with_token(ed, WRITE).post("/api/v1/projects", json=wanted).status_code == 403
    assert client.with_token(ada, WRITE).post("/api/v1/projects", json=wanted).status_code == 201
    assert client.patch("/api/v1/projects/waves", json={"lease_hours": 7}).json()["lease_hours"] == 7
    session.execute(update(ApiToken).where(ApiToken.user_id == ada.id).values(project_id=sums.id))
    assert client.post("/api/v1/projects", json=wanted).status_code == 403


def test_somebody_without_an_account_is_invited_and_the_path_answered(client, mona, sums):
    client.with_token(mona, READ, WRITE)
    added = client.post("/api/v1/projects/sums/members", json={"email": "new@example.org", "roles": ["annotator"]})
    assert added.json()["invitation_path"].startswith("/invitations/")


def test_going_live_is_refused_whole_when_something_is_missing(client, mona, session, sums):
    client.with_token(mona, READ, WRITE)
    client.post("/api/v1/projects", json={"name": "Waves", "template": "physics"})
    refused = client.patch("/api/v1/projects/waves", json={"state": "live", "lease_hours": 7})
    assert refused.status_code == 422
    assert refused.json()["message"] == "Not live yet: Nobody annotates yet. Nobody reviews yet."
    project = session.scalars(select(Project).where(Project.slug == "waves")).one()
    assert (project.state, project.lease_hours) == (ProjectState.DRAFT, 48)


@pytest.mark.parametrize("role", ["manager"])
def test_a_token_does_not_decide_who_manages(client, mona, ed, session, sums, role):
    client.with_token(mona, READ, WRITE)
    answers = [
        client.post("/api/v1/projects/sums/members", json={"email": "ed@example.org", "roles": [role]}),
        client.put(f"/api/v1/projects/sums/members/{ed.id}", json={"roles": [role]}),
        client.delete(f"/api/v1/projects/sums/members/{mona.id}"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    held = session.scalars(select(Membership.role).where(Membership.user_id == ed.id)).all()
    assert held == [Role.ANNOTATOR]


def test_a_member_gets_exactly_the_roles_said_and_can_be_removed(client, mona, ed, sums):
    client.with_token(mona, READ, WRITE)
    changed = client.put(f"/api/v1/projects/sums/members/{ed.id}", json={"roles": ["reviewer"]})
    assert [one["roles"] for one in changed.json()] == [["reviewer"]]
    assert client.delete(f"/api/v1/projects/sums/members/{ed.id}").status_code == 204
    assert client.delete(f"/api/v1/projects/sums/members/{ed.id}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("GET", "/members", None),
        ("POST", "/members", {"email": "ed@example.org", "roles": ["annotator"]}),
        ("GET", "/guideline", None),
        ("PUT", "/guideline", {"body": "Mine", "summary": "Mine", "based_on": 1}),
        ("POST", "/guideline/acknowledge", {"n": 1}),
        ("GET", "/rubric", None),
    ],
)
def test_monas_project_does_not_exist_for_max(client, max_, mona, sums, method, path, body):
    client.with_token(max_, READ, WRITE, "work:write")
    answer = client.request(method, f"/api/v1/projects/sums{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_annotator_reads_the_project_but_neither_members_nor_changes(client, ed, sums):
    client.with_token(ed, READ, WRITE)
    answers = [
        client.get("/api/v1/projects/sums"),
        client.get("/api/v1/projects/sums/members"),
        client.patch("/api/v1/projects/sums", json={"name": "Mine"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 403]


def test_a_token_without_the_scope_is_refused(client, mona, sums):
    client.with_token(mona, READ)
    assert client.get("/api/v1/projects/sums").status_code == 200
    assert client.patch("/api/v1/projects/sums", json={"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("body", [{"state": "open"}, {"owner": "me"}, {"lease_hours": 0}, {"created_by": "x"}])
def test_unknown_or_wrong_settings_are_refused(client, mona, session, sums, body):
    client.with_token(mona, READ, WRITE)
    assert client.patch("/api/v1/projects/sums", json=body).status_code == 422
    assert session.get_one(Project, sums.id).name == "Sums"


def test_the_list_holds_what_one_belongs_to_in_pages(client, mona, sums, others):
    client.with_token(mona, READ, WRITE)
    for name in ("A", "B"):
        client.post("/api/v1/projects", json={"name": name, "slug": f"p-{name.lower()}", "template": "open"})
    first = client.get("/api/v1/projects?size=2").json()
    second = client.get(f"/api/v1/projects?size=2&cursor={first['next_cursor']}").json()
    slugs = [[one["slug"] for one in page["items"]] for page in (first, second)]
    assert (slugs, second["next_cursor"]) == ([["p-a", "p-b"], ["sums"]], None)


def test_the_guideline_is_published_read_and_acknowledged(client, mona, ed, sums):
    client.with_token(mona, READ, WRITE)
    body = {"body": "Write two.", "summary": "Two.", "based_on": 1}
    assert client.put("/api/v1/projects/sums/guideline", json=body).json()["n"] == 2
    assert client.put("/api/v1/projects/sums/guideline", json=body).status_code == 409
    client.with_token(ed, READ, "work:write")
    assert client.get("/api/v1/projects/sums/guideline").json()["acknowledged"] is False
    assert client.post("/api/v1/projects/sums/guideline/acknowledge", json={"n": 1}).status_code == 409
    assert client.post("/api/v1/projects/sums/guideline/acknowledge", json={"n": 2}).json()["acknowledged"] is True
    assert client.get("/api/v1/projects/sums/guideline").json()["acknowledged"] is True


def test_the_rubric_is_read_and_replaced(client, mona, sums):
    client.with_token(mona, READ, WRITE)
    rubric = client.get("/api/v1/projects/sums/rubric").json()
    criteria = rubric["criteria"][:1]
    answer = client.put("/api/v1/projects/sums/rubric", json={"criteria": criteria, "based_on": rubric["n"]})
    assert (answer.status_code, answer.json()["n"], answer.json()["criteria"]) == (200, 2, criteria)
    again = client.put("/api/v1/projects/sums/rubric", json={"criteria": criteria * 2, "based_on": 2})
    assert again.status_code == 422
