"""axe-core finds faults of accessibility in a page; `python -m tests.browser.axe FILE...` has it look at files."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

GRAVE = ("serious", "critical")
RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
  one => ({id: one.id, impact: one.impact, help: one.help, nodes: one.nodes.map(node => node.html.slice(0, 200))})
))"""


def source() -> str:
    """Return axe-core: the `axe.min.js` that AXE names, or the one that comes with axe-playwright-python; else skip."""
    if named := os.environ.get("AXE"):
        return Path(named).read_text(encoding="utf-8")
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("no axe-core here: pip install axe-playwright-python, or set AXE to npm's axe-core/axe.min.js")
    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def faults(page: Any) -> list[str]:
    """Return the serious and critical faults of a page as it is shown, each with what it is about."""
    page.evaluate(source())
    return [
        f"{fault['impact']}: {fault['id']} ({fault['help']}): {node}"
        for fault in page.evaluate(RUN)
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


def main(files: list[str]) -> int:
    """Look at files and print their faults; return 1 if there are some."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as play:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for file in files:
            page = browser.new_page()
            page.goto(Path(file).resolve().as_uri())
            found += [f"{file}: {fault}" for fault in faults(page)]
            page.close()
        browser.close()
    print("\n".join(found) or f"No serious fault in {len(files)} pages.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
