from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.projects.access import get_guideline, get_project, get_project_to_work, visible_projects
from app.projects.models import GuidelineAcknowledgement, Project
from app.projects.policy import can_manage_project, can_view_project
from app.projects.states import ProjectState
from tests.cast import a_project


def test_a_member_gets_the_project_by_slug_and_by_id(session, ed, sums):
    assert get_project(session, ed.actor, "sums").id == get_project(session, ed.actor, sums.id).id == sums.id


@pytest.mark.parametrize("name", ["sums", "no-such-project"])
def test_for_max_monas_project_is_as_absent_as_one_that_does_not_exist(session, max_, sums, name):
    with pytest.raises(NotFound) as error:
        get_project(session, max_.actor, name)
    assert error.value.sentence == "There is no such project, or you do not belong to it."


def test_a_member_without_the_role_is_told_that_it_is_not_allowed(session, ed, sums):
    with pytest.raises(NotAllowed):
        get_project(session, ed.actor, "sums", can=can_manage_project)


def test_an_admin_sees_and_manages_every_project(session, ada, sums, others):
    assert get_project(session, ada.actor, "others", can=can_manage_project).id == others.id


def test_a_draft_does_not_exist_for_its_annotators(session, ed, mona, sums):
    session.get_one(Project, sums.id).state = ProjectState.DRAFT
    session.flush()
    assert get_project(session, mona.actor, "sums").id == sums.id
    with pytest.raises(NotFound):
        get_project(session, ed.actor, "sums")


def test_work_needs_the_version_in_force_to_be_acknowledged(session, ed, sums):
    assert get_project_to_work(session, ed.actor, "sums").id == sums.id
    session.get_one(Project, sums.id).guideline_n = 2
    session.flush()
    with pytest.raises(NotAllowed) as error:
        get_project_to_work(session, ed.actor, "sums")
    assert error.value.sentence == "Read version 2 of the guideline and acknowledge it first."


def test_what_others_acknowledged_does_not_count_for_ed(session, ed, eve, sums):
    held = session.get_one(GuidelineAcknowledgement, {"user_id": ed.id, "project_id": sums.id, "n": 1})
    session.delete(held)
    session.flush()
    assert get_project_to_work(session, eve.actor, "sums").id == sums.id
    with pytest.raises(NotAllowed):
        get_project_to_work(session, ed.actor, "sums")


def test_the_door_to_work_costs_one_query(session, ed, sums, queries_made):
    with queries_made() as statements:
        get_project_to_work(session, ed.actor, "sums")
    assert len(statements) == 1


def test_a_version_of_another_project_is_not_found(session, mona, sums, others):
    project = get_project(session, mona.actor, "sums")
    assert get_guideline(session, project, 1).project_id == sums.id
    with pytest.raises(NotFound):
        get_guideline(session, project, 2)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_query_and_the_rule_agree_on_which_projects_are_visible(session, cast, data):
    mona = session.scalars(select(User).where(User.name == "Mona")).one()
    place = session.begin_nested()
    try:
        for number, state in enumerate(data.draw(st.lists(st.sampled_from(ProjectState), min_size=1, max_size=4))):
            a_project(session, f"drawn-{number}", mona, state=state)
        everything = session.scalars(select(Project)).all()
        numbers = st.sampled_from(range(len(everything)))
        drawn = data.draw(st.dictionaries(numbers, st.frozensets(st.sampled_from(Role), min_size=1)))
        roles = {everything[number].id: held for number, held in drawn.items()}
        actor = Actor(mona.id, "Drawn", is_admin=data.draw(st.booleans()), roles=roles)
        found: Any = set(session.scalars(visible_projects(actor)))
        assert found == {project for project in everything if can_view_project(actor, project)}
    finally:
        place.rollback()  # also when Hypothesis ends an example in the middle of a draw


def test_a_token_bound_to_one_project_sees_no_other(session, mona, sums):
    a_project(session, "second", session.get_one(User, mona.id))
    actor = accounts.actor_of_user(session, mona.id)
    assert actor is not None
    bound = Actor(actor.user_id, "Mona", roles={sums.id: actor.roles[sums.id]}, scopes=frozenset({"projects:read"}))
    assert [project.slug for project in session.scalars(visible_projects(bound))] == ["sums"]
