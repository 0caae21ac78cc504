"""Titles, labels, sources and units that try to be something else: in every file of every command they are text."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import shutil
import unicodedata
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest

import sim
from sim.cli.main import main
from sim.scenario.load import read_scenario
from tests.conftest import GIVEN_PARAMETERS

TITLE = "<script>alert(1)</script> {{7*7}} ${7*7} $x^2$ ]]> \"quoted\" & 'single' </title></style><b>"
MARKUP = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', '" onload="alert(1)',
    "<a href='javascript:alert(1)'>", "]]><b>", "</title></style></svg><b>", "--><b>", "<!--", "<?xml version='1.0'?>",
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "&b; &lt;i&gt; &#60;b&#62; &amp;", "</w:t><w:br/>",
]  # fmt: skip
TEMPLATES = [
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7} #{7*7}",
    "%s %(x)s %d {0} {x}",
    "$x^2$",
    "$\\frac{1}{2",
    "[red]x[/]",
]
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "  =cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", "a\r=1+1", "\u00a0=1", "'=1",
    '"=1', ";=1", ",=1", "\u2028=1", "=1\x85+1", "\uff1d1",
]  # fmt: skip
ODD = [
    "\u202eturned", "\u2066isolated", "\u0301\u0301\u0301", "\ufeffmark", "\u200bnothing", "\ue000private",
    "\U0001f469\u200d\u2695\ufe0f", "\U0001fffe", "مرحبا", "针灸", "x\n\ny", "_x000D_", "\\u0000 \\x00", "C:\\x",
    "'; DROP TABLE x; --", "../../etc/passwd", "-" * 60, "W" * 60,
]  # fmt: skip
PAYLOADS = [*MARKUP, *TEMPLATES, *FORMULAS, *ODD]
FREE = {
    "title", "description", "label", "source", "note", "quote", "unit", "reference", "seen_at", "trust", "about",
    "article", "literature", "evidence", "currency",
}  # fmt: skip
"""Entries of a scenario that may hold any text."""
LONGEST = {"label": 60, "evidence": 60, "currency": 8}

FORMULA = re.compile(r"^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
ELEMENTS = {
    "a", "body", "caption", "code", "dd", "defs", "desc", "details", "div", "dl", "dt", "figcaption", "figure", "g",
    "h1", "h2", "head", "header", "html", "input", "label", "li", "link", "main", "meta", "p", "path", "pre", "section",
    "small", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr",
    "ul", "use",
}  # fmt: skip
ATTRIBUTES = {
    "aria-label", "aria-labelledby", "charset", "checked", "class", "colspan", "content", "d", "data-label", "height",
    "href", "http-equiv", "id", "lang", "name", "rel", "role", "scope", "stroke-linecap", "stroke-linejoin", "style",
    "tabindex", "transform", "type", "viewbox", "width", "x", "xlink:href", "xmlns", "xmlns:xlink", "y",
}  # fmt: skip

REPLAY = (Path(sim.__file__).parent / "report" / "templates" / "replay.js").read_text(encoding="utf-8")


def hostile(tree, payloads):
    """Return a tree with a payload for every text that may be any text, and for every name of a source."""
    if isinstance(tree, list):
        return [hostile(part, payloads) for part in tree]
    if not isinstance(tree, dict):
        return tree
    made = {}
    for key, part in tree.items():
        if key == "sources":
            made[key] = {f"{next(payloads)} {name}": hostile(source, payloads) for name, source in part.items()}
        elif key in FREE and isinstance(part, str):
            text = next(payloads)[: LONGEST.get(key, 400)]
            made[key] = text if text.strip() else "x"
            if key == "source" and "status" not in tree and "value" in tree:
                made["status"] = "unverified"
        else:
            made[key] = hostile(part, payloads)
    return made


def written(tree):
    """Return a tree as YAML: JSON, with what YAML would take for the end of a line spelled out."""
    text = json.dumps(tree, indent=1, ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if c in "\x85\u2028\u2029\ufeff" else c for c in text)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    # In another order each time, so that each payload comes to stand in different places.
    for number, name in enumerate(("clinic.yaml", "policies.yaml")):
        payloads = itertools.cycle(PAYLOADS[number * 17 :] + PAYLOADS[: number * 17])
        tree = hostile(read_scenario(name).document.tree, payloads)
        tree["title"], tree["description"] = TITLE, " ".join(PAYLOADS) + "x" * 10_000
        tree["costs"]["currency"] = "=1+<b>&"
        tree["arms"] = ["usual_care", "combined", "guided_choice"]
        (folder / ["mine.yaml", "other.yaml"][number]).write_text(written(tree), encoding="utf-8")
    rows = [
        [draw, name, 100 + draw * scale, 1 + draw % 7 * scale / 9]
        for draw in range(40)
        for scale, name in enumerate(('=1+1 <b>&"', " -1", "<script>alert(1)</script>"))
    ]
    for file, head, body in (
        ("table.csv", ["draw", "strategy", "cost", "effect"], rows),
        ("inputs.csv", ["draw", "<b>=x", "+y"], [[draw, draw % 5, draw % 3] for draw in range(40)]),
    ):
        with (folder / file).open("w", newline="") as stream:
            csv.writer(stream).writerows([head, *body])
    return folder


GIVEN = tuple(word for one in GIVEN_PARAMETERS for word in ("--set", one))
DRAWS = ("--draws", "20", "--patients-per-draw", "10")
COMMANDS = {
    "run": ("--config", "mine.yaml", "--patients", "40", *DRAWS, *GIVEN),
    "compare": ("compare", "mine.yaml", "other.yaml", "--patients", "40"),
    "optimise": ("optimise", "other.yaml", "--visits", "2,4", "--every-days", "7", "--max-patients", "4096"),
    "value": ("value", "mine.yaml", *DRAWS, *GIVEN),
    "table": (
        "value", "--table", "table.csv", "--parameters", "inputs.csv", "--effect", "<b>=1", "--currency", "=1+<b>",
    ),
    "sensitivity": ("sensitivity", "mine.yaml", *DRAWS, *GIVEN, "--patients", "40", "--threshold"),
    "budget": (
        "budget", "mine.yaml", *DRAWS, *GIVEN, "--patients", "40", "--set",
        "budget={population: 50, prevalence: 1, now: {}, after: {combined: 0.5}, cases: {dear: costs.visit=60}}",
        "--set", "reporting={funding: '=1+<b>', setting: '<script>alert(1)</script>'}",
    ),
    "checklist": ("checklist", "mine.yaml", "--set", "reporting={funding: '=1+<b>', setting: '<img src=x>'}"),
    "clinic": ("clinic", "mine.yaml", "--replications", "2", "--set", "clinic.weeks=6", "--set", "clinic.warm_up=2"),
}  # fmt: skip


def simulate(*words):
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code


@pytest.fixture(scope="module", params=COMMANDS)
def made(request, place):
    """Return what a command has written, and what it has printed."""
    with pytest.MonkeyPatch.context() as patch, io.StringIO() as out, io.StringIO() as err:
        patch.chdir(place)
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        workers = () if request.param == "checklist" else ("--workers", "1")  # it has no work to share out
        options = (*workers, "--format", "html,docx", "--out", request.param)
        assert simulate(*COMMANDS[request.param], *options) == 0, err.getvalue()
        assert err.getvalue() == ""
        return place / request.param, out.getvalue()


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.words, self.links = set(), set(), [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value for name, value in attrs if name in ("href", "xlink:href", "src", "action")}

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data!r}")

    def handle_pi(self, data):
        raise AssertionError(f"an instruction: {data!r}")


def shown(text):
    """Return text as reports show it: on one line, without what cannot be seen."""
    hidden = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return " ".join("".join(" " if unicodedata.category(c) in hidden or c in turning else c for c in text).split())


def test_html_holds_text_where_text_was_given(made):
    folder, _ = made
    html = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    plays = folder.name == "clinic"  # a week is played by one script, which no text of a scenario gets into
    assert html.count("<script") == html.count(f"<script>{REPLAY}</script>") == plays
    assert page.elements <= ELEMENTS | ({"button", "script"} if plays else set())
    assert page.attributes <= ATTRIBUTES | ({"data-do", "data-figure", "data-replay", "hidden"} if plays else set())
    assert (
        html.count("<input")
        == html.count('<input type="checkbox" id="errors" checked>')
        == (folder.name != "checklist")
    )
    assert all(link.startswith("#") or link == "data:," for link in page.links)
    for payload in (*MARKUP, TITLE):
        assert "<" not in payload or shown(payload) not in html
    if folder.name not in ("table", "compare"):
        assert shown(TITLE) in "".join(page.words)
    assert "49" not in {word for word in shown("".join(page.words)).split() if word == "{{49}}"}
    assert "\u202e" not in html


def test_figures_are_svg_and_nothing_more(made):
    folder, _ = made
    figures = sorted((folder / "figures").glob("*.svg"))
    assert bool(figures) == (folder.name != "checklist")
    for figure in figures:
        for element in ElementTree.parse(figure).iter():
            space, _, tag = element.tag.rpartition("}")
            assert space == "{http://www.w3.org/2000/svg"
            assert tag.lower() in ELEMENTS
            for name, value in element.attrib.items():
                assert name.rpartition("}")[2].lower() in ATTRIBUTES | {"href"}
                assert not name.endswith("href") or value.startswith("#")


def test_word_files_open_and_hold_the_text(made):
    folder, _ = made
    with zipfile.ZipFile(folder / "report.docx") as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                content = archive.read(name)
                assert b"<!DOCTYPE" not in content
                assert b"<!ENTITY" not in content
                ElementTree.fromstring(content)
                assert b'TargetMode="External"' not in content
        words = archive.read("word/document.xml")
    file = docx.Document(folder / "report.docx")
    text = "\n".join(paragraph.text for paragraph in file.paragraphs)
    if folder.name not in ("table", "compare"):
        assert shown(TITLE) in text
    assert b"w:hyperlink" not in words
    assert {field.split()[0] for field in re.findall(rb'w:instr="([^"]*)"', words)} == set()


def test_every_cell_of_every_csv_is_safe(made):
    folder, _ = made
    files = sorted(folder.glob("*.csv"))
    assert files
    for file in files:
        content = file.read_bytes().decode()
        assert "\r" not in content
        rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
        assert len({len(row) for row in rows}) == 1
        for cell in itertools.chain.from_iterable(rows):
            assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in cell)
            if FORMULA.match(cell):
                float(cell)  # a number may begin with a minus


def test_json_holds_what_was_given(made):
    folder, _ = made
    for file in folder.glob("*.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        if "title" in content and folder.name not in ("table", "compare"):
            assert content["title"] == TITLE
    configuration = json.loads((folder / "manifest.json").read_text()).get("configuration")
    if configuration is not None:
        assert configuration["title"] == TITLE


def test_the_terminal_gets_lines_of_text(made):
    _, out = made
    assert all(character == "\n" or character.isprintable() or character == "\u00a0" for character in out), [
        c for c in set(out) if not c.isprintable()
    ]


def test_what_was_made_of_it_is_made_again(made, monkeypatch):
    folder, _ = made
    monkeypatch.chdir(folder.parent)
    assert simulate("reproduce", folder.name, "--quiet", "--workers", "1") == 0


def test_the_best_protocol_is_a_scenario(place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    assert simulate(*COMMANDS["optimise"], "--workers", "1", "--quiet", "--out", "best") == 0
    shutil.copy("best/best.yaml", "best.yaml")
    assert simulate("check", "best.yaml") == 0
    assert shown(TITLE)[:100] in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "calibrate"])
def test_what_is_only_printed_is_text_too(place, monkeypatch, capsys, command):
    monkeypatch.chdir(place)
    for file in ("mine.yaml", "other.yaml"):
        assert simulate(command, file) == 0
        said = capsys.readouterr()
        assert said.err == ""
        assert all(line.isprintable() for line in said.out.replace("\u00a0", " ").split("\n"))


@pytest.mark.parametrize(
    "text", ["a\\0b", "a\\x07b", "\\uD800", "\\uDFFFx", "\\uFFFE", "\\x1b[31m"], ids=lambda text: text.strip("\\")
)
@pytest.mark.parametrize(
    "entry", ["title: TEXT", "protocols: {combined: {label: TEXT}}", "sources: {TEXT: {title: x}}"]
)
def test_what_no_document_can_hold_is_refused(tmp_path, monkeypatch, capsys, text, entry):
    monkeypatch.chdir(tmp_path)
    given = entry.replace("TEXT", f'"{text}"')
    (tmp_path / "mine.yaml").write_text(f"extends: acute.yaml\n{given}\n")
    assert simulate("check", "mine.yaml") == 2
    said = capsys.readouterr().err
    assert "mine.yaml:2:" in said
    assert all(line.isprintable() for line in said.splitlines())


@pytest.mark.parametrize(("entry", "longest"), [("title", 200), ("evidence", 60), ("costs.currency", 8)])
def test_a_text_that_is_too_long_is_refused(capsys, entry, longest):
    assert simulate("check", "acute.yaml", "--set", f"{entry}={'x' * 10_000}") == 2
    assert f"{entry}: must have at most {longest} characters" in capsys.readouterr().err
