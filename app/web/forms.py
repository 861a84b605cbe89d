"""HTML forms through the same pydantic models as JSON: values kept, each fault in a sentence beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.core.errors import Invalid
from app.text.strictjson import BadJson, check_text
from app.web.csrf import FIELD

Model = TypeVar("Model", bound=BaseModel)
_SENTENCES = {
    "missing": "Fill this in.",
    "string_too_short": "Fill this in; at least {min_length} characters.",
    "string_too_long": "At most {max_length} characters.",
    "int_parsing": "Give a whole number.",
    "int_type": "Give a whole number.",
    "float_parsing": "Give a number.",
    "greater_than_equal": "At least {ge}.",
    "less_than_equal": "At most {le}.",
    "enum": "Choose one of: {expected}.",
    "literal_error": "Choose one of: {expected}.",
    "uuid_parsing": "Choose one of the list.",
    "bool_parsing": "Choose yes or no.",
    "extra_forbidden": "This field is not known here.",
}


@dataclass
class Form:
    """What a template shows of a form: what was typed, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    """about the form as a whole"""


@dataclass(frozen=True)
class Posted:
    """The fields of a posted form: text by name (lists for repeated names), and files."""

    fields: Mapping[str, str | list[str]]
    files: Mapping[str, UploadFile]

    def __getitem__(self, name: str) -> str:
        """Return a single text field, or "" when it was not sent."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else value[-1]


async def _posted(request: Request) -> Posted:
    form: FormData = await request.form(max_files=20, max_fields=200)
    texts: dict[str, str | list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name in form:
        if name == FIELD:
            continue
        values = form.getlist(name)
        if isinstance(values[0], UploadFile):
            files[name] = values[0]
            continue
        strings = [_line_ends(str(value), name) for value in values]
        texts[name] = strings[0] if len(strings) == 1 else strings
    return Posted(texts, files)


def _line_ends(value: str, name: str) -> str:
    # Browsers send CRLF for the line ends of a textarea; what was typed is LF.
    value = value.replace("\r\n", "\n")
    try:
        check_text(value, name)
    except BadJson as error:
        raise Invalid(str(error), fields={name: str(error)}) from error
    return value


PostedForm = Annotated[Posted, Depends(_posted)]


def parse(model: type[Model], posted: Posted, **extra: Any) -> tuple[Model | None, Form]:
    """Validate a posted form as `model`; returns (object, form) or (None, form with errors).

    Names sent several times become lists; `extra` adds values that no field holds (lists built from checkboxes).
    """
    values = {**posted.fields, **extra}
    form = Form(values=dict(values))
    try:
        return model.model_validate(values), form
    except ValidationError as error:
        form.errors = sentences(error)
        form.error = "Please correct what is marked."
        return None, form


def sentences(error: ValidationError) -> dict[str, str]:
    """Say each fault of a validation in a sentence, by dotted field; never echoes the value."""
    result: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in fault["loc"]) or "form"
        kind = "missing" if fault.get("ctx", {}).get("min_length") == 1 else fault["type"]
        pattern = _SENTENCES.get(kind)
        if pattern is not None:
            sentence = pattern.format_map(fault.get("ctx", {}))
        else:
            sentence = fault["msg"].removeprefix("Value error, ")
        result.setdefault(name, sentence)
    return result


def with_error(form: Form, error: Invalid) -> Form:
    """Put what a service refused beside its field, or above the form."""
    form.errors.update(error.fields)
    if error.pointer and not error.fields:
        form.errors[error.pointer] = error.sentence
    form.error = error.sentence
    return form
