"""Templates and front-end sources leave no way from what a person wrote to code that runs."""

import re

import pytest

from tests.architecture.source_files import files_below, read

TEMPLATES = files_below("templates", suffixes=(".html", ".txt", ".jinja"))
HTML = [path for path in TEMPLATES if path.endswith(".html")]
FRONTEND = files_below("frontend", suffixes=(".ts", ".mjs"))

FORBIDDEN_IN_TEMPLATES = {
    "turns escaping off": re.compile(r"\|\s*safe\b|\bautoescape\s+false|\{%-?\s*autoescape"),
    "has an inline style": re.compile(r"<[a-zA-Z][^>]*?\sstyle\s*=", re.DOTALL),
    "has an inline handler": re.compile(r"<[a-zA-Z][^>]*?\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.DOTALL),
    "has a script without src or nonce": re.compile(r"<script(?![^>]*?\b(?:src|nonce)\s*=)", re.IGNORECASE | re.DOTALL),
    "has a style element without nonce": re.compile(r"<style(?![^>]*?\bnonce\s*=)", re.IGNORECASE | re.DOTALL),
    "has a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "loads from another host": re.compile(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)\s*=\s*[\"']?(?:https?:)?//"),
}
FORBIDDEN_IN_THE_FRONT_END = {
    "writes HTML from a string": re.compile(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b"),
    "runs text as code": re.compile(r"\beval\s*\(|\bnew Function\b|set(?:Timeout|Interval)\(\s*[\"'`]"),
    "sets a style attribute, which the content security policy refuses": re.compile(
        r"setAttribute\(\s*[\"']style[\"']"
    ),
}


def faults(source: str, rules: dict[str, re.Pattern[str]]) -> list[str]:
    """Name the rules that a source breaks."""
    without_comments = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    return [what for what, pattern in rules.items() if pattern.search(without_comments)]


def is_page(path: str) -> bool:
    """Tell pages from what they are made of: layouts, components, partials, mails."""
    return not path.startswith(("templates/layouts/", "templates/components/", "templates/mail/")) and "/_" not in path


def has_title(path: str) -> bool:
    """Tell whether a page fills the title, itself or through a page that it extends."""
    source = read(path)
    if re.search(r"\{%-?\s*block title\s*-?%\}\s*\S+.*?\{%-?\s*endblock", source, re.DOTALL):
        return True
    parent = re.search(r"\{%-?\s*extends\s+[\"']([^\"']+)", source)
    return parent is not None and is_page(f"templates/{parent[1]}") and has_title(f"templates/{parent[1]}")


def test_no_template_lets_a_persons_text_become_markup_or_code():
    broken = {path: faults(read(path), FORBIDDEN_IN_TEMPLATES) for path in HTML}

    assert {path: found for path, found in broken.items() if found} == {}


def test_no_template_of_another_kind_turns_escaping_off():
    rule = {"turns escaping off": FORBIDDEN_IN_TEMPLATES["turns escaping off"]}

    assert [path for path in TEMPLATES if faults(read(path), rule)] == []


def test_no_front_end_source_makes_markup_or_code_from_text():
    # Tests may name what they look for.
    sources = [path for path in FRONTEND if "test" not in path]
    broken = {path: faults(read(path), FORBIDDEN_IN_THE_FRONT_END) for path in sources}

    assert {path: found for path, found in broken.items() if found} == {}


def test_every_page_has_a_title():
    assert [path for path in HTML if is_page(path) and not has_title(path)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ task.statement|safe }}", ["turns escaping off"]),
        ("{{ task.statement | safe }}", ["turns escaping off"]),
        ("{% autoescape false %}", ["turns escaping off"]),
        ('<p class="a" style="color: red">', ["has an inline style"]),
        ('<button\n  onclick="go()">', ["has an inline handler"]),
        ('<a hx-on:click="go()">', ["has an inline handler"]),
        ("<script>go()</script>", ["has a script without src or nonce"]),
        ('<script nonce="{{ csp_nonce() }}">go()</script>', []),
        ("<style>p {}</style>", ["has a style element without nonce"]),
        ('<a href="javascript:go()">', ["has a javascript: address"]),
        ('<link href="//example.org/a.css">', ["loads from another host"]),
        ('{# never |safe here #}<p data-on="x">{{ task.statement|markdown }}</p>', []),
    ],
)
def test_the_rules_about_templates_see_a_planted_fault(source, found):
    assert faults(source, FORBIDDEN_IN_TEMPLATES) == found


@pytest.mark.parametrize(
    "source", ["box.innerHTML = text;", "eval(text)", "setTimeout('go()', 1)", "new Function(text)"]
)
def test_the_rules_about_the_front_end_see_a_planted_fault(source):
    assert len(faults(source, FORBIDDEN_IN_THE_FRONT_END)) == 1
