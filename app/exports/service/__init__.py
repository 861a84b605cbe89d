"""Ask for exports, write their files, bring native ones back."""

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
