"""What Sphinx leaves out for those who use a keyboard or a screen reader."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_PARAMETERS = re.compile(r'<dl>\n((?:<dd><em class="sig-param">.*</dd>\n)+)</dl>')
"""The parameters of a signature on several lines: a list of definitions without anything that is defined."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _mend(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Let a block of code that scrolls be reached, and make the lines of a signature plain lines."""
    if "body" in context:
        body = context["body"].replace("<pre>", '<pre tabindex="0">')
        context["body"] = _PARAMETERS.sub(_lines, body)


def _lines(found: re.Match[str]) -> str:
    return found[1].replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
