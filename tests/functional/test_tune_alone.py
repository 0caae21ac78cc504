"""The page of `simulate tune` answers to its own address on this computer, and to nobody else's page."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("streamlit")
START = [sys.executable, "-c", "from sim.cli.start import program; program()", "tune", "acute.yaml", "--no-browser"]
HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
UPLOAD = '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nmine\r\n--x--\r\n'
LISTENING = "0A"


class Server:
    def __init__(self, process, port):
        self.process, self.port = process, port

    def ask(self, method, path, host, origin=None, more="", body=""):
        """Return the status of an answer, and its head."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n" + (f"Origin: {origin}\r\n" if origin else "")
        head += more or "Connection: close\r\n"
        head += f"Content-Length: {len(body)}\r\n" if body else ""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as asked:
            asked.sendall(f"{head}\r\n{body}".encode())
            answer = asked.recv(65536).decode("latin-1")
        return int(answer.split()[1]), answer.partition("\r\n\r\n")[0]

    def named(self, text):
        return text.replace("PORT", str(self.port))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port = attempt.getsockname()[1]
    process = subprocess.Popen(
        [*START, "--port", str(port), "--patients", "100"],
        cwd=tmp_path_factory.mktemp("tune"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    started = Server(process, port)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            started.ask("GET", "/_stcore/health", f"127.0.0.1:{port}")
            break
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.2)
    yield started
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert said.startswith(f"Tuning acute.yaml at http://127.0.0.1:{port} (Ctrl-C stops it)\n")
    assert "Traceback" not in said
    assert process.returncode == 0


def sockets_of(process):
    """Return the addresses, as the system writes them, on which a process listens."""
    held = set()
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        target = str(link.readlink()) if link.is_symlink() else ""
        held |= set(re.findall(r"socket:\[(\d+)\]", target))
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process.pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENING and words[9] in held:
                yield words[1]


def test_it_listens_on_this_computer_only(server):
    assert list(sockets_of(server.process)) == [f"0100007F:{server.port:04X}"]


OWN = [
    ("127.0.0.1:PORT", "http://127.0.0.1:PORT"),
    ("localhost:PORT", "http://localhost:PORT"),
]
FOREIGN = [
    ("127.0.0.1:PORT", "http://evil.example"),
    ("127.0.0.1:PORT", "http://evil.example:PORT"),
    ("127.0.0.1:PORT", "https://127.0.0.1:PORT"),
    ("127.0.0.1:PORT", "http://127.0.0.1:3000"),
    ("127.0.0.1:PORT", "http://localhost"),
    ("127.0.0.1:PORT", "http://127.0.0.1.evil.example:PORT"),
    ("127.0.0.1:PORT", "http://127.0.0.1:PORT@evil.example"),
    ("127.0.0.1:PORT", "http://0.0.0.0:PORT"),
    ("127.0.0.1:PORT", "null"),
    ("evil.example:PORT", "http://evil.example:PORT"),
    ("evil.example", "http://evil.example"),
    ("evil.example:PORT", "http://127.0.0.1:PORT"),
    ("evil.example:PORT", None),
    ("127.0.0.1:PORT@evil.example", None),
    ("127.0.0.1:PORT\r\nHost: evil.example", "http://evil.example"),
]


@pytest.mark.parametrize(("host", "origin"), OWN)
def test_its_own_page_is_served_and_connected(server, host, origin):
    host, origin = server.named(host), server.named(origin)
    assert server.ask("GET", "/", host)[0] == 200
    assert server.ask("GET", "/_stcore/stream", host, origin, HANDSHAKE)[0] == 101
    head = server.ask("GET", "/_stcore/health", host, origin)[1]
    assert "access-control-allow-origin" not in head.lower()


def test_no_other_site_can_show_the_page_within_its_own(server):
    for path in ("/", "/_stcore/health"):
        head = server.ask("GET", path, server.named(OWN[0][0]))[1].lower()
        assert "content-security-policy: frame-ancestors 'self'" in head
        assert "x-frame-options: sameorigin" in head


@pytest.mark.parametrize(("host", "origin"), OWN)
def test_its_own_upload_gets_as_far_as_the_session_that_it_must_have(server, host, origin):
    host, origin = server.named(host), server.named(origin)
    head = server.ask("GET", "/_stcore/health", host)[1]
    token = re.search(r"(?i)set-cookie: (_streamlit_xsrf)=\"?([^\";]+)", head)
    more = "Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n"
    assert server.ask("PUT", "/_stcore/upload_file/a/b", host, origin, more, UPLOAD)[0] == 403, "no token"
    more += f"X-Xsrftoken: {token[2]}\r\nCookie: {token[1]}={token[2]}\r\n"
    assert server.ask("PUT", "/_stcore/upload_file/a/b", host, origin, more, UPLOAD)[0] == 400, "no such session"


@pytest.mark.parametrize(("host", "origin"), FOREIGN)
def test_a_foreign_page_gets_nothing(server, host, origin):
    host, origin = server.named(host), origin and server.named(origin)
    assert server.ask("GET", "/_stcore/stream", host, origin, HANDSHAKE)[0] in (400, 403)
    more = "Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n"
    for method, path, body in (
        ("GET", "/", ""),
        ("GET", "/media/anything.csv", ""),
        ("OPTIONS", "/_stcore/upload_file/a/b", ""),
        ("PUT", "/_stcore/upload_file/a/b", UPLOAD),
        ("POST", "/_stcore/upload_file/a/b", UPLOAD),
    ):
        status, head = server.ask(method, path, host, origin, more, body)
        assert status in (400, 403), (method, path)
        assert "access-control-allow-origin" not in head.lower()
