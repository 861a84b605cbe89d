"""The list of all routers, in the order of the areas."""

from fastapi import APIRouter

from app.assignments import api as assignments_api
from app.assignments import pages as assignments_pages
from app.submissions import api as submissions_api
from app.submissions import pages as submissions_pages

ROUTERS: list[APIRouter] = [
    assignments_pages.router,
    assignments_api.router,
    submissions_pages.router,
    submissions_api.router,
]
