"""Every attack is held: as this user, as another, in something like a container; elsewhere nothing runs at all."""

import pytest

from tests.architecture.source_files import read
from tests.sandbox.attack import complaint, run
from tests.sandbox.attacks import ATTACKS
from tests.sandbox.elsewhere import LIKE_A_CONTAINER, WITHOUT_NAMESPACES, run_elsewhere


def test_the_table_in_the_documents_names_them_all():
    section = read("docs/how-to/sandbox.md").partition("\n## Attacks\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    assert rows[1:] == [attack.name for attack in ATTACKS]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_is_held(sandbox, attack):
    assert complaint(attack, run(sandbox, attack)) is None


def test_all_are_held_when_the_application_is_not_root_and_has_no_control_group():
    told = run_elsewhere("tests.sandbox.attacks")
    assert told["complaints"] == {}
    assert (told["attacks"], told["details"]["user"] == "a user of their own") == (len(ATTACKS), False)


def test_all_are_held_in_a_container_that_covers_parts_of_proc():
    told = run_elsewhere("tests.sandbox.attacks_in_a_container", LIKE_A_CONTAINER)
    assert told["complaints"] == {}
    assert (told["attacks"], told["details"]["proc"]) == (len(ATTACKS), "empty")


def test_where_namespaces_are_refused_nothing_runs_and_the_reason_is_told():
    told = run_elsewhere("tests.sandbox.nothing_runs", WITHOUT_NAMESPACES)
    assert told == {
        "is_available": False,
        "begins": "This machine does not let programs be isolated.",
        "python": ["unavailable", ""],
        "cpp": ["unavailable", ""],
        "linked": ["unavailable", "unavailable"],
        "languages": {},
        "has_run": False,
    }
