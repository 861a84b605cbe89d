import pytest
from sqlalchemy import delete, select

from app.accounts.models import Membership, Notification
from app.core.actor import Role
from app.core.audit import Event
from app.core.errors import IllegalMove, Invalid
from app.projects.models import Project
from app.projects.schemas import ProjectPatch
from app.projects.service.life import missing_for_live, move_project
from app.projects.service.settings import change_settings
from app.projects.states import ProjectState
from tests.cast import NOW


@pytest.fixture
def draft(session, sums) -> Project:
    project: Project = session.get_one(Project, sums.id)
    project.state = ProjectState.DRAFT
    session.flush()
    return project


def test_a_whole_project_goes_live_and_its_members_are_told(session, mona, draft):
    move_project(session, draft, ProjectState.LIVE, actor=mona.actor, now=NOW)
    session.flush()
    assert (draft.state, draft.state_changed_at) == (ProjectState.LIVE, NOW)
    sentences = session.scalars(select(Notification.sentence)).all()
    assert sentences == ["Sums is live. Read its guideline, then take a task."] * 4


def test_what_is_missing_is_said_and_keeps_it_from_going_live(session, mona, draft):
    session.execute(delete(Membership).where(Membership.role.in_([Role.ANNOTATOR, Role.REVIEWER])))
    draft.guideline_n = draft.rubric_n = 0
    draft.review_levels = 2
    session.flush()
    assert [one.sentence for one in missing_for_live(session, draft)] == [
        "The guideline has no version yet.",
        "The rubric has no criteria yet.",
        "Nobody annotates yet.",
        "Nobody reviews yet.",
        "Two review levels are set, but no reviewer is of level 2.",
    ]
    with pytest.raises(Invalid):
        move_project(session, draft, ProjectState.LIVE, actor=mona.actor, now=NOW)
    assert draft.state == ProjectState.DRAFT


def test_with_ron_of_level_2_two_levels_lack_nobody(session, draft):
    draft.review_levels = 2
    session.flush()
    assert missing_for_live(session, draft) == []


def test_closing_needs_a_reason_which_stands_in_the_log(session, mona, draft):
    with pytest.raises(Invalid) as error:
        move_project(session, draft, ProjectState.CLOSED, actor=mona.actor, now=NOW, reason="  ")
    assert list(error.value.fields) == ["reason"]
    move_project(session, draft, ProjectState.CLOSED, actor=mona.actor, now=NOW, reason="Done.")
    session.flush()
    event = session.scalars(select(Event).where(Event.verb == "project.close")).one()
    assert (event.from_state, event.to_state, event.reason) == ("draft", "closed", "Done.")


def test_a_draft_is_not_paused(session, mona, draft):
    with pytest.raises(IllegalMove):
        move_project(session, draft, ProjectState.PAUSED, actor=mona.actor, now=NOW)


def test_only_what_really_changed_is_stored_and_logged(session, mona, draft):
    patch = ProjectPatch.model_validate({"lease_hours": 24, "name": "Products", "goal_tokens": None})
    assert change_settings(session, draft, patch, actor=mona.actor, now=NOW) == ["name"]
    session.flush()
    event = session.scalars(select(Event).where(Event.verb == "project.change")).one()
    assert event.detail == {"changed": {"name": ["Sums", "Products"]}}
    assert change_settings(session, draft, patch, actor=mona.actor, now=NOW) == []


def test_a_setting_cannot_be_emptied_by_null(session, mona, draft):
    patch = ProjectPatch.model_validate({"lease_hours": None})
    with pytest.raises(Invalid) as error:
        change_settings(session, draft, patch, actor=mona.actor, now=NOW)
    assert error.value.fields == {"lease_hours": "This cannot be empty."}
