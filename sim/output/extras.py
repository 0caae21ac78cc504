"""Packages that not everybody has installed, and how to install them."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import sim

CHECKOUT = Path(sim.__file__).resolve().parents[1]
"""Where the program stands with its pyproject.toml, unless it was installed without them."""


def is_installed(module: str) -> bool:
    """Tell whether a module can be imported."""
    return find_spec(module) is not None


def installing(extra: str) -> str:
    """Return the command that installs an extra of this program: from where it stands, if that is a checkout."""
    if not (CHECKOUT / "pyproject.toml").is_file():
        return f"pip install 'coursesim[{extra}]'"
    return f"{sys.executable} -m pip install -e '{CHECKOUT}[{extra}]'"
