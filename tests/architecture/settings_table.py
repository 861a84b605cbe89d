"""The table of docs/configuration.md from app/config.py; `python -m tests.architecture.settings_table` renews it."""

import ast
import itertools
from typing import Any

from app.config import Settings
from tests.architecture.source_files import ROOT, read

PAGE = "docs/configuration.md"
BEGIN, END = "<!-- made from app/config.py: begin -->", "<!-- end -->"


def variables() -> list[str]:
    """List the environment variables that `Settings` reads."""
    return [f"WORKINGS_{name.upper()}" for name in Settings.model_fields]


def described() -> dict[str, str]:
    """Read the sentence that stands under each field of `Settings`."""
    tree = ast.parse(read("app/config.py"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found: dict[str, str] = {}
    for field, after in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return found


def table() -> str:
    """Write the table: a line a variable, with its default and its sentence."""
    sentences = described()
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for variable, (name, field) in zip(variables(), Settings.model_fields.items(), strict=True):
        default = _shown(field.get_default(call_default_factory=True))
        lines.append(f"| `{variable}` | {default} | {sentences[name].replace('``', '`')} |")
    return "\n".join(lines)


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    if default == "":
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def renewed(page: str) -> str:
    """Put the table into the page, between its two marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    (ROOT / PAGE).write_text(renewed(read(PAGE)), encoding="utf-8")
