"""The report in Word: says what the HTML says, can be heard as well as seen, and has the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

import docx
import pytest
from docx.document import Document as File
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from sim.report.document.document import (
    Bullets,
    Caution,
    Cell,
    Code,
    Document,
    Facts,
    Meanings,
    Row,
    Section,
    Table,
    Text,
)
from sim.report.document.html import render_html
from sim.report.document.word import render_docx
from sim.report.document.word_tables import column_widths
from sim.report.drawing.rendering import render
from sim.report.run.document import run_document
from sim.report.run.figures import build_figures
from sim.study.prepare import prepare
from sim.study.results import build_panel
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS, load

HOSTILE = "control \x00\x07\ud800\ufffe <b>&\"' ]]> {{ 7 }} " + "x" * 400 + " \u202e\u0645\u0631\u062d\u0628\u0627"
WIDTH = 9638


@pytest.fixture(scope="module")
def document() -> Document:
    scenario = load("reference.yaml", (*GIVEN_PARAMETERS, "cohort.size=300")).scenario
    panel = build_panel(run_study(prepare(scenario)))
    return run_document(panel, build_figures(panel), "a name", "simulate --config reference.yaml")


@pytest.fixture(scope="module")
def drawn(document: Document) -> dict[str, tuple[bytes, bytes]]:
    return render(document.figures)


@pytest.fixture(scope="module")
def content(document: Document, drawn: dict[str, tuple[bytes, bytes]]) -> bytes:
    return render_docx(document, {name: png for name, (_, png) in drawn.items()})


@pytest.fixture(scope="module")
def file(content: bytes) -> File:
    return opened(content)


def opened(content: bytes) -> File:
    return docx.Document(io.BytesIO(content))


def written(*blocks: object, title: str = "A title") -> File:
    section = Section("part", "A part", blocks)  # type: ignore[arg-type]
    return opened(render_docx(Document(title, "A kind", "", Facts(()), (), (section,)), {}))


def styled(file: File, style: str) -> list[str]:
    return [p.text for p in file.paragraphs if p.style is not None and p.style.name == style]


def captioned(file: File) -> Iterator[tuple[str, WordTable]]:
    """Yield the tables that hold something to read, with their captions; galleries have none."""
    before = None
    for part in file.iter_inner_content():
        if isinstance(part, WordTable) and isinstance(before, Paragraph) and before.style.name == "Caption":  # type: ignore[union-attr]
            yield before.text, part
        before = part


def marked(table: WordTable) -> list[bool]:
    return [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in table.rows]


def test_headings_and_captions_are_those_of_the_html(
    document: Document, drawn: dict[str, tuple[bytes, bytes]], file: File
) -> None:
    html = render_html(document, {name: svg for name, (svg, _) in drawn.items()})
    headings = [unescape(found) for found in re.findall(r"<h2[^>]*>(.*?)</h2>", html)]
    headings.remove("What was asked")
    assert styled(file, "Heading 1") == headings
    assert styled(file, "Title") == [unescape(re.findall(r"<h1>(.*?)</h1>", html)[0])]
    captions = [unescape(found) for found in re.findall(r"<caption>(.*?)</caption>", html)]
    assert [caption for caption, _ in captioned(file)] == captions
    assert len(captions) >= 6


def test_every_cell_is_there(document: Document, file: File) -> None:
    tables = [block for s in (*document.opening, *document.sections) for block in s.plain if isinstance(block, Table)]
    for table, (_, found) in zip(tables, captioned(file), strict=True):
        rows = [[re.sub(r"\s+", " ", cell.text) for cell in row.cells] for row in found.rows]
        assert rows.pop(0) == list(table.columns)
        for heading, group in table.groups:
            if heading:
                assert set(rows.pop(0)) == {heading}
            for row in group:
                expected = [(row.head, row.detail, row.path), *((cell.text, cell.detail) for cell in row.cells)]
                assert rows.pop(0) == [" ".join(" ".join(filter(None, parts)).split()) for parts in expected]
        assert not rows


def test_the_first_row_of_every_table_and_no_other_is_marked_as_heading(file: File) -> None:
    for _, table in captioned(file):
        first, *rest = marked(table)
        assert first
        assert not any(rest)


def test_every_picture_has_a_title_and_a_text_alternative(document: Document, file: File) -> None:
    found = list(file.element.iter(qn("wp:docPr")))
    assert [(p.get("title"), p.get("descr")) for p in found] == [(f.title, f.alt) for f in document.figures]
    assert all(figure.alt for figure in document.figures)
    shown = {paragraph.text for paragraph in file.element.iter(qn("w:p"))}
    assert {figure.caption for figure in document.figures} <= shown


def test_no_figure_and_no_table_reaches_beyond_the_margins(file: File) -> None:
    page = file.sections[0]
    room = page.page_width - page.left_margin - page.right_margin  # type: ignore[operator]
    assert all(int(extent.get("cx")) <= room for extent in file.element.iter(qn("wp:extent")))
    for table in file.element.iter(qn("w:tbl")):
        assert sum(int(column.get(qn("w:w"))) for column in table.iter(qn("w:gridCol"))) * 635 <= room


def test_the_file_says_its_title_author_and_language(document: Document, file: File) -> None:
    properties = file.core_properties
    assert (properties.title, properties.language) == (document.title, "en")
    assert properties.author.startswith("coursesim ")
    languages = {language.get(qn("w:val")) for language in file.styles.element.iter(qn("w:lang"))}
    assert languages == {"en-GB"}


def test_pages_are_numbered(file: File) -> None:
    fields = [field.get(qn("w:instr")) for field in file.sections[-1].footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_the_same_report_gives_the_same_bytes_at_any_time(
    document: Document, drawn: dict[str, tuple[bytes, bytes]], content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert render_docx(document, {name: png for name, (_, png) in drawn.items()}) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in archive.infolist()} == {0}
        assert b"dcterms:" not in archive.read("docProps/core.xml").split(b">", 2)[2]


@pytest.mark.parametrize(
    "text", [HOSTILE, "", " ", "a\nb", "x" * 3000], ids=["hostile", "empty", "blank", "lines", "long"]
)
def test_odd_text_is_written_as_text(text: str) -> None:
    row = Row(text, (Cell(text, text), Cell(text, text, badge=True)), text, text, text)
    tables = [Table(text, (text, text, text), (row, row), kind) for kind in ("numbers", "words", "inputs")]  # type: ignore[arg-type]
    blocks = (
        Text(text, "lead"), Bullets((text,)), Caution(text, text), Code(text),
        Facts(((text, text), (text, Code(text)))), Meanings(((text, text),)), *tables,
    )  # fmt: skip
    file = written(*blocks, title=text)
    assert len(list(captioned(file))) == 3
    readable = "".join(" " if c in "\x00\x07\ud800\ufffe\u202e" else c for c in text)
    assert styled(file, "Title") == [readable]
    assert styled(file, "Lead") == [readable]
    if text == HOSTILE:
        cell = next(captioned(file))[1].rows[2].cells[1]
        assert cell.paragraphs[0].text == readable


def test_code_keeps_its_lines_and_spaces() -> None:
    yaml = "arms:\n  long:  {visits: 6}   # as is\n"
    assert styled(written(Code(yaml)), "Code") == [yaml]


def test_a_wide_table_lies_on_its_side_with_its_heading_and_the_rest_stands() -> None:
    def table(columns: int) -> Table:
        return Table("A table", tuple("abcdefghijklmnop"[:columns]), (Row("r", (Cell("1"),) * (columns - 1)),))

    sections = (
        Section("one", "One", (table(6),)),
        Section("two", "Two", (Text("Words."), table(12))),
        Section("three", "Three", (Text("Words."),)),
    )
    file = opened(render_docx(Document("A title", "A kind", "", Facts(()), (), sections), {}))
    portrait, landscape = WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE
    assert [page.orientation for page in file.sections] == [portrait, landscape, portrait]
    headings = [[p.text for p in s.iter_inner_content() if isinstance(p, Paragraph) and p.text] for s in file.sections]
    assert "Two" in headings[1]
    assert "Three" in headings[2]
    assert file.sections[1].page_width > file.sections[1].page_height  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["numbers", "words", "inputs"])
@pytest.mark.parametrize("columns", [1, 2, 5, 12])
def test_columns_fill_the_width_and_none_is_squeezed(kind: str, columns: int) -> None:
    cells = (Cell("12.3 ± 0.4 %", "11.9 to 12.7 %"), *(Cell("word " * 40) for _ in range(columns)))[: columns - 1]
    table = Table("A table", ("heading",) * columns, (Row("r", cells, path="a.long.path" * 9),), kind)  # type: ignore[arg-type]
    widths = column_widths(table, WIDTH)
    assert sum(widths) == WIDTH
    assert min(widths) > 0.5 * WIDTH / columns / (2 if columns > 2 else 1)


def test_numbers_stand_at_the_right_and_words_at_the_left() -> None:
    for kind, side in (("numbers", "right"), ("words", None)):
        table = Table("A table", ("a", "b"), (Row("r", (Cell("1"),)),), kind)  # type: ignore[arg-type]
        found = next(captioned(written(table)))[1]
        alignment = found.rows[1].cells[1]._tc.find(f".//{qn('w:jc')}")
        assert (alignment.get(qn("w:val")) if alignment is not None else None) == side
