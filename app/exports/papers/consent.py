"""What card, datasheet and provenance say of consent: from the facts that were frozen with the snapshot."""

from typing import Any

from app.exports.papers.issue import NOT_STATED, Issue
from app.projects.service.terms import ATTRIBUTION_WORDS, PUBLICATION_WORDS, RECIPIENT_WORDS
from app.projects.states import Attribution, Publication, RecipientClass


def consent_of(issue: Issue) -> list[str]:
    """Say under which versions of the contributor agreement the pieces stood when they were frozen."""
    facts = issue.facts["consent"]
    if not facts["agreements"]:
        withdrawn = f"; the authors of {facts['withdrawn']:,} had withdrawn theirs" if facts["withdrawn"] else ""
        return [f"not stated: no contributor agreement was signed for any of the pieces{withdrawn}"]
    lines = [_version(one) for one in facts["agreements"]]
    if facts["unsigned"]:
        lines.append(
            f"{facts['unsigned']:,} pieces whose author had signed no contributor agreement at the cut, or had "
            f"withdrawn ({facts['withdrawn']:,} of them)"
        )
    if facts["edits_unsigned"]:
        lines.append(f"{facts['edits_unsigned']:,} pieces hold edits of a reviewer who had signed none")
    return [*lines, "what was withdrawn after the cut is told by the list of corrections, never by this paper"]


def _version(one: dict[str, Any]) -> str:
    recipients = ", ".join(RECIPIENT_WORDS[RecipientClass(kind)] for kind in one["recipients"])
    edits = f", and edits in {one['edits']:,}" if one["edits"] else ""
    return (
        f"{one['pieces']:,} pieces{edits} under version {one['version']} of the contributor agreement "
        f"(`{one['agreement']}`, SHA-256 of its text `{one['text_sha256']}`): funder {one['funder']}; may be handed to "
        f"{recipients}; {PUBLICATION_WORDS[Publication(one['publication'])]}; training of models "
        f"{'allowed' if one['model_training'] else 'not allowed'}; contributors named "
        f"{ATTRIBUTION_WORDS[Attribution(one['attribution'])]}; rights: {one['rights']}"
    )


def pay_of(issue: Issue) -> str:
    """Say what contributors were paid, in the words of what they signed."""
    return _each(issue, "pay") or NOT_STATED


def funder_of(issue: Issue) -> str:
    """Say who paid for the work, in the words of what contributors signed."""
    return _each(issue, "funder") or NOT_STATED


def _each(issue: Issue, name: str) -> str:
    said = {one["version"]: one[name] for one in issue.facts["consent"]["agreements"]}
    if len(set(said.values())) > 1:
        return " ".join(f"Version {version} of the contributor agreement: {words}" for version, words in said.items())
    return next(iter(said.values()), "")
