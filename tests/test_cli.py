"""The command line on an installation of its own: from nothing to a demo with imported tasks."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main


@pytest.fixture
def workings(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKINGS_DATA_DIR", str(tmp_path / "installation"))
    monkeypatch.delenv("WORKINGS_DATABASE_URL", raising=False)

    def run(*arguments):
        return CliRunner().invoke(main, list(arguments))

    return run


def a_file(folder: Path, *rows: dict[str, str]) -> str:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


GOOD = {"statement": "Add $2$ and $3$.", "source": "Written here", "licence": "CC0-1.0", "external_id": "a-1"}


def test_an_installation_is_migrated_filled_once_and_found_well(workings):
    assert workings("migrate").exit_code == 0
    assert workings("demo").output == "The demo is in place.\n"
    assert workings("demo").output == "There are people here already; the demo was left out.\n"

    checks = json.loads(workings("doctor", "--json").output)
    assert [check["name"] for check in checks if not check["ok"]] == []


def test_an_import_reports_every_row_and_the_same_file_changes_nothing(workings, tmp_path):
    workings("migrate")
    workings("demo")
    file = a_file(tmp_path, GOOD, GOOD | {"external_id": "a-2"})

    first = workings("tasks", "import", "number-theory", file)
    second = workings("tasks", "import", "number-theory", file)

    assert first.output == "2 read = 2 created + 0 updated + 0 unchanged + 0 rejected\n"
    assert second.output == "2 read = 0 created + 0 updated + 2 unchanged + 0 rejected\n"


def test_a_bad_row_stops_the_import_and_is_named(workings, tmp_path):
    workings("migrate")
    workings("demo")

    refused = workings("tasks", "import", "number-theory", a_file(tmp_path, GOOD, GOOD | {"statement": ""}))

    assert refused.exit_code == 1
    assert "line 2: statement:" in refused.output


def test_what_a_person_can_mend_is_one_line(workings):
    workings("migrate")

    unknown = workings("token", "create", "nobody@example.org")

    assert (unknown.exit_code, unknown.output) == (
        1,
        "Error: Nobody with the address nobody@example.org may sign in here.\n",
    )
