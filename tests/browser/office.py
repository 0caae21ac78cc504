"""LibreOffice, which opens what we write for Word and Excel."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest


def office_or_skip(package: str) -> str:
    """Return the program; skips, or fails if CI is set, where there is none."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip(f"no LibreOffice here: install it (apt-get install {package})")
    return found


def converted(office: str, place: Path, form: str, files: Sequence[str]) -> str:
    """Have LibreOffice write files in another format, and return what it says."""
    profile = f"-env:UserInstallation={(place / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", form, *files]
    done = subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=500, text=True)
    return done.stdout + done.stderr
