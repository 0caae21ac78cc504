"""The page of `simulate tune` for the tests in a browser: serving it, visiting it, and working its controls."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NEEDLING = "Dry needling: fall in pain by the end of the course"
START = [sys.executable, "-c", "from sim.cli.start import program; program()", "tune"]


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


@contextmanager
def serving(where: Path, *words: str, patients: int = 1000) -> Iterator[str]:
    """Serve the page as a user does, and give its address as it is printed."""
    port = free_port()
    options = ["--no-browser", "--port", str(port), "--patients", str(patients)]
    server = subprocess.Popen(
        [*START, *words, *options], cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert server.stdout is not None
    try:
        said = server.stdout.readline()
        found = re.match(rf"Tuning {words[0]} at (http://\S+:{port}/\?token=\S+) \(Ctrl-C stops it\)\n", said)
        assert found, said
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
            except urllib.error.HTTPError as refused:  # it answers, though not without its token
                refused.close()
                break
            except OSError:
                assert server.poll() is None, server.stdout.read()
                time.sleep(0.25)
        yield found[1]
    finally:
        server.send_signal(signal.SIGINT)
        more, _ = server.communicate(timeout=20)
    assert "Traceback" not in more, more
    assert server.returncode in (0, 130)


@contextmanager
def visitors(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Give a way to open the page as another visitor, with more in the address."""
    contexts = []

    def open_page(width: int = 1280, more: str = "") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address + more)
        settled(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


LOOK = "() => document.body.innerText + [...document.querySelectorAll('img.figure')].map(one => one.alt)"


def settled(page: Any) -> None:
    """Wait until the figure stands, the page is not at work, and nothing has moved for a while."""
    page.wait_for_selector("img.figure", timeout=60_000)
    seen = ""
    while (look := page.evaluate(LOOK)) != seen:
        seen = look
        page.wait_for_timeout(400)
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


@contextmanager
def answered(page: Any) -> Iterator[None]:
    """Do something to the page that it answers, and wait until it has."""
    before = page.evaluate(LOOK)
    yield
    page.wait_for_function(f"was => ({LOOK})() !== was", arg=before, timeout=60_000)
    settled(page)


def figure(page: Any) -> str:
    return str(page.locator("img.figure").first.get_attribute("alt"))


def set_field(page: Any, label: str, text: str) -> None:
    field = page.get_by_label(f"{label}, as a number")
    with answered(page):
        field.fill(text)
        field.press("Enter")


def says(page: Any, words: str) -> None:
    """Assert that the page comes to say so."""
    page.wait_for_function(
        "words => document.body.innerText.replaceAll('\u00a0', ' ').includes(words)", arg=words, timeout=60_000
    )
    settled(page)


def search(page: Any, words: str) -> None:
    with answered(page):
        page.get_by_role("textbox", name="Search all inputs").fill(words)
        page.keyboard.press("Enter")


def shown(page: Any) -> str:
    return str(page.locator("body").inner_text()).replace("\N{NO-BREAK SPACE}", " ")


def slider_of(page: Any, label: str) -> Any:
    return page.get_by_role("slider", name=re.compile(re.escape(label))).first


def download(page: Any, name: str) -> bytes:
    with page.expect_download(timeout=90_000) as found:
        page.get_by_role("button", name=name).click()
    return Path(found.value.path()).read_bytes()


def choose(page: Any, group: str) -> None:
    pick(page, "What would you like to change?", group)
    settled(page)


def check(page: Any, label: str, option: str) -> None:
    """Choose one of several by its radio button."""
    page.get_by_role("radiogroup", name=label).get_by_text(option, exact=True).click()
    settled(page)


def explain(page: Any, what: str) -> None:
    """Choose which arms are looked at."""
    page.get_by_role("button", name="Explain").click()
    check(page, "Explain", what)
    page.keyboard.press("Escape")
    settled(page)


def pick(page: Any, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # scrolling closes a list
    box.click()
    page.get_by_role("option", name=option).click()
    page.get_by_role("option").first.wait_for(state="detached")
