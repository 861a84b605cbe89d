"""What the workspace page sends over the wire to Chromium: at the first visit, and at the next with a warm cache.

`python -m benchmarks --only page_weight`. A draft of eight steps with formulas; headers and bodies of everything that
is sent until the page is quiet are counted, its first sign of work included.
"""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, sync_playwright

from app.web.sessions import PLAIN_NAME
from benchmarks.figures import Figure, at_most
from benchmarks.served import Editor, serving
from benchmarks.written import document

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
QUIET_MS = 1_500


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit sent over the wire."""

    kilobytes: float
    requests: int


def measure(quick: bool) -> list[Figure]:  # noqa: ARG001, FBT001 - the one argument that every benchmark has
    """Visit the page with Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        figures = weigh(chromium)
        chromium.close()
    return figures


def weigh(chromium: Browser) -> list[Figure]:
    """Visit the page twice."""
    with serving(1, 100) as served:
        with Editor(served.port, served.people[0]) as editor:
            taken = editor.take_next()
            editor.save(taken["work"], 0, document("n = 5"))
        context = chromium.new_context()
        address = f"http://127.0.0.1:{served.port}"
        context.add_cookies([{"name": PLAIN_NAME, "value": served.people[0][0], "url": address}])
        first, second = (_visit(context, address + taken["page"]) for _ in range(2))
        context.close()
    return [
        at_most("workspace, first visit: weight", first.kilobytes, 450, "kB"),
        at_most("workspace, first visit: requests", first.requests, 12, ""),
        at_most("workspace, next visit: weight", second.kilobytes, 60, "kB"),
    ]


def _visit(context: BrowserContext, url: str) -> Visit:
    page = context.new_page()
    sizes: dict[str, float] = {}
    network: CDPSession = context.new_cdp_session(page)
    network.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    network.on("Network.loadingFinished", finished)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(QUIET_MS)
    page.close()
    sent = [size for size in sizes.values() if size > 0]  # what the cache holds is finished with nothing sent
    return Visit(sum(sent) / 1000, len(sent))
