"""Files on a store that speaks S3. The one module that loads its client, and it is loaded only where S3 is set up."""

import functools
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from app.config import Settings
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.storage import requests
from app.core.storage.base import CHUNK_BYTES, GONE, FileStore, StoreFailed, id_of
from app.core.storage.places import Place, place_of

if TYPE_CHECKING:
    from obstore.store import S3Credential

PART_BYTES = 8 << 20
"""Of an upload in parts; stores take ten thousand parts, and none but the last below 5 MiB"""
PARTS_AT_ONCE = 4
"""So many parts of one upload are in memory"""
TRIES_MORE = 3
TRIED_FOR = timedelta(seconds=30)
CONNECT_TIMEOUT = timedelta(seconds=5)
READ_TIMEOUT = timedelta(seconds=30)
"""Without a byte; a large file may take as long as it takes"""
PROBED = "probe"


class S3Files(FileStore):
    """The objects of one kind of file: `<prefix>/<folder>/<id>`.

    A new file is written below the data folder and uploaded when it is whole, since a killed process would otherwise
    leave hours of an upload behind, and since several files that are written at once would hold a part each in memory.
    An upload appears when it is complete, which the store itself promises.
    """

    def __init__(self, settings: Settings, folder: str) -> None:
        super().__init__(settings.data_dir, folder)
        self._place, self._folder = place_of(settings), folder
        self._client = _client(self._place)

    def open(self, file_id: UUID) -> BinaryIO:
        """Open a stored file; pieces are fetched as they are read. NotFound when it is not there."""
        return io.BufferedReader(_Remote(self._client, self._key(file_id), self.size_bytes(file_id)), CHUNK_BYTES)

    @contextmanager
    def on_disk(self, file_id: UUID) -> Iterator[BinaryIO]:
        """Fetch a file into one without a name, which is gone with the block."""
        with tempfile.TemporaryFile(dir=self._root) as file:
            for chunk in self.chunks(file_id):
                file.write(chunk)
            file.seek(0)
            yield file

    def chunks(self, file_id: UUID) -> Iterator[bytes]:
        """Read a stored file piece by piece over one connection."""
        with _told():
            for chunk in obstore.get(self._client, self._key(file_id)).stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    def size_bytes(self, file_id: UUID) -> int:
        """Tell how large a stored file is; NotFound when it is not there."""
        with _told():
            return obstore.head(self._client, self._key(file_id))["size"]

    def delete(self, file_id: UUID) -> None:
        """Remove a file; it is no error when it has gone already."""
        with suppress(NotFound), _told():
            obstore.delete(self._client, self._key(file_id))

    def whole_before(self, before: datetime) -> Iterator[UUID]:
        """List the objects that were written before a time; what others put beside them is left alone."""
        start = self._place.key(self._folder, "")
        with _told():
            for page in obstore.list(self._client, start):
                for found in page:
                    file_id = id_of(found["path"].removeprefix(start))
                    if file_id and found["last_modified"] < before:
                        yield file_id

    def _keep(self, file: BinaryIO, temporary: Path, file_id: UUID) -> None:
        del file  # opened again by its name: who was overtaken finds it discarded
        key = self._key(file_id)
        try:
            with temporary.open("rb") as whole, _told(writes=True):
                obstore.put(self._client, key, whole, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        except BaseException:
            with suppress(OSError):  # what cannot be ended now is swept later
                requests.abort_uploads(self._place, key)
            raise
        temporary.unlink(missing_ok=True)

    def _key(self, file_id: UUID) -> str:
        return self._place.key(self._folder, str(file_id))


def abort_uploads(settings: Settings, *, before: datetime) -> int:
    """End the uploads that were begun before a time and never finished; returns how many. StoreFailed."""
    place = place_of(settings)
    return requests.abort_uploads(place, place.key(""), before=before)


def probe(settings: Settings) -> str:
    """Write, read and delete a small object and ask for uploads, all without patience; give the store's address.

    StoreFailed says what is not allowed or does not answer.
    """
    place = place_of(settings)
    client, key, said = _client(place, tries_more=0), place.key(PROBED, str(new_id())), b"Workings was here."
    with _told(writes=True):
        obstore.put(client, key, said)
        if bytes(obstore.get_range(client, key, start=0, end=len(said))) != said:
            raise StoreFailed("The file store gave back other bytes than it was given.")
        obstore.delete(client, key)
    requests.abort_uploads(place, key)
    return f"{settings.storage_url} at {place.address}"


@functools.lru_cache(maxsize=8)
def _client(place: Place, *, tries_more: int = TRIES_MORE) -> S3Store:
    """Make the client of a store, once in each process: it keeps the connections."""
    return S3Store(
        place.bucket,
        endpoint=place.address,
        region=place.region,
        virtual_hosted_style_request=not place.path_style,
        disable_bulk_delete=True,  # not every store knows it, and it hides that deleting is not allowed
        # Given in this form, nothing that lies about in the environment is mixed in.
        credential_provider=functools.partial(_credentials, place),
        client_options={
            "allow_http": not place.is_https,
            "connect_timeout": CONNECT_TIMEOUT,
            "read_timeout": READ_TIMEOUT,
            "timeout": timedelta(hours=1),
        },
        retry_config={"max_retries": tries_more, "retry_timeout": TRIED_FOR},
    )


def _credentials(place: Place) -> "S3Credential":
    return {
        "access_key_id": place.access_key_id,
        "secret_access_key": place.secret_access_key,
        "token": None,
        "expires_at": None,
    }


@contextmanager
def _told(*, writes: bool = False) -> Iterator[None]:
    """Turn what the client raises into what callers know; the client's words never hold the secret key.

    Where something is written, the bucket is all that can be missing.
    """
    try:
        yield
    except FileNotFoundError as error:
        if writes:
            raise StoreFailed(requests.AWAY) from error
        raise NotFound(GONE) from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StoreFailed(requests.REFUSED) from error
    except BaseError as error:
        raise StoreFailed(requests.AWAY) from error


class _Remote(io.RawIOBase):
    """A file on the store as Python reads files; every read is a request, so it is read through a buffer."""

    def __init__(self, client: S3Store, key: str, size: int) -> None:
        self._client, self._key, self._size, self._at = client, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        with _told():
            data = bytes(obstore.get_range(self._client, self._key, start=self._at, end=end))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
