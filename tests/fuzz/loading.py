"""What fuzzing asks of the loader: whatever stands in a file or an option, it is a scenario or a message, and soon."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sim.scenario.load as loader
from sim.errors import UsageError
from sim.quantities import OUTCOME_NAMES

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / "tests" / "property" / "found"
SEEDS = [ROOT / "configs" / name for name in ("acute.yaml", "policies.yaml", "clinic.yaml", "chronic.yaml")]
OPTION = b"--set "
"""An input that begins like this is not a file: each of its lines is such an option, laid over acute.yaml."""

LONGEST_SECONDS = 1.0
LONGEST_MESSAGE = 20_000


class Loading:
    """Loads inputs from a file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "input.yaml"

    def load(self, content: bytes) -> None:
        """Load one input; raises whatever the loader raises."""
        if content.startswith(OPTION):
            lines = content.decode("utf-8", "surrogateescape").split("\n")
            options = [line.removeprefix(OPTION.decode()) for line in lines]
            loader.load_scenario("acute.yaml", options, outcomes=OUTCOME_NAMES)
        else:
            self._file.write_bytes(content)
            loader.load_scenario(str(self._file), (), outcomes=OUTCOME_NAMES)

    def holds(self, content: bytes) -> None:
        """Fail unless the input is a scenario or a message that one can read, within a second of the processor."""
        start = time.process_time()
        try:
            self.load(content)
        except UsageError as error:
            message = str(error)
            assert message.strip()
            assert len(message) < LONGEST_MESSAGE, "a message nobody can read"
            assert all(line.isprintable() for line in message.split("\n")), f"cannot be shown: {message!r}"
        if time.process_time() - start > LONGEST_SECONDS:  # once more: something may have been loaded
            start = time.process_time()
            with suppress(UsageError):
                self.load(content)
            taken = time.process_time() - start
            assert taken < LONGEST_SECONDS, f"a hang: {taken:.1f} s"


@contextmanager
def shipped_files_read_once() -> Iterator[None]:
    """Within the block, the files that come along are parsed once: parsing them is not what is tested."""
    read = loader.read_tree
    shipped = functools.cache(lambda path: read(path, path.name))

    def read_once(path: Path, shown: str) -> loader.Document:
        if path.parent != ROOT / "configs":
            return read(path, shown)
        known = shipped(path)
        return loader.Document(_copied(known.tree), dict(known.places))

    loader.read_tree = read_once
    try:
        yield
    finally:
        loader.read_tree = read


def _copied(tree: object) -> object:
    if isinstance(tree, dict):
        return {key: _copied(value) for key, value in tree.items()}
    return [_copied(value) for value in tree] if isinstance(tree, list) else tree
