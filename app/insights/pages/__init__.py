"""The pages of insights, one a file."""

from fastapi import APIRouter

from app.insights.pages import home, overview, work

router = APIRouter(include_in_schema=False)
for part in (home, overview, work):
    router.include_router(part.router)
