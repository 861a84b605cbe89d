"""All files of an export as one zip archive, made while it is sent: no copy on disk, and always the same bytes."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from app.core.storage import FileStore
from app.exports.models import Export, ExportFile

MADE_AT = (1980, 1, 1, 0, 0, 0)
"""the first moment that zip knows, so that the archive does not change with the day"""
READABLE = 0o644 << 16


def archive_name(export: Export) -> str:
    """Name the archive of an export, without its ending; the folder in it is called the same."""
    return f"snapshot-{export.snapshot.n}-{export.format}"


def archive_of(store: FileStore, files: Sequence[ExportFile], folder: str) -> Iterator[bytes]:
    """Yield a zip archive of files piece by piece. They are stored as they are: what is large is packed already.

    NotFound or StoreFailed when a file cannot be read; the archive then ends before its list, which readers refuse.
    """
    # What the rows say is read now: the answer is sent when their session has ended.
    return _pieces(store, [(f"{folder}/{file.path}", file.size_bytes, file.file_id) for file in files])


def _pieces(store: FileStore, members: list[tuple[str, int, UUID]]) -> Iterator[bytes]:
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for name, size_bytes, file_id in members:
            entry = zipfile.ZipInfo(name, MADE_AT)
            entry.external_attr = READABLE
            with archive.open(entry, "w", force_zip64=size_bytes >= zipfile.ZIP64_LIMIT) as written:
                for chunk in store.chunks(file_id):
                    written.write(chunk)
                    yield outlet.take()
    yield outlet.take()


class _Outlet(io.RawIOBase):
    """Where the archive is written to: it cannot be rewound, and is emptied by whoever sends it."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken
