"""What the API offers, for whoever is signed in."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.accounts.deps import CurrentActor, InPerson
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()
_METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/api", name="admin.api")
def api_page(request: Request, actor: InPerson, session: Reading) -> Response:
    """List the addresses of the API, for people."""
    del actor, session
    paths = request.app.openapi()["paths"]
    routes = [
        (method.upper(), path, paths[path][method].get("description") or paths[path][method].get("summary", ""))
        for path in sorted(paths)
        for method in _METHODS
        if method in paths[path]
    ]
    return render(request, "admin/api.html", routes=routes)


@router.get("/api/v1/openapi.json", name="api.admin.openapi")
def openapi(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Give the OpenAPI document to who is signed in, by browser or token."""
    del actor, session
    return JSONResponse(request.app.openapi())
