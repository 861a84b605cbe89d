"""Take the pictures of docs/screens from a demo of its own: each main page, light, dark and narrow.

Run with `make screens`. Needs Chromium; everything is served on a free port of this machine and thrown away after.
"""

import argparse
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
WORKINGS = Path(sys.executable).with_name("workings")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = {"": ("light", WIDE), "-dark": ("dark", WIDE), "-narrow": ("light", NARROW)}
COLOURS = 255


@dataclass(frozen=True)
class Screen:
    """One page: who looks at it, where it is, and what is clicked to get there from that address."""

    name: str
    who: str | None
    path: str
    clicks: tuple[str, ...] = ()
    """selectors, the first match of each"""


FROZEN = ("main a[href*='/datasets/'] >> nth=-1", "main a[href*='/snapshots/'] >> nth=0")

SCREENS = [
    Screen("signin", None, "/sign-in"),
    Screen("home", "Ed", "/work"),
    Screen("workspace", "Ed", "/work", ("a:has-text('Continue') >> nth=0",)),
    Screen("queue", "Rae", "/reviews"),
    Screen("review", "Rae", "/reviews", ("#queue .work >> nth=0 >> .btn",)),
    Screen("project", "Mona", "/projects/number-theory"),
    Screen("tasks", "Mona", "/projects/number-theory/tasks"),
    Screen("program", "Eve", "/work", ("a:has-text('Continue') >> nth=0",)),
    Screen("dataset", "Mona", "/projects/number-theory/datasets", ("main a[href*='/datasets/'] >> nth=-1",)),
    Screen("export", "Mona", "/projects/number-theory/datasets", (*FROZEN, "main .table a >> nth=0")),
]


@contextmanager
def a_demo() -> Iterator[str]:
    """Serve a fresh demo; yields its address."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        address = f"http://127.0.0.1:{port}"
        told = {"WORKINGS_DATA_DIR": folder, "WORKINGS_DEMO": "true", "WORKINGS_PUBLIC_URL": address}
        environment = {**os.environ, **told}
        for command in ("migrate", "demo"):
            subprocess.run([WORKINGS, command], env=environment, cwd=ROOT, check=True)
        serve = [str(WORKINGS), "serve", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(serve, env=environment, cwd=ROOT)
        try:
            wait_for(f"{address}/healthz")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_for(url: str) -> None:
    """Wait until the server answers, up to two minutes on a busy machine."""
    for _ in range(1200):
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - an address of ours
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The demo did not start.")


def take(browser: Browser, address: str, screen: Screen, folder: Path) -> None:
    """Take one page in every look."""
    for suffix, (scheme, size) in LOOKS.items():
        context = browser.new_context(viewport=size, color_scheme=scheme, base_url=address, reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        if screen.who is not None:
            page.goto("/sign-in")
            page.get_by_role("button", name=f"Enter as {screen.who}").click()
            page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(screen.path)
        for selector in screen.clicks:
            page.locator(selector).click()
            page.wait_for_load_state("networkidle")
        keep(page, folder / f"{screen.name}{suffix}.png")
        context.close()


def keep(page: Page, path: Path) -> None:
    """Write the picture with a palette, which is a third of the size and looks the same."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Take all pictures, or the named ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these pages")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screens")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    wanted = [screen for screen in SCREENS if not given.names or screen.name in given.names]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with a_demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        for screen in wanted:
            take(browser, address, screen, given.out)
            print(screen.name, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
