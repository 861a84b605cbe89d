"""The OpenAPI document: what FastAPI makes of the routes, with summaries, scopes, and our one shape of errors.

The docstring of a handler is the description of its route, and its first sentence the summary.
"""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

REF = "#/components/schemas/{model}"
_REF_START = REF.removesuffix("{model}")
_SENTENCE = re.compile(r"[.;:](\s|$)")
_FASTAPIS = ("HTTPValidationError", "ValidationError")
"""What FastAPI says of errors; ours look otherwise."""
_INTRODUCTION = """\
Send a token as `Authorization: Bearer …`; each route names the scope it needs. A browser session sends its cookie and,
to change something, the token that `GET /api/v1/session` gives. docs/how-to/whole-loop-with-curl.md shows all of it."""


class ErrorOut(BaseModel):
    """Why a request was refused. More fields may follow: faults, fields, findings, the head of a draft."""

    code: str
    """stable word for programs"""
    message: str
    """sentence for people"""
    pointer: str | None
    """JSON pointer or name of the one input that is to blame"""
    id: str
    """names the request in the server's log"""


class Application(FastAPI):
    """FastAPI whose document says what ours does."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            _complete(document, dict(_scopes(self)))
        return super().openapi()


def described(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that is read as bytes, as `openapi_extra` of its route."""
    schema = model.model_json_schema(ref_template=REF)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def answers_with(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Describe a file as the answer, as `responses` of its route."""
    schema = {"type": "string", "contentMediaType": media_type}
    return {200: {"description": "The file.", "content": {media_type: {"schema": schema}}}}


def _scopes(app: FastAPI) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Tell (path, method) → scopes that a token needs there."""
    for context in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(context, "dependant", None)
        if dependant is not None:
            found = [getattr(needed.call, "scope", None) for needed in dependant.dependencies]
            for method in context.methods or ():
                yield (_plain(context.path or ""), method.lower()), [scope for scope in found if isinstance(scope, str)]


def _plain(path: str) -> str:
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)


def _complete(document: dict[str, Any], scopes: dict[tuple[str, str], list[str]]) -> None:
    schemas = document["components"]["schemas"]
    document["info"]["description"] = _INTRODUCTION
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "An API token; the list names its scope."},
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session", "description": "A signed-in browser."},
    }
    schemas["ErrorOut"] = ErrorOut.model_json_schema(ref_template=REF)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete_operation(operation, scopes.get((path, method), []))
            _hoist(operation.get("requestBody", {}), schemas)
    for name in _FASTAPIS:
        schemas.pop(name, None)


def _complete_operation(operation: dict[str, Any], scopes: list[str]) -> None:
    said = operation.get("description", "")
    operation["summary"] = _SENTENCE.split(" ".join(said.split()), maxsplit=1)[0]
    operation.setdefault("security", [{"token": scopes}, {"session": []}])
    responses = operation["responses"]
    responses.pop("422", None)
    schema = {"$ref": f"{_REF_START}ErrorOut"}
    responses["default"] = {"description": "Refused.", "content": {"application/json": {"schema": schema}}}


def _hoist(body: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Move the definitions inside a described body to where its references point."""
    for content in body.get("content", {}).values():
        for name, schema in content["schema"].pop("$defs", {}).items():
            schemas.setdefault(name, schema)
