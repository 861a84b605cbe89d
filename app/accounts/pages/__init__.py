"""Pages of people: coming in, links, one's account, news, the demo's doors."""

from fastapi import APIRouter

from app.accounts.pages import account, demo, entering, links, news

router = APIRouter(include_in_schema=False)
for part in (entering, links, account, news, demo):
    router.include_router(part.router)
