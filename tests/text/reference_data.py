"""Larger public collections of texts, where a machine has them: the same tests then run over all of it.

The folder is named by WORKINGS_REFERENCE_DATA; without it the core cases run.
"""

import json
import os
import re
from pathlib import Path

FOLDER = Path(os.environ.get("WORKINGS_REFERENCE_DATA") or "/nowhere")
CHOICE = Path(__file__).parent / "naughty" / "strings.json"
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)


def commonmark_examples() -> list[tuple[str, str]]:
    """Markdown and HTML of each example of CommonMark's specification; the arrow stands for a tab there."""
    path = FOLDER / "commonmark" / "spec.txt"
    text = path.read_text(encoding="utf-8").replace("→", "\t") if path.exists() else ""
    return [(match[1], match[2]) for match in _EXAMPLE.finditer(text)]


def naughty_strings() -> list[str]:
    """The whole list where a machine has it, and else the choice that lies beside this file."""
    path = FOLDER / "blns" / "blns.json"
    found: list[str] = json.loads((path if path.exists() else CHOICE).read_text(encoding="utf-8"))
    return found


def script_vectors() -> list[str]:
    path = FOLDER / "xss" / "xss_payloads_odd_lines.txt"
    return path.read_text(encoding="utf-8", errors="surrogateescape").split("\n") if path.exists() else []


def solved_sums() -> list[tuple[str, str]]:
    """Worked solution and final answer of word problems."""
    path = FOLDER / "gsm8k" / "train_first_1000.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    parted = [json.loads(line)["answer"].rsplit("####", 1) for line in lines]
    return [(solution.strip(), answer.strip()) for solution, answer in parted]


def long_texts() -> list[str]:
    """Everything that is text, file by file."""
    paths = sorted(FOLDER.glob("*/*.*")) if FOLDER.exists() else []
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths if path.is_file()]
