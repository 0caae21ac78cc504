"""Who can come to the page, from where, and what they may do on it."""

from __future__ import annotations

import html
import secrets
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sim.errors import UsageError, visible

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
TOKEN = "token"
"""What the token is called in an address."""


@dataclass(frozen=True)
class Access:
    """Who can come: without more said, only who has the token, on this computer.

    `share` lets other computers in; `certificate` and `key` are PEM files, with which what is sent is encrypted;
    `read_only` lets nobody change anything. Raises UsageError for what does not go together or cannot be read.
    """

    share: bool = False
    certificate: Path | None = None
    key: Path | None = None
    read_only: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def __post_init__(self) -> None:
        if self.certificate is None and self.key is None:
            return
        if self.certificate is None or self.key is None:
            raise UsageError("--tls-cert and --tls-key: give both, the certificate and its key, as PEM files")
        if not self.share:
            raise UsageError("--tls-cert: encrypts what other computers are sent; give --share too")
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, self.key, password=lambda: "")  # rather than ask for one
        except (OSError, ValueError) as error:
            files = f"{visible(str(self.certificate))} and {visible(str(self.key))}"
            raise UsageError(f"--tls-cert and --tls-key: cannot use {files}: {visible(str(error))}") from None

    @property
    def scheme(self) -> str:
        """The scheme of the page's address."""
        return "http" if self.certificate is None else "https"

    @property
    def listens_on(self) -> str:
        """The address of the interfaces on which the page listens."""
        return EVERYWHERE if self.share else LOOPBACK

    @property
    def name(self) -> str:
        """What this computer is called in the page's address."""
        return socket.gethostname() if self.share else LOOPBACK

    def address(self, port: int) -> str:
        """Return the page's address, with the token."""
        return self.link(f"{self.name}:{port}")

    def link(self, host: str) -> str:
        """Return the address of the page at a host, with the token."""
        return f"{self.scheme}://{host}/?{TOKEN}={quote(self.token)}"

    def settings(self, port: int) -> dict[str, Any]:
        """Return what the server is told of this."""
        found = {
            "server.address": self.listens_on, "browser.serverAddress": self.name,
            "server.port": port, "browser.serverPort": port,
        }  # fmt: skip
        if self.certificate is not None:
            found |= {"server.sslCertFile": str(self.certificate), "server.sslKeyFile": str(self.key)}
        return found

    def said(self, what: str, port: int) -> str:
        """Return what the terminal says once the page of `what` is served."""
        lines = [f"Tuning {visible(what)} at {self.address(port)} (Ctrl-C stops it)"]
        if self.share:
            can = "look at" if self.read_only else "use"
            lines.append(f"Whoever has this address can {can} the page, as long as it is served.")
        if self.share and self.certificate is None:
            lines += [
                "What is sent is NOT encrypted: who can listen in on this network can read it, the token too.",
                "To encrypt it, give --tls-cert FILE --tls-key FILE; or leave out --share, and type on the other one",
                f"  ssh -N -L {port}:{LOOPBACK}:{port} USER@{self.name}",
                "and open there the address that is then printed here.",
            ]
        return "\n".join(lines)


def opening_file(folder: Path, address: str) -> Path:
    """Write a file that leads a browser to an address, in a folder that only its owner can read; return it.

    Other users of this computer can see what a browser is called with, and so would see the token.
    """
    file = folder / "open.html"
    file.touch(mode=0o600)
    to = html.escape(address, quote=True)
    file.write_text(
        f'<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Tune</title>'
        f'<meta http-equiv="refresh" content="0;url={to}"><p><a href="{to}">Open the page</a></p>\n',
        encoding="utf-8",
    )
    return file
