"""The life of an export."""

from enum import StrEnum


class ExportState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    """Its files are on disk, hashed and listed."""
    FAILED = "failed"
    CANCELLED = "cancelled"
