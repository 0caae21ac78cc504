"""Serving the page: to those whom it is for, without usage statistics, with settings of our own."""

from __future__ import annotations

import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.output.extras import installing, is_installed
from sim.page.access import LOOPBACK, Access, opening_file
from sim.page.guard import OwnPageOnly
from sim.page.results import MOST_PATIENTS, Saved, warm_up
from sim.page.started import Started

PORT = 8501
PORTS_TRIED = 20
SETTINGS: dict[str, Any] = {
    "server.address": LOOPBACK,
    "browser.serverAddress": LOOPBACK,
    "browser.gatherUsageStats": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.headless": True,
    "runner.magicEnabled": False,
    "server.enableStaticServing": False,
    "server.maxUploadSize": 1,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showSidebarNavigation": False,
    "global.developmentMode": False,
    "logger.level": "error",
    "logger.hideWelcomeMessage": True,
    "theme.base": "light",
    "theme.primaryColor": "#00598c",
}
"""What the page runs with, whatever a user's own settings for other pages are."""


def serve(
    config: str,
    options: Sequence[str],
    patients: int,
    port: int | None,
    *,
    open_browser: bool,
    access: Access,
) -> None:
    """Serve the page of a scenario until it is stopped.

    `options` are `path=value` changes to what is taken as saved. Raises UsageError if what serves it is not installed
    or the port is taken, and whatever keeps the scenario from being read or run.
    """
    if not is_installed("streamlit"):
        raise UsageError(f"simulate tune needs streamlit; install it with: {installing('ui')}")
    if not 10 <= patients <= MOST_PATIENTS:
        raise UsageError(f"--patients: must be from 10 to {MOST_PATIENTS:,} on the page; given {patients:,}")
    chosen = free_port(port, access.listens_on)
    warm_up(Saved.read(config, options))
    import streamlit
    from starlette.middleware import Middleware

    with tempfile.TemporaryDirectory(prefix="coursesim-") as folder:

        @asynccontextmanager
        async def opened(app: object) -> AsyncIterator[None]:
            if open_browser:
                to_open = opening_file(Path(folder), access.address(chosen))
                threading.Timer(0.5, webbrowser.open, [to_open.as_uri()]).start()
            yield

        page = Path(__file__).with_name("app.py")
        started = Started(config, tuple(options), patients, access.read_only, access.link("*") if access.share else "")
        sys.argv = [str(page), started.as_text()]
        guard = Middleware(OwnPageOnly, access, chosen)
        app = streamlit.App(page, lifespan=opened, middleware=[guard])
        print(access.said(config, chosen), flush=True)
        # What serves the page ends it on Ctrl-C and sends the signal on; that is no failure here.
        signal.signal(signal.SIGINT, lambda number, frame: None)
        app.run(config=SETTINGS | access.settings(chosen))


def free_port(wanted: int | None, where: str = LOOPBACK) -> int:
    """Return a port that is free: the one wanted, else the first from 8501 on; raises UsageError if there is none."""
    tried = range(PORT, PORT + PORTS_TRIED) if wanted is None else (wanted,)
    for port in tried:
        if not 1 <= port <= 65535:
            raise UsageError(f"--port: must be from 1 to 65535; given {port}")
        with socket.socket() as attempt:
            if sys.platform != "win32":  # where it would allow a port that is taken
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((where, port))
            except OSError:
                continue
            return port
    which = f"port {wanted} is" if wanted is not None else f"ports {PORT} to {PORT + PORTS_TRIED - 1} are all"
    raise UsageError(f"--port: {which} taken or not allowed; name another one")
