"""How a delivery is acknowledged, and how long what is said of it may be."""

from enum import StrEnum

NOTE_MAX_CHARS = 1000


class AcknowledgedBy(StrEnum):
    """How it became known that a delivery has arrived and its terms are accepted."""

    LINK = "link"
    """the recipient said so itself, behind its one-time link"""
    HAND = "hand"
    """an admin or a manager noted it, with where it was said"""
