"""Every command in the documentation that is shown with its output gives that output."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.known import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
CONSOLE = re.compile(r"^```console\n\$ (simulate [^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED_FILE = re.compile(r"^```yaml\n# (\w+\.yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SCRIPT = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [(page.name, *found) for page in PAGES for found in CONSOLE.findall(page.read_text(encoding="utf-8"))]


def test_there_are_examples() -> None:
    assert len([page for page, _, _ in EXAMPLES if page == "comparing.md"]) >= 4


@pytest.mark.parametrize(("page", "command", "shown"), EXAMPLES, ids=[f"{p}: {c}" for p, c, _ in EXAMPLES])
def test_a_command_prints_what_the_page_shows(page: str, command: str, shown: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for name, content in (*NAMED_FILE.findall(text), *SCRIPT.findall(text)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    for name, _ in SCRIPT.findall(text):
        subprocess.run([sys.executable, name], cwd=tmp_path, check=True)
    words = [*PROGRAM, *shlex.split(command)[1:]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert _lines(done.stdout) == _lines(shown)


def _lines(text: str) -> list[str]:
    """Return the lines without the spaces at their ends, which nobody sees."""
    return [line.rstrip() for line in text.rstrip().splitlines()]
