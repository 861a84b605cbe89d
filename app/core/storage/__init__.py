"""Files of people and of exports, in the data folder or on a store that speaks S3: one interface, chosen in one place.

Names are random, and a file is there whole or not at all. What needs the package of the S3 store is loaded only by an
installation that is set up for it.
"""

from datetime import datetime
from importlib.util import find_spec

from app.config import Settings
from app.core.errors import SetupFault
from app.core.storage.base import CHUNK_BYTES, UNFINISHED, FileStore, FileWriter, StoredFile, StoreFailed
from app.core.storage.local import LocalFiles, sweep_folder

__all__ = [
    "CHUNK_BYTES",
    "UNFINISHED",
    "FileStore",
    "FileWriter",
    "LocalFiles",
    "StoreFailed",
    "StoredFile",
    "open_store",
    "probe_store",
    "require_store",
    "sweep_unfinished",
]

PACKAGE = "obstore"


def open_store(settings: Settings, folder: str) -> FileStore:
    """Open the store of one kind of file, wherever this installation keeps them; SetupFault as `require_store`."""
    if not settings.storage_url:
        return LocalFiles(settings.data_dir, folder)
    require_store(settings)
    from app.core.storage.s3 import S3Files  # noqa: PLC0415 - only who is set up for it pays for it

    return S3Files(settings, folder)


def require_store(settings: Settings) -> None:
    """Refuse to go on, by SetupFault, where S3 is set up and its package is missing; asks no store."""
    if settings.storage_url and find_spec(PACKAGE) is None:
        raise SetupFault(
            f"WORKINGS_STORAGE_URL names an S3 store, which needs the package {PACKAGE}: "
            "install it with pip install 'workings[s3]', or unset WORKINGS_STORAGE_URL."
        )


def probe_store(settings: Settings) -> str:
    """Say where files are kept, having written, read and deleted one there; StoreFailed, SetupFault.

    The data folder is not tried here.
    """
    if not settings.storage_url:
        return "In the data folder."
    require_store(settings)
    from app.core.storage.s3 import probe  # noqa: PLC0415 - same

    return f"On {probe(settings)}: a file was written, read and deleted."


def sweep_unfinished(settings: Settings, *, before: datetime) -> int:
    """Remove what was being written when its process was killed, if that was before a time; returns how many.

    StoreFailed when the store cannot be asked for its unfinished uploads.
    """
    count = sweep_folder(settings.data_dir, before=before)
    if settings.storage_url:
        require_store(settings)
        from app.core.storage.s3 import abort_uploads  # noqa: PLC0415 - same

        count += abort_uploads(settings, before=before)
    return count
