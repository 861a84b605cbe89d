"""Pages of a snapshot and its exports: choose and look at rows, watch the files being written, download."""

from fastapi import APIRouter

from app.exports.pages import choosing, clusters, key, written

router = APIRouter(include_in_schema=False)
router.include_router(key.router)  # before the pages of one export, whose addresses look like it
router.include_router(choosing.router)
router.include_router(clusters.router)
router.include_router(written.router)
