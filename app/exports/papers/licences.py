"""What is known of licences: of tasks what their importers declared, of everything else nothing."""

from app.exports.papers.issue import Issue, bullets

SPDX = frozenset(
    {
        *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-4.0"),
        *("CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "CDLA-Permissive-2.0"),
        *("GPL-3.0-only", "MIT", "ODC-By-1.0", "ODbL-1.0", "PDDL-1.0", "Unlicense"),
    }
)
"""Identifiers of which the address of the text is known; other words stand as they are."""


def known_licences(issue: Issue) -> list[str]:
    """Give the addresses of those licences of tasks that are identifiers of the SPDX list."""
    return [f"https://spdx.org/licenses/{name}" for name in sorted(SPDX & set(issue.facts["licence"]))]


def licences_of_tasks(issue: Issue) -> list[str]:
    """Say how many pieces are on tasks of each licence, in the words of who brought the tasks in."""
    counts = sorted(issue.facts["licence"].items(), key=lambda pair: (-pair[1], pair[0]))
    linked = {name: f"{name} (https://spdx.org/licenses/{name})" for name in SPDX}
    return [f"{linked.get(name, name) or 'not stated'}: {count:,} pieces" for name, count in counts]


def licence_text(issue: Issue) -> str:
    """Write LICENSE: what was declared, and what was not."""
    return f"""Licences of {issue.title}

Tasks, as declared by who brought them in:
{bullets(licences_of_tasks(issue))}

Solutions, reviews and labels: no licence was recorded. Ask whoever gave you this folder what you may do with them.
"""
