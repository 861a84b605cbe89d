"""The judge's end of the pipes to the program under test: one question, one answer, each with a limit."""

import os
import select
import time
from typing import Any

from app.sandbox.judging.inside import codec

INCOMING, OUTGOING = 3, 4
ANSWER_MAX_BYTES = 8 << 20
_PART_BYTES = 1 << 16


class Ended(BaseException):
    """The talk with the program is over; no Exception, so that tests do not take it for one of the program's."""

    GONE = "gone"
    """it ended, or was ended, before it answered"""
    SILENT = "silent"
    """it did not answer in time"""
    LATE = "late"
    """the time for all tests together is used up"""
    TOO_MUCH = "too_much"
    """its answer is longer than ANSWER_MAX_BYTES"""
    GARBLED = "garbled"
    """what came is no answer"""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


class Exchange:
    """One question and what came back, with the moments (seconds) at which it was sent and came."""

    def __init__(self, asked_at: float):
        self.asked_at = self.answered_at = asked_at
        self.answer: dict[str, Any] = {}


class Channel:
    """Asks and waits. Once it has ended it stays so: every further question raises Ended as well."""

    def __init__(self, incoming: int = INCOMING, outgoing: int = OUTGOING):
        self._incoming, self._outgoing = incoming, outgoing
        os.set_blocking(incoming, False)
        os.set_blocking(outgoing, False)
        self._buffer = bytearray()
        self.ended: Ended | None = None

    def ask(self, request: dict[str, Any], seconds: float, otherwise: str) -> Exchange:
        """Send a request and wait for its answer; an answer to anything else ends the talk.

        `otherwise` is why it ends when no answer comes in time.
        """
        # Answers cannot be sent ahead: nobody knows the number of a question before it is asked.
        number = os.urandom(8).hex()
        return self._talk(codec.write(request | {"id": number}), number, seconds, otherwise)

    def hear(self, number: str, seconds: float, otherwise: str) -> dict[str, Any]:
        """Wait for a message that nobody has asked for."""
        return self._talk(b"", number, seconds, otherwise).answer

    def _talk(self, line: bytes, number: str, seconds: float, otherwise: str) -> Exchange:
        try:
            if self.ended is not None:
                raise Ended(self.ended.why)
            exchange = Exchange(time.perf_counter())
            until = exchange.asked_at + seconds
            unsent = memoryview(line)
            while True:
                unsent = self._move(unsent, until, otherwise)
                if (end := self._buffer.find(b"\n")) >= 0:
                    message = codec.read(bytes(self._buffer[:end]))
                    del self._buffer[: end + 1]
                    if message.get("id") != number:
                        raise codec.BadMessage("an answer to something else")
                    exchange.answer, exchange.answered_at = message, time.perf_counter()
                    return exchange
        except codec.BadMessage:
            self.ended = Ended(Ended.GARBLED)
            raise self.ended from None
        except Ended as ended:
            self.ended = ended
            raise

    def _move(self, unsent: memoryview, until: float, otherwise: str) -> memoryview:
        """Send and receive what is possible now; both at once, or two full pipes would wait for each other."""
        poll = select.poll()
        poll.register(self._incoming, select.POLLIN)
        if unsent:
            poll.register(self._outgoing, select.POLLOUT)
        left = until - time.perf_counter()
        ready = dict(poll.poll(left * 1000)) if left > 0 else {}
        if not ready:
            raise Ended(otherwise)
        if self._outgoing in ready:
            try:
                unsent = unsent[os.write(self._outgoing, unsent[:_PART_BYTES]) :]
            except BrokenPipeError:
                raise Ended(Ended.GONE) from None
        if self._incoming in ready:
            part = os.read(self._incoming, _PART_BYTES)
            if not part:
                raise Ended(Ended.GONE)
            self._buffer += part
            if len(self._buffer) > ANSWER_MAX_BYTES:
                raise Ended(Ended.TOO_MUCH)
        return unsent
