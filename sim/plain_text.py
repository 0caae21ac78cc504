"""Text as it may be shown anywhere: without characters that are not seen or that XML does not allow."""

from __future__ import annotations

import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain_text(text: str) -> str:
    """Return text on one line, without characters that cannot be shown or written to XML."""
    return " ".join((text if text.isascii() and text.isprintable() else printable(text)).split())


def plain_name(text: str) -> str:
    """Return plain text, or `unnamed` where nothing of it can be seen."""
    return plain_text(text) or "unnamed"


def printable(text: str) -> str:
    """Return text with its lines and spaces, a space in place of what cannot be shown or written to XML, or is not
    seen, as marks that would turn round the direction of whatever is written after them.
    """
    return "".join(" " if c != "\n" and unicodedata.category(c) in _HIDDEN else c for c in text)
