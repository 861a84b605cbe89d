"""Pages of a snapshot and its exports: choose and look at rows, watch the files being written, download."""

from fastapi import APIRouter

from app.exports.pages import choosing, written

router = APIRouter(include_in_schema=False)
router.include_router(choosing.router)
router.include_router(written.router)
