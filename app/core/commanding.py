"""What every command of an area begins with: the installation opened, and faults told in one line."""

import contextlib
from collections.abc import Iterator, Sequence

import click
from pydantic import ValidationError

from app.config import Settings, load_settings
from app.core.db import Database, open_database
from app.core.errors import WorkingsError


def open_installation() -> tuple[Settings, Database]:
    """Read the settings, make the data folder when it is not there yet, and open the database."""
    try:
        settings = load_settings()
    except ValidationError as error:
        raise click.ClickException(_faults_of(error)) from None
    except OSError as error:
        raise click.ClickException(f"The file of a secret cannot be read: {error}.") from None
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings, open_database(settings.database_url)


def _faults_of(error: ValidationError) -> str:
    """Say which variables are wrong; never what they hold, which may be a secret."""
    faults = []
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        names = "".join(f"WORKINGS_{str(place).upper()}: " for place in fault["loc"][:1])
        faults.append(f"{names}{fault['msg'].removeprefix('Value error, ')}")
    return " ".join(faults)


@contextlib.contextmanager
def told(*others: type[Exception]) -> Iterator[None]:
    """Turn what a person can mend into one line instead of a traceback; `others` are told by their text."""
    try:
        yield
    except WorkingsError as error:
        raise click.ClickException(error.sentence) from error
    except others as error:
        raise click.ClickException(str(error)) from error


def pairs_of(values: Sequence[str]) -> dict[str, str]:
    """Read options of the form FIELD=COLUMN."""
    result: dict[str, str] = {}
    for value in values:
        field, found, column = value.partition("=")
        if not found:
            raise click.BadParameter(f"{value!r} is not of the form FIELD=COLUMN.")
        result[field] = column
    return result
