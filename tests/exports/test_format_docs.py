"""Every format has a page in docs/formats, and it says what the format declares."""

from runpy import run_path

from app.exports.formats.registry import FORMATS
from tests.architecture.source_files import ROOT

DOCS = run_path(str(ROOT / "scripts/format-docs.py"))


def test_no_page_of_a_format_is_stale_or_missing():
    assert DOCS["stale"]() == []


def test_every_page_shows_a_row_that_the_code_writes():
    pages = {name: page for name, page in DOCS["pages"]().items() if name.endswith(".md")}
    shown = {name: page.count("no example makes a row") for name, page in pages.items()}

    assert shown == dict.fromkeys([*(f"{name}.md" for name in FORMATS), "README.md"], 0)
