"""Whether what contributors had signed at the cut lets a snapshot go to somebody."""

from app.datasets.models import Snapshot
from app.datasets.queries.facts import FACTS
from app.projects.service.terms import RECIPIENT_WORDS
from app.projects.states import RecipientClass


def why_no_consent(snapshot: Snapshot, kind: RecipientClass) -> str | None:
    """Say why a finished snapshot may not go to recipients of a class, or None.

    Where nobody had signed anything, or taken it back, nothing was asked and nothing is refused. Else every piece needs
    a version that names the class, and so do a reviewer's edits; what nobody signed for stays inside the installation.
    """
    facts = snapshot.manifest[FACTS]["consent"]
    agreements = facts["agreements"]
    if not agreements and not facts["withdrawn"]:
        return None
    closed = [one for one in agreements if kind not in one["recipients"]]
    pieces = sum(one["pieces"] for one in closed)
    edits = sum(one["edits"] for one in closed)
    if kind is not RecipientClass.INTERNAL:
        pieces += facts["unsigned"]
        edits += facts["edits_unsigned"]
    if not pieces and not edits:
        return None
    counted = [f"{pieces:,} pieces"] * bool(pieces) + [f"a reviewer's edits in {edits:,}"] * bool(edits)
    return (
        f"Those who wrote {' and '.join(counted)} of this snapshot have not agreed that it is handed to "
        f"{RECIPIENT_WORDS[kind]}. Ask for that consent in the rule of the dataset ({kind}), and freeze it again."
    )
