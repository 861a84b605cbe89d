"""Card, datasheet, Croissant and provenance: what they say is what was counted, and programs can read it."""

import json
import re
from datetime import datetime
from pathlib import Path

import mlcroissant
import pytest
import yaml

from app.datasets.queries.facts import facts_of
from app.exports.papers.card import size_category
from app.submissions.states import SubmissionState as S
from app.tasks.states import Origin
from tests.exports.rendering import PAPERS, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STEPS, a_submission, a_task, some_content

LABELS = {"s1": "good", "s2": "neutral", "s3": "good"}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae, ron):
    """Two pieces: one judged by two people who differ in one step of three, one on the task of a model."""
    both = a_submission(session, author=ed, task=a_task(session, sums, licence="CC-BY-4.0"), state=S.APPROVED)
    a_review(session, both, reviewer=rae, labels=LABELS)
    a_review(session, both, reviewer=ron, labels=LABELS | {"s2": "bad"}, level=2)
    odd = some_content(steps=[STEPS[0] | {"body": 'Ünïcode – "quoted" \\ and <b>'}, *STEPS[1:]])
    task = a_task(session, sums, origin=Origin.MODEL, origin_model="some-model", language="de", licence="Ask us")
    one = a_submission(session, author=eve, task=task, state=S.APPROVED, content=odd)
    a_review(session, one, reviewer=rae, labels=LABELS)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.fixture
def export(database, app_settings, snapshot, tmp_path):
    """Render the snapshot in a format into a folder; gives the folder and path → bytes."""

    def made(name, **options):
        folder = tmp_path / "-".join([name, *options.values()])
        return folder, rendered(database, app_settings, snapshot, name, folder, **options)

    return made


def card_of(files):
    """Take the YAML block and the text of a card apart."""
    _, block, text = files["README.md"].decode().split("---\n", 2)
    return yaml.safe_load(block), text


def test_every_export_has_its_papers_and_the_same_ones_each_time(database, app_settings, snapshot, export, tmp_path):
    _, first = export("trl_stepwise")
    second = rendered(database, app_settings, snapshot, "trl_stepwise", tmp_path / "again")

    assert first == second
    assert set(PAPERS) < first.keys()


def test_the_block_of_the_card_says_what_was_counted(export):
    block, _ = card_of(export("trl_stepwise")[1])

    assert {name: block[name] for name in ("language", "license", "license_link", "size_categories", "tags")} == {
        "language": ["de"],
        "license": "other",
        "license_link": "LICENSE",
        "size_categories": ["n<1K"],
        "tags": ["reasoning", "human-written", "process-supervision"],
    }


def test_the_card_keeps_the_order_of_the_guide(export):
    _, text = card_of(export("trl_sft")[1])

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "How it was made",
        "What is in it",
        "How it was rendered",
        "Labels",
        "Splits, near-duplicates, decontamination",
        "Lengths",
        "Licence and consent",
        "Known limits",
        "Citation",
        "Contact",
        "Where it comes from",
    ]


def test_the_card_tells_agreement_origin_and_lengths(session, export, snapshot):
    _, text = card_of(export("trl_sft")[1])
    lengths = facts_of(session, snapshot.id)["lengths"]

    # Steps (1, 1), (0, -1), (1, 1): D_o = 1/3; of the six labels 1, 1, 1, 1, 0, -1 come D_e = 21/15; α = 1 - 5/21.
    assert "labels of steps α = 0.76 over 3 steps" in text
    assert "verdicts α = not defined (nobody could differ) over 1 revisions" in text
    assert "Tasks by who wrote them: human 1, model 1 (some-model 1)" in text
    assert "Pieces by reviews: 1 reviews 1, 2 reviews 1." in text
    assert f"| {' | '.join(f'{value:,}' for value in lengths.values())} |" in text
    assert "Suggested `max_length`: 256," in text


def test_what_nobody_recorded_is_said_to_be_so_and_nothing_is_guessed(export):
    _, files = export("trl_sft")
    _, text = card_of(files)

    assert "pay of contributors: not stated" in text
    assert "Not held against any reference set while it was frozen." in text
    assert "**Who was paid, and how much?** Not stated." in files["DATASHEET.md"].decode()
    assert files["LICENSE"].decode().splitlines()[3:5] == [
        "- Ask us: 1 pieces",
        "- CC-BY-4.0 (https://spdx.org/licenses/CC-BY-4.0): 1 pieces",
    ]


def test_the_neutral_rule_is_the_one_that_was_chosen(export):
    assert "here neutral steps are: drop" in card_of(export("trl_stepwise", neutral="drop")[1])[1]


def test_the_datasheet_has_the_seven_parts(export):
    text = export("trl_sft")[1]["DATASHEET.md"].decode()

    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == [
        "Motivation",
        "Composition",
        "Collection",
        "Preprocessing",
        "Uses",
        "Distribution",
        "Maintenance",
    ]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # the library's own, in what it is built on
@pytest.mark.parametrize("name", ["trl_sft", "trl_stepwise", "native", "openai_chat", "prm800k"])
def test_mlcroissant_validates_and_reads_every_record(export, name):
    folder, files = export(name)
    described = mlcroissant.Dataset(jsonld=Path(folder, "croissant.json"))

    assert (list(described.metadata.ctx.issues.errors), described.metadata.version) == ([], "1.0.0")
    for records in described.metadata.record_sets:
        path = f"{records.uuid}.jsonl"
        read = list(described.records(records.uuid))
        assert [_text(row, records.uuid) for row in read] == [
            {column: row[column] for column in _columns(records)} for row in rows_of(files[path])
        ]


def _columns(records):
    return [field.name for field in records.fields if not field.sub_fields and not field.is_array]


def _text(row, name):
    """Take the plain columns of a record; text comes as bytes, and a time as a time."""
    read: dict[str, object] = {}
    for key, value in row.items():
        if isinstance(value, bytes):
            read[key.removeprefix(f"{name}/")] = value.decode()
        elif isinstance(value, datetime):
            read[key.removeprefix(f"{name}/")] = value.isoformat()
        elif isinstance(value, int | float):
            read[key.removeprefix(f"{name}/")] = value
    return read


def test_provenance_leads_from_every_file_to_people(export, snapshot):
    _, files = export("trl_sft")
    graph = {node["@id"]: node for node in json.loads(files["prov.jsonld"])["@graph"]}

    (snapshot_id,) = [node["prov:wasDerivedFrom"]["@id"] for key, node in graph.items() if key == "sft/train.jsonl"]
    assert snapshot_id == f"urn:sha256:{snapshot.manifest_sha256}"
    assert graph[snapshot_id]["prov:wasDerivedFrom"]["@id"] == "#work"
    assert graph["#work"]["prov:wasAttributedTo"]["@id"] == "#authors"
    assert graph["#authors"]["prov:label"] == "2 experts"


def test_the_record_of_the_standards_has_what_is_required(export, snapshot):
    record = json.loads(export("trl_sft")[1]["provenance.json"])

    assert {part: sorted(record[part]) for part in record} == {
        "set": ["category", "label", "publisher", "schema-version", "tracking"],
        "source": ["about", "data-version", "id", "issuer", "location", "name"],
        "provenance": ["date", "generation-method", "generation-period", "origin-geography"],
        "use": ["consents", "data-risk-reducing", "intended-purpose", "license"],
    }
    assert record["provenance"]["generation-method"] == [
        {"code": "primary-user-source"},
        {"code": "machine-generated-ml-ops"},
    ]


@pytest.mark.parametrize(("rows", "word"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M")])
def test_a_number_of_rows_has_the_word_of_the_hub(rows, word):
    assert size_category(rows) == word


@pytest.mark.parametrize("paper", PAPERS)
def test_no_paper_names_a_person(export, paper):
    text = export("native")[1][paper].decode()

    assert re.findall(r"example\.org|\b(?:Mona|Rae|Ron|Ed|Eve)\b", text) == []
