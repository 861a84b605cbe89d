"""croissant.json: Croissant 1.1 with the responsible-AI part 1.0, written by hand after the specifications.

Columns are declared from the struct of a Parquet file, from the first row of a file of JSON lines, and where that is
packed, or a table, from what the format declares of its columns.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.exports.formats.base import Format
from app.exports.formats.columns import Columns, Shape
from app.exports.papers import told
from app.exports.papers.issue import Issue
from app.exports.papers.licences import known_licences

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {
    "moment": "sc:DateTime",
    "string": "sc:Text",
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool_": "sc:Boolean",
}
_NAMES = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool_"}
_SCALARS = {str: "string", int: "int64", float: "float64", bool: "bool_"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
"""Readers make times of such text, which then is no text to them."""
ZSTD = ".zst"
_ENCODINGS = {".jsonl": "application/jsonlines", ".parquet": "application/x-parquet", ".csv": "text/csv"}


def croissant_of(issue: Issue) -> dict[str, Any]:
    """Describe files and columns for programs."""
    day = issue.cut_at.date().isoformat()
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": issue.title,
        "description": issue.purpose,
        "license": known_licences(issue) or "LICENSE",
        "url": f"urn:sha256:{issue.snapshot.manifest_sha256}",
        "version": issue.version,
        "creator": {"@type": "sc:Organization", "name": f"Project {issue.snapshot.manifest['project']}"},
        "dateCreated": day,
        "datePublished": day,
        "isLiveDataset": False,
        "citeAs": f"{issue.title}. Snapshot {issue.snapshot.manifest_sha256}.",
        "keywords": ["reasoning", "human-written"],
        **({"inLanguage": issue.languages} if issue.languages else {}),
        "distribution": [_file(issue, path) for path in issue.places],
        "recordSet": [_record_set(issue, path) for path in issue.places if _columns(issue, path)],
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:label": "collected, reviewed and frozen with Workings",
            "prov:endedAtTime": issue.cut_at.isoformat(),
        },
        **_responsible(issue),
    }


def _responsible(issue: Issue) -> dict[str, Any]:
    written = issue.facts["written"]
    frame = [f"{written['first']}/{written['last']}"] if "first" in written else []
    return {
        "rai:dataCollection": told.written_by(issue),
        "rai:dataCollectionType": ["Manual Human Curator", "Experiments"],
        "rai:dataCollectionTimeframe": frame,
        "rai:dataCollectionMissingData": "; ".join(told.left_out(issue)),
        "rai:dataPreprocessingProtocol": [f"Rendered as {issue.format.title}.", *issue.format.notes(issue.options)],
        "rai:dataAnnotationProtocol": told.reviewed_by(issue),
        "rai:dataAnnotationPlatform": ["Workings"],
        "rai:dataAnnotationAnalysis": [told.agreement(issue), told.tiers(issue)],
        "rai:annotationsPerItem": ", ".join(
            f"{number}: {count}" for number, count in issue.facts["reviews"]["an_item"].items()
        ),
        "rai:machineAnnotationTools": [told.checked_by(issue)],
        "rai:dataUseCases": [issue.format.summary],
        "rai:dataBiases": [told.written_by(issue), told.origin(issue)],
        "rai:dataLimitations": told.limits(issue),
        "rai:personalSensitiveInformation": "Contributors appear as pseudonyms only.",
        "rai:dataReleaseMaintenancePlan": "A snapshot never changes; corrections come in later ones.",
    }


def _file(issue: Issue, path: str) -> dict[str, Any]:
    stored = issue.files[path]
    plain = path.removesuffix(ZSTD)
    kind = next(kind for name, kind in _ENCODINGS.items() if plain.endswith(name))
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{stored.size_bytes} B",
        "encodingFormat": kind if plain == path else [kind, "application/zstd"],
        "sha256": stored.sha256,
    }


def _columns(issue: Issue, path: str) -> dict[str, Any]:
    """Give name → type, list of a type, or list of structs of types; columns of another kind are left out."""
    place = issue.places[path]
    file = next(file for file in issue.format.files if file.config == place.config)
    sample, declared = issue.samples.get(path), _declared(issue.format, file.path)
    if file.struct:
        found = dict(file.struct)
    elif sample:
        found = {name: _kind(value) for name, value in sample.items()}
    else:
        found = {name: _shaped(column.shape) for name, column in declared.items()} if issue.rows[path] else {}
    return {name: kind for name, kind in found.items() if _is_told(kind)}


def _declared(chosen: Format, path: str) -> Columns:
    return chosen.beside.get(path, chosen.columns)


def _shaped(shape: Shape) -> Any:
    """Tell the type of a declared column as a struct of Parquet is written; None where it may be of several."""
    if "anyOf" in shape:
        return _common([_shaped(one) for one in shape["anyOf"] if one.get("type") != "null"])
    if "enum" in shape:
        return "string" if all(isinstance(value, str) for value in shape["enum"]) else None
    kind = shape.get("type")
    if kind == "array":
        return [_shaped(shape["items"])]
    if kind == "object":
        return {name: _shaped(shape["properties"][name]) for name in shape.get("required", ())} or None
    return _NAMES.get(str(kind))


def _common(kinds: Sequence[Any]) -> Any:
    """Tell what all of several types have: of structs the parts that are the same in each."""
    if all(isinstance(kind, Mapping) for kind in kinds):
        first, *others = kinds
        return {name: kind for name, kind in first.items() if all(other.get(name) == kind for other in others)} or None
    return kinds[0] if all(kind == kinds[0] for kind in kinds) else None


def _kind(value: Any) -> Any:
    """Tell the type of a value of JSON as a struct of Parquet is written; None where one value does not tell."""
    if isinstance(value, list):
        return [_kind(value[0])] if value else None
    if isinstance(value, Mapping):
        return {name: _kind(inner) for name, inner in value.items()}
    if isinstance(value, str) and _MOMENT.match(value):
        return "moment"
    return _SCALARS.get(type(value))


def _is_told(kind: Any) -> bool:
    if isinstance(kind, list):
        inner = kind[0]
        return inner in _TYPES if isinstance(inner, str) else _is_struct(inner)
    return isinstance(kind, str) and kind in _TYPES


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, Mapping) and all(isinstance(one, str) and one in _TYPES for one in kind.values())


def _record_set(issue: Issue, path: str) -> dict[str, Any]:
    name = path.partition(".")[0]
    config = issue.places[path].config
    declared = _declared(issue.format, next(file.path for file in issue.format.files if file.config == config))
    fields = [_field(path, name, column, kind) for column, kind in _columns(issue, path).items()]
    for field in fields:
        column = declared.get(field["name"])
        if column is not None:
            field["description"] = column.meaning
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _field(path: str, record_set: str, column: str, kind: Any) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": path}, "extract": {"column": column}}
    field: dict[str, Any] = {"@type": "cr:Field", "@id": f"{record_set}/{column}", "name": column}
    if isinstance(kind, str):
        return {**field, "dataType": _TYPES[kind], "source": source}
    inner = kind[0]
    if isinstance(inner, str):
        return {**field, "dataType": _TYPES[inner], "source": source, "isArray": True, "arrayShape": "-1"}
    parts = [
        {
            "@type": "cr:Field",
            "@id": f"{record_set}/{column}/{name}",
            "name": name,
            "dataType": _TYPES[what],
            "source": {**source, "transform": {"jsonPath": name}},
        }
        for name, what in inner.items()
    ]
    return {**field, "repeated": True, "subField": parts}
