"""The report as PDF: its text can be searched, it can be heard as well as seen, and has the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader

from sim.report.document.document import (
    Bullets,
    Caution,
    Cell,
    Code,
    Columns,
    Document,
    Facts,
    Gallery,
    Meanings,
    Row,
    Section,
    Table,
    Text,
)
from sim.report.document.pdf import render_pdf
from sim.report.drawing.rendering import render
from sim.report.run.document import run_document
from sim.report.run.figures import build_figures
from sim.study.prepare import prepare
from sim.study.results import build_panel
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS, load

HOSTILE = ("#panic(1)", "= no heading", "*no bold* $1$ @x <y> `z`", "- no item", "control \x00\x07\u202e end", 'a\\b"c')


@pytest.fixture(scope="module")
def document() -> Document:
    scenario = load("reference.yaml", (*GIVEN_PARAMETERS, "cohort.size=300")).scenario
    panel = build_panel(run_study(prepare(scenario)))
    return run_document(panel, build_figures(panel), "a name", "simulate --config reference.yaml")


@pytest.fixture(scope="module")
def content(document: Document) -> bytes:
    return render_pdf(document, {name: svg for name, (svg, _) in render(document.figures).items()})


@pytest.fixture(scope="module")
def file(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def words(text: str) -> str:
    """Return text without spaces and the hyphens of lines: where they stand is the page's affair."""
    return "".join(text.split()).replace("-", "").replace("\u00ad", "")


def said(file: PdfReader) -> str:
    return words("".join(page.extract_text() for page in file.pages))


def elements(file: PdfReader) -> Iterator[Any]:
    """Yield every element of the tree that screen readers go by."""
    root: Any = file.trailer["/Root"]
    waiting = [root["/StructTreeRoot"]]
    while waiting:
        one = waiting.pop().get_object()
        yield one
        below = one.get("/K", [])
        below = below if isinstance(below, list) else [below]
        waiting += [each for each in below if hasattr(each.get_object(), "keys")]


def test_its_text_can_be_found(document: Document, file: PdfReader) -> None:
    text = said(file)
    for section in (*document.opening, *document.sections):
        assert words(section.title) in text
        for block in section.blocks:
            if isinstance(block, Text):
                assert words(block.text) in text
            elif isinstance(block, Table):
                assert words(block.caption) in text
                assert all(words(row.head) in text for row in block.rows)


def test_it_has_title_language_and_tags(document: Document, file: PdfReader) -> None:
    root: Any = file.trailer["/Root"]
    assert file.metadata is not None
    assert file.metadata.title == document.title
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    kinds = [one.get("/S") for one in elements(file)]
    assert kinds.count("/Table") == sum(isinstance(b, Table) for s in (*document.opening, *document.sections)
                                        for b in s.blocks)  # fmt: skip
    assert "/TH" in kinds
    assert kinds.count("/H1") + kinds.count("/H2") >= len(document.opening) + len(document.sections)
    assert [entry.title for entry in file.outline if not isinstance(entry, list)] == [
        section.title for section in (*document.opening, *document.sections)
    ]


def test_every_figure_has_its_text_alternative(document: Document, file: PdfReader) -> None:
    told = {words(str(one["/Alt"])) for one in elements(file) if "/Alt" in one}
    assert {words(figure.alt) for figure in document.figures} <= told


def test_a_wide_table_lies_on_its_side() -> None:
    table = Table("Wide", ("head",) * 9, (Row("r", (Cell("1"),) * 8),))
    sections = tuple(
        Section(f"s{k}", "Title", blocks) for k, blocks in enumerate([(Text("a"),), (table,), (Text("b"),)])
    )
    made = PdfReader(io.BytesIO(render_pdf(Document("A title", "A kind", "", Facts(()), (), sections), {})))
    assert [page.mediabox.width > page.mediabox.height for page in made.pages] == [False, True, False]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_never_markup(text: str) -> None:
    plain = "".join(" " if c in "\x00\x07\u202e" else c for c in text)
    table = Table(text, (text, text), (Row(text, (Cell(text, text),), text, text, text),), "words")
    blocks = (Text(text), Bullets((text,)), Caution(text, text), Code(text), Meanings(((text, text),)), table)
    facts = Facts(((text, Code(text)),))
    made = render_pdf(Document(text, text, text, facts, (), (Section("one", text, blocks),)), {})
    file = PdfReader(io.BytesIO(made))
    assert said(file).count(words(plain)) == 22, "every place of the text"
    assert [one.title.split() for one in file.outline] == [plain.split()]


def test_the_same_report_has_the_same_bytes(document: Document, content: bytes) -> None:
    assert render_pdf(document, {name: svg for name, (svg, _) in render(document.figures).items()}) == content
    assert b"CreationDate" not in content


def test_the_first_page_is_one_page_with_the_whole_answer(document: Document) -> None:
    drawn = {name: svg for name, (svg, _) in render(document.figures).items()}
    file = PdfReader(io.BytesIO(render_pdf(document, drawn, only_first_page=True)))
    (page,) = file.pages
    assert page.mediabox.width > page.mediabox.height
    (opening,) = document.opening
    text = said(file)
    for block in opening.plain:
        if isinstance(block, Text):
            assert words(block.text) in text
        elif isinstance(block, Bullets):
            assert all(words(item) in text for item in block.items)
        elif isinstance(block, Table):
            assert all(words(row.head) in text for row in block.rows)
    (figure,) = (one for block in opening.plain if isinstance(block, Gallery) for one in block.figures)
    assert words(figure.alt) in {words(str(one["/Alt"])) for one in elements(file) if "/Alt" in one}
    assert [entry.title for entry in file.outline] == [opening.title]


def test_a_long_answer_is_made_smaller_until_it_fits_one_page() -> None:
    long = tuple(f"Sentence {k}: {'and so on ' * 20}." for k in range(40))
    opening = Section("summary", "In short", (Columns((Text("First", "lead"), Bullets(long)), (Text("right"),)),))
    made = render_pdf(Document("A title", "A kind", "", Facts(()), (opening,), ()), {}, only_first_page=True)
    file = PdfReader(io.BytesIO(made))
    assert len(file.pages) == 1
    assert all(words(sentence) in said(file) for sentence in long)
