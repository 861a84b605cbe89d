"""The demo's people, and when its doors are open: on this machine only."""

from fastapi import Request

from app.web.addresses import is_from_this_machine

CAST = (
    ("Ed", "a piece came back to him"),
    ("Eve", "in the middle of a program"),
    ("Rae", "a new version waits for her"),
    ("Ron", "second opinions"),
    ("Mona", "runs both projects"),
    ("Ada", "looks after everything"),
)
NAMES = {name.lower(): name for name, _ in CAST} | {"max": "Max"}


def is_open(request: Request) -> bool:
    """Tell whether "Enter as …" is offered: in demo mode, to a client and under a Host that are this machine."""
    return bool(request.app.state.settings.demo) and is_from_this_machine(request)
