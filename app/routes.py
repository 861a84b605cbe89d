"""The list of all routers: the annotator's cycle first, then in the order of the areas."""

from fastapi import APIRouter

from app.accounts import api as accounts_api
from app.accounts import pages as accounts_pages
from app.admin import api as admin_api
from app.admin import pages as admin_pages
from app.assignments import api as assignments_api
from app.assignments import pages as assignments_pages
from app.datasets import api as datasets_api
from app.datasets import pages as datasets_pages
from app.decontamination import api as decontamination_api
from app.decontamination import pages as decontamination_pages
from app.deliveries import api as deliveries_api
from app.deliveries import pages as deliveries_pages
from app.exports import api as exports_api
from app.exports import pages as exports_pages
from app.insights import pages as insights_pages
from app.projects import api as projects_api
from app.projects import pages as projects_pages
from app.recipients import api as recipients_api
from app.recipients import pages as recipients_pages
from app.reviews import api as reviews_api
from app.reviews import pages as reviews_pages
from app.submissions import api as submissions_api
from app.submissions import pages as submissions_pages
from app.tasks import api as tasks_api
from app.tasks import pages as tasks_pages

ROUTERS: list[APIRouter] = [
    submissions_api.router,  # routes are tried in turn, and saves and signs of work are most of what comes
    accounts_pages.router,
    accounts_api.router,
    projects_pages.router,
    projects_api.router,
    tasks_pages.router,
    tasks_api.router,
    assignments_pages.router,
    assignments_api.router,
    submissions_pages.router,
    decontamination_pages.router,
    decontamination_api.router,
    reviews_pages.router,
    reviews_api.router,
    datasets_pages.router,
    datasets_api.router,
    recipients_pages.router,
    recipients_api.router,
    exports_pages.router,
    exports_api.router,
    deliveries_pages.router,
    deliveries_api.router,
    insights_pages.router,
    admin_pages.router,
    admin_api.router,
]
