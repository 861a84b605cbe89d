"""Short words for the tests of comparisons: what came out for an answer and a specification."""

from typing import Any

from app.verifiers.outcome import Given
from app.verifiers.registry import compare


def outcome(answer: str | tuple[str, str], expected: str, *, kind: str, **options: Any) -> str:
    """Compare in this process; an answer may be a text, or a text and a unit."""
    text, unit = answer if isinstance(answer, tuple) else (answer, "")
    return str(compare(Given(text, unit), {"kind": kind, "answer": expected, **options}).outcome)
