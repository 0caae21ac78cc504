"""What Sphinx leaves out for those who use a keyboard: a block of code that scrolls can be reached."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _reach_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _reach_code(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if "body" in context:
        context["body"] = context["body"].replace("<pre>", '<pre tabindex="0">')
