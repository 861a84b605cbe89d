"""Pages of tasks: the table, one task, its images, and bringing a file in."""

from fastapi import APIRouter

from app.tasks.pages import answering, editing, importing, table, task

router = APIRouter(include_in_schema=False)
# The fixed words of an address (new, import, bulk) come before what stands for an id.
for part in (table, answering, editing, importing, task):
    router.include_router(part.router)
