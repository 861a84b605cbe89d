"""Where an export comes from: a PROV-O graph, and a record after the Data Provenance Standards (prov-meta 1.0)."""

from typing import Any
from uuid import UUID, uuid5

from app.datasets.states import DatasetUse
from app.exports.papers import told
from app.exports.papers.consent import consent_of
from app.exports.papers.issue import VERSION, Issue

_NAMESPACE = UUID("6f0f5f7e-2f3c-5a43-9d9b-0f6a4c1e7b55")
"""Ours, for identifiers that follow from a snapshot."""


def prov_of(issue: Issue) -> dict[str, Any]:
    """Tell the way from tasks to this folder: entities, activities, agents. People appear as a number of agents."""
    snapshot = f"urn:sha256:{issue.snapshot.manifest_sha256}"
    written = issue.facts["written"]
    solved = {"prov:startedAtTime": written["first"], "prov:endedAtTime": written["last"]} if "first" in written else {}
    people = issue.facts["people"]
    return {
        "@context": {"prov": "http://www.w3.org/ns/prov#", "dct": "http://purl.org/dc/terms/"},
        "@graph": [
            _agent("#authors", f"{people['authors']:,} experts"),
            _agent("#reviewers", f"{people['reviewers']:,} reviewers"),
            {"@id": "#workings", "@type": "prov:SoftwareAgent", "prov:label": f"Workings {VERSION}"},
            {"@id": "#tasks", "@type": "prov:Collection", "prov:label": told.origin(issue)},
            _activity("#solving", "experts solve tasks and write out how", "#authors", ["#tasks"]) | solved,
            _work("#solving"),
            _activity("#reviewing", told.reviewed_by(issue), "#reviewers", ["#work"]),
            _activity("#freezing", "work that the rule selects is fixed and hashed", "#workings", ["#work"])
            | {"prov:endedAtTime": issue.cut_at.isoformat()},
            {
                "@id": snapshot,
                "@type": "prov:Entity",
                "prov:label": issue.title,
                "prov:wasGeneratedBy": {"@id": "#freezing"},
                "prov:wasDerivedFrom": {"@id": "#work"},
            },
            _activity("#rendering", f"rendered as {issue.format.name}", "#workings", [snapshot]),
            *(_export(issue, path, snapshot) for path in issue.places),
        ],
    }


def _agent(name: str, label: str) -> dict[str, Any]:
    return {"@id": name, "@type": ["prov:Agent", "prov:Person"], "prov:label": label}


def _activity(name: str, label: str, agent: str, used: list[str]) -> dict[str, Any]:
    return {
        "@id": name,
        "@type": "prov:Activity",
        "prov:label": label,
        "prov:wasAssociatedWith": {"@id": agent},
        "prov:used": [{"@id": one} for one in used],
    }


def _work(activity: str) -> dict[str, Any]:
    return {
        "@id": "#work",
        "@type": "prov:Collection",
        "prov:label": "pieces of work with their reviews",
        "prov:wasGeneratedBy": {"@id": activity},
        "prov:wasAttributedTo": {"@id": "#authors"},
    }


def _export(issue: Issue, path: str, snapshot: str) -> dict[str, Any]:
    return {
        "@id": path,
        "@type": "prov:Entity",
        "dct:identifier": f"sha256:{issue.files[path].sha256}",
        "prov:wasGeneratedBy": {"@id": "#rendering"},
        "prov:wasDerivedFrom": {"@id": snapshot},
    }


def standards_record(issue: Issue) -> dict[str, Any]:
    """Give the record that buyers of data ask for; what is not known is said to be so."""
    day = issue.cut_at.date().isoformat()
    digest = str(issue.snapshot.manifest_sha256)
    project = issue.snapshot.manifest["project"]
    written = issue.facts["written"]
    is_training = issue.snapshot.use is DatasetUse.TRAINING
    methods = ["primary-user-source"] + (["machine-generated-ml-ops"] if issue.model_tokens else [])
    return {
        "set": {
            "category": "dataset",
            "schema-version": "1.0",
            "publisher": {"name": f"Project {project}", "namespace": f"urn:sha256:{digest}"},
            "label": issue.title,
            "tracking": _tracking(issue, day, digest),
        },
        "source": {
            "about": {"content": told.written_by(issue), "purpose": issue.purpose},
            "id": {"hashes": [f"sha256:{digest}"]},
            "issuer": [{"legal-name": "not stated"}],
            "location": "not stated",
            "name": issue.title,
            "data-version": issue.version,
        },
        "provenance": {
            "origin-geography": [{"country": "not stated"}],
            "date": day,
            "generation-method": [{"code": code} for code in methods],
            **(
                {"generation-period": {"start": written["first"], "end": written["last"]}} if "first" in written else {}
            ),
        },
        "use": {
            "intended-purpose": [
                {"code": "alignment" if is_training else "evaluation", "long-description": issue.purpose}
            ],
            "consents": "; ".join(consent_of(issue)),
            "license": sorted(name or "not stated" for name in issue.facts["licence"]),
            "data-risk-reducing": {"tool-used": True, "technology": "pseudonymization"},
        },
    }


def _tracking(issue: Issue, day: str, digest: str) -> dict[str, Any]:
    return {
        "current-release-date": day,
        "id": str(uuid5(_NAMESPACE, digest)),
        "initial-release-date": day,
        "revision-history": [{"date": day, "number": issue.version, "summary": issue.snapshot.note or "Frozen."}],
        "status": "final",
        "version": issue.version,
    }
