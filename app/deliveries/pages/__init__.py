"""Pages of deliveries: of an export, of a project, of a recipient, and what a recipient sees behind its link."""

from fastapi import APIRouter

from app.deliveries.pages import handing, lists, notices, receipts

router = APIRouter(include_in_schema=False)
router.include_router(handing.router)
router.include_router(lists.router)
router.include_router(receipts.router)
router.include_router(notices.router)
