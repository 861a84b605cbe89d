"""JSON of reviews under /api/v1."""

from fastapi import APIRouter

from app.reviews.api import desk, queue, threads, verdicts

router = APIRouter(prefix="/api/v1", tags=["reviews"])
router.include_router(queue.router)
router.include_router(desk.router)
router.include_router(threads.router)
router.include_router(verdicts.router)
