"""Settings of the installation, read once from WORKINGS_… variables, or from files for secrets (WORKINGS_…_FILE)."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
_STORAGE_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9\[\]:.-]+/?")
_FROM_FILE = ("DATABASE_URL", "SMTP_PASSWORD", "STORAGE_ACCESS_KEY_ID", "STORAGE_SECRET_ACCESS_KEY")


class Settings(BaseSettings):
    """All settings, each with a default that lets a newcomer start on SQLite without any."""

    model_config = SettingsConfigDict(env_prefix="WORKINGS_", extra="ignore", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Path("data")
    """Folder for the SQLite file, keys and uploaded files; 0700."""
    database_url: str = ""
    """Empty: SQLite in the data folder. Else ``postgresql://user@host/name``."""
    public_url: str = "http://127.0.0.1:8000"
    """The address people use; links in mails and the Origin check come from it, never from the Host header."""
    host: str = "127.0.0.1"
    """Address that `workings serve` listens on; ``0.0.0.0`` in a container."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port that `workings serve` listens on; 0 takes a free one."""
    demo: bool = False
    """Offers "Enter as …" on loopback addresses only; refused elsewhere."""
    smtp_host: str | None = None
    """Mail server. Without it and ``WORKINGS_MAIL_FROM`` no mail is sent, and invitations are shown as links."""
    smtp_port: int = 587
    """Port of the mail server."""
    smtp_user: str | None = None
    """Name to sign in with at the mail server; empty: no sign-in."""
    smtp_password: str | None = None
    """Password for it."""
    smtp_starttls: bool = True
    """Encrypt the connection before anything is said; off only for a server on this machine."""
    mail_from: str | None = None
    """Sender of all mail, for example ``Workings <workings@example.org>``."""
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses whose X-Forwarded-For and -Proto are believed."""
    programs_at_once: int = Field(default=2, ge=1, le=32)
    """How many programs one runner runs at the same time; each may take half a GiB or what its task allows."""
    export_processes: int = Field(default=2, ge=1, le=32)
    """How many processes render a large export, or hash a large snapshot, at the same time; each takes about 65 MB."""
    exports_kept_days: int = Field(default=90, ge=0)
    """Days after which files of an export are deleted; they can be written again. 0 keeps them for ever."""
    storage_url: str = ""
    """Where files are kept: empty is the data folder; ``s3://bucket/prefix`` a store that speaks S3."""
    storage_endpoint: str | None = None
    """Address of that store, for example ``https://minio.example.org``; empty: Amazon's in the region."""
    storage_region: str = "us-east-1"
    """Region of the bucket; stores of one's own mostly do not care."""
    storage_access_key_id: str = ""
    """Name of the key to sign in with at the store."""
    storage_secret_access_key: str = Field(default="", repr=False)
    """The secret that belongs to it."""
    storage_path_style: bool = True
    """The bucket is the first part of the path; off where it has to be part of the host's name."""
    log_level: str = "info"
    """Least important messages that are logged: debug, info, warning or error."""

    @model_validator(mode="after")
    def _fill_database_url(self) -> Self:
        if not self.database_url:
            # frozen: the derived default is set once, here, before anybody has seen the object
            object.__setattr__(self, "database_url", f"sqlite:///{(self.data_dir / 'workings.db').resolve()}")
        return self

    @model_validator(mode="after")
    def _check_storage(self) -> Self:
        if not self.storage_url:
            return self
        if not _STORAGE_URL.fullmatch(self.storage_url):
            raise ValueError("WORKINGS_STORAGE_URL must be of the form s3://bucket or s3://bucket/prefix.")
        if not _ENDPOINT.fullmatch(self.storage_endpoint or "https://default"):
            raise ValueError("WORKINGS_STORAGE_ENDPOINT must be http:// or https:// with a host and perhaps a port.")
        if not (self.storage_access_key_id and self.storage_secret_access_key):
            raise ValueError(
                "WORKINGS_STORAGE_URL needs WORKINGS_STORAGE_ACCESS_KEY_ID and WORKINGS_STORAGE_SECRET_ACCESS_KEY, "
                "or files with them (…_FILE)."
            )
        return self

    @property
    def is_https(self) -> bool:
        """Tell whether people reach the installation by TLS."""
        return self.public_url.startswith("https://")

    @property
    def is_local(self) -> bool:
        """Tell whether people reach the installation on its own machine only: the host itself is read, not its look."""
        return on_loopback(self.public_url)

    @property
    def uses_sqlite(self) -> bool:
        """Tell whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")


def on_loopback(url: str) -> bool:
    """Tell whether the host of an address is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings() -> Settings:
    """Read the settings; a variable NAME_FILE names a file that holds the secret (for container secrets)."""
    values: dict[str, str] = {}
    for name in _FROM_FILE:
        path = os.environ.get(f"WORKINGS_{name}_FILE")
        if path:
            values[name.lower()] = Path(path).read_text(encoding="utf-8").strip()
    return Settings(**values)  # type: ignore[arg-type]  # pydantic converts; the keys are field names
