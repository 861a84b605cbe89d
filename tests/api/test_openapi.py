"""The OpenAPI document speaks of every route of the API, is valid, and is true of what is answered."""

import re
from itertools import chain

import pytest
from fastapi.openapi.models import OpenAPI
from fastapi.routing import iter_route_contexts

from app.main import create_app

UNDESCRIBED = {("GET", "/api/v1/openapi.json")}
"""The document itself."""


@pytest.fixture
def app(database, app_settings):
    return create_app(app_settings, database)


@pytest.fixture
def document(app):
    return app.openapi()


def operations_of(document):
    return {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def has_a_model(response):
    schemas = [content.get("schema") for content in response.get("content", {}).values()]
    return bool(schemas) and all(schemas)


def test_every_route_of_the_api_is_in_the_document(app, document):
    routes = {
        (method, re.sub(r"{(\w+):\w+}", r"{\1}", context.path))
        for context in iter_route_contexts(app.routes)
        if context.path is not None and context.path.startswith("/api/")
        for method in context.methods or ()
    }

    assert routes - UNDESCRIBED == set(operations_of(document))
    assert len(routes) > 80


def test_every_route_has_a_summary_a_description_and_models_of_its_answers(document):
    lacking = [
        route
        for route, operation in operations_of(document).items()
        if not (operation.get("summary", "").count(" ") > 0 and operation.get("description", "").endswith("."))
        or not all(code == "204" or has_a_model(answer) for code, answer in operation["responses"].items())
    ]

    assert lacking == []


def test_every_body_has_a_model(document):
    bodies = [operation["requestBody"] for operation in operations_of(document).values() if "requestBody" in operation]

    assert [body for body in bodies if not has_a_model(body)] == []
    assert len(bodies) > 30


def test_the_document_is_valid(document):
    OpenAPI.model_validate(document)
    operations = operations_of(document)
    ids = [operation["operationId"] for operation in operations.values()]
    placeholders = {
        route: (
            set(re.findall(r"{(\w+)}", route[1])),
            {p["name"] for p in op.get("parameters", []) if p["in"] == "path"},
        )
        for route, op in operations.items()
    }

    assert len(set(ids)) == len(ids)
    assert {route: names for route, names in placeholders.items() if names[0] != names[1]} == {}
    assert set(references_in(document)) - set(document["components"]["schemas"]) == set()
    assert list(keys_in(document, "$defs")) == []


def references_in(part):
    return [reference.removeprefix("#/components/schemas/") for reference in keys_in(part, "$ref")]


def keys_in(part, key):
    children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    own = [part[key]] if isinstance(part, dict) and key in part else []
    return chain(own, *(keys_in(child, key) for child in children))


def test_a_route_names_the_scope_that_a_token_is_refused_without(client, ed, sums, document):
    operations = operations_of(document)
    named = {route: way["token"] for route, op in operations.items() for way in op["security"] if "token" in way}

    assert {route for route, scopes in named.items() if len(scopes) != 1} == {
        ("GET", "/api/v1/jobs/{job_id}"),
        ("POST", "/api/v1/jobs/{job_id}/cancel"),
    }
    client.with_token(ed)
    refused = client.get("/api/v1/projects/sums/datasets").json()["message"]
    assert refused == f"This token does not have the scope {named['GET', '/api/v1/projects/{slug}/datasets'][0]}."


def test_an_error_looks_as_the_document_says(client, ed, sums, document):
    answer = client.with_token(ed, "projects:read").get("/api/v1/projects/nowhere").json()

    assert set(answer) == set(document["components"]["schemas"]["ErrorOut"]["required"])
