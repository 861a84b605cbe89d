"""What the documents name exists: links, commands, settings, files, classes, addresses, tables, decisions."""

import importlib
import re
from typing import Any

import click
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app import config
from app.cli import main
from app.core.db import Base
from app.routes import ROUTERS
from app.tables import load_tables
from tests.architecture.documents import Page, pages
from tests.architecture.settings_table import PAGE, renewed, variables
from tests.architecture.source_files import ROOT, files_below, project_files, read

PAGES = pages()
BY_PATH = {page.path: page for page in PAGES}
FOLDERS = ("app", "benchmarks", "docs", "frontend", "migrations", "requirements", "scripts", "templates", "tests")
BUILT = ("app/static/dist",)
"""Folders that a build makes and git ignores."""
_PATH = re.compile(rf"(?<![\w/.$-])(?:{'|'.join(FOLDERS)})/[\w./-]*(?![\w<*…{{])")
_NAME = re.compile(r"(?<![\w/.-])app(?!\.(?:ts|js|css)\b)(?:\.\w+)+")
_MAKE = re.compile(r"(?<![\w-])make ([a-z][a-z-]*)")
_WORKINGS = re.compile(r"(?<![\w/.:=@-])workings ([a-z][^\n|&;>]*)")
_VARIABLE = re.compile(r"WORKINGS_[A-Z_]*[A-Z]")
_ADDRESS = re.compile(r"/api/v1((?:/[\w{}$:.-]+)+)")


def code_of(page: Page) -> str:
    return "\n".join([page.blocks, *page.spans])


def dead_links(page: Page) -> list[str]:
    faults = []
    for link in page.links:
        path, anchor = page.target(link)
        target = BY_PATH.get(path)
        if not (ROOT / path).exists() or (anchor and (target is None or anchor not in target.anchors)):
            faults.append(link)
    return faults


def missing_paths(page: Page) -> list[str]:
    named = {found.group(0).rstrip("./") for found in _PATH.finditer(code_of(page))}
    return sorted(path for path in named if not path.startswith(BUILT) and not (ROOT / path).exists())


def exists(name: str) -> bool:
    """Tell whether a dotted name is a module, or something in one."""
    module, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        try:
            return hasattr(importlib.import_module(module), last)
        except ModuleNotFoundError:
            return False
    return True


def missing_names(page: Page) -> list[str]:
    return sorted({name for name in _NAME.findall(code_of(page)) if not exists(name)})


def faults_of_command(line: str) -> list[str]:
    """Say which command or option of `workings …` does not exist."""
    command: click.Command = main
    words = line.split()
    while isinstance(command, click.Group) and words:
        word = words.pop(0)
        if word not in command.commands:
            return [f"no command {word}"]
        command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    return [f"no option {word}" for word in words if word.startswith("-") and word.partition("=")[0] not in known]


def unknown_commands(page: Page) -> list[str]:
    targets = set(re.findall(r"^([a-z][a-z-]*)(?: [a-z -]+)?:(?!=)", read("Makefile"), re.MULTILINE))
    faults = [f"make {target}" for target in _MAKE.findall(code_of(page)) if target not in targets]
    for line in _WORKINGS.findall(code_of(page)):
        faults += [f"workings {line}: {fault}" for fault in faults_of_command(line)]
    return faults


def known_variables() -> set[str]:
    elsewhere = [
        read("docker-compose.yml"),
        *(read(path) for path in files_below("tests", "benchmarks", "scripts", suffixes=(".py", ".sh"))),
    ]
    read_by_others = {name for text in elsewhere for name in _VARIABLE.findall(text)}
    from_files = {f"WORKINGS_{name}_FILE" for name in config._FROM_FILE}
    return {*variables(), *from_files, *read_by_others}


def routes() -> list[list[str]]:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    paths = {context.path or "" for context in iter_route_contexts(app.routes)}
    return [path.removeprefix("/api/v1/").split("/") for path in paths if path.startswith("/api/v1/")]


def unknown_addresses(page: Page, known: list[list[str]]) -> list[str]:
    def fits(wanted: list[str], route: list[str]) -> bool:
        same = all(have.startswith("{") or ask == have for ask, have in zip(wanted, route, strict=False))
        return same and (len(wanted) == len(route) or (route[-1].endswith(":path}") and len(wanted) > len(route)))

    asked = [address.strip("/.").split("/") for address in _ADDRESS.findall(code_of(page))]
    return ["/".join(wanted) for wanted in asked if not any(fits(wanted, route) for route in known)]


def faults_in_all(check: Any, *more: Any) -> dict[str, list[str]]:
    return {page.path: found for page in PAGES if (found := check(page, *more))}


def test_every_link_leads_somewhere():
    assert faults_in_all(dead_links) == {}


def test_every_file_that_is_named_exists():
    assert faults_in_all(missing_paths) == {}


def test_every_class_and_function_that_is_named_exists():
    assert faults_in_all(missing_names) == {}


def test_every_command_that_is_named_exists_with_its_options():
    assert faults_in_all(unknown_commands) == {}


def test_every_address_of_the_api_that_is_named_exists():
    assert faults_in_all(unknown_addresses, routes()) == {}


def test_every_variable_that_is_named_is_read_by_something():
    known = known_variables()
    named = {page.path: set(_VARIABLE.findall(page.text)) - known for page in PAGES}
    assert {path: names for path, names in named.items() if names} == {}


def test_the_table_of_settings_is_that_of_the_program():
    assert renewed(read(PAGE)) == read(PAGE), "run: python -m tests.architecture.settings_table"


def test_every_setting_is_in_the_table():
    assert [name for name in variables() if f"| `{name}` |" not in read(PAGE)] == []


def test_the_architecture_names_exactly_the_tables_there_are():
    load_tables()
    section = BY_PATH["docs/architecture.md"].text.partition("## The data")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.split("\n") if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", "".join(rows))) == sorted(Base.metadata.tables)


def test_every_table_has_a_word_in_the_glossary_or_is_none_of_peoples_business():
    load_tables()
    named = set(_NAME.findall(BY_PATH["docs/glossary.md"].text))
    models = {f"{mapper.class_.__module__}.{mapper.class_.__name__}" for mapper in Base.registry.mappers}
    assert sorted(models - named) == UNNAMED


UNNAMED = [
    "app.accounts.models.FailedAttempt",
    "app.accounts.models.UserSession",
    "app.datasets.models.SnapshotReview",
    "app.exports.models.ExportFile",
    "app.projects.models.GuidelineAcknowledgement",
    "app.reviews.models.Comment",
    "app.tasks.models.Attachment",
]
"""Tables whose rows people meet only as a part of something that has a word."""


def test_decisions_have_numbers_of_their_own_and_stand_in_the_index_with_their_titles():
    written = [page for page in PAGES if re.match(r"docs/decisions/\d{4}-", page.path)]
    titles = {page.path.rpartition("/")[2]: page.text.partition("\n")[0].removeprefix("# ") for page in written}
    index = re.findall(
        r"^\| \[(\d{4})\]\(([\w-]+\.md)\) \| (.+) \|$", BY_PATH["docs/decisions/README.md"].text, re.MULTILINE
    )

    assert [(file, f"{number} {title}") for number, file, title in index] == sorted(titles.items())
    assert [file for file, title in titles.items() if file[:4] != title[:4]] == []
    assert len({file[:4] for file in titles}) == len(titles)


def test_the_index_of_the_documents_names_them_all():
    listed = {BY_PATH["docs/README.md"].target(link)[0] for link in BY_PATH["docs/README.md"].links}
    mine = {path for path in project_files() if path.startswith("docs/") and path.endswith(".md")}
    indexed = tuple(f"docs/{folder}/" for folder in ("decisions", "formats"))  # by a page of their own
    apart = {path for path in mine if path.startswith(indexed) and not path.endswith("/README.md")}
    assert sorted(mine - apart - {"docs/README.md"} - listed) == []


@pytest.mark.parametrize(
    ("check", "text", "faults"),
    [
        (
            dead_links,
            "[a](nowhere.md) [b](#no-such-heading) [c](https://example.org) `[d](x.md)`",
            ["nowhere.md", "#no-such-heading"],
        ),
        (dead_links, "[a](README.md#no-such-heading)", ["README.md#no-such-heading"]),
        (
            missing_paths,
            "`app/cli.py` `app/nothing.py` `app/static/dist/x.js` `app/<area>/models.py`",
            ["app/nothing.py"],
        ),
        (
            missing_names,
            "`app.cli.main` `app.cli.nothing` `app.nothing.at.all`",
            ["app.cli.nothing", "app.nothing.at.all"],
        ),
        (unknown_commands, "    make tea\n    make test", ["make tea"]),
        (unknown_commands, "`workings dance`", ["workings dance: no command dance"]),
        (unknown_commands, "`workings serve --port 1 --loud`", ["workings serve --port 1 --loud: no option --loud"]),
    ],
)
def test_the_checks_see_a_planted_fault(check, text, faults):
    assert check(Page("CONTRIBUTING.md", text)) == faults


def test_the_check_of_addresses_sees_a_planted_fault():
    page = Page("x.md", "`GET /api/v1/work/{id}` `$BASE/api/v1/reviews/$REVIEW/decide` `/api/v1/work/ID/sing`")
    assert unknown_addresses(page, routes()) == ["work/ID/sing"]
