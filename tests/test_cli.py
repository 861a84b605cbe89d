"""The command line on an installation of its own: from nothing to a demo with imported tasks."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main


def run_in(folder: Path, *arguments: str) -> Result:
    own = {"WORKINGS_DATA_DIR": str(folder), "WORKINGS_DATABASE_URL": None}
    return CliRunner().invoke(main, list(arguments), env=own)


@pytest.fixture
def workings(tmp_path):
    """The command line on an empty installation."""
    return partial(run_in, tmp_path / "installation")


@pytest.fixture(scope="module")
def first_day(tmp_path_factory):
    """The folder of an installation that was migrated and filled with the demo, and what came of that."""
    folder = tmp_path_factory.mktemp("first-day") / "installation"
    return folder, [run_in(folder, word) for word in ("migrate", "demo", "demo")]


@pytest.fixture
def with_demo(first_day, tmp_path):
    """The command line on an installation that holds the demo: a copy for each test."""
    folder = shutil.copytree(first_day[0], tmp_path / "installation")
    return partial(run_in, folder)


def a_file(folder: Path, *rows: dict[str, str]) -> str:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


GOOD = {"statement": "Add $2$ and $3$.", "source": "Written here", "licence": "CC0-1.0", "external_id": "a-1"}


def test_an_installation_is_migrated_filled_once_and_found_well(first_day, with_demo):
    migrated, filled, again = first_day[1]
    assert (migrated.exit_code, migrated.output.startswith("Migrated from empty to ")) == (0, True)
    assert filled.output == "The demo is in place.\n"
    assert again.output == "There are people here already; the demo was left out.\n"

    checks = json.loads(with_demo("doctor", "--json").output)
    assert [check["name"] for check in checks if not check["ok"]] == []


def test_an_import_reports_every_row_and_the_same_file_changes_nothing(with_demo, tmp_path):
    file = a_file(tmp_path, GOOD, GOOD | {"external_id": "a-2"})

    first = with_demo("tasks", "import", "number-theory", file)
    second = with_demo("tasks", "import", "number-theory", file)

    assert first.output == "2 read = 2 created + 0 updated + 0 unchanged + 0 rejected\n"
    assert second.output == "2 read = 0 created + 0 updated + 2 unchanged + 0 rejected\n"


def test_a_bad_row_stops_the_import_and_is_named(with_demo, tmp_path):
    refused = with_demo("tasks", "import", "number-theory", a_file(tmp_path, GOOD, GOOD | {"statement": ""}))

    assert refused.exit_code == 1
    assert "line 2: statement:" in refused.output


def test_what_a_person_can_mend_is_one_line(workings):
    workings("migrate")

    unknown = workings("token", "create", "nobody@example.org")

    assert (unknown.exit_code, unknown.output) == (
        1,
        "Error: Nobody with the address nobody@example.org may sign in here.\n",
    )
