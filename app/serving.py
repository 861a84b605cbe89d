"""Serve the pages, with the background worker and the runner of programs beside them."""

import signal
import subprocess
import sys

import uvicorn

from app.config import Settings

BESIDE = (("app.cli", "worker", "--with-parent"), ("app.runner", "--with-parent"))
"""What is started beside the web process."""
STARTUP_FAILURE = 3
"""How a server ends that could not listen; the same as uvicorn's own command."""


def serve(settings: Settings, *, host: str | None, port: int | None, with_others: bool) -> None:
    """Serve until interrupted; whatever was started beside it ends with it."""
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        host=host or settings.host,
        port=settings.port if port is None else port,
        log_level=settings.log_level,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=20,
    )
    config.load()  # before the others, which would take the cores while somebody waits for the first page
    server = uvicorn.Server(config)
    others = [subprocess.Popen([sys.executable, "-m", *words]) for words in BESIDE] if with_others else []
    # uvicorn raises the signal once more when it has finished; by default that would end us before the worker.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        server.run()
    except KeyboardInterrupt:
        pass  # told by uvicorn already
    finally:
        for process in others:
            process.terminate()
        for process in others:
            process.wait(timeout=30)
    if not server.started:
        sys.exit(STARTUP_FAILURE)
