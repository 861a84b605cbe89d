"""JSON bodies through the strict reader and a pydantic model: for documents that must be stored exactly as sent."""

from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.core.errors import Invalid
from app.text.strictjson import BadJson, read_json

Model = TypeVar("Model", bound=BaseModel)


async def _raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_body)]
"""The bytes as they came; read on the event loop, so that a plain `def` handler can take them."""


def parse_body(model: type[Model], raw: bytes) -> Model:
    """Read bytes as `model`; Invalid with a JSON pointer and a sentence, never echoing the value."""
    try:
        return model.model_validate(read_json(raw))
    except BadJson as error:
        raise Invalid(error.reason, pointer=error.pointer or None) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        sentence = first["msg"].removeprefix("Value error, ")
        raise Invalid(f"{pointer or 'The body'}: {sentence}", pointer=pointer or None) from None
