"""Reference sets on the command line, on an installation of its own."""

import json
from functools import partial

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.decontamination.conftest import APPLES, SHORT


@pytest.fixture
def workings(tmp_path):
    """The command line on an installation with one admin."""
    own = {"WORKINGS_DATA_DIR": str(tmp_path / "installation"), "WORKINGS_DATABASE_URL": None}
    run = partial(CliRunner().invoke, main, env=own)
    run(["migrate"])
    run(["user", "add", "ada@example.org", "--name", "Ada", "--admin"])
    run(["user", "add", "ed@example.org", "--name", "Ed"])
    return run


@pytest.fixture
def file(tmp_path):
    """Two texts in two fields."""
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"q": text, "a": "Nobody can tell this."}) + "\n" for text in (APPLES, SHORT)))
    return str(path)


ABOUT = ["--source", "Published", "--licence", "MIT", "--as"]


def test_a_set_is_added_listed_and_removed(workings, file):
    added = workings(["references", "add", "A test", file, "--field", "q", "--field", "a", *ABOUT, "ada@example.org"])
    listed = workings(["references", "list"])
    removed = workings(["references", "remove", "A test", "--as", "ada@example.org"])

    assert (added.exit_code, added.output) == (0, "2 texts, 26 8-grams kept of A test\n")
    assert listed.output == "A test: ready, 2 texts, 0 blocking, 0 to review; MIT\n"
    assert removed.output == "A test is removed.\n"
    assert workings(["references", "list"]).output == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*ABOUT, "ed@example.org"], "Error: There is nothing at this address.\n"),
        ([*ABOUT, "nobody@example.org"], "Error: Nobody with the address nobody@example.org may sign in here.\n"),
        (
            [*ABOUT, "ada@example.org"],
            "Error: Nothing of it is kept. Line 1 has no text in the field “text”; texts: q, a.\n",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(workings, file, words, said):
    answer = workings(["references", "add", "A test", file, *words])
    assert (answer.exit_code, answer.output) == (1, said)
