"""Ask for exports, write their files, bring native ones back.

Its verbs are loaded when they are first asked for: a process that only renders takes nothing of them into memory.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.exports.service.asking import ask, cancel, mark_preview_seen, note_download, read_options, require_standing
    from app.exports.service.folder import export_to_folder
    from app.exports.service.native_file import FAULTS_TOLD
    from app.exports.service.previewing import preview
    from app.exports.service.restoring import restore_native
    from app.exports.service.writing import write_files

__all__ = [
    "FAULTS_TOLD",
    "ask",
    "cancel",
    "export_to_folder",
    "mark_preview_seen",
    "note_download",
    "preview",
    "read_options",
    "require_standing",
    "restore_native",
    "write_files",
]
_MODULES = {
    "FAULTS_TOLD": "native_file",
    "export_to_folder": "folder",
    "preview": "previewing",
    "restore_native": "restoring",
    "write_files": "writing",
}


def __getattr__(name: str) -> Any:
    """Load a verb from its module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'asking')}"), name)
