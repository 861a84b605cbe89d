"""What a reviewer sees of work that is like the one under review."""

from enum import StrEnum

from pydantic import BaseModel

from app.text.minhash import Likeness


class Place(StrEnum):
    """Where the other work is."""

    TASK = "task"
    """the same task: two people, the same words"""
    PROJECT = "project"
    """another task of the project"""
    ELSEWHERE = "elsewhere"
    """another project of the installation, of which nothing else is told"""


class SimilarView(BaseModel):
    """A work that shares at least half of its runs with the one under review."""

    place: Place
    likeness: Likeness
    sentence: str
    percent: int
    """share of all runs that both have; of new numbers with every number counted as equal"""
    task_number: int | None
    """None elsewhere"""
    url: str | None
    """the other work; None where the reviewer may not open it"""
    code: str | None
    """elsewhere: the first characters of its hash, by which those who run the installation find it"""
