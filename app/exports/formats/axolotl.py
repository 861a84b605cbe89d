"""axolotl's layout: messages, in which wrong steps may be read and not learnt, and the settings that name them."""

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.axolotl_settings import settings_of
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import (
    FILLED,
    ID,
    METADATA,
    TEXT,
    TRUTH,
    Column,
    Columns,
    either,
    list_of,
    or_null,
    struct,
    words,
)
from app.exports.formats.runs import stretches_of
from app.exports.formats.step_labels import Neutral, StepwiseOptions, counts_as_good
from app.exports.formats.texts import (
    STEP_SEPARATOR,
    answer_of,
    labels_of,
    metadata_of,
    prompt_of,
    require_imitable,
    require_review,
    require_something,
    rewritten_of,
)
from app.exports.formats.thinking import TextRuns
from app.exports.formats.trl_sft import Reasoning, parts_of, spoken
from app.exports.formats.trl_stepwise import TrlStepwise

PATH = "axolotl/train.jsonl"

_PARTS = list_of(struct({"type": words("text"), "text": TEXT, "train": or_null(TRUTH)}), least=1)
_SAID = either(FILLED, _PARTS)
_MESSAGE = struct({"role": words("system", "user", "assistant"), "content": _SAID}, {"reasoning_content": _SAID})


class WrongSteps(Choice):
    """What becomes of steps that a reviewer found wrong."""

    TRAIN = "train", "every rendered step is trained on; approved work only"
    MASK = "mask", "wrong steps are read and not trained on; rejected work too"
    """They are parts with `train: false`: the model learns what follows a slip, and not the slip."""


class AxolotlOptions(Options):
    """Options of the conversation."""

    reasoning: Reasoning = Field(
        default=Reasoning.FIELD,
        title="Where the reasoning stands",
        description="A field of its own, or <think> tags.",
    )
    wrong_steps: WrongSteps = Field(
        default=WrongSteps.TRAIN,
        title="Wrong steps",
        description="Trained on like the others, or masked; then only labelled work is taken.",
    )
    neutral: Neutral = Field(
        default=Neutral.GOOD, title="Neutral steps", description="What they count as where wrong steps are masked."
    )
    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )
    runs: TextRuns = Field(
        default=TextRuns.TEXT, title="Runs of programs", description="What becomes of runs that steps cite."
    )


class Axolotl(Format):
    """`messages` of type chat_template; with masks every content is a list of parts."""

    name: ClassVar[str] = "axolotl"
    title: ClassVar[str] = "axolotl (chat_template)"
    summary: ClassVar[str] = "Messages with axolotl.yaml; wrong steps can be masked while their correction is learnt."
    columns: ClassVar[Columns] = {
        "messages": Column(
            "system (optional), user, assistant; with masks, texts are lists of parts with `train`",
            list_of(_MESSAGE, least=2),
        ),
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = AxolotlOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "axolotl"),)

    def rows(self, record: Record, options: AxolotlOptions) -> Iterable[tuple[str, Row]]:
        """Give one conversation per item."""
        before = [("system", options.system)] if options.system.strip() else []
        before.append(("user", prompt_of(record)))
        if options.wrong_steps is WrongSteps.MASK:
            require_something(prompt_of(record), record["content"]["answer"]["text"])
            # Without a word on training these parts are told apart by their role, like texts.
            messages = [{"role": role, "content": [_part(text, train=None)]} for role, text in before]
            messages.append(_masked(record, options))
        else:
            require_imitable(record)
            messages = [{"role": role, "content": text} for role, text in before]
            messages.append(_plain(record, options))
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        yield PATH, {"messages": messages, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the messages; a masked part is a bad one."""
        return [part for message in row["messages"] for part in _read(message)]

    def papers(self, options: AxolotlOptions) -> dict[str, str]:
        """Give the settings that name these rows."""
        del options
        return settings_of("axolotl", "chat_template")

    def notes(self, options: AxolotlOptions) -> list[str]:
        """Say what is masked."""
        joined = "steps are joined by one empty line"
        if options.wrong_steps is WrongSteps.TRAIN:
            return [joined]
        return [joined, "parts with `train: false` are read and not learnt", options.neutral.words]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse empty messages, other roles, and parts that end where a token would lie across."""
        del path
        messages = row["messages"]
        if [message["role"] for message in messages if message["role"] != "system"] != ["user", "assistant"]:
            return "it is not a user's message and then the assistant's"
        if any(message["role"] == "system" for message in messages[1:]):
            return "a system message is not the first"
        for message in messages:
            for said in (message["content"], message.get("reasoning_content", "-")):
                fault = _fault_of(said)
                if fault is not None:
                    return fault
        return None


class AxolotlPrm(TrlStepwise):
    """TRL's stepwise rows with the settings that make axolotl train a process reward model on them."""

    name: ClassVar[str] = "axolotl_prm"
    title: ClassVar[str] = "axolotl (PRM)"
    summary: ClassVar[str] = "Steps with true/false labels and axolotl.yaml of type stepwise_supervised."

    def papers(self, options: StepwiseOptions) -> dict[str, str]:
        """Give the settings that name these rows."""
        del options
        return settings_of("prm", "stepwise_supervised", "process_reward_model: true\n")


def _plain(record: Record, options: AxolotlOptions) -> Row:
    (stretch,) = stretches_of(record, options.render, options.runs.as_runs)
    if not stretch.trace and options.render is not Rendering.ANSWER:
        raise Excluded("no reasoning to render")
    return spoken(stretch.trace, answer_of(record), options.reasoning)


def _masked(record: Record, options: AxolotlOptions) -> Row:
    """Write the assistant's message in parts; the answer is learnt unless the step before it is wrong."""
    bodies = list(_bodies(record, options))
    if not bodies:
        raise Excluded("no reasoning to render")
    trace = _joined(bodies)
    answer = _part(answer_of(record), train=bodies[-1][1])
    if not any(part["train"] for part in (*trace, answer)):
        raise Excluded("nothing in it is right")
    if options.reasoning is Reasoning.FIELD:
        return {"role": "assistant", "reasoning_content": trace, "content": [answer]}
    if any("<think>" in part["text"] or "</think>" in part["text"] for part in trace):
        raise Excluded("the text itself holds <think> tags")
    trace[-1]["text"] += "\n"
    parts = [_part("<think>\n", train=True), *trace, _part("</think>\n\n", train=True), answer]
    return {"role": "assistant", "content": _merged(parts)}


def _bodies(record: Record, options: AxolotlOptions) -> Iterable[tuple[str, bool]]:
    """Give each rendered step with whether it is learnt; what a run printed is read and not learnt.

    A step that the reviewer rewrote is learnt as they wrote it.
    """
    review = require_review(record)
    rewritten = rewritten_of(record, review)
    labels = labels_of(review) | dict.fromkeys(rewritten, "good")
    (stretch,) = stretches_of(record, options.render, options.runs.as_runs)
    for body, step_id in zip(stretch.bodies, stretch.step_ids, strict=True):
        if step_id is None:
            yield body, False
            continue
        if step_id not in labels:
            raise Excluded("not every step is labelled")
        value = labels[step_id]
        if value != "neutral" or options.neutral is not Neutral.DROP:
            yield body, counts_as_good(value, options.neutral) is True


def _joined(bodies: Sequence[tuple[str, bool]]) -> list[Row]:
    """Write steps as parts that end behind a separator: a token across the border of two would be masked."""
    ends = [STEP_SEPARATOR] * (len(bodies) - 1) + [""]
    return _merged([_part(body + end, train=train) for (body, train), end in zip(bodies, ends, strict=True)])


def _merged(parts: Iterable[Row]) -> list[Row]:
    merged: list[Row] = []
    for part in parts:
        if merged and merged[-1]["train"] == part["train"]:
            merged[-1] = _part(merged[-1]["text"] + part["text"], train=part["train"])
        else:
            merged.append(part)
    return merged


def _part(text: str, *, train: bool | None) -> Row:
    return {"type": "text", "text": text, "train": train}


def _read(message: Row) -> Iterable[Part]:
    if isinstance(message["content"], str):
        yield from parts_of(message)
        return
    voice = {"system": Voice.SYSTEM, "user": Voice.PROMPT, "assistant": Voice.REPLY}[message["role"]]
    is_apart = "reasoning_content" in message
    for part in message.get("reasoning_content", ()):
        yield Part(Voice.REASONING, part["text"], _verdict(part))
    for part in message["content"]:
        yield Part(Voice.ANSWER if is_apart else voice, part["text"], _verdict(part))


def _verdict(part: Row) -> str | None:
    return {True: "good", False: "bad", None: None}[part["train"]]


def _fault_of(said: object) -> str | None:
    """Say what is wrong with a text or a list of parts."""
    parts: list[Row] = said if isinstance(said, list) else [{"text": said, "train": None}]
    texts = [part["text"] for part in parts]
    if not all(isinstance(text, str) for text in texts) or not "".join(texts).strip():
        return "a message is empty"
    if not all(part["train"] in {True, False, None} for part in parts):
        return "a part is neither learnt nor masked"
    if not all(text.endswith("\n") for text in texts[:-1]):
        return "a part does not end behind a line"
    return None
