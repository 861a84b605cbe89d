"""JSON of work under /api/v1."""

from fastapi import APIRouter

from app.submissions.api import desk, history, outcomes, runs

router = APIRouter(prefix="/api/v1", tags=["work"])
router.include_router(desk.router)
router.include_router(outcomes.router)
router.include_router(history.router)
router.include_router(runs.router)
