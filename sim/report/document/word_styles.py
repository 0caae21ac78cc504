"""How a Word report looks: page, fonts, and one style for each kind of text, so that it can be changed as a whole."""

from __future__ import annotations

from typing import Any

from docx.document import Document as File
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

FONT, CODE_FONT = "Calibri", "Courier New"
INK, SOFT, LINE, SHADE = "1A1A1A", "4D4D4D", "BFBFBF", "F1F1F1"
ALERT, ALERT_SHADE = "B34700", "FDF3EA"
LANGUAGE = "en-GB"
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = Cm(21.0), Cm(29.7), Cm(2.0)
TERM_WIDTH = Cm(4.4)
TABLE_STYLE = "Report Table"

# Name: built upon, points, colour, bold, points before, points after.
_STYLES: dict[str, tuple[str, float, str, bool, float, float]] = {
    "Lead": ("Normal", 13, INK, False, 0, 6),
    "Note": ("Normal", 9, SOFT, False, 0, 6),
    "Description": ("Normal", 10.5, INK, False, 0, 6),
    "Caution": ("Normal", 10.5, INK, False, 6, 6),
    "Code": ("Normal", 9, INK, False, 4, 8),
    "Fact": ("Normal", 10, INK, False, 0, 3),
    "Figure": ("Normal", 10.5, INK, False, 4, 2),
    "Table Text": ("Normal", 8.5, INK, False, 1, 1),
    "Table Heading": ("Table Text", 8.5, INK, True, 1, 1),
    "Table Detail": ("Table Text", 7.5, SOFT, False, 0, 1),
    "Table Path": ("Table Detail", 6.5, SOFT, False, 0, 1),
    "Table End": ("Normal", 4, INK, False, 0, 4),
}
_BUILT_IN: dict[str, tuple[float, str, bool, float, float]] = {
    "Normal": (10.5, INK, False, 0, 5),
    "Title": (24, INK, True, 0, 4),
    "Subtitle": (11, SOFT, False, 0, 8),
    "Heading 1": (16, INK, True, 20, 5),
    "List Bullet": (10.5, INK, False, 0, 3),
    "Caption": (9, SOFT, False, 2, 4),
}


def element(tag: str, **attributes: object) -> Any:
    """Return an element of the document's XML; tag and attributes belong to Word's main namespace."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def set_up(file: File) -> None:
    """Give a new file its page, language, styles and page numbers."""
    page = file.sections[0]
    page.page_width, page.page_height = PAGE_WIDTH, PAGE_HEIGHT
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    for language in file.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
    for name, (size, colour, bold, before, after) in _BUILT_IN.items():
        _set(file.styles[name], size, colour, bold, before, after)
    for name, (base, size, colour, bold, before, after) in _STYLES.items():
        style: Any = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = file.styles[base]
        _set(style, size, colour, bold, before, after)
    _finish(file)
    _table_style(file)
    _number_pages(file)


def _set(style: Any, size: float, colour: str, bold: bool, before: float, after: float) -> None:
    """Set a paragraph style; the template's own fonts, borders and capitals give way."""
    style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
    style.font.color.rgb = RGBColor.from_string(colour)
    style.font.italic, style.font.all_caps = False, False
    fonts = style.element.rPr.rFonts
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), FONT)
    for spacing in style.element.rPr.findall(qn("w:spacing")):
        style.element.rPr.remove(spacing)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    for border in style.element.pPr.findall(qn("w:pBdr")):
        style.element.pPr.remove(border)


def _finish(file: File) -> None:
    """Set what only some styles have: indents, frames, a font for code, and what may not be parted."""
    styles: Any = file.styles
    styles["Normal"].paragraph_format.line_spacing = 1.1
    styles["Table Text"].paragraph_format.line_spacing = 1.0
    styles["Fact"].paragraph_format.left_indent = TERM_WIDTH
    styles["Fact"].paragraph_format.first_line_indent = -TERM_WIDTH
    styles["Fact"].paragraph_format.tab_stops.add_tab_stop(TERM_WIDTH)
    styles["Caution"].paragraph_format.keep_together = True
    styles["Caption"].paragraph_format.keep_together = True
    _frame(styles["Caution"], ALERT, ALERT_SHADE)
    _frame(styles["Code"], LINE, SHADE)
    command = styles.add_style("Command", WD_STYLE_TYPE.CHARACTER)
    for style in (styles["Code"], styles["Table Path"], command):
        style.font.name = CODE_FONT
        style.element.rPr.rFonts.set(qn("w:cs"), CODE_FONT)
    command.font.size = Pt(9)


def _frame(style: Any, line: str, shade: str) -> None:
    """Put a bar at the left of a paragraph and a shade behind it."""
    borders = element("pBdr")
    borders.append(element("left", val="single", sz=24, space=6, color=line))
    properties = style.element.pPr
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    properties.insert_element_before(
        element("shd", val="clear", color="auto", fill=shade), "w:tabs", "w:spacing", "w:ind", "w:jc"
    )


def _table_style(file: File) -> None:
    style: Any = file.styles.add_style(TABLE_STYLE, WD_STYLE_TYPE.TABLE)
    properties, borders, margins = element("tblPr"), element("tblBorders"), element("tblCellMar")
    for edge in ("top", "bottom", "insideH"):
        borders.append(element(edge, val="single", sz=4, space=0, color=LINE))
    for edge in ("left", "right"):
        margins.append(element(edge, w=57, type="dxa"))
    properties.append(borders)
    properties.append(margins)
    style.element.append(properties)


def _number_pages(file: File) -> None:
    paragraph = file.sections[0].footer.paragraphs[0]
    paragraph.style, paragraph.alignment = "Note", WD_ALIGN_PARAGRAPH.CENTER
    for words, field in (("Page ", "PAGE"), (" of ", "NUMPAGES")):
        paragraph.add_run(words)
        counted = element("fldSimple", instr=field)
        run, text = element("r"), element("t")
        text.text = "1"
        run.append(text)
        counted.append(run)
        paragraph._p.append(counted)
