import pytest
from sqlalchemy import func, select

from app.core.audit import Event
from app.core.errors import Invalid, NotAllowed
from app.projects.models import GuidelineVersion, Project, RubricVersion
from app.projects.queries import has_acknowledged, members_of
from app.projects.schemas import ProjectIn
from app.projects.service.creating import create_project, slug_from, suggest_slug
from app.projects.service.starting import start_of
from app.projects.states import ProjectState, Template
from tests.cast import NOW


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Elementary number theory", "elementary-number-theory"),
        ("Théorie des nombres – 2", "theorie-des-nombres-2"),
        ("数论", "project"),
        ("new", "new-1"),
        ("  --  ", "project"),
        ("x" * 90, "x" * 56),
    ],
)
def test_a_name_becomes_an_address(name, slug):
    assert slug_from(name) == slug


def test_a_second_project_of_one_name_gets_a_number(session, mona, sums):
    assert suggest_slug(session, "Sums") == "sums-2"
    create_project(session, mona.actor, ProjectIn(name="Sums", template=Template.OPEN), now=NOW)
    assert suggest_slug(session, "Sums") == "sums-3"


@pytest.mark.parametrize("template", list(Template))
def test_a_name_and_a_template_are_enough(session, mona, template):
    start = start_of(template)
    project = create_project(session, mona.actor, ProjectIn(name="Waves", template=template), now=NOW)
    session.flush()
    guideline = session.scalars(select(GuidelineVersion).where(GuidelineVersion.project_id == project.id)).one()
    rubric = session.scalars(select(RubricVersion).where(RubricVersion.project_id == project.id)).one()
    assert (guideline.n, guideline.body) == (1, start.guideline)
    assert [one["name"] for one in rubric.criteria] == [one.name for one in start.criteria]
    assert project.taxonomy == start.taxonomy.model_dump()
    assert (project.state, project.lease_hours) == (ProjectState.DRAFT, start.workflow.lease_hours)
    assert (project.tool_policy, project.review_levels) == (start.workflow.tool_policy, start.workflow.review_levels)


def test_what_is_said_wins_over_the_template(session, mona):
    data = ProjectIn(name="Waves", template=Template.PHYSICS, lease_hours=3, is_blind=False, guideline="Write well.")
    project = create_project(session, mona.actor, data, now=NOW)
    session.flush()
    body = session.scalar(select(GuidelineVersion.body).where(GuidelineVersion.project_id == project.id))
    assert (project.lease_hours, project.is_blind, body) == (3, False, "Write well.")
    assert project.tool_policy == start_of(Template.PHYSICS).workflow.tool_policy


def test_its_maker_manages_it_has_read_the_guideline_and_stands_in_the_log(session, mona):
    project = create_project(session, mona.actor, ProjectIn(name="Waves", template=Template.OPEN), now=NOW)
    session.flush()
    assert [(one.name, one.roles) for one in members_of(session, project)] == [("Mona", ("manager",))]
    assert has_acknowledged(session, mona.actor, project)
    event = session.scalars(select(Event).where(Event.object_id == project.id)).one()
    assert (event.verb, event.to_state, event.actor_id) == ("project.create", "draft", mona.id)


def test_a_taken_slug_is_refused_with_a_free_one_and_leaves_nothing_behind(session, mona, others):
    before = session.scalar(select(func.count()).select_from(Project))
    with pytest.raises(Invalid) as error:
        create_project(session, mona.actor, ProjectIn(name="Mine", slug="others", template=Template.OPEN), now=NOW)
    assert error.value.fields == {"slug": "Taken by another project. others-2 is free."}
    assert session.scalar(select(func.count()).select_from(Project)) == before


def test_who_manages_nothing_makes_nothing(session, ed, sums):
    with pytest.raises(NotAllowed):
        create_project(session, ed.actor, ProjectIn(name="Mine", template=Template.OPEN), now=NOW)
