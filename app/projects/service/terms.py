"""The terms of an agreement in words, and how those of two versions differ."""

from dataclasses import dataclass

from app.projects.models import AgreementVersion
from app.projects.schemas.agreement import Terms
from app.projects.states import Attribution, Publication, RecipientClass

RECIPIENT_WORDS = {
    RecipientClass.INTERNAL: "who runs this installation",
    RecipientClass.RESEARCH: "research",
    RecipientClass.COMPANY: "companies",
    RecipientClass.PUBLIC: "the public",
}
PUBLICATION_WORDS = {
    Publication.NONE: "not published",
    Publication.GATED: "published to those who accept conditions",
    Publication.PUBLIC: "published to everybody",
}
ATTRIBUTION_WORDS = {
    Attribution.NAME: "by name",
    Attribution.PSEUDONYM: "by a pseudonym",
    Attribution.NONE: "not at all",
}
WIDTH = list(Publication)


@dataclass(frozen=True, slots=True)
class Term:
    """One term as a page shows it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class TermChange:
    """A term that two versions say otherwise; `widens`: it allows what was not allowed before."""

    name: str
    before: str
    after: str
    widens: bool


def terms_of(version: AgreementVersion | Terms) -> list[Term]:
    """Say the terms one by one, in the order in which they are asked for."""
    recipients = [RecipientClass(one) for one in version.recipients]
    return [
        Term("Funder", version.funder),
        Term("Handed to", ", ".join(RECIPIENT_WORDS[one] for one in recipients)),
        Term("Publication", PUBLICATION_WORDS[version.publication]),
        Term("Training of models", "allowed" if version.model_training else "not allowed"),
        Term("Named", ATTRIBUTION_WORDS[version.attribution]),
        Term("Rights", version.rights),
        Term("Pay", version.pay),
    ]


def changed_terms(old: AgreementVersion | Terms, new: AgreementVersion | Terms) -> list[TermChange]:
    """List the terms that differ, and whether each allows more than it did; another funder always counts as more."""
    widens = {
        "Funder": True,
        "Handed to": not set(new.recipients) <= set(old.recipients),
        "Publication": WIDTH.index(new.publication) > WIDTH.index(old.publication),
        "Training of models": new.model_training and not old.model_training,
        "Named": new.attribution is Attribution.NAME,
    }
    return [
        TermChange(after.name, before.words, after.words, widens=widens.get(after.name, False))
        for before, after in zip(terms_of(old), terms_of(new), strict=True)
        if before.words != after.words
    ]
