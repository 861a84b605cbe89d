"""Any file with named columns: a mapping says which column is which field."""

from collections.abc import Sequence

from app.tasks.adapters.base import Adapter

SAME_AS: dict[str, tuple[str, ...]] = {
    "external_id": ("id", "task_id", "uid", "key"),
    "statement": ("question", "problem", "prompt", "text", "task"),
    "reference": ("solution", "reference_solution", "worked_solution", "canonical_solution", "explanation"),
    "answer": ("final_answer", "expected_answer", "target", "result"),
    "starter_code": ("code", "stub"),
    "tests": ("test",),
    "domain": ("topic", "subject", "category"),
    "difficulty": ("level",),
    "licence": ("license",),
    "title": ("name",),
}
"""Other words for a field, as they are met in published files; the first that is there is taken."""


def guess_mapping(columns: Sequence[str], importable: Sequence[str]) -> dict[str, str]:
    """Propose field → column where a column is called like a field or by one of its other names; each column once."""
    by_name = {column.strip().lower().replace(" ", "_"): column for column in reversed(columns)}
    mapping: dict[str, str] = {}
    for name in importable:
        for word in (name, *SAME_AS.get(name, ())):
            if word in by_name and by_name[word] not in mapping.values():
                mapping[name] = by_name[word]
                break
    return mapping


ADAPTER = Adapter(name="fields", title="Any columns, mapped by you", read=lambda _record: {})
