"""JSON bodies through the strict reader and a pydantic model, stored exactly as sent, and the save they rest on."""

from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.core.errors import Invalid, PreconditionNeeded
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


def read_if_match(header: str | None) -> int:
    """Read the number of the draft in `If-Match: "14"`; PreconditionNeeded without one, Invalid for another form."""
    if header is None:
        raise PreconditionNeeded('Say which save this is based on: If-Match: "n", with 0 for the first.')
    number = header.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 12):  # noqa: PLR2004 - more saves than a life has
        raise Invalid('If-Match holds the number of a save, as ETag gave it: "14".', pointer="If-Match")
    return int(number)
