"""The rule builder's form: its fields become a dataset, and a dataset becomes its fields."""

from typing import Any

from app.datasets.models import Dataset
from app.datasets.queries.counting import PART_WORDS
from app.datasets.schemas import RULE_STATES, DatasetIn, Rule, Splitting
from app.datasets.states import Agreement, DatasetUse, Label, Tier
from app.projects.models import Project
from app.projects.states import RecipientClass
from app.reviews.states import VerificationMethod
from app.tasks.states import Activity, Origin
from app.web.forms import Form, Posted, parse

LISTS = ("states", "activities", "domains", "skills", "difficulties", "languages", "origins", "tiers", "methods")
SINGLE = (
    "agreement", "tokens_min", "tokens_max", "seconds_min", "seconds_max", "submitted_from", "submitted_until",
    "is_unedited", "author_percent",
)  # fmt: skip
CONSENT = ("consent", "consent_training", "consent_publication", "consent_recipient")
DIVIDING = ("train", "validation", "test", "seed", "by_author")
AGREEMENT_WORDS = {
    Agreement.ALL: "everybody who judged it approved it",
    Agreement.TWO: "two people or more approved it",
    Agreement.SECOND_LEVEL: "somebody of the second level approved it",
}
CONSENT_WORDS = [("", "Not asked for"), ("signed", "Who wrote it has signed the contributor agreement")]
PUBLICATION_WORDS = [("", "Any"), ("gated", "At least to those who accept conditions"), ("public", "To everybody")]
RECIPIENT_WORDS = [("", "Any"), *((kind.value, kind.value.capitalize()) for kind in RecipientClass)]
USE_WORDS = {
    DatasetUse.TRAINING: ("For training", "Leaves out what is held out."),
    DatasetUse.EVALUATION: (
        "Held out, for evaluation",
        "Gets a canary; its tasks are kept out of training.",
    ),
}


def choices_of(project: Project, rule: Rule) -> dict[str, list[str]]:
    """List what each part of the rule may say; what it says already stays on offer."""
    languages = {project.content_language, *rule.languages} - {None, ""}
    return {
        "states": sorted(RULE_STATES),
        "activities": [activity.value for activity in Activity],
        "domains": _with(project.taxonomy.get("domains", []), rule.domains),
        "skills": _with(project.taxonomy.get("skills", []), rule.skills),
        "difficulties": ["1", "2", "3", "4", "5"],
        "languages": sorted(map(str, languages)),
        "origins": [origin.value for origin in Origin],
        "tiers": [tier.value for tier in Tier],
        "methods": [method.value for method in VerificationMethod],
        "labels": [label.value for label in Label],
    }


def _with(offered: list[str], chosen: list[str]) -> list[str]:
    return list(dict.fromkeys([*offered, *chosen]))


def words() -> dict[str, Any]:
    """Collect the words in which the form and the counts speak."""
    return {
        "agreements": [("", "Any"), *((one.value, said) for one, said in AGREEMENT_WORDS.items())],
        "consents": CONSENT_WORDS,
        "publications": PUBLICATION_WORDS,
        "recipients": RECIPIENT_WORDS,
        "uses": [(use.value, *said) for use, said in USE_WORDS.items()],
        "part_words": PART_WORDS,
    }


def values_of(dataset: Dataset) -> dict[str, Any]:
    """Fill the form from a dataset."""
    rule = Rule.model_validate(dataset.rule).model_dump(mode="json")
    splitting = Splitting.model_validate(dataset.splitting).model_dump(mode="json")
    asked = rule.pop("consent")
    if asked is not None:
        rule |= {
            "consent": "signed",
            "consent_training": asked["model_training"],
            "consent_publication": asked["publication"],
            "consent_recipient": asked["recipient"],
        }
    rule["difficulties"] = [str(value) for value in rule["difficulties"]]
    return {"name": dataset.name, "purpose": dataset.purpose, "use": dataset.use.value, **rule, **splitting}


def says_more(rule: Rule) -> bool:
    """Tell whether a rule uses what the form keeps folded."""
    return any(getattr(rule, name) for name in (*SINGLE, "consent", "languages", "origins", "methods"))


def read(posted: Posted) -> tuple[DatasetIn | None, Form]:
    """Read the form: ticked boxes become lists, what is empty is not said."""
    lists = {name: _list(posted, name) for name in (*LISTS, "labels")}
    rule: dict[str, Any] = {name: chosen for name, chosen in lists.items() if chosen and name != "labels"}
    rule |= {name: posted[name].strip() for name in SINGLE if posted[name].strip()}
    rule |= _consent(posted)
    splitting: dict[str, Any] = {name: posted[name].strip() for name in DIVIDING if posted[name].strip()}
    if any(splitting.get(name) for name in ("train", "validation", "test")):
        splitting = {"train": "0", **splitting, "labels": lists["labels"]}
    else:
        splitting = {}
    texts = Posted({name: posted[name] for name in ("name", "purpose", "use") if posted[name]}, posted.files)
    wanted, form = parse(DatasetIn, texts, rule=rule, splitting=splitting or None)
    form.values = {name: posted[name] for name in ("name", "purpose", "use", *SINGLE, *CONSENT, *DIVIDING)} | lists
    _bring_to_fields(form)
    return wanted, form


def _consent(posted: Posted) -> dict[str, Any]:
    """Read what is asked of consent; a term that is asked for asks for the signature too."""
    asked = {
        "model_training": posted["consent_training"].strip(),
        "publication": posted["consent_publication"].strip(),
        "recipient": posted["consent_recipient"].strip(),
    }
    asked = {name: value for name, value in asked.items() if value}
    return {"consent": asked} if asked or posted["consent"].strip() else {}


def _list(posted: Posted, name: str) -> list[str]:
    value = posted.fields.get(name, [])
    return [value] if isinstance(value, str) else value


def _bring_to_fields(form: Form) -> None:
    """Name faults by the fields of the form; what is wrong with the whole rule is said above it."""
    faults: dict[str, str] = {}
    for name, sentence in form.errors.items():
        if name in {"rule", "splitting"}:
            form.error = sentence
            continue
        parts = name.split(".")
        faults.setdefault(parts[1] if parts[0] in {"rule", "splitting"} else parts[0], sentence)
    form.errors = faults
