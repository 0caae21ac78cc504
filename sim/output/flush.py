"""Forcing files to the disk, so that a loss of power leaves what was there before or what is there now, whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def force(file: Path) -> None:
    """Wait until a file's content is on the disk; OSError if it cannot get there."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def force_names(directory: Path) -> None:
    """Wait until the disk knows what is in a directory, on file systems that can be asked for it."""
    with suppress(OSError):
        force(directory)


def force_tree(directory: Path) -> None:
    """Wait until a directory is on the disk with everything in it; OSError if a file cannot get there."""
    for folder, _, files in os.walk(directory):
        for name in files:
            force(Path(folder) / name)
        force_names(Path(folder))
