"""Sentences that card, datasheet and Croissant share, so that they never say different things."""

from app.exports.papers.issue import Issue, counted, share, two_places


def written_by(issue: Issue) -> str:
    """Say who wrote."""
    people, written = issue.facts["people"], issue.facts["written"]
    days = f", handed in from {written['first']} to {written['last']}" if "first" in written else ""
    most = share(people["most_of_one_author"], issue.snapshot.tokens)
    return (
        f"{people['authors']:,} experts wrote {issue.snapshot.items:,} pieces on {people['tasks']:,} tasks{days}: "
        f"{issue.snapshot.words:,} words, {issue.snapshot.tokens:,} tokens (o200k_base). The one who wrote most wrote "
        f"{most}; by tokens they count as {issue.effective_authors:.1f} equal authors."
    )


def reviewed_by(issue: Issue) -> str:
    """Say who reviewed, how often and how."""
    reviews = issue.facts["reviews"]
    an_item = {f"{number} reviews": count for number, count in reviews["an_item"].items()}
    return (
        f"{issue.facts['people']['reviewers']:,} people reviewed. Pieces by reviews: {counted(an_item)}. Verdicts over "
        f"all revisions: {counted(reviews['verdicts'])}. How they verified: {counted(reviews['methods'])}."
    )


def agreement(issue: Issue) -> str:
    """Say how far those who judged the same agree."""
    steps, revisions = issue.judged_twice
    parts = [
        f"labels of steps α = {two_places(issue.step_alpha)} over {steps:,} steps that two or more labelled (bad -1, "
        "neutral 0, good 1, interval)"
        if steps
        else "no step was labelled by two people",
        f"verdicts α = {two_places(issue.verdict_alpha)} over {revisions:,} revisions (for or against, nominal)"
        if revisions
        else "no revision was judged by two people",
    ]
    return f"Agreement (Krippendorff's α, 1 - D_o/D_e): {'; '.join(parts)}."


def checked_by(issue: Issue) -> str:
    """Say what machines found."""
    found = counted(issue.facts["checks"], nameless="not checked")
    return f"A machine compared answers or ran programs; what it had found last, by pieces: {found}."


def origin(issue: Issue) -> str:
    """Say what people and what models wrote."""
    models = issue.facts["origin_model"]
    named = f" ({counted(models)})" if models else ""
    edited = issue.facts["written"]["edited_by_reviewer"]
    return (
        f"Tasks by who wrote them: {counted(issue.facts['origin'])}{named}; "
        f"{share(issue.model_tokens, issue.snapshot.tokens)} of the tokens answer tasks that a model wrote or helped "
        "to write. Solutions were handed in by people; whether they used a model is not recorded. A reviewer edited "
        f"{edited:,} of the frozen revisions."
    )


def tiers(issue: Issue) -> str:
    """Say how well pieces were verified."""
    return (
        f"Tiers: {counted(issue.facts['tier'])}. S: two people reached a confirmed answer blind. A: approved by "
        "deriving, running or proving it, and a machine confirms. B: every other approval. X: not approved."
    )


def duplicates(issue: Issue) -> str:
    """Say what is like something else in it."""
    found = issue.facts["clusters"]
    if not found["clusters"]:
        return "No near-duplicates are marked."
    return (
        f"{found['items']:,} pieces lie in {found['clusters']:,} clusters of near-duplicates; "
        f"{found['not_representative']:,} of them are not the best of their cluster."
    )


def decontamination(issue: Issue) -> list[str]:
    """Say what texts it was held against, and what came of it."""
    sets = issue.facts["reference_sets"]
    if not sets:
        return ["Not held against any reference set while it was frozen."]
    return [
        f"Held against {one['name']} ({one['source']}, {one['licence']}; {one['texts']:,} texts): {one['found']:,} "
        f"items had something of it, {one['blocked']:,} were blocked, {one['waived']:,} were let through by a manager."
        for one in sets
    ]


def splits(issue: Issue) -> str:
    """Say how rows are divided."""
    rows: dict[str, int] = {}
    for path, place in issue.places.items():
        rows[str(place.split)] = rows.get(str(place.split), 0) + issue.rows[path]
    rule = issue.snapshot.splitting
    told = ", ".join(f"{name} = {value}" for name, value in sorted(rule.items()) if value not in (None, [], {}))
    how = f" Divided by: {told}." if told else ""
    return f"Rows: {counted(rows)}. All work on a task is in one split.{how}"


def left_out(issue: Issue) -> list[str]:
    """Say what is not in it, and why."""
    frozen = [
        f"{count:,} pieces that the rule selects: {why}" for why, count in sorted(issue.snapshot.left_out.items())
    ]
    return [*frozen, *(f"{count:,} items: {why}" for why, count in sorted(issue.excluded.items()))] or ["nothing"]


def limits(issue: Issue) -> list[str]:
    """Say what a user has to know before trusting it."""
    methods, tiers, items = issue.facts["reviews"]["methods"], issue.facts["tier"], issue.snapshot.items
    decided = sum(methods.values())
    steps, revisions = issue.judged_twice
    low = f"{share(tiers.get('B', 0), items)} of the pieces are of tier B, {share(tiers.get('X', 0), items)} of tier X"
    return [
        f"{share(methods.get('read_only', 0), decided)} of the judgments were made by reading only",
        f"agreement rests on {steps:,} steps and {revisions:,} revisions that two or more people judged",
        low,
        "tokens are counted in the text of the author, without the task; another tokenizer counts otherwise",
        "what was frozen stays as it was: mistakes found later are corrected in a later snapshot",
        "a model that was trained on it cannot be made to forget it",
    ]
