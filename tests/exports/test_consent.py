"""Consent in exports: what papers and manifest say, who may get a copy, and that it comes back with a native export."""

import json

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.errors import Conflict
from app.datasets.models import Snapshot
from app.exports.service import ask, restore_native
from app.projects.models import AgreementSignature, AgreementVersion, Project
from app.submissions.states import EditsState
from app.submissions.states import SubmissionState as S
from app.text.fingerprints import canonical_json
from tests.exports.conftest import a_place
from tests.exports.natives import native_of
from tests.exports.rendering import rendered
from tests.factories.agreements import TERMS, a_signature, an_agreement
from tests.factories.judged import a_review, a_snapshot
from tests.factories.recipients import a_recipient
from tests.factories.work import a_submission, a_task, revision_of


@pytest.fixture
def agreed(session, sums, mona, ed, eve, rae):
    """A piece of Ed with edits of Rae, both of whom signed, and one of Eve, who did not."""
    version = an_agreement(session, sums, by=mona.id)
    for person in (ed, rae):
        a_signature(session, version, person.id)
    works = [a_submission(session, author=one, task=a_task(session, sums), state=S.APPROVED) for one in (ed, eve)]
    for work in works:
        a_review(session, work, reviewer=rae, labels={"s1": "good"})
    revision = revision_of(session, works[0])
    revision.edited_by, revision.edits_state = rae.id, EditsState.ACCEPTED
    session.commit()
    return version


def frozen(session, database, settings, manager, place, **rule):
    return a_snapshot(session, database, settings, manager=manager, project_id=place.id, **rule)


def test_papers_and_manifest_say_what_was_signed(session, database, app_settings, sums, mona, agreed, tmp_path):
    snapshot = frozen(session, database, app_settings, mona, sums)
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out")
    card, sheet = files["README.md"].decode(), files["DATASHEET.md"].decode()
    manifest = json.loads(files["manifest.json"])["consent"]
    consents = json.loads(files["provenance.json"])["use"]["consents"]
    said = [
        "1 pieces, and edits in 1 under version 1 of the contributor agreement",
        f"funder {TERMS['funder']}; may be handed to who runs this installation, research; published to those who ",
        "training of models allowed; contributors named by a pseudonym; rights: A licence without limit of time",
        "1 pieces whose author had signed no contributor agreement at the cut, or had withdrawn (0 of them)",
    ]
    assert [[words in text for words in said] for text in (card, sheet, consents)] == [[True] * 4] * 3
    assert f"pay of contributors: {TERMS['pay']}" in card
    assert (f"Who paid: {TERMS['funder']}" in sheet, TERMS["pay"] in sheet) == (True, True)
    assert {name: manifest["agreements"][0][name] for name in TERMS} == TERMS
    assert (manifest["unsigned"], manifest["agreements"][0]["pieces"]) == (1, 1)


def test_where_nobody_signed_the_papers_say_so(session, database, app_settings, sums, mona, ed, rae, tmp_path):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, work, reviewer=rae, labels={})
    snapshot = frozen(session, database, app_settings, mona, sums)
    card = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out")["README.md"].decode()
    assert "consent of contributors: not stated: no contributor agreement was signed for any of the pieces\n" in card
    assert "pay of contributors: not stated\n" in card


@pytest.mark.parametrize(
    ("kind", "rule", "pieces"),
    [
        ("internal", {}, None),
        ("research", {}, "1 pieces of"),
        ("research", {"consent": {"recipient": "research"}}, None),
        ("company", {"consent": {}}, "1 pieces and a reviewer's edits in 1 of"),
    ],
)
def test_a_copy_goes_only_to_whom_those_who_wrote_agreed(
    session, database, app_settings, sums, mona, ada, agreed, kind, rule, pieces
):
    snapshot = frozen(session, database, app_settings, mona, sums, **rule)
    whom = a_recipient(session, ada, app_settings.data_dir, kind=kind)
    snapshot = session.get_one(Snapshot, snapshot.id)
    refused = None
    try:
        ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now(), recipient=whom)
    except Conflict as error:
        refused = error.sentence
    assert (refused is None) == (pieces is None)
    assert pieces is None or f"Those who wrote {pieces} this snapshot have not agreed" in (refused or "")


def test_consent_comes_back_with_a_native_export(
    session, database, elsewhere, app_settings, agreed, ed, rae, eve, tmp_path
):
    version_id = agreed.id
    session.commit()  # lets go of SQLite's write lock
    sent = native_of(database, app_settings, "sums", tmp_path / "sent")
    a_place(elsewhere, "sums")
    restored = restore_native(elsewhere, tmp_path / "sent", project="sums", email=None)
    with elsewhere.reading() as there:
        version = there.get_one(AgreementVersion, version_id)
        told = (version.n, version.funder, version.recipients, version.publication, version.model_training)
        signatures = there.scalar(select(func.count()).select_from(AgreementSignature))
        in_force = there.scalars(select(Project.agreement_n)).all()
    assert restored.faults == []
    assert told == (1, TERMS["funder"], TERMS["recipients"], TERMS["publication"], TERMS["model_training"])
    assert (signatures, in_force) == (2, [0])
    assert native_of(elsewhere, app_settings, "sums", tmp_path / "again") == sent


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda first, other: other["consent"].update(editor=first["consent"]["author"]), "consent.editor"),
        (lambda first, other: other.update(author=first["author"]), "consent.author"),
        (lambda first, _: first["consent"]["editor"].update(funder="Somebody else"), "consent.editor"),
        (lambda first, _: first["consent"]["author"].update(recipients=["everybody"]), "consent.author.recipients.0"),
        (lambda first, _: first.pop("consent"), "consent"),
    ],
)
def test_lines_whose_consent_does_not_fit_are_refused(
    database, elsewhere, app_settings, agreed, tmp_path, change, where
):
    lines = native_of(database, app_settings, "sums", tmp_path / "sent").decode().splitlines()
    first, other = sorted(map(json.loads, lines), key=lambda record: record["consent"]["author"] is None)
    change(first, other)
    path = tmp_path / "sent/native/train.jsonl"
    path.write_text("".join(f"{canonical_json(one)}\n" for one in (first, other)), encoding="utf-8")
    a_place(elsewhere, "sums")
    faults = restore_native(elsewhere, path, project="sums", email=None, dry_run=True).faults
    assert where in {fault.field for fault in faults}


def test_an_agreement_of_the_same_number_that_is_there_stops_it(database, elsewhere, app_settings, agreed, tmp_path):
    native_of(database, app_settings, "sums", tmp_path / "sent")
    a_place(elsewhere, "sums")
    with elsewhere.change() as there:
        place = there.scalars(select(Project)).one()
        an_agreement(there, place, by=place.created_by)
    faults = restore_native(elsewhere, tmp_path / "sent", project="sums", email=None, dry_run=True).faults
    assert [(fault.field, fault.reason) for fault in faults] == [
        ("consent", "The project has another version 1 of its contributor agreement.")
    ]
