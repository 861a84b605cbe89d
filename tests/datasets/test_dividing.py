"""Splits: what belongs together stays together, shares are met, and the same seed gives the same."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select

from app.datasets.jobs import Likeness
from app.datasets.models import SnapshotItem
from app.datasets.queries.places import Member
from app.datasets.schemas import DatasetIn, Splitting
from app.datasets.service import create_dataset, freeze
from app.datasets.service.dividing import divide
from app.datasets.states import Split
from app.projects.models import Project
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.judged import a_review, likening
from tests.factories.work import a_submission, a_task

THIRDS = {"train": 60, "validation": 20, "test": 20}


def thirds(**facts):
    return Splitting.model_validate(THIRDS | facts)


def pieces(facts):
    """Make members of (task, family, author, cluster, label) in the order of their tasks."""
    return [
        Member(f"t{task:04}".encode(), family, author.encode(), cluster, (label,))
        for task, family, author, cluster, label in sorted(facts, key=lambda one: one[0])
    ]


def alone(count, label="x"):
    return pieces([(n, None, "ed", None, label) for n in range(count)])


@st.composite
def snapshots(draw):
    count = draw(st.integers(1, 40))
    facts = [
        (
            draw(st.integers(0, 15)),
            draw(st.sampled_from([None, None, "f", "g", "h"])),
            draw(st.sampled_from("abcdefgh")),
            draw(st.sampled_from("xy")),
        )
        for _ in range(count)
    ]
    facts.sort(key=lambda one: one[0])
    family_of = {task: family for task, family, _, _ in facts}
    clusters = [draw(st.one_of(st.none(), st.none(), st.integers(1, n))) for n in range(1, count + 1)]
    return [
        Member(bytes([task]), family_of[task], author.encode(), cluster, (label,))
        for (task, _, author, label), cluster in zip(facts, clusters, strict=True)
    ]


@given(snapshots(), st.integers(0, 5), st.booleans())
def test_what_hangs_together_is_never_divided(members, seed, by_author):
    splitting = thirds(seed=seed, by_author=by_author)

    splits = list(divide(members, splitting))

    together = defaultdict(set)
    for position, (member, split) in enumerate(zip(members, splits, strict=True), 1):
        together["task", member.task].add(split)
        together["family", member.family or position].add(split)
        together["author", member.author if by_author else position].add(split)
        together["cluster", member.cluster or position].add(split)
        if member.cluster is not None:
            together["cluster", member.cluster].add(splits[member.cluster - 1])
    assert {key for key, found in together.items() if len(found) > 1} == set()
    assert list(divide(members, splitting)) == splits


@pytest.mark.parametrize(("count", "expected"), [(10, (6, 2, 2)), (1000, (600, 200, 200))])
def test_shares_are_met_to_the_piece_where_nothing_hangs_together(count, expected):
    found = Counter(divide(alone(count), thirds()))

    assert tuple(found[split] for split in Split) == expected


def test_each_label_gets_its_share():
    members = pieces([(n, None, "ed", None, "rare" if n % 10 == 0 else "usual") for n in range(1000)])

    found = Counter(zip((member.labels[0] for member in members), divide(members, thirds()), strict=True))

    assert [found["rare", split] for split in Split] == [60, 20, 20]
    assert [found["usual", split] for split in Split] == [540, 180, 180]


def test_large_groups_fill_what_is_left_by_small_ones():
    families = pieces([(n, f"f{n // 40}" if n < 400 else None, "ed", None, "x") for n in range(1000)])

    found = Counter(divide(families, thirds()))

    assert [found[split] for split in Split] == [600, 200, 200]


def test_another_seed_divides_otherwise_and_sizes_stay():
    one, other = (list(divide(alone(100), thirds(seed=seed))) for seed in (1, 2))

    assert one != other
    assert Counter(one) == Counter(other)


def test_many_small_labels_do_not_fill_the_small_splits():
    members = pieces([(n, None, "ed", None, f"label {n // 3}") for n in range(300)])

    found = Counter(divide(members, Splitting(train=80, validation=10, test=10)))

    assert [found[split] for split in Split] == [240, 30, 30]


@pytest.mark.parametrize("shares", [{"train": 90}, {"train": 90, "test": 11}, {"train": -1, "test": 101}])
def test_shares_make_a_hundred(shares):
    with pytest.raises(ValidationError):
        Splitting.model_validate(shares)


def frozen(session, database, app_settings, mona, sums, **splitting):
    project = session.get_one(Project, sums.id)
    wanted = DatasetIn.model_validate({"name": f"Set {splitting}", "splitting": splitting})
    dataset = create_dataset(session, project, wanted, actor=mona.actor, now=NOW)
    snapshot = freeze(session, dataset, note="", actor=mona.actor, now=NOW)
    session.commit()
    likening(database, app_settings, Likeness()).run_all()
    session.refresh(snapshot)
    items = session.scalars(select(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot.id)).all()
    session.commit()
    return snapshot, {item.submission_id: item.split for item in items}


def test_a_snapshot_is_divided_when_it_is_frozen_and_its_name_says_how(
    session, database, app_settings, sums, mona, ed, rae
):
    families = {}
    for number in range(10):
        task = a_task(session, sums, family="squares" if number < 4 else None)
        work = a_submission(session, author=ed, task=task, state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={})
        families[work.id] = task.family
    session.commit()

    whole, _ = frozen(session, database, app_settings, mona, sums)
    divided, splits = frozen(session, database, app_settings, mona, sums, **THIRDS)
    again, same = frozen(session, database, app_settings, mona, sums, **THIRDS | {"seed": 0})

    assert whole.manifest["splits"] == {"train": {"items": 10, "tokens": 400}}
    assert {name: told["items"] for name, told in divided.manifest["splits"].items()} == {
        "train": 6,
        "validation": 2,
        "test": 2,
    }
    assert len({splits[work] for work, family in families.items() if family == "squares"}) == 1
    assert (again.manifest_sha256, same) == (divided.manifest_sha256, splits)
    assert whole.manifest["rows_sha256"] == divided.manifest["rows_sha256"]
    assert len({whole.manifest_sha256, divided.manifest_sha256}) == 2
