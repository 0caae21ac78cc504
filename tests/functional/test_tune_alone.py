"""The page of `simulate tune` answers to its own address, to who has its token, and to nobody else's page."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.page.access import Access, opening_file

pytest.importorskip("streamlit")
START = [sys.executable, "-c", "from sim.cli.start import program; program()", "tune", "acute.yaml", "--no-browser"]
HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
UPLOAD = '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nmine\r\n--x--\r\n'
LISTENING = "0A"


class Server:
    def __init__(self, process, port, scheme="http"):
        self.process, self.port, self.scheme = process, port, scheme
        self.said, self.token = "", ""

    def wait(self):
        """Wait until the server says where it is, then until it answers."""
        while "(Ctrl-C stops it)" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.token = re.search(r"/\?token=(\S+) ", self.said)[1]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                return self.ask("GET", "/", f"127.0.0.1:{self.port}")
            except OSError:
                assert self.process.poll() is None, self.process.communicate()[0]
                time.sleep(0.2)
        raise AssertionError(self.said)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=30)
        assert "Traceback" not in self.said + said
        assert self.process.returncode == 0

    def ask(self, method, path, host, origin=None, more="", body="", cookie=None):
        """Return the status of an answer, and its head; with the token in its cookie unless another is given."""
        cookie = f"coursesim-{self.port}={self.token}" if cookie is None else cookie
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n" + (f"Origin: {origin}\r\n" if origin else "")
        head += f"Cookie: {cookie}\r\n" if cookie and "Cookie:" not in more else ""
        head += more or "Connection: close\r\n"
        head += f"Content-Length: {len(body)}\r\n" if body else ""
        with self.connected() as asked:
            asked.sendall(f"{head}\r\n{body}".encode())
            answer = asked.recv(65536).decode("latin-1")
        return int(answer.split()[1]), answer.partition("\r\n\r\n")[0]

    def connected(self):
        asked = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        if self.scheme == "http":
            return asked
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(asked)

    def named(self, text):
        return text.replace("PORT", str(self.port))


def started(where, *options):
    """Start the page as a user does."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port = attempt.getsockname()[1]
    process = subprocess.Popen(
        [*START, "--port", str(port), "--patients", "100", *options],
        cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    found = Server(process, port, "https" if "--tls-cert" in options else "http")
    found.wait()
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    found = started(tmp_path_factory.mktemp("tune"))
    yield found
    found.stop()
    address = f"http://127.0.0.1:{found.port}/?token={found.token}"
    assert found.said == f"Tuning acute.yaml at {address} (Ctrl-C stops it)\n"


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
    cookies = f"coursesim-{server.port}={server.token}; {token[1]}={token[2]}"
    more += f"X-Xsrftoken: {token[2]}\r\nCookie: {cookies}\r\n"
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


PLACES = ["/", "/index.html", "/_stcore/health", "/_stcore/host-config", "/media/anything.csv", "/component/x/y", "/x"]
WRONG = ["", "coursesim-PORT=", "coursesim-PORT=wrong", "coursesim-PORT=TOKENx", "other=TOKEN", "token=TOKEN"]


@pytest.mark.parametrize("cookie", WRONG)
def test_who_has_no_token_gets_nothing(server, cookie):
    host, origin = server.named(OWN[0][0]), server.named(OWN[0][1])
    cookie = server.named(cookie).replace("TOKEN", server.token)
    for path in PLACES:
        assert server.ask("GET", path, host, cookie=cookie)[0] == 403, path
        assert server.ask("HEAD", path, host, cookie=cookie)[0] == 403, path
    assert server.ask("GET", "/_stcore/stream", host, origin, HANDSHAKE, cookie=cookie)[0] == 403
    assert server.ask("GET", f"/_stcore/stream?token={server.token}", host, origin, HANDSHAKE, cookie=cookie)[0] == 403
    assert server.ask("POST", f"/?token={server.token}", host, origin, cookie=cookie)[0] == 403


def test_a_wrong_token_in_the_address_is_refused_and_the_right_one_lets_in(server):
    host, token = server.named(OWN[0][0]), server.token
    for wrong in ("", "x", token[:-1], f"{token}&token=x", "%00", "%FF", "%C3%A9"):
        assert server.ask("GET", f"/?token={wrong}", host, cookie="")[0] == 403, wrong
    status, head = server.ask("GET", f"/?a=%3Cb%3E&token={token}", host, cookie="")
    assert status == 200
    (cookie,) = re.findall(r"(?i)set-cookie: (.*)\r", head)
    assert cookie == f"coursesim-{server.port}={token}; Path=/; HttpOnly; SameSite=Strict"
    assert server.ask("GET", "/", host, cookie=f'junk={{"a, b"}}; {cookie.partition(";")[0]}')[0] == 200


def test_the_token_is_not_among_what_other_users_see_of_the_program(server):
    words = Path(f"/proc/{server.process.pid}/cmdline").read_text()
    assert server.token not in words
    assert len(server.token) >= 32


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return a certificate for this computer and its key, as people make them for themselves."""
    where = tmp_path_factory.mktemp("tls")
    cert, key = where / "cert.pem", where / "key.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    subprocess.run([*made, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def test_a_shared_page_lets_in_who_has_the_token_by_any_name_of_the_computer(tmp_path):
    server = started(tmp_path, "--share")
    try:
        assert f"Tuning acute.yaml at http://{socket.gethostname()}:{server.port}/?token={server.token} " in server.said
        assert list(sockets_of(server.process)) == [f"00000000:{server.port:04X}"]
        for name in ("127.0.0.1", "practice.example"):
            host = f"{name}:{server.port}"
            assert server.ask("GET", "/", host)[0] == 200
            assert server.ask("GET", "/_stcore/stream", host, f"http://{host}", HANDSHAKE)[0] == 101
            assert server.ask("GET", "/", host, cookie="")[0] == 403
            assert server.ask("GET", "/_stcore/stream", host, f"http://{host}", HANDSHAKE, cookie="")[0] == 403
            assert server.ask("GET", "/_stcore/stream", host, "http://evil.example", HANDSHAKE)[0] == 403
            assert server.ask("GET", f"/?token={server.token}", host, cookie="")[0] == 200
    finally:
        server.stop()


def test_a_shared_page_says_that_it_is_not_encrypted_and_how_to_go_by_ssh(tmp_path):
    said = Access(share=True).said("acute.yaml", 8501)
    assert "NOT encrypted" in said
    assert f"ssh -N -L 8501:127.0.0.1:8501 USER@{socket.gethostname()}" in said


def test_a_shared_page_is_encrypted_with_a_certificate(tmp_path, certificate):
    cert, key = certificate
    server = started(tmp_path, "--share", "--tls-cert", str(cert), "--tls-key", str(key))
    try:
        assert f"Tuning acute.yaml at https://{socket.gethostname()}:{server.port}/?token=" in server.said
        assert "NOT encrypted" not in Access(True, cert, key).said("acute.yaml", 8501)
        host = f"localhost:{server.port}"
        head = server.ask("GET", f"/?token={server.token}", host, cookie="")[1]
        assert re.search(r"(?i)set-cookie: coursesim.*SameSite=Strict; Secure\r", head)
        assert server.ask("GET", "/_stcore/stream", host, f"https://{host}", HANDSHAKE)[0] == 101
        assert server.ask("GET", "/_stcore/stream", host, f"http://{host}", HANDSHAKE)[0] == 403
        assert server.ask("GET", "/", host, cookie="")[0] == 403
    finally:
        server.stop()


def test_the_file_that_opens_the_browser_is_its_owners_alone(tmp_path):
    file = opening_file(tmp_path, 'http://127.0.0.1:1/?token=a&b="')
    assert file.stat().st_mode & 0o077 == 0
    assert 'url=http://127.0.0.1:1/?token=a&amp;b=&quot;"' in file.read_text()
