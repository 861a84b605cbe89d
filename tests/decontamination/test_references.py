"""Reference sets: hostile files refused whole, hashes kept and sealed, the file gone, everything removed at once."""

import io
import json

import pytest
from sqlalchemy import func, select

from app.core.audit import Event
from app.core.errors import Invalid, NotFound
from app.core.keys import load_or_create_key
from app.decontamination.access import get_reference_set
from app.decontamination.models import ContaminationFinding, ReferenceBlock, ReferenceSet
from app.decontamination.service.references import FOLDER, keep_file, remove_reference_set
from app.decontamination.service.sealing import KEY, Grams, kept_of, unseal
from app.decontamination.states import GramKind, ReferenceState
from app.text.ngrams import Hasher
from tests.cast import NOW
from tests.decontamination.conftest import APPLES, SHORT
from tests.factories.work import a_task


def test_a_file_becomes_sealed_hashes_and_is_deleted(session, app_settings, load_set):
    rows = [{"text": APPLES, "answer": "72"}, {"text": SHORT}]
    found = load_set(rows)

    assert (found.state, found.n, found.texts, found.message) == (ReferenceState.READY, 1, 2, "")
    assert list((app_settings.data_dir / "files" / FOLDER).iterdir()) == []
    key = load_or_create_key(app_settings.data_dir, KEY)
    blocks = session.scalars(select(ReferenceBlock).order_by(ReferenceBlock.kind)).all()
    assert [block.kind for block in blocks] == sorted(GramKind, key=lambda kind: kind.value)
    for block in blocks:
        opened = Grams()
        unseal(key, found.id, block.kind, block.part, block.sealed, opened)
        expected = [
            (value, n) for n, row in enumerate(rows, 1) for value in kept_of(Hasher(key), [row["text"]])[block.kind]
        ]
        assert list(zip(opened.hashes, opened.numbers, strict=True)) == sorted(expected)


def test_no_word_of_a_reference_text_stands_in_the_database_or_the_audit_log(session, load_set):
    load_set([{"text": "Zanzibar " + APPLES}])
    blocks = b"".join(session.scalars(select(ReferenceBlock.sealed)))
    said = json.dumps([event.detail for event in session.scalars(select(Event))], default=str)
    assert [b"anzibar" in blocks, "anzibar" in said] == [False, False]


def test_several_fields_of_a_row_are_one_reference_text(load_set):
    found = load_set([{"q": APPLES, "a": SHORT}], fields="q, a")
    assert (found.fields, found.texts) == (["q", "a"], 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"text": "one two three four"}\n{"txt": "x"}\n', "Line 2 has no text in the field “text”; texts: txt."),
        (b'{"text": 5}\n', "Line 1 has no text in the field “text”; texts: none."),
        (b'["one"]\n', "This is one JSON array. Write one object a line (JSONL) instead."),
        (b"\x1f\x8b\x08rest", "This is a gzip file; unpack it first. JSONL, CSV and Parquet files are read."),
        (b'{"text": "one two three"}\n', "There is no text of four words or more in this file."),
        (b"", "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_a_sentence_and_leaves_nothing(
    session, app_settings, load_set, data, sentence
):
    found = load_set(data)

    assert (found.state, found.message, found.n, found.file_id) == (ReferenceState.FAILED, sentence, None, None)
    assert session.scalar(select(func.count()).select_from(ReferenceBlock)) == 0
    assert list((app_settings.data_dir / "files" / FOLDER).iterdir()) == []


def test_bytes_that_are_no_utf_8_are_refused(load_set):
    found = load_set(b'{"text": "one two three \xff four"}\n')
    assert (found.state, found.message.startswith("Line 1: ")) == (ReferenceState.FAILED, True)


def test_a_name_is_taken_once(session, load_set):
    load_set([{"text": APPLES}])
    with pytest.raises(Invalid) as refused, session.begin_nested():
        load_set([{"text": SHORT}])
    assert refused.value.fields == {"name": "Already taken."}


def test_only_a_jsonl_file_is_taken(app_settings):
    with pytest.raises(Invalid) as refused:
        keep_file(app_settings, "texts.csv", io.BytesIO(b"text\n"))
    assert refused.value.fields == {"file": "It must end in .jsonl."}


def test_only_an_admin_gets_at_a_set(session, load_set, mona, ada):
    found = load_set([{"text": APPLES}])
    assert get_reference_set(session, ada.actor, found.id).id == found.id
    with pytest.raises(NotFound):
        get_reference_set(session, mona.actor, found.id)


def test_removing_a_set_removes_its_hashes_and_findings_and_is_told(
    session, app_settings, load_set, work_off, sums, ada
):
    a_task(session, sums, statement=APPLES)
    found = load_set([{"text": APPLES}])
    other = load_set([{"text": SHORT}], name="Other")
    assert session.scalar(select(func.count()).select_from(ContaminationFinding)) == 1

    gone = session.get_one(ReferenceSet, found.id)
    remove_reference_set(session, gone, settings=app_settings, actor=ada.actor, now=NOW)
    session.flush()

    assert session.scalars(select(ReferenceSet.id)).all() == [other.id]
    assert set(session.scalars(select(ReferenceBlock.reference_set_id))) == {other.id}
    assert session.scalar(select(func.count()).select_from(ContaminationFinding)) == 0
    event = session.scalars(select(Event).where(Event.verb == "reference_set.remove")).one()
    assert event.detail == {"name": "Word problems", "texts": 1, "findings": 1}
