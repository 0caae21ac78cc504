"""Text for Streamlit, which reads nearly all text as Markdown."""

from __future__ import annotations

import re

# Only what would be read as more than text: labels are read out to some as they stand, escapes and all.
_MEANS_MORE = re.compile(r"[\\`*_\[\]<>$~|&]|:(?=\S)|^\s*(?:[#+=-]|\d+[.)])")


def as_text(words: str) -> str:
    """Return text in which nothing means more than it says."""
    return _MEANS_MORE.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", words)
