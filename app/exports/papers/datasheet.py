"""DATASHEET.md: the questions of Datasheets for Datasets (Gebru et al., 2021); what is not known stays open."""

from app.datasets.states import DatasetUse
from app.exports.papers import told
from app.exports.papers.consent import consent_of, funder_of, pay_of
from app.exports.papers.issue import NOT_STATED, VERSION, Issue
from app.exports.papers.licences import licences_of_tasks

CONSENT = "By signing the project's contributor agreement before work, in the version named:"
Part = tuple[str, list[tuple[str, str]]]


def datasheet_of(issue: Issue) -> str:
    """Answer the seven parts from the same facts as the card."""
    parts = [_motivation(issue), _composition(issue), _collection(issue), _labelling(issue), _uses(issue)]
    parts += [_distribution(issue), _maintenance(issue)]
    text = f"# Datasheet of {issue.title}\n\nAfter Gebru et al., Datasheets for Datasets (CACM 2021).\n"
    for name, answers in parts:
        text += f"\n## {name}\n"
        text += "".join(f"\n**{question}** {answer}\n" for question, answer in answers)
    return text


def _motivation(issue: Issue) -> Part:
    return "Motivation", [
        ("For what purpose was it made?", issue.purpose),
        (
            "Who made it and who paid for it?",
            f"The project {issue.snapshot.manifest['project']}. Who paid: {_lower(funder_of(issue))}",
        ),
    ]


def _composition(issue: Issue) -> Part:
    items = f"{issue.snapshot.items:,} pieces of reasoning, each on a task; in this format {issue.total:,} rows."
    return "Composition", [
        ("What are the instances, and how many?", items),
        ("Is it a sample?", f"No: it is all that the rule selects. Left out: {'; '.join(told.left_out(issue))}."),
        ("Are there labels?", told.tiers(issue)),
        ("Are there recommended splits?", told.splits(issue)),
        (
            "Are there errors or redundancies?",
            f"{told.duplicates(issue)} It is known that {'; '.join(told.limits(issue))}.",
        ),
        (
            "Does it hold personal data?",
            "Contributors appear as pseudonyms; what they wrote is not searched for names.",
        ),
    ]


def _collection(issue: Issue) -> Part:
    return "Collection", [
        ("How was it acquired?", f"{told.written_by(issue)} {told.origin(issue)}"),
        ("Who was paid, and how much?", pay_of(issue)),
        ("How was consent given?", f"{CONSENT} {'; '.join(consent_of(issue))}."),
        ("Was there an ethical review?", NOT_STATED),
        ("How was quality checked?", f"{told.reviewed_by(issue)} {told.checked_by(issue)} {told.agreement(issue)}"),
    ]


def _lower(text: str) -> str:
    return text[0].lower() + text[1:] if text == NOT_STATED else text


def _labelling(issue: Issue) -> Part:
    settings = ", ".join(f"{name} = {value}" for name, value in issue.options.model_dump(mode="json").items())
    return "Preprocessing, cleaning, labelling", [
        ("Was it preprocessed?", f"Rendered as {issue.format.title} with {settings}."),
        ("Is the raw data kept?", "In the installation, and in the format `native`, which holds everything."),
        ("Is the software available?", f"Workings {VERSION}."),
    ]


def _uses(issue: Issue) -> Part:
    is_training = issue.snapshot.use is DatasetUse.TRAINING
    only = "Training." if is_training else "Evaluation only: it must not be trained on; it carries a canary."
    return "Uses", [
        ("What is it for?", f"{only} {issue.format.summary}"),
        ("What should it not be used for?", NOT_STATED),
        ("Has it been used already?", NOT_STATED),
    ]


def _distribution(issue: Issue) -> Part:
    return "Distribution", [
        ("How is it distributed?", "As a folder with a signed manifest."),
        ("Under which licence?", f"Tasks: {'; '.join(licences_of_tasks(issue))}. Everything else: not stated."),
    ]


def _maintenance(issue: Issue) -> Part:
    return "Maintenance", [
        ("Who maintains it, and how can they be reached?", NOT_STATED),
        (
            "Will it be updated?",
            f"A snapshot never changes; this is number {issue.snapshot.n}, later ones get later numbers.",
        ),
        ("Are older versions kept?", "Yes."),
    ]
