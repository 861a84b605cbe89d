"""The documents of the project as the tests read them: pages, links, headings, and what stands in them as code."""

import re
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from tests.architecture.source_files import project_files, read

_FENCE = re.compile(r"^(```+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: str
    text: str

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        without = _FENCE.sub("", self.text)
        return "\n".join(line for line in without.split("\n") if not line.startswith("    "))

    @property
    def blocks(self) -> str:
        """The blocks of code, fenced or indented."""
        fenced = [found.group(0) for found in _FENCE.finditer(self.text)]
        rest = _FENCE.sub("", self.text)
        return "\n".join([*fenced, *(line for line in rest.split("\n") if line.startswith("    "))])

    @property
    def spans(self) -> list[str]:
        """What stands between backticks in the prose."""
        return [found.group(2) for found in _SPAN.finditer(self.prose)]

    @property
    def links(self) -> list[str]:
        """Where the page leads, addresses on the web left out."""
        without = _SPAN.sub("", self.prose)
        return [link for link in _LINK.findall(without) if not link.startswith(("http://", "https://", "mailto:"))]

    @property
    def anchors(self) -> set[str]:
        """The names by which links reach its headings."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
        return {heading.replace(" ", "-") for heading in plain}

    def target(self, link: str) -> tuple[str, str]:
        """Split a link into the path it leads to, below the root, and the heading it names."""
        path, _, anchor = link.partition("#")
        return (normpath(join(dirname(self.path), path)) if path else self.path), anchor


def pages() -> list[Page]:
    """Read every Markdown file of the repository but those that are data of the program."""
    names = [name for name in project_files() if name.endswith(".md") and not name.startswith(("app/", "tests/"))]
    return [Page(name, read(name)) for name in names]
