"""Open-Assistant's message trees: a task, the work on it, what reviewers said of that, and what became of it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import (
    ANYTHING,
    COUNT,
    FILLED,
    JSON_TEXT,
    TRUTH,
    Column,
    Columns,
    Shape,
    list_of,
    or_null,
    struct,
    words,
)
from app.exports.formats.texts import STEP_SEPARATOR, answer_of, metadata_of, prompt_of, steps_of
from app.exports.formats.thinking import Trace, reply_of

PATH = "oasst_trees/train.jsonl"
PROMPTER, ASSISTANT = "prompter", "assistant"
OF_THE_TASK = ("task_id", "external_id", "domain", "skill", "difficulty", "language", "licence", "source")
BEST_FIRST = ("S", "A", "B", "edited", "returned", "rejected")
"""Tiers of approved work, then what else may have been decided about a version."""
_MESSAGE: Shape = struct(
    {
        "message_id": FILLED,
        "parent_id": or_null(FILLED),
        "user_id": or_null(FILLED),
        "text": FILLED,
        "role": words(PROMPTER, ASSISTANT),
        "lang": or_null(FILLED),
        "review_count": COUNT,
        "review_result": or_null(TRUTH),
        "deleted": {"const": False},
        "rank": or_null(COUNT),
        "synthetic": TRUTH,
        "model_name": or_null(FILLED),
        "emojis": or_null(ANYTHING),
        "labels": or_null(ANYTHING),
        "events": or_null(ANYTHING),
        "replies": list_of({"$ref": "#/$defs/message"}),
    }
)


class TreeOptions(Options):
    """Options of a tree: the work is one text."""

    reasoning: Trace = Field(
        default=Trace.TEXT,
        title="How the reasoning stands",
        description="Between <think> tags before the answer, or as plain text.",
    )


class OasstTrees(Format):
    """One tree a task; a branch goes from the work to what was said of it, and on to the next version."""

    name: ClassVar[str] = "oasst_trees"
    title: ClassVar[str] = "Open-Assistant trees"
    summary: ClassVar[str] = (
        "Tasks, work, what reviewers said and what became of it as message trees; where the project lets comments out."
    )
    columns: ClassVar[Columns] = {
        "message_tree_id": Column("the task; also the id of its message", FILLED),
        "tree_state": Column("always ready_for_export", words("ready_for_export")),
        "prompt": Column("the task as a message, with the replies to it inside", {"$ref": "#/$defs/message"}),
        "metadata": Column(
            "JSON text: labels and licence of the task, and where each piece of work comes from", JSON_TEXT
        ),
    }
    definitions: ClassVar[Mapping[str, Shape]] = {"message": _MESSAGE}
    options_model: ClassVar[type[Options]] = TreeOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "oasst_trees"),)
    is_by_task: ClassVar[bool] = True
    tells_threads: ClassVar[bool] = True

    def rows_of_task(
        self, records: Sequence[Record], options: TreeOptions
    ) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give the tree of a task; its work in the order of the snapshot."""
        if not self.frame.lets_threads_out:
            return [], dict.fromkeys(range(len(records)), "the project does not let comments out")
        left_out: dict[int, str] = {}
        branches: list[tuple[Record, list[str]]] = []
        for at, record in enumerate(records):
            try:
                branches.append((record, _texts(record, options)))
            except Excluded as excluded:
                left_out[at] = excluded.reason
        if not branches:
            return [], left_out
        first = branches[0][0]
        root = _root(first)
        for record, texts in branches:
            _grow(root, record, texts)
        _rank(root["replies"], [record for record, _ in branches])
        facts = metadata_of(first)
        work = [
            {key: value for key, value in metadata_of(record).items() if key not in OF_THE_TASK}
            for record, _ in branches
        ]
        metadata = {**{name: facts[name] for name in OF_THE_TASK}, "work": work}
        row = {"message_tree_id": root["message_id"], "tree_state": "ready_for_export", "prompt": root}
        return [(PATH, {**row, "metadata": json.dumps(metadata, ensure_ascii=False, sort_keys=True)})], left_out

    def read(self, row: Row) -> list[Part]:
        """Read the tree from the root down, each branch to its end."""
        return list(_read(row["prompt"]))

    def notes(self, options: TreeOptions) -> list[str]:
        """Say what the messages are, and what of people is in them."""
        del options
        return [
            "prompter: the task, and what reviewers said; assistant: the work, and what its author answered",
            "what several people said of one version is one message; its user_id is null, as is that of the task",
            "the next version is a reply to what was said of the one before; without a word it is a reply to the task",
            "rank: 0 is the best of the replies to a task; null where two of them were judged alike",
            "review_result: true for approved work and for tasks, false for rejected work, null for all else",
            "comments are in the words of those who wrote them: they may name what only the project knows",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse trees whose messages do not take turns, have no text, or do not name what they reply to."""
        del path
        root = row["prompt"]
        if row["message_tree_id"] != root["message_id"] or root["parent_id"] is not None or root["role"] != PROMPTER:
            return "it does not begin with the task"
        if not root["replies"]:
            return "nobody replies to the task"
        messages = list(_walk(root))
        if len({message["message_id"] for message in messages}) != len(messages):
            return "two messages have one id"
        return next(filter(None, map(_fault_of, messages)), None)


def _walk(message: Row) -> Iterator[Row]:
    yield message
    for reply in message["replies"]:
        yield from _walk(reply)


def _fault_of(message: Row) -> str | None:
    if not message["text"].strip():
        return "a message is empty"
    if any(reply["parent_id"] != message["message_id"] for reply in message["replies"]):
        return "a message does not name what it replies to"
    if any(reply["role"] == message["role"] for reply in message["replies"]):
        return "a reply has the role of what it replies to"
    return None


def _read(root: Row) -> Iterator[Part]:
    for message in _walk(root):
        verdict = {True: "good", False: "bad", None: None}[message["review_result"]]
        is_work = message["role"] == ASSISTANT
        yield Part(Voice.REPLY if is_work else Voice.PROMPT, message["text"], verdict if is_work else None)


def _message(name: str, role: str, text: str, record: Record, **facts: Any) -> Row:
    return {
        "message_id": name,
        "parent_id": None,
        "user_id": None,
        "text": text,
        "role": role,
        "lang": record["task"]["language"],
        "review_count": 0,
        "review_result": None,
        "deleted": False,
        "rank": None,
        "synthetic": False,
        "model_name": None,
        "emojis": None,
        "labels": None,
        "events": None,
        **facts,
        "replies": [],
    }


def _named(record: Record, n: int, what: str) -> str:
    """Make the id of a message: the same in every export."""
    return str(uuid5(NAMESPACE_URL, f"{record['id']}.{n}.{what}"))


def _add(parent: Row, reply: Row) -> Row:
    parent["replies"].append(reply)
    reply["parent_id"] = parent["message_id"]
    return reply


def _root(record: Record) -> Row:
    task = record["task"]
    is_model = task["origin"] != "human"
    facts = {"review_result": True, "synthetic": is_model, "model_name": task["origin_model"] if is_model else None}
    return _message(task["id"], PROMPTER, prompt_of(record), record, **facts)


def _texts(record: Record, options: TreeOptions) -> list[str]:
    """Write every version as one text, the first one first; Excluded where one cannot be written."""
    if record["state"] not in {"approved", "rejected"}:
        raise Excluded("given up: nobody decided about it")
    texts = []
    for version in (*record["earlier"], record):
        view = {**record, **version, "runs": []}
        trace = STEP_SEPARATOR.join(step["body"] for step in steps_of(view, options.render))
        texts.append(reply_of(trace, answer_of(view), options.reasoning))
    return texts


def _grow(root: Row, record: Record, texts: Sequence[str]) -> None:
    """Hang the versions of one piece of work into the tree, with what was said of each."""
    parent = root
    for n, text in enumerate(texts, start=1):
        editor = record["edited_by"] if n == record["revision"] else record["earlier"][n - 1]["edited_by"]
        reviews = [review for review in record["reviews"] if review["revision"] == n]
        facts = {"review_count": len(reviews), "review_result": _result(record, n)}
        work = _message(_named(record, n, "work"), ASSISTANT, text, record, user_id=editor or record["author"], **facts)
        _add(parent, work)
        parent = _talk(work, record, n, reviews) or root


def _result(record: Record, n: int) -> bool | None:
    if n < record["revision"]:
        return None
    return bool(record["state"] == "approved")


def _talk(work: Row, record: Record, n: int, reviews: Sequence[Row]) -> Row | None:
    """Hang the talk about a version below it; return what reviewers said first, if they did."""
    threads = [thread for thread in record["threads"] if thread["revision"] == n]
    people = {review["reviewer"] for review in reviews if _words_of(review, record, n)}
    said = [text for review in reviews for text in _words_of(review, record, n)]
    rounds = list(zip_longest(*(_turns(thread, record, n) for thread in threads)))
    opening: Row | None = None
    parent = work
    for k, turns in enumerate(rounds or [()]):
        spoken = [turn for turn in turns if turn is not None]
        texts = [*(said if k == 0 else ()), *(text for _, text in spoken)]
        speakers = {name for names, _ in spoken for name in names} | (people if k == 0 else set())
        if not texts:
            break
        role = ASSISTANT if k % 2 else PROMPTER
        user = next(iter(speakers)) if len(speakers) == 1 else None
        message = _message(_named(record, n, f"said.{k}"), role, STEP_SEPARATOR.join(texts), record, user_id=user)
        parent = _add(parent, message)
        opening = opening or parent
    return opening


def _words_of(review: Row, record: Record, n: int) -> list[str]:
    """Give what a review says to the author: its reason, and the notes at steps."""
    numbers = _numbers(record, n)
    notes = [
        f"Step {numbers[label['step']]}: {label['note']}"
        for label in review["labels"]
        if label["note"].strip() and label["step"] in numbers
    ]
    return [text for text in (review["reason"], *notes) if text.strip()]


def _numbers(record: Record, n: int) -> dict[str, int]:
    content = record["content"] if n == record["revision"] else record["earlier"][n - 1]["content"]
    return {step["id"]: number for number, step in enumerate(content["steps"], start=1)}


def _turns(thread: Row, record: Record, n: int) -> Iterator[tuple[set[str], str]]:
    """Give the turns of an issue, the reviewers' and the author's by turns, beginning with the reviewers'."""
    place = _place(thread, _numbers(record, n))
    begun = False
    for is_author, comments in groupby(thread["comments"], key=lambda comment: comment["author"] == record["author"]):
        turn = list(comments)
        if is_author and not begun:
            continue  # a remark that the author made before anybody asked
        begun = True
        body = STEP_SEPARATOR.join(comment["body"] for comment in turn if comment["body"].strip())
        yield {comment["author"] for comment in turn}, f"{place}{body}"


def _place(thread: Row, numbers: Mapping[str, int]) -> str:
    step = f"Step {numbers[thread['step']]}" if thread["step"] in numbers else ""
    quote = f"“{thread['quote']}”" if thread["quote"].strip() else ""
    named = ", ".join(filter(None, (step, quote)))
    return f"{named}: " if named else ""


def _rank(replies: Sequence[Row], records: Sequence[Record]) -> None:
    """Rank the replies to the task, the best first, where no two of them were judged alike."""
    first = {_named(record, 1, "work"): _standing(record) for record in records}
    standings = [first.get(reply["message_id"]) for reply in replies]
    if len(replies) < 2 or None in standings or len(set(standings)) != len(standings):  # noqa: PLR2004 - one is the best
        return
    order = sorted(standings, key=lambda one: BEST_FIRST.index(str(one)))
    for reply, standing in zip(replies, standings, strict=True):
        reply["rank"] = order.index(standing)


def _standing(record: Record) -> str | None:
    """Say how the first version of a piece of work was judged."""
    if record["revision"] == 1:
        found = str(record["tier"]) if record["state"] == "approved" else "rejected"
    else:
        verdicts = [review["verdict"] for review in record["reviews"] if review["revision"] == 1]
        found = {"approve_with_edits": "edited", "return": "returned"}.get(verdicts[-1] if verdicts else "", "")
    return found if found in BEST_FIRST else None
