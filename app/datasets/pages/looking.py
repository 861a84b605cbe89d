"""Pages that look into snapshots."""

from fastapi import APIRouter

router = APIRouter()
