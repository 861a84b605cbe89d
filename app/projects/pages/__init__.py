"""Pages of projects: making one, its guideline, people and setup. The overview belongs to insights."""

from fastapi import APIRouter

from app.projects.pages import creating, guidelines, people, rubric, setup

router = APIRouter(include_in_schema=False)
for part in (creating, guidelines, people, rubric, setup):
    router.include_router(part.router)
