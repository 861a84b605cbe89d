"""What a new project starts from: one Markdown file and one JSON file per template, in app/projects/starts."""

import json
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from app.projects.schemas import Criterion, Taxonomy, WorkflowIn
from app.projects.states import Template

FOLDER = Path(__file__).resolve().parent.parent / "starts"


class Start(BaseModel):
    """All that a template brings along; each part can be changed before and after the project is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    hint: str
    """for whom it is, in one line"""
    criteria: list[Criterion]
    taxonomy: Taxonomy
    workflow: WorkflowIn
    guideline: str


@cache
def start_of(template: Template) -> Start:
    """Read what a template brings along."""
    facts = json.loads((FOLDER / f"{template}.json").read_text(encoding="utf-8"))
    guideline = (FOLDER / f"{template}.md").read_text(encoding="utf-8")
    return Start.model_validate({**facts, "guideline": guideline})
