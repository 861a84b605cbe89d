"""Messages as trainers of preferences read them: how a version is written, and what no trainer would notice."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.exports.formats.base import Part, Row
from app.exports.formats.columns import Columns, fault_of_keys
from app.exports.formats.judged import Version
from app.exports.formats.runs import is_empty
from app.exports.formats.texts import NOTHING
from app.exports.formats.trl_sft import Reasoning, parts_of, spoken
from app.text.fingerprints import normalise

ROLES = frozenset({"system", "user", "assistant", "tool"})
RESERVED = frozenset(
    {
        "input_ids",
        "assistant_masks",
        "completion_mask",
        "seq_lengths",
        "prompt_ids",
        "chosen_ids",
        "rejected_ids",
        "completion_ids",
        "KL_completion_ids",
        "labels",
        "margin",
        "messages",
    }
)
"""Names of columns that TRL takes for something else beside a prompt."""


def asked(prompt: str, system: str) -> list[Row]:
    """Write the messages before the expert's."""
    before = [{"role": "system", "content": system}] if system.strip() else []
    return [*before, {"role": "user", "content": prompt}]


def said(version: Version, reasoning: Reasoning) -> list[Row]:
    """Write a version as the one message of the assistant."""
    return [spoken(version.trace, version.answer, reasoning)]


def read_as(verdict: str | None, messages: Iterable[Row]) -> list[Part]:
    """Read messages as a person does, each part with a verdict."""
    return [replace(part, verdict=verdict) for message in messages for part in parts_of(message)]


def fault_of_columns(row: Row, columns: Columns) -> str | None:
    """Refuse a row whose columns are not just these, or bear names that mean something else to a trainer."""
    if set(row) & RESERVED:
        return f"a column has the reserved name {min(set(row) & RESERVED)}"
    return fault_of_keys(row, columns)


def fault_of_prompt(messages: Sequence[Row]) -> str | None:
    """Refuse prompts of other roles, with a system message inside, and those that do not end with who asks."""
    fault = _fault_of_messages(messages)
    if fault is not None:
        return fault
    if messages[-1]["role"] not in {"user", "tool"}:
        return "the prompt does not end with the user"
    if any(message["role"] == "system" for message in messages[1:]):
        return "a system message is not the first"
    return None


def fault_of_reply(messages: Sequence[Row]) -> str | None:
    """Refuse anything but one message of the assistant: a prompt inside it would be learnt as an answer."""
    fault = _fault_of_messages(messages)
    if fault is not None:
        return fault
    if [message["role"] for message in messages] != ["assistant"]:
        return "a side is not one message of the assistant"
    if "reasoning_content" in messages[0] and "<think>" in messages[0]["content"]:
        return "the reasoning is both a field and in <think> tags"
    return None


def fault_of_sides(chosen: Sequence[Row], rejected: Sequence[Row]) -> str | None:
    """Refuse sides that read the same, or of which only one shows its reasoning."""
    if [normalise(_text(message)) for message in chosen] == [normalise(_text(message)) for message in rejected]:
        return "both sides read the same"
    return None if chosen[-1].keys() == rejected[-1].keys() else "only one side shows its reasoning"


def _fault_of_messages(messages: Sequence[Row]) -> str | None:
    if not messages:
        return "there are no messages"
    if not all(message.get("role") in ROLES for message in messages):
        return "a role is none of system, user, assistant and tool"
    if any(map(is_empty, messages)):
        return "a message is empty"
    if any(_text(message).strip().lower() in NOTHING for message in messages):
        return "a message is a word that readers take for nothing"
    return None


def _text(message: Row) -> str:
    return "\n\n".join(text for text in (message.get("reasoning_content", ""), message["content"]) if text)
