"""Pages of work: the workspace, review-and-submit, receipt, history, and the forms that end work."""

from fastapi import APIRouter

from app.submissions.pages import desk, handing, history, outcomes, withdrawing

router = APIRouter(include_in_schema=False)
router.include_router(desk.router)
router.include_router(handing.router)
router.include_router(history.router)
router.include_router(outcomes.router)
router.include_router(withdrawing.router)
