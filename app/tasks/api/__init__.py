"""JSON of tasks and their imports under /api/v1."""

from fastapi import APIRouter

from app.tasks.api import attachments, imports, tasks

router = APIRouter(prefix="/api/v1", tags=["tasks"])
for part in (tasks, imports, attachments):
    router.include_router(part.router)
