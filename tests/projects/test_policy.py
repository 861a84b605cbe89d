from dataclasses import replace
from uuid import UUID

import pytest

from app.core.actor import Actor, Role
from app.projects import policy
from app.projects.models import Project
from app.projects.states import MOVES, ProjectState, Template, require_move

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)
ROLES = [None, Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER, "elsewhere", "admin"]


def an_actor(role: object) -> Actor:
    if role == "admin":
        return Actor(UUID(int=9), "Ada", is_admin=True)
    if role == "elsewhere":
        return Actor(UUID(int=9), "Max", roles={ELSEWHERE: frozenset({Role.MANAGER})})
    return Actor(UUID(int=9), "Ed", roles={HERE: frozenset({role})} if isinstance(role, Role) else {})


def a_project(state: ProjectState = ProjectState.LIVE, guideline_n: int = 1, agreement_n: int = 0) -> Project:
    facts = {"state": state, "guideline_n": guideline_n, "agreement_n": agreement_n}
    return Project(id=HERE, slug="sums", name="Sums", template=Template.OPEN, **facts)


def who(rule, state=ProjectState.LIVE):
    return [role for role in ROLES if rule(an_actor(role), a_project(state))]


def test_a_draft_is_known_to_its_managers_and_admins_only():
    assert who(policy.can_view_project, ProjectState.DRAFT) == [Role.MANAGER, "admin"]


@pytest.mark.parametrize("state", [ProjectState.LIVE, ProjectState.PAUSED, ProjectState.CLOSED])
def test_a_project_that_left_the_draft_is_known_to_all_its_members_and_admins(state):
    assert who(policy.can_view_project, state) == [Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER, "admin"]


def test_managers_and_admins_manage():
    assert who(policy.can_manage_project) == [Role.MANAGER, "admin"]


def test_an_admin_neither_annotates_nor_reviews_unless_a_member():
    assert who(policy.can_annotate) == [Role.ANNOTATOR]
    assert who(policy.can_review) == [Role.REVIEWER]


def test_only_members_acknowledge_and_only_where_there_is_a_guideline():
    assert who(policy.can_acknowledge) == [Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER]
    assert not policy.can_acknowledge(an_actor(Role.ANNOTATOR), a_project(guideline_n=0))


def test_admins_and_managers_of_any_project_make_projects():
    assert [role for role in ROLES if policy.can_create_project(an_actor(role))] == [Role.MANAGER, "elsewhere", "admin"]


def test_a_token_bound_to_one_project_makes_no_others():
    bound = replace(an_actor(Role.MANAGER), token_project_id=HERE, scopes=frozenset({"projects:write"}))
    assert not policy.can_create_project(bound)


@pytest.mark.parametrize(
    ("state", "guideline_n", "acknowledged", "reason"),
    [
        (ProjectState.LIVE, 1, True, None),
        (ProjectState.LIVE, 3, False, "Read version 3 of the guideline and acknowledge it first."),
        (ProjectState.LIVE, 0, False, "The project has no guideline yet; its managers write one before work begins."),
        (
            ProjectState.PAUSED,
            1,
            True,
            "The project is paused: drafts can be finished, but nothing new is handed out.",
        ),
        (ProjectState.CLOSED, 1, True, "The project is closed; nothing is handed out any more."),
    ],
)
def test_an_annotator_is_told_the_first_reason_for_which_there_is_no_work(state, guideline_n, acknowledged, reason):
    ed, project = an_actor(Role.ANNOTATOR), a_project(state, guideline_n)
    assert policy.why_no_work(ed, project, acknowledged=acknowledged, signed=True) == reason
    assert policy.can_work_now(ed, project, acknowledged=acknowledged, signed=True) is (reason is None)


@pytest.mark.parametrize(
    ("agreement_n", "signed", "reason"),
    [(0, False, None), (2, True, None), (2, False, "Read version 2 of the contributor agreement and sign it first.")],
)
def test_where_there_is_an_agreement_it_is_signed_before_work(agreement_n, signed, reason):
    ed, project = an_actor(Role.ANNOTATOR), a_project(agreement_n=agreement_n)
    assert policy.why_no_work(ed, project, acknowledged=True, signed=signed) == reason


def test_members_sign_what_there_is_to_sign():
    assert not policy.can_sign(an_actor(Role.ANNOTATOR), a_project())
    may = [role for role in ROLES if policy.can_sign(an_actor(role), a_project(agreement_n=1))]
    assert may == [Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER]


def test_a_reviewer_gets_no_task_whatever_they_have_read():
    assert not policy.can_work_now(an_actor(Role.REVIEWER), a_project(), acknowledged=True, signed=True)


def test_nothing_moves_back_to_draft_and_only_a_live_project_pauses():
    allowed = {(old, new) for old, news in MOVES.items() for new in news}
    assert {new for _, new in allowed} == {ProjectState.LIVE, ProjectState.PAUSED, ProjectState.CLOSED}
    assert {old for old, new in allowed if new == ProjectState.PAUSED} == {ProjectState.LIVE}
    require_move(ProjectState.CLOSED, ProjectState.LIVE)
