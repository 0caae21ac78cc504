"""A document as a PDF file, tagged with title, headings and text alternatives: it can be heard and searched."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, assert_never

import matplotlib
import typst

import sim
from sim.report.document.document import (
    Bullets,
    Caution,
    Code,
    Columns,
    Document,
    Facts,
    Gallery,
    Meanings,
    Plain,
    Section,
    Table,
    Text,
)
from sim.report.document.printable import printable_parts


def render_pdf(document: Document, drawn: Mapping[str, bytes], *, only_first_page: bool = False) -> bytes:
    """Return a document as PDF; `drawn` holds the SVG of each of its figures by name.

    It is a PDF/UA-1, for people who cannot see it. Its bytes depend on the document only, not on time or machine.
    `only_first_page`: its opening alone, on one page on its side, however small that makes it.
    """
    document = printable_parts(document)
    if only_first_page:
        document = replace(document, sections=(), facts=Facts(()), description="")
    content = {
        "one_page": only_first_page,
        "title": document.title,
        "program": f"coursesim {sim.__version__}",
        "kind_line": document.kind_line,
        "description": document.description,
        "facts": _terms(document.facts.items),
        "sections": [_section(section, only_first_page) for section in (*document.opening, *document.sections)],
    }
    source = {
        "report.typ": (files("sim.report") / "templates" / "report.typ").read_bytes(),
        "document.json": json.dumps(content, ensure_ascii=False).encode(),
        **{_file(figure.name): drawn[figure.name] for figure in document.figures},
    }
    fonts = [f"{matplotlib.get_data_path()}/fonts/ttf"]  # those of the figures, and the same everywhere
    with tempfile.TemporaryDirectory(prefix="coursesim-") as place:
        for name, part in source.items():
            (Path(place) / name).write_bytes(part)
        made: bytes = typst.compile(
            str(Path(place) / "report.typ"), root=place, font_paths=fonts, ignore_system_fonts=True, format="pdf",
            pdf_standards="ua-1",
        )  # fmt: skip
    return made


def _file(figure: str) -> str:
    return f"{figure}.svg"


def _section(section: Section, with_columns: bool) -> dict[str, Any]:
    return {
        "title": section.title,
        "wide": any(isinstance(block, Table) and block.is_wide for block in section.plain),
        "blocks": [_columns(block) if isinstance(block, Columns) else _block(block) for block in section.blocks]
        if with_columns
        else [_block(block) for block in section.plain],
    }


def _columns(block: Columns) -> dict[str, Any]:
    left, right = ([_block(one) for one in part] for part in (block.left, block.right))
    for one in (*left, *right):
        for figure in one.get("figures", ()):
            figure["alone"] = False  # as wide as the column
    return {"kind": "columns", "left": left, "right": right}


def _block(block: Plain) -> dict[str, Any]:
    match block:
        case Text():
            return {"kind": "text", "style": block.style, "text": block.text}
        case Bullets():
            return {"kind": "bullets", "items": list(block.items)}
        case Caution():
            return {"kind": "caution", "strong": block.strong, "text": block.text}
        case Code():
            return {"kind": "code", "text": block.text}
        case Facts() | Meanings():
            return {"kind": "terms", "items": _terms(block.items)}
        case Gallery():
            shown = [
                {"file": _file(one.name), "alt": one.alt, "caption": one.caption,
                 "alone": len(block.figures) == 1}
                for one in block.figures
            ]  # fmt: skip
            return {"kind": "gallery", "figures": shown}
        case Table():
            return _table(block)
        case _:
            assert_never(block)


def _terms(items: Sequence[tuple[str, str | Code]]) -> list[tuple[str, str, bool]]:
    return [(term, value.text if isinstance(value, Code) else value, isinstance(value, Code)) for term, value in items]


def _table(table: Table) -> dict[str, Any]:
    """Return a table with its rows; a row begins with the heading of its group where a group begins."""
    rows = [
        {
            "group": heading if place == 0 else "",
            "head": row.head,
            "detail": row.detail,
            "path": row.path,
            "cells": [{"text": cell.text, "detail": cell.detail} for cell in row.cells],
        }
        for heading, group in table.groups
        for place, row in enumerate(group)
    ]
    return {
        "kind": "table",
        "caption": table.caption,
        "columns": list(table.columns),
        "numbers": table.kind == "numbers",
        "rows": rows,
    }
