"""What all input of projects has in common."""

from pydantic import BaseModel, ConfigDict

_SPACE, _DELETE = 32, 127


def one_line(value: str) -> str:
    """Return the text; ValueError when it has line breaks or control characters."""
    if any(ord(character) < _SPACE or ord(character) == _DELETE for character in value):
        raise ValueError("Write this on one line, without control characters.")
    return value


class Strict(BaseModel):
    """Input that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
