"""What a reviewer sees of reference texts that the work or its task is like."""

from pydantic import BaseModel


class ContaminatedView(BaseModel):
    """The statement, or the work under review, is like a text of a reference set."""

    sentence: str
    reference: str
    """name of the reference set"""
    coverage: int
    """percent of our words that lie in 8-grams of the reference text"""
    matched: str
    """of our text"""
    is_blocked: bool
    """goes into no training snapshot"""
    is_waived: bool
