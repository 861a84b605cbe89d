"""The papers that go with an export: card, datasheet, licence, Croissant and provenance, all from the same facts."""

from app.exports.papers.card import dataset_card
from app.exports.papers.croissant import croissant_of
from app.exports.papers.datasheet import datasheet_of
from app.exports.papers.issue import Issue, json_text
from app.exports.papers.licences import licence_text
from app.exports.papers.provenance import prov_of, standards_record

__all__ = ["Issue", "json_text", "papers_of"]


def papers_of(issue: Issue) -> dict[str, str]:
    """Write the papers by path: a pure function of what is exported, the same bytes each time."""
    return {
        "README.md": dataset_card(issue),
        "DATASHEET.md": datasheet_of(issue),
        "LICENSE": licence_text(issue),
        "schema.json": json_text(issue.format.schema()),
        "croissant.json": json_text(croissant_of(issue)),
        "prov.jsonld": json_text(prov_of(issue)),
        "provenance.json": json_text(standards_record(issue)),
    }
