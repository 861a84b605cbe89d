"""The runner's lane in a test: what it would do, done at once."""

from app.config import Settings
from app.core.db import Database
from app.runner import Runner


def run_lane(database: Database, settings: Settings) -> int:
    """Run every job of the lane that is due, and return how many."""
    return Runner(database, settings).run_all()
