import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.core.actor import Role
from app.projects.models import GuidelineVersion, Project, RubricVersion
from app.projects.queries import members_of
from app.projects.service.starting import start_of
from app.projects.states import ProjectState, Template
from tests.cast import NOW, add_member

NAUGHTY = [
    "<script>alert(1)</script>",
    "{{ 7*7 }} ${7*7} %s",
    "'; DROP TABLE projects; --",
    "\u202egnirts desrever",
    "Ω≈ç√∫˜µ≤≥÷ 田中さん 👾",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    "$\\href{javascript:alert(1)}{x}$",
]
PAGES = ["guidelines", "guidelines/1", "guidelines/1/changes", "agreement"]
FOR_MANAGERS = [
    "people",
    "setup",
    "setup/rubric",
    "setup/close",
    "guidelines/edit",
    "agreement/edit",
    "agreement/signatures",
]


def the_form(template: str = "mathematics") -> dict[str, Any]:
    """Read the guided page as a browser would send it back."""
    start = start_of(Template(template))
    fields: dict[str, Any] = {
        "act": "create",
        "name": "Waves",
        "template": template,
        "prefilled_from": template,
        "guideline": start.guideline,
        "domains": "\n".join(start.taxonomy.domains),
        "skills": "\n".join(start.taxonomy.skills),
        "submissions_needed": "1",
        "review_levels": "1",
        "level2_share_percent": "20",
        "lease_hours": "24",
        "is_blind": "true",
        "tool_policy": "",
        "content_language": "",
        "annotators": "",
        "reviewers": "",
        "managers": "",
    }
    for n, one in enumerate(start.criteria):
        fields |= {f"criteria.{n}.{name}": str(value) for name, value in one.model_dump().items()}
    return fields


def a_second_version(session, place, person) -> None:
    session.get_one(Project, place.id).guideline_n = 2
    session.add(GuidelineVersion(project_id=place.id, n=2, body="New.", created_by=person.id, created_at=NOW))


@pytest.mark.parametrize("page", PAGES)
def test_every_member_reads_the_guideline_and_nobody_else(client, page, ed, rae, mona, ada, max_, sums):
    for person in (ed, rae, mona, ada):
        assert client.as_(person).get(f"/projects/sums/{page}").status_code == 200
    assert client.as_(max_).get(f"/projects/sums/{page}").status_code == 404
    assert client.as_(None).get(f"/projects/sums/{page}").status_code == 303


@pytest.mark.parametrize("page", FOR_MANAGERS)
def test_what_managers_do_is_refused_to_others_and_hidden_from_strangers(client, page, ed, rae, mona, ada, max_, sums):
    statuses = [client.as_(one).get(f"/projects/sums/{page}").status_code for one in (mona, ada, ed, rae, max_)]
    assert statuses == [200, 200, 403, 403, 404]


def test_a_project_is_made_from_one_form(client, mona, session, sums):
    fields = the_form() | {"annotators": "ed@example.org", "reviewers": "rae@example.org"}
    answer = client.as_(mona).post("/projects/new", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects/waves/setup")
    project = session.scalars(select(Project).where(Project.slug == "waves")).one()
    assert (project.is_blind, project.tracks_time, project.state) == (True, False, ProjectState.DRAFT)
    page = client.get("/projects/waves/setup").text
    assert "Everything is there: it can go live." in page
    assert client.post("/projects/waves/setup/state", data={"to": "live"}).status_code == 303


def test_the_links_of_invited_people_are_shown_once(client, mona, sums):
    answer = client.as_(mona).post("/projects/new", data=the_form() | {"annotators": "neu@example.org"})
    assert answer.status_code == 200
    links = re.findall(r"http://127.0.0.1:8000/invitations/[\w-]{43}", answer.text)
    assert len(links) == 1
    assert links[0] not in client.get("/projects/waves/people").text


def test_a_refused_form_keeps_every_value_and_says_what_is_wrong_beside_it(client, mona, session, sums):
    fields = the_form() | {
        "name": "",
        "slug": "Not A Slug",
        "purpose": "What I wrote",
        "lease_hours": "many",
        "annotators": "no address",
        "criteria.0.weight": "0",
    }
    answer = client.as_(mona).post("/projects/new", data=fields)
    assert answer.status_code == 422
    for kept in ("Not A Slug", "What I wrote", "no address", 'value="many"'):
        assert kept in answer.text
    for sentence in ("Fill this in", "Use small letters", "Give a whole number.", "“no address”", "At least 1."):
        assert sentence in answer.text
    assert answer.text.count('aria-invalid="true"') == 5
    assert session.scalars(select(Project.slug).order_by(Project.slug)).all() == ["others", "sums"]


def test_bringing_people_in_asks_for_the_password_first_and_keeps_the_form(client, mona, session, sums):
    fields = the_form() | {"annotators": "ed@example.org", "purpose": "What I wrote"}
    answer = client.as_(mona, stepped_up=False).post("/projects/new", data=fields)
    assert answer.status_code == 422
    assert "needs your password once more" in answer.text
    assert "What I wrote" in answer.text
    assert session.scalars(select(Project.slug).where(Project.slug == "waves")).all() == []


def test_another_template_fills_in_only_what_was_not_changed(client, mona, sums):
    fields = the_form() | {"act": "template", "template": "physics", "skills": "my own skill"}
    page = client.as_(mona).post("/projects/new", data=fields).text
    assert "How we write physics here" in page
    assert "Waves and optics" in page
    assert "my own skill" in page
    assert 'name="prefilled_from" value="physics"' in page


def test_a_row_of_the_rubric_is_added_without_creating_anything(client, mona, session, sums):
    fields = the_form() | {"act": "add"}
    page = client.as_(mona).post("/projects/new", data=fields).text
    assert page.count('<fieldset class="criterion">') == len(start_of(Template.MATHEMATICS).criteria) + 1
    part = client.post("/projects/new", data=fields, headers={"hx-request": "true"}).text
    assert part.lstrip().startswith('<div class="criteria')
    assert session.scalars(select(Project.slug).where(Project.slug == "waves")).all() == []


def test_who_manages_nothing_is_not_offered_the_page(client, ed, sums):
    assert client.as_(ed).get("/projects/new").status_code == 403
    assert client.post("/projects/new", data=the_form()).status_code == 403


@pytest.mark.parametrize("text", NAUGHTY)
def test_hostile_names_purposes_and_guidelines_are_shown_as_text(client, mona, ed, session, sums, text):
    guideline = f"## G-1 {text}\n\n{text}\n"
    fields = the_form() | {"slug": "odd", "name": text, "purpose": text, "guideline": guideline}
    fields |= {"criteria.0.name": text[:60], "criteria.0.question": text, "domains": text, "tool_policy": text}
    assert client.as_(mona).post("/projects/new", data=fields).status_code == 303
    project = session.scalars(select(Project).where(Project.slug == "odd")).one()
    assert (project.name, project.purpose, project.taxonomy["domains"]) == (text, text, [text])
    body = session.scalar(select(GuidelineVersion.body).where(GuidelineVersion.project_id == project.id))
    assert body == guideline
    for page in ("guidelines", "guidelines/edit", "guidelines/1/changes", "setup", "setup/rubric", "people"):
        answer = client.get(f"/projects/odd/{page}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert 'href="javascript' not in answer.text
        assert "49" not in re.findall(r"<title>(.*?)</title>", answer.text)[0]


def test_the_guideline_is_published_and_shown_as_clauses_with_addresses(client, mona, session, sums):
    body = "## G-1 Steps\n\nText with $x^2$.\n"
    data = {"act": "publish", "body": body, "summary": "Clauses.", "based_on": "1"}
    assert client.as_(mona).post("/projects/sums/guidelines/edit", data=data).headers["location"] == (
        "/projects/sums/guidelines"
    )
    page = client.get("/projects/sums/guidelines").text
    assert '<section class="clause" id="G-1">' in page
    assert 'class="tex"' in page
    assert session.get_one(Project, sums.id).guideline_n == 2


def test_a_preview_stores_nothing(client, mona, session, sums):
    data = {"act": "preview", "body": "**New**", "summary": "", "based_on": "1"}
    page = client.as_(mona).post("/projects/sums/guidelines/edit", data=data)
    part = client.post("/projects/sums/guidelines/edit", data=data, headers={"hx-request": "true"})
    assert "<strong>New</strong>" in page.text
    assert part.text.lstrip().startswith('<div id="preview"')
    assert session.get_one(Project, sums.id).guideline_n == 1


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"summary": ""}, 422, "Say in a sentence what changed"),
        ({"body": "  "}, 422, "a blank page guides nobody"),
        ({"body": "Write one idea in a step."}, 422, "Nothing has changed"),
        ({"based_on": "0"}, 409, "Yours is not published"),
    ],
)
def test_what_is_not_published_is_kept_in_the_form(client, mona, session, sums, change, status, sentence):
    data = {"act": "publish", "body": "My words", "summary": "My summary", "based_on": "1"} | change
    answer = client.as_(mona).post("/projects/sums/guidelines/edit", data=data)
    assert answer.status_code == status
    assert sentence in html.unescape(answer.text)
    assert data["body"] in answer.text
    assert data["summary"] in answer.text
    assert session.get_one(Project, sums.id).guideline_n == 1


def test_after_a_conflict_the_same_form_can_be_published_knowingly(client, mona, session, sums):
    stale = {"act": "publish", "body": "My words", "summary": "S", "based_on": "0"}
    page = client.as_(mona).post("/projects/sums/guidelines/edit", data=stale).text
    based_on = re.findall(r'name="based_on" value="(\d+)"', page)
    assert based_on == ["1"]
    client.post("/projects/sums/guidelines/edit", data=stale | {"based_on": based_on[0]})
    assert session.get_one(Project, sums.id).guideline_n == 2


def test_acknowledging_leads_an_annotator_to_work_and_a_reviewer_back(client, ed, rae, session, sums):
    session.get_one(Project, sums.id).guideline_n = 2
    session.add(GuidelineVersion(project_id=sums.id, n=2, body="New.", created_by=ed.id, created_at=NOW))
    assert "Please read version 2." in client.as_(ed).get("/projects/sums/guidelines").text
    places = [
        client.as_(one).post("/projects/sums/guidelines/acknowledge", data={"n": "2"}).headers["location"]
        for one in (ed, rae)
    ]
    assert places == ["/work", "/projects/sums/guidelines"]
    assert "You have acknowledged version 2." in client.get("/projects/sums/guidelines").text


@pytest.mark.parametrize("n", ["1", "x", "", "99999999999999999999"])
def test_acknowledging_another_version_than_the_one_in_force_says_so(client, ed, session, sums, n):
    session.get_one(Project, sums.id).guideline_n = 2
    session.add(GuidelineVersion(project_id=sums.id, n=2, body="New.", created_by=ed.id, created_at=NOW))
    answer = client.as_(ed).post("/projects/sums/guidelines/acknowledge", data={"n": n})
    assert answer.headers["location"] == "/projects/sums/guidelines"
    assert "Please read version 2." in client.get("/projects/sums/guidelines").text


def test_the_rubric_is_published_from_its_rows(client, mona, session, sums):
    row = {"name": "Short", "question": "Is it short?", "weight": "2", "max_score": "4", "id": ""}
    data = {f"criteria.0.{name}": value for name, value in row.items()} | {"act": "publish", "based_on": "1"}
    assert client.as_(mona).post("/projects/sums/setup/rubric", data=data).status_code == 303
    rubric = session.scalars(select(RubricVersion).where(RubricVersion.n == 2)).one()
    assert rubric.criteria == [
        {"id": "short", "name": "Short", "question": "Is it short?", "weight": 2, "max_score": 4}
    ]


def test_a_refused_rubric_keeps_its_rows(client, mona, session, sums):
    data = {"criteria.0.name": "Kept name", "criteria.0.weight": "x", "act": "publish", "based_on": "1"}
    answer = client.as_(mona).post("/projects/sums/setup/rubric", data=data)
    assert answer.status_code == 422
    assert 'value="Kept name"' in answer.text
    assert "Give a whole number." in answer.text
    assert client.post("/projects/sums/setup/rubric", data={"act": "publish", "based_on": "1"}).status_code == 422
    assert session.get_one(Project, sums.id).rubric_n == 1


SETTINGS = {
    "name": "Products",
    "purpose": "",
    "goal_tokens": "",
    "submissions_needed": "2",
    "review_levels": "2",
    "level2_share_percent": "50",
    "lease_hours": "5",
    "tool_policy": "Paper",
    "content_language": "zh",
}


def test_settings_are_saved_and_a_box_that_is_not_ticked_is_off(client, mona, session, sums):
    assert client.as_(mona).post("/projects/sums/setup", data=SETTINGS | {"tracks_time": "true"}).status_code == 303
    project = session.get_one(Project, sums.id)
    assert (project.name, project.review_levels, project.content_language) == ("Products", 2, "zh")
    assert (project.is_blind, project.tracks_time, project.goal_tokens) == (False, True, None)


def test_refused_settings_are_kept_in_the_form_and_not_stored(client, mona, session, sums):
    answer = client.as_(mona).post("/projects/sums/setup", data=SETTINGS | {"lease_hours": "9999", "purpose": "Mine"})
    assert answer.status_code == 422
    assert 'value="9999"' in answer.text
    assert "Mine" in answer.text
    assert "At most 720." in answer.text
    assert session.get_one(Project, sums.id).name == "Sums"


def test_labels_are_saved_and_twins_refused(client, mona, session, sums):
    data = {"domains": "Algebra\n\n Geometry \n", "skills": "prove"}
    assert client.as_(mona).post("/projects/sums/setup/labels", data=data).status_code == 303
    assert session.get_one(Project, sums.id).taxonomy == {"domains": ["Algebra", "Geometry"], "skills": ["prove"]}
    refused = client.post("/projects/sums/setup/labels", data={"domains": "Algebra\nalgebra", "skills": ""})
    assert refused.status_code == 422
    assert "is there twice" in refused.text


def test_a_project_is_paused_opened_and_closed_with_a_reason(client, mona, session, sums):
    client.as_(mona)
    for data, state in [
        ({"to": "paused"}, ProjectState.PAUSED),
        ({"to": "live"}, ProjectState.LIVE),
        ({"to": "closed", "reason": "Enough."}, ProjectState.CLOSED),
    ]:
        assert client.post("/projects/sums/setup/state", data=data).status_code == 303
        session.expire_all()
        assert session.get_one(Project, sums.id).state == state
    answer = client.post("/projects/sums/setup/state", data={"to": "paused"})
    assert answer.status_code == 409


def test_closing_without_a_reason_asks_for_it(client, mona, session, sums):
    answer = client.as_(mona).post("/projects/sums/setup/state", data={"to": "closed", "reason": " "})
    assert answer.status_code == 422
    assert "Say why; it stays in the audit log" in answer.text
    assert client.post("/projects/sums/setup/state", data={"to": "nonsense"}).status_code == 422


def test_people_are_brought_in_changed_and_let_go(client, mona, max_, session, sums):
    client.as_(mona)
    data = {"email": "max@example.org", "roles": ["reviewer", "annotator"]}
    assert client.post("/projects/sums/people", data=data).status_code == 303
    assert "max@example.org" in client.get("/projects/sums/people").text
    client.post(f"/projects/sums/people/{max_.id}", data={"act": "save", "roles": "manager"})
    assert client.as_(max_).get("/projects/sums/setup").status_code == 200
    client.as_(mona).post(f"/projects/sums/people/{max_.id}", data={"act": "remove"})
    assert client.as_(max_).get("/projects/sums/setup").status_code == 404


def test_changing_roles_asks_for_the_password_again(client, mona, ed, session, sums):
    client.as_(mona, stepped_up=False)
    assert "Give your password once more" in client.get("/projects/sums/people").text
    removed = client.post(f"/projects/sums/people/{ed.id}", data={"act": "remove"})
    added = client.post("/projects/sums/people", data={"email": "max@example.org", "roles": "annotator"})
    assert [one.headers["location"].split("?")[0] for one in (removed, added)] == ["/step-up", "/step-up"]
    assert sorted(one.name for one in members_of(session, session.get_one(Project, sums.id))) == [
        "Ed",
        "Eve",
        "Mona",
        "Rae",
        "Ron",
    ]


def test_the_last_manager_is_kept_and_told_so(client, mona, sums):
    client.as_(mona).post(f"/projects/sums/people/{mona.id}", data={"act": "save", "roles": "annotator"})
    page = client.get("/projects/sums/people")
    assert page.status_code == 200
    assert "last manager" in page.text


def test_a_wrong_address_is_kept_in_the_form(client, mona, sums):
    answer = client.as_(mona).post("/projects/sums/people", data={"email": "not an address", "roles": "annotator"})
    assert answer.status_code == 422
    assert 'value="not an address"' in answer.text
    assert client.post("/projects/sums/people", data={"email": "a@example.org"}).status_code == 422


def test_an_invitation_is_taken_back(client, mona, sums):
    page = client.as_(mona).post("/projects/sums/people", data={"email": "neu@example.org", "roles": "annotator"}).text
    link = re.findall(r"/projects/sums/invitations/[0-9a-f-]+/revoke", page)[0]
    assert client.post(link).status_code == 303
    assert "neu@example.org" not in client.get("/projects/sums/people").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_people_page_costs_the_same_with_one_and_three_more(client, mona, session, sums, queries_made, count):
    for number in range(count):
        user = User(email=f"m{number}@x.org", email_key=f"m{number}@x.org", name=f"M{number}", created_at=NOW)
        session.add(user)
        session.flush()
        add_member(session, session.get_one(Project, sums.id), user, Role.ANNOTATOR)
    client.as_(mona).get("/projects/sums/people")
    with queries_made() as statements:
        client.get("/projects/sums/people")
    # who asks, their unread news, the project, the members, the invitations, the counts of the tabs
    assert len(statements) == 6
