"""What the page was started with, as the program hands it to the page."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Started:
    """A scenario file, `path=value` changes to it, patients, and what visitors may do.

    `link` is the address to hand on, with `*` for the computer's name; it is empty where there is nobody to hand it to.
    """

    config: str
    options: tuple[str, ...]
    patients: int
    read_only: bool = False
    link: str = ""

    def as_text(self) -> str:
        """Return all of it as one word."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Started:
        """Return what `as_text` has told."""
        given = json.loads(text)
        return cls(**{**given, "options": tuple(given["options"])})
