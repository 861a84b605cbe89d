"""Where an issue hangs: the quoted words found again in a step, also after the step has been rewritten."""

import re

from app.submissions.schemas import Content


def find_quote(quote: str, start: int | None, body: str) -> int | None:
    """Find quoted words in a step's source: at their old place, else the nearest occurrence, else with other spacing.

    Returns the offset in code points, or None when the words are gone.
    """
    if not quote:
        return None
    if start is not None and body.startswith(quote, start):
        return start
    places = [match.start() for match in re.finditer(re.escape(quote), body)]
    if not places:
        pattern = r"\s+".join(re.escape(word) for word in quote.split())
        places = [match.start() for match in re.finditer(pattern, body)] if pattern else []
    if not places:
        return None
    return min(places, key=lambda place: (abs(place - (start or 0)), place))


def bodies_of(content: Content) -> dict[str, str]:
    """Map the ids of the steps to their sources."""
    return {step.id: step.body for step in content.steps}
