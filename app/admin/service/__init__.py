"""The health of the installation, and what an admin does with jobs and the audit log."""

from app.admin.service.auditing import export_events, verify_chain, wish_verification
from app.admin.service.health import Check, health, ready
from app.admin.service.leftovers import delete_unlisted
from app.admin.service.steering import cancel_job, retry_job

__all__ = [
    "Check",
    "cancel_job",
    "delete_unlisted",
    "export_events",
    "health",
    "ready",
    "retry_job",
    "verify_chain",
    "wish_verification",
]
