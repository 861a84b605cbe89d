"""A real SMTP server on a port that the system chooses, and what it took in."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


class Postbox:
    """The letters that came, with the addresses they were for; refuses on wish."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.full = False
        self.port = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.full:
            return "452 The postbox is full"
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((envelope.rcpt_tos, letter))
        return "250 Taken"

    @property
    def texts(self) -> list[str]:
        """What the letters say."""
        return [str(letter.get_content()).replace("\r\n", "\n") for _, letter in self.letters]


@contextmanager
def serving() -> Iterator[Postbox]:
    """Serve SMTP from a thread of its own."""
    box, loop, ready = Postbox(), asyncio.new_event_loop(), threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0))
        box.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()

    thread = threading.Thread(target=run, name="postbox")
    thread.start()
    try:
        assert ready.wait(timeout=30)
        yield box
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
