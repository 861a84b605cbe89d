"""Pages of datasets: the rule builder with its live counts, a dataset's snapshots, what differs, why a row is there."""

from fastapi import APIRouter

from app.datasets.pages import correcting, defining, looking

router = APIRouter(include_in_schema=False)
router.include_router(defining.router)
router.include_router(looking.router)
router.include_router(correcting.router)
