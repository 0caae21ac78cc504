"""Who may ask the page: the page itself, in a browser on this computer, and nobody else's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NOT_FRAMED = ((b"content-security-policy", b"frame-ancestors 'self'"), (b"x-frame-options", b"SAMEORIGIN"))
"""Headers with which no other site shows the page within its own, where clicks could be led astray."""
REFUSED = b"This page answers to its own address only.\n"


class OwnPageOnly:
    """Refuses what another site's page asks of a server on this computer.

    Listening on this computer alone keeps other computers out, but not other pages in the same browser. `Host` shows
    one that has its own name lead here (DNS rebinding), `Origin` one that asks across sites or from another port.
    """

    def __init__(self, app: Application, names: tuple[str, ...], port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""

        async def not_framed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *NOT_FRAMED]
            await send(message)

        if scope["type"] not in ("http", "websocket") or self._is_own(scope):
            await self._app(scope, receive, not_framed)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: answered with 403
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(REFUSED))]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": REFUSED})

    def _is_own(self, scope: Scope) -> bool:
        headers = [(name.lower(), value.decode("latin-1").lower()) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        origins = [value for name, value in headers if name == b"origin"]
        return len(hosts) == 1 and hosts[0] in self._hosts and all(origin in self._origins for origin in origins)
