"""Who may ask the page: who has its token, from the page itself, and nobody else's page."""

from __future__ import annotations

import html
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sim.page.access import TOKEN, Access

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

ALWAYS = (
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
"""Headers with which no other site shows the page within its own, where clicks could be led astray, or told of it."""
REFUSED = b"This page answers to its whole address only, as simulate tune prints it, with its token.\n"
_COME_IN = '<!doctype html><meta charset="utf-8"><title>Tune</title><meta http-equiv="refresh" content="0;url=/{}">\n'


class OwnPageOnly:
    """Refuses with 403 whoever has no token, and what another site's page asks.

    The address that the program prints holds the token. Its first visit leaves it in a cookie, which scripts cannot
    read and which other sites' pages cannot send; from then on the cookie is asked for, on the WebSocket too. Neither
    another user of this computer nor another computer has it.

    On a page for this computer alone, `Host` shows a site that has its own name lead here (DNS rebinding); a page that
    is shared may have any name, and such a site has no cookie for it. `Origin` shows one that asks across sites or
    from another port.
    """

    def __init__(self, app: Application, access: Access, port: int) -> None:
        self._app = app
        self._access = access
        names = () if access.share else (access.listens_on, "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        self._cookie = f"coursesim-{port}"  # cookies are the same for all ports of a computer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, let a visitor in, or refuse."""

        async def send_on(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *ALWAYS]
            await send(message)

        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = _given_tokens(scope)
        if not self._is_own(scope) or not all(map(self._is_token, given)):
            await _refuse(scope, send_on)
        elif given:
            await self._let_in(scope, send_on)
        elif self._has_cookie(scope):
            await self._app(scope, receive, send_on)
        else:
            await _refuse(scope, send_on)

    def _is_own(self, scope: Scope) -> bool:
        hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
        if len(hosts) != 1 or (self._hosts and hosts[0].lower() not in self._hosts):
            return False
        # On the computer itself 127.0.0.1 and localhost are the same page.
        own = {f"{self._access.scheme}://{host}" for host in self._hosts or {hosts[0].lower()}}
        return all(origin.lower() in own for origin in origins)

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode("utf-8", "replace"), self._access.token.encode())

    def _has_cookie(self, scope: Scope) -> bool:
        # By hand, since a cookie of another program that the standard parser cannot read would hide those after it.
        cookies = (one.strip().partition("=") for header in _headers(scope, b"cookie") for one in header.split(";"))
        return any(name == self._cookie and self._is_token(value) for name, _, value in cookies)

    async def _let_in(self, scope: Scope, send: Send) -> None:
        """Leave the token in a cookie, and lead to the same address without it.

        A page leads there, not a redirect, which a browser that comes from another site would follow without a cookie.
        """
        rest = [(key, value) for key, value in _query(scope) if key != TOKEN]
        page = _COME_IN.format(html.escape(f"?{urlencode(rest)}" if rest else "", quote=True)).encode()
        cookie = f"{self._cookie}={self._access.token}; Path=/; HttpOnly; SameSite=Strict"
        cookie += "; Secure" if self._access.scheme == "https" else ""
        more = [(b"set-cookie", cookie.encode()), (b"cache-control", b"no-store")]
        await _answer(send, 200, b"text/html; charset=utf-8", page, more)


def _given_tokens(scope: Scope) -> list[str]:
    """Return the tokens in the address of a visit to the page itself."""
    is_visit = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
    return [value for key, value in _query(scope) if key == TOKEN] if is_visit else []


def _query(scope: Scope) -> list[tuple[str, str]]:
    text = scope.get("query_string", b"").decode("latin-1")
    return parse_qsl(text, keep_blank_values=True, errors="replace")


def _headers(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: answered with 403
    else:
        await _answer(send, 403, b"text/plain; charset=utf-8", REFUSED)


async def _answer(
    send: Send, status: int, kind: bytes, body: bytes, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *(more or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
