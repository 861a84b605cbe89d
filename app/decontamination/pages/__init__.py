"""Pages of decontamination: reference sets for admins, findings for managers."""

from fastapi import APIRouter

from app.decontamination.pages import findings, references

router = APIRouter(include_in_schema=False)
router.include_router(references.router)
router.include_router(findings.router)
