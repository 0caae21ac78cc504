"""Text for Streamlit, which reads nearly all text as Markdown."""

from __future__ import annotations

_MEANS_MORE = frozenset(r"\`*_{}[]()#+-.!|<>$~:")


def as_text(words: str) -> str:
    """Return text in which nothing means more than it says."""
    return "".join(f"\\{c}" if c in _MEANS_MORE else c for c in words)
