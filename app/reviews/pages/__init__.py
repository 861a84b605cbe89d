"""Pages of reviews: the queue, the workbench, a project's reviews, and what the author reads of them."""

from fastapi import APIRouter

from app.reviews.pages import author, deciding, desk, editing, queue

router = APIRouter(include_in_schema=False)
router.include_router(queue.router)
router.include_router(desk.router)
router.include_router(deciding.router)
router.include_router(editing.router)
router.include_router(author.router)
