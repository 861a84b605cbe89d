"""Pages of projects: making one, its guideline, agreement, people and setup. The overview belongs to insights."""

from fastapi import APIRouter

from app.projects.pages import agreement, creating, guidelines, people, rubric, setup

router = APIRouter(include_in_schema=False)
for part in (agreement, creating, guidelines, people, rubric, setup):
    router.include_router(part.router)
