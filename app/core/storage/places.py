"""Where on a store files lie, worked out from the settings once for the client and for our own requests."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.config import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, what all keys begin with, and how it is reached."""

    bucket: str
    prefix: str
    address: str
    """scheme and host to speak to; names the bucket where that is not part of the path"""
    region: str
    path_style: bool
    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def is_https(self) -> bool:
        """Tell whether what goes to the store is encrypted on the way."""
        return self.address.startswith("https://")

    def key(self, *parts: str) -> str:
        """Put a key together; an empty last part gives what the keys of a folder begin with."""
        return "/".join((self.prefix, *parts)) if self.prefix else "/".join(parts)


def place_of(settings: Settings) -> Place:
    """Read the place out of the settings, which have checked it."""
    url = urlsplit(settings.storage_url)
    endpoint = urlsplit(
        (settings.storage_endpoint or "").rstrip("/") or f"https://s3.{settings.storage_region}.amazonaws.com"
    )
    host = endpoint.netloc if settings.storage_path_style else f"{url.netloc}.{endpoint.netloc}"
    return Place(
        bucket=url.netloc,
        prefix=url.path.strip("/"),
        address=f"{endpoint.scheme}://{host}",
        region=settings.storage_region,
        path_style=settings.storage_path_style,
        access_key_id=settings.storage_access_key_id,
        secret_access_key=settings.storage_secret_access_key,
    )
