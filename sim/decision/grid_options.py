"""Options of a search that stand for an entry of its grid."""

from __future__ import annotations

import re

from sim.errors import UsageError

_ENTRY = {
    "--visits": ("search.visits", r"\d+", "whole numbers or a range, as 2,4,6 or 2:12 or 2:12:2"),
    "--every-days": (
        "search.every_days",
        r"\d+(\.\d+)?(\+\d+(\.\d+)?)*",
        "days, as 3.5,7, or 3+4 for two taken in turn",
    ),
    "--sequences": ("search.use", r"[A-Za-z_]\w*", "names of sequences, as dry_needling,both"),
    "--stop": ("search.stop_after_relief", r"never|\d+", "visits or never, as never,2"),
    "--discharge": ("search.discharge_without_relief_by", r"never|\d+", "visits or never, as never,3"),
}
_RANGE = re.compile(r"(\d{1,4}):(\d{1,4})(?::(\d{1,4}))?")


def grid_overrides(given: dict[str, str | None]) -> list[str]:
    """Return the options given, by name, as `path=value`; raises UsageError for one that cannot be read."""
    return [_override(option, text) for option, text in given.items() if text is not None]


def _override(option: str, text: str) -> str:
    path, pattern, allowed = _ENTRY[option]
    entries = [entry.strip() for entry in text.split(",")]
    if option == "--visits":
        entries = [number for entry in entries for number in _spread(entry)]
    if not entries or not all(re.fullmatch(pattern, entry) for entry in entries):
        raise UsageError(f"{option}: given {text[:60]!r}; allowed: {allowed}")
    listed = [f"[{entry.replace('+', ', ')}]" if "+" in entry else entry for entry in entries]
    return f"{path}=[{', '.join(listed)}]"


def _spread(entry: str) -> list[str]:
    """Return a range `first:last` or `first:last:step` as its numbers, anything else as it is; empty ones stay text."""
    found = _RANGE.fullmatch(entry)
    if found is None:
        return [entry]
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    return [str(number) for number in range(first, last + 1, step)] or [entry] if step else [entry]
