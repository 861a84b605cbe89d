"""Which exports carry the fingerprint of their recipient: those to train on, and never what carries a canary."""

from pathlib import Path

from app.core.jobs import JobRefused
from app.datasets.models import Snapshot
from app.datasets.states import DatasetUse
from app.exports.service.fingerprint import Fingerprint
from app.recipients.models import Recipient
from app.recipients.service import key_of


def mark_of(snapshot: Snapshot, recipient: Recipient | None, data_dir: Path) -> Fingerprint | None:
    """Give the fingerprint of a copy, or None: of what is for this installation itself, and of all that is held out.

    Raises JobRefused for a snapshot with a canary that is not held out, or the other way round: one asks that nobody
    trains on it, the other says who did, and honest readers would drop what carries both.
    """
    if (snapshot.use is DatasetUse.EVALUATION) != (snapshot.canary is not None):
        raise JobRefused(
            "What is held out carries a canary, and what is trained on never does; this snapshot has it the other way"
            " round. Restore the database from a backup."
        )
    if recipient is None or snapshot.use is DatasetUse.EVALUATION:
        return None
    return Fingerprint(key_of(recipient, data_dir))
