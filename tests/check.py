"""What to run before a commit: `python -m tests.check` runs ruff, mypy and the quick tests, and says what failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "-q", "-m", "quick"),
)
"""Each a module of Python, with its arguments."""


def main() -> int:
    """Run them all, also after one that fails; return 1 if any does."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    failed = []
    for words in CHECKS:
        start = time.monotonic()
        code = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=False).returncode
        print(f"== {' '.join(words)}: {'failed' if code else 'passed'} in {time.monotonic() - start:.0f} s", flush=True)
        failed += [words[0]] if code else []
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
