"""Every format says of its rows, as a JSON Schema, what they hold; each test export is held against it when made."""

import json
from runpy import run_path

import jsonschema_rs
import pytest

from app.exports.formats.columns import Column, kind_of
from app.exports.formats.registry import FORMATS
from tests.architecture.source_files import ROOT

DOCS = run_path(str(ROOT / "scripts/format-docs.py"))


@pytest.fixture(params=FORMATS)
def chosen(request):
    """Give each format as its page shows it."""
    found = FORMATS[request.param]
    return found.framed(DOCS["FRAMES"][min(found.uses)])


def faults_of(chosen, row):
    """Say what the schema has against a row."""
    return [fault.message for fault in jsonschema_rs.Draft202012Validator(chosen.schema()).iter_errors(row)]


def test_each_schema_is_one_and_takes_the_row_of_its_page(chosen):
    jsonschema_rs.meta.validate(chosen.schema())

    assert faults_of(chosen, DOCS["_example_of"](chosen)) == []


def test_a_schema_refuses_other_keys_and_other_types(chosen):
    row = DOCS["_example_of"](chosen)
    needed = {name for name, column in chosen.columns.items() if not column.is_optional}

    assert faults_of(chosen, {**row, "further": 1}) != []
    assert [name for name in needed if not faults_of(chosen, {key: row[key] for key in row if key != name})] == []
    assert [name for name in needed if not faults_of(chosen, {**row, name: [[0.5]]})] == []


def test_a_side_car_may_say_more_and_the_main_file_may_not():
    chosen = FORMATS["openai_chat"]

    assert faults_of(chosen, {"row_id": "a", "file": "openai/train.jsonl", "author": "b"}) == []
    assert faults_of(chosen, {"file": "openai/train.jsonl"}) != []


def test_the_api_tells_the_same_schema(client, mona):
    told = {one["name"]: one["row_schema"] for one in client.as_(mona).get("/api/v1/formats").json()}

    assert told == json.loads(json.dumps({name: found.schema() for name, found in FORMATS.items()}))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "array", "items": {"type": "boolean"}}, "list of boolean"),
        ({"enum": ["a", "b"]}, "`a` or `b`"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"$ref": "#/$defs/message"}, "object"),
        ({}, "any"),
    ],
)
def test_a_page_says_in_words_what_a_column_holds(shape, words):
    assert kind_of(Column("what it is", shape).shape) == words
