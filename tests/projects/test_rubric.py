import pytest
from pydantic import ValidationError

from app.core.errors import Conflict, Invalid
from app.projects.models import Project
from app.projects.pages.criteria import after_act, with_ids
from app.projects.queries import current_rubric
from app.projects.schemas import RubricIn
from app.projects.service.rubric import publish_rubric
from tests.cast import CRITERIA, NOW


def a_rubric(*names: str, based_on: int = 1) -> RubricIn:
    criteria = [{"id": name.lower(), "name": name, "question": "?", "weight": 1, "max_score": 3} for name in names]
    return RubricIn.model_validate({"criteria": criteria, "based_on": based_on})


def test_publishing_a_rubric_makes_a_new_version_and_leaves_the_old_one(session, mona, sums):
    project = session.get_one(Project, sums.id)
    publish_rubric(session, project, a_rubric("Short"), actor=mona.actor, now=NOW)
    session.flush()
    rubric = current_rubric(session, project)
    assert rubric is not None
    assert (rubric.n, [one["name"] for one in rubric.criteria]) == (2, ["Short"])


def test_a_rubric_edited_from_an_older_version_is_refused(session, mona, sums):
    project = session.get_one(Project, sums.id)
    publish_rubric(session, project, a_rubric("Short"), actor=mona.actor, now=NOW)
    with pytest.raises(Conflict):
        publish_rubric(session, project, a_rubric("Long"), actor=mona.actor, now=NOW)


def test_the_same_rubric_again_is_no_version(session, mona, sums):
    project = session.get_one(Project, sums.id)
    same = RubricIn.model_validate({"criteria": CRITERIA, "based_on": 1})
    with pytest.raises(Invalid):
        publish_rubric(session, project, same, actor=mona.actor, now=NOW)
    assert project.rubric_n == 1


def test_two_criteria_of_one_name_are_refused():
    with pytest.raises(ValidationError) as error:
        a_rubric("Clear", "CLEAR")
    assert "is there twice" in str(error.value)


ROWS = [{"id": name, "name": name, "question": "", "weight": "1", "max_score": "3"} for name in "abc"]


@pytest.mark.parametrize(
    ("act", "order"),
    [
        ("up:2", "acb"),
        ("up:0", "abc"),
        ("down:0", "bac"),
        ("down:2", "abc"),
        ("remove:1", "ac"),
        ("remove:9", "abc"),
        ("remove", "abc"),
        ("nonsense:1", "abc"),
    ],
)
def test_buttons_move_and_remove_rows(act, order):
    assert "".join(row["name"] for row in after_act(ROWS, act)) == order


def test_adding_stops_at_twenty_rows():
    rows = ROWS
    for _ in range(30):
        rows = after_act(rows, "add")
    assert len(rows) == 20


def test_new_rows_get_ids_of_their_own_and_old_ones_keep_theirs():
    rows = [{**ROWS[0]}, {**ROWS[1], "id": "", "name": "a"}, {**ROWS[2], "id": "", "name": "数"}]
    assert [row["id"] for row in with_ids(rows)] == ["a", "a-2", "project"]
