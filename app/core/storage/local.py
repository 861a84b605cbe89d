"""Files in the data folder: fsync, rename, fsync of the folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.core.errors import NotFound
from app.core.storage.base import CHUNK_BYTES, GONE, UNFINISHED, FileStore, id_of


class LocalFiles(FileStore):
    """The folder of one kind of file."""

    def open(self, file_id: UUID) -> BinaryIO:
        """Open a stored file for reading, never through a symbolic link; NotFound when it is not there."""
        try:
            handle = os.open(self._path(file_id), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise NotFound(GONE) from error
        return os.fdopen(handle, "rb")

    @contextmanager
    def on_disk(self, file_id: UUID) -> Iterator[BinaryIO]:
        """Open the file itself."""
        with self.open(file_id) as file:
            yield file

    def chunks(self, file_id: UUID) -> Iterator[bytes]:
        """Read a stored file piece by piece."""
        with self.open(file_id) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def size_bytes(self, file_id: UUID) -> int:
        """Tell how large a stored file is; NotFound when it is not there."""
        try:
            return self._path(file_id).stat().st_size
        except FileNotFoundError as error:
            raise NotFound(GONE) from error

    def delete(self, file_id: UUID) -> None:
        """Remove a file; it is no error when it has gone already."""
        self._path(file_id).unlink(missing_ok=True)

    def whole_before(self, before: datetime) -> Iterator[UUID]:
        """List the whole files that were written before a time; what others put into the folder is left alone."""
        with os.scandir(self._root) as entries:
            for entry in entries:
                file_id = id_of(entry.name)
                with suppress(FileNotFoundError):  # it was deleted meanwhile
                    if file_id and entry.stat(follow_symlinks=False).st_mtime < before.timestamp():
                        yield file_id

    def _keep(self, file: BinaryIO, temporary: Path, file_id: UUID) -> None:
        os.fsync(file.fileno())
        temporary.rename(self._path(file_id))
        self._sync_folder()

    def _path(self, file_id: UUID) -> Path:
        return self._root / str(file_id)

    def _sync_folder(self) -> None:
        handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep_folder(data_dir: Path, *, before: datetime) -> int:
    """Remove the unfinished files of all kinds that nobody has written to since `before`; returns how many."""
    count = 0
    for path in (data_dir / "files").glob(f"*/*{UNFINISHED}"):
        with suppress(FileNotFoundError):  # it was finished meanwhile
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                count += 1
    return count
