"""Files that go out beside the rows as they are; they use nothing but Python's standard library."""

from pathlib import Path

REWARD_FILE = "answer_reward.py"


def read(name: str) -> str:
    """Read one of the files of this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
