from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from app.accounts.models import Notification
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.projects.models import GuidelineVersion, Project
from app.projects.queries import acknowledged_by, current_guideline, has_acknowledged, last_acknowledged
from app.projects.schemas import GuidelineIn
from app.projects.service.guideline import acknowledge, publish_guideline
from app.projects.states import ProjectState
from tests.cast import NOW


def the_project(session, place) -> Project:
    project: Project = session.get_one(Project, place.id)
    return project


def test_publishing_puts_the_next_version_in_force_and_keeps_the_old_one(session, mona, sums):
    project = the_project(session, sums)
    data = GuidelineIn(body="Write two ideas.", summary="Two.", based_on=1)
    publish_guideline(session, project, data, actor=mona.actor, now=NOW)
    session.flush()
    bodies = session.scalars(
        select(GuidelineVersion.body).where(GuidelineVersion.project_id == sums.id).order_by(GuidelineVersion.n)
    ).all()
    now_in_force = current_guideline(session, project)
    assert bodies == ["Write one idea in a step.", "Write two ideas."]
    assert now_in_force is not None
    assert (project.guideline_n, now_in_force.body) == (2, "Write two ideas.")


def test_every_other_member_is_told_once_and_asked_again(session, mona, ed, rae, sums):
    project = the_project(session, sums)
    publish_guideline(
        session, project, GuidelineIn(body="New.", summary="Shorter.", based_on=1), actor=mona.actor, now=NOW
    )
    session.flush()
    told = session.execute(select(Notification.user_id, Notification.sentence, Notification.path)).all()
    assert len(told) == 4
    assert {(one[1], one[2]) for one in told} == {
        ("Sums: version 2 of the guideline. Shorter.", "/projects/sums/guidelines/2/changes")
    }
    assert mona.id not in {one[0] for one in told}
    assert [has_acknowledged(session, one.actor, project) for one in (mona, ed, rae)] == [True, False, False]
    assert acknowledged_by(session, project) == (1, 5)


def test_in_a_draft_nobody_is_told(session, mona, sums):
    project = the_project(session, sums)
    project.state = ProjectState.DRAFT
    session.flush()
    publish_guideline(session, project, GuidelineIn(body="N.", summary="S.", based_on=1), actor=mona.actor, now=NOW)
    assert session.scalars(select(Notification)).all() == []


@pytest.mark.parametrize(
    ("body", "summary", "field"),
    [
        ("Write one idea in a step.", "Nothing.", "body"),
        ("Something else.", "", "summary"),
        ("## G-1 A\n\n## G-1 B\n", "Twice.", "body"),
    ],
)
def test_a_version_without_change_summary_or_unique_numbers_is_refused(session, mona, sums, body, summary, field):
    project = the_project(session, sums)
    with pytest.raises(Invalid) as error:
        publish_guideline(
            session, project, GuidelineIn(body=body, summary=summary, based_on=1), actor=mona.actor, now=NOW
        )
    assert list(error.value.fields) == [field]
    assert project.guideline_n == 1


def test_acknowledging_is_noted_once_and_only_for_the_version_in_force(session, mona, ed, sums):
    project = the_project(session, sums)
    publish_guideline(session, project, GuidelineIn(body="N.", summary="S.", based_on=1), actor=mona.actor, now=NOW)
    assert last_acknowledged(session, ed.actor, project) == 1
    with pytest.raises(Conflict):
        acknowledge(session, project, 1, actor=ed.actor, now=NOW)
    acknowledge(session, project, 2, actor=ed.actor, now=NOW)
    session.flush()
    acknowledge(session, project, 2, actor=ed.actor, now=NOW)
    assert has_acknowledged(session, ed.actor, project)
    assert last_acknowledged(session, ed.actor, project) == 2


def test_of_two_managers_who_publish_at_once_one_wins_and_the_other_is_told(session, database, mona, sums):
    session.commit()
    start, outcomes = Barrier(2), []

    def publish(actor: Actor, body: str) -> None:
        try:
            with database.change() as own:
                project = own.get_one(Project, sums.id)
                start.wait()
                data = GuidelineIn(body=body, summary="S.", based_on=1)
                publish_guideline(own, project, data, actor=actor, now=NOW)
            outcomes.append("published")
        except Conflict as error:
            outcomes.append(error.sentence.split(".")[0])

    threads = [Thread(target=publish, args=(mona.actor, body)) for body in ("First.", "Second.")]
    if database.engine.dialect.name == "sqlite":
        # One writer at a time there: the second begins only after the first has committed, so no barrier between them.
        start = Barrier(1)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Somebody else has published a version since you began", "published"]
    session.expire_all()
    versions = session.scalars(select(GuidelineVersion.n).where(GuidelineVersion.project_id == sums.id)).all()
    assert sorted(versions) == [1, 2]
