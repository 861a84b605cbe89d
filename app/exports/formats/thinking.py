"""Reasoning inside the text of a reply, for layouts that have no field of its own for it."""

from pydantic import Field

from app.exports.formats.base import Choice, Options, Part, Voice
from app.exports.formats.runs import Runs
from app.exports.formats.texts import STEP_SEPARATOR
from app.exports.formats.trl_sft import Reasoning, parts_of, spoken

OPENED, CLOSED = "<think>\n", "\n</think>\n\n"


class Trace(Choice):
    """How the reasoning stands before the answer."""

    THINK_TAGS = "think_tags", "reasoning between <think> tags"
    TEXT = "text", "reasoning as plain text, an empty line, the answer"


class TextRuns(Choice):
    """What becomes of the runs that steps cite, where a layout knows no calls of tools."""

    TEXT = "text", "runs as text: program, output, time"
    LEAVE_OUT = "leave_out", "runs are left out"

    @property
    def as_runs(self) -> Runs:
        """The same choice among those of conversations."""
        return Runs[self.name]


class ReplyOptions(Options):
    """Options of layouts in which a reply is one text."""

    reasoning: Trace = Field(
        default=Trace.THINK_TAGS,
        title="How the reasoning stands",
        description="Between <think> tags before the answer, or as plain text.",
    )
    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )


def thought(trace: str) -> str:
    """Put reasoning between tags, as it stands before an answer or a call; Excluded when it holds such tags itself."""
    return str(spoken(trace, "", Reasoning.THINK_TAGS)["content"])


def reply_of(trace: str, answer: str, how: Trace) -> str:
    """Write reasoning and answer as one text."""
    if how is Trace.THINK_TAGS:
        return thought(trace) + answer
    return STEP_SEPARATOR.join(text for text in (trace, answer) if text)


def read_reply(reply: str) -> list[Part]:
    """Read a reply: the reasoning apart where it stands between tags."""
    if not reply.startswith(OPENED):
        return [Part(Voice.REPLY, reply)]
    return list(parts_of({"role": "assistant", "content": reply}))


def fault_of_reply(reply: object) -> str | None:
    """Say what is wrong with a reply: no text, nothing behind the reasoning, tags that do not match."""
    if not isinstance(reply, str) or not reply.strip():
        return "an answer is empty"
    if not reply.startswith(OPENED):
        return None
    inside, closed, answer = reply.removeprefix(OPENED).partition(CLOSED)
    if not closed or "<think>" in inside:
        return "the <think> tags do not match"
    return None if inside.strip() and answer.strip() else "an answer is empty"
