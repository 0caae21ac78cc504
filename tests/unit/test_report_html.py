"""The report: complete, honest, safe to open, and readable without sight, colour or network."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from sim.decision.ranking import is_sure, rank
from sim.quantities import OUTCOMES
from sim.report.document.document import (
    Bullets,
    Caution,
    Cell,
    Code,
    Columns,
    Document,
    Facts,
    Meanings,
    Row,
    Section,
    Table,
    Text,
)
from sim.report.document.html import render_html
from sim.report.drawing.rendering import render
from sim.report.run.document import run_document
from sim.report.run.figures import build_figures
from sim.report.run.summary import headline
from sim.report.run.tables import arm_table, claim_table, difference_table, finding_table, key_table, summary_table
from sim.report.words.inputs import assumptions, quantities
from sim.study.prepare import prepare
from sim.study.results import Panel, build_panel
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS, load

HOSTILE = "<script>alert(1)</script>"
COMMAND = "simulate --config reference.yaml --set 'title=a  &  b'"


def panel_of(*overrides: str) -> Panel:
    return build_panel(run_study(prepare(load("reference.yaml", (*GIVEN_PARAMETERS, *overrides)).scenario)))


def report_of(panel: Panel) -> str:
    document = run_document(panel, build_figures(panel), "a name", COMMAND)
    return render_html(document, {name: svg for name, (svg, _) in render(document.figures).items()})


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_of("cohort.size=300")


@pytest.fixture(scope="module")
def report(panel: Panel) -> str:
    return report_of(panel)


class Page(HTMLParser):
    """What a reader meets on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_report_asks_the_network_for_nothing_and_runs_nothing(report: str) -> None:
    page = Page(report)
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "link", "img", "base", "form") or attributes.get("href") == "data:,"
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href"):
                assert (value or "").startswith(("#", "data:"))
    assert not re.search(r"url\((?!#)|@import", report)
    assert "default-src 'none'" in report


def test_ids_are_unique_and_every_reference_leads_somewhere(report: str) -> None:
    page = Page(report)
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(set(ids)) == len(ids)
    for _, attributes in page.tags:
        for target in (attributes.get("aria-labelledby") or "").split():
            assert target in ids
        href = attributes.get("href") or ""
        assert not href.startswith("#") or href[1:] in ids


def test_the_page_has_language_headings_captions_and_scopes(report: str) -> None:
    page = Page(report)
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption")
    assert all(a.get("scope") in ("col", "row", "rowgroup") for tag, a in page.tags if tag == "th")
    assert tags.index("h1") < tags.index("h2")
    assert report.index("In short") < report.index("<svg") < report.index("The arms side by side, per patient")


def test_the_same_panel_gives_the_same_report(panel: Panel, report: str) -> None:
    assert report_of(panel) == report


def test_a_hostile_title_and_label_appear_as_text() -> None:
    given = (f"title='{HOSTILE} {{{{ 7 * 7 }}}} $x$'", f"protocols.dry_needling.label='{HOSTILE}'")
    page = report_of(panel_of(*given, "cohort.size=20", "arms=[usual_care, dry_needling]"))
    assert "<script" not in page
    words = "".join(Page(page).words)
    assert f"{HOSTILE} {{{{ 7 * 7 }}}} $x$" in words


def test_every_quantity_is_listed_with_value_source_and_status(panel: Panel, report: str) -> None:
    scenario = panel.result.study.scenario
    listed = {item.path: item for item in assumptions(scenario)}
    words = "".join(Page(report).words)
    found = list(quantities(scenario))
    assert len(found) > 60
    for path, quantity, _ in found:
        item = listed[".".join(path)]
        assert re.search(r"\d", item.value)
        assert item.source
        assert item.status
        assert item.path in words
        assert item.name in words
        assert quantity.quote is None or quantity.quote in item.quote
    assert listed["claims.dry_needling.pain_reduction"].status == "claim"
    assert listed["parameters.dry_needling.ceiling"].status == "set here"
    assert "Wallwork" in listed["profiles.chronic.natural_course.pain_left.day_42"].source


def test_a_quantity_nobody_named_is_listed_under_its_own_name(panel: Panel) -> None:
    names = [item.name for item in assumptions(panel.result.study.scenario)]
    assert all(names)
    assert not any("_" in name for name in names)


def test_tables_hold_every_outcome_and_arm(panel: Panel) -> None:
    table = summary_table(panel)
    assert len(table.rows) == len(OUTCOMES)
    assert all(len(row.cells) == len(table.columns) - 1 for row in table.rows)
    differences = difference_table(panel, [("dry_needling", "usual_care")])
    assert differences is not None
    assert differences.columns[1] == "Dry needling − Usual care"
    assert "pp" in next(row for row in differences.rows if row.head == "Lasting relief").cells[0].text
    assert key_table(panel).rows[0].head == "Pain reduction at day 42"
    assert [row.head for row in arm_table(panel.result.study.scenario).rows][:2] == ["Usual care", "Dry needling"]
    assert "not a target" in claim_table(panel).rows[0].cells[3].text  # type: ignore[union-attr]
    assert len(finding_table(panel.result.study.scenario).rows) == len(panel.result.study.scenario.findings)  # type: ignore[union-attr]


def test_the_answer_is_told_of_100_patients_and_ends_with_a_caution(panel: Panel) -> None:
    sentences = headline(panel)
    shares = [panel.get(arm, "responder_day42").estimate for arm in ("dry_needling", "usual_care")]
    told = f"Of 100 patients, {round(100 * shares[0])} with dry needling and {round(100 * shares[1])} with usual care"
    assert sentences[0].startswith(told)
    assert not any("noticeable" in sentence for sentence in sentences), "a change within one person is no yardstick"
    assert any("between groups counts as moderate" in sentence for sentence in sentences)
    assert not any("±" in sentence for sentence in sentences)
    (price,) = re.findall(r"That is \$([\d,]+) for each patient more who has lasting relief\.", " ".join(sentences))
    means = {name: [panel.get(arm, name).estimate for arm in ("dry_needling", "usual_care")]
             for name in ("cost", "lasting_relief")}  # fmt: skip
    more = [with_it - without for with_it, without in means.values()]
    assert int(price.replace(",", "")) == round(more[0] / more[1])
    assert "no evidence that a treatment works" in sentences[-1]


def test_arms_that_are_the_same_cannot_be_told_apart() -> None:
    twins = panel_of("cohort.size=200", "arms=[dry_needling, twin]",
                     "protocols.twin={label: Twin, visits: 6, every_days: 7, each_visit: dry_needling}")  # fmt: skip
    assert not is_sure(twins.difference("twin", "dry_needling", "pain_reduction_day42"))
    assert "cannot be told apart" in headline(twins)[1]
    assert "either will do" in headline(twins)[1]


def test_an_outcome_where_less_is_better_puts_the_least_first(panel: Panel) -> None:
    ranking = rank(panel, "cost")
    assert ranking is not None
    costs = [panel.get(arm, "cost").estimate for arm in ranking.arms]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    "overrides",
    [
        ("arms=[dry_needling]", "cohort.size=1"),
        ("arms=[usual_care, dry_needling]", "cohort.size=40", "relief.points=9.9"),
        ("primary.outcome=relapse_3mo", "arms=[usual_care, dry_needling]", "cohort.size=40", "relief.points=9.9"),
        ("primary.outcome=relapses", "cohort.size=50"),
        ("cohort.size=50", "relief={percent: 30}", "costs.currency=CHF"),
    ],
    ids=["one patient", "nobody relieved", "undefined", "a count", "percent"],
)
def test_odd_runs_are_reported(overrides: tuple[str, ...]) -> None:
    found = panel_of(*overrides)
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", " ".join(headline(found)))
    page = report_of(found)
    words = " ".join(Page(page).words)
    assert not re.search(r"\bnan\b|\binf\b", words)


def test_every_kind_of_block_is_written_and_nothing_in_it_is_taken_for_html() -> None:
    rows = (
        Row(HOSTILE, (Cell(HOSTILE, f"{HOSTILE}\nbelow"), Cell("claim", badge=True)), HOSTILE, "a.path", HOSTILE),
        Row("other", (Cell("1"), Cell("2")), group="Second group"),
    )
    blocks = (
        Text(HOSTILE, "note"), Bullets((HOSTILE,)), Caution(HOSTILE, HOSTILE), Code(f"a:\n    {HOSTILE}"),
        Facts(((HOSTILE, HOSTILE), (HOSTILE, Code(HOSTILE)))), Meanings(((HOSTILE, HOSTILE),)),
        *(Table(HOSTILE, (HOSTILE, "b", "c"), rows, kind) for kind in ("numbers", "words", "inputs")),
    )  # fmt: skip
    opening, section = (Section(key, HOSTILE, (Columns(blocks[:2], blocks[2:]),)) for key in ("opening", "part"))
    html = render_html(Document(HOSTILE, HOSTILE, HOSTILE, Facts(()), (opening,), (section,)), {})
    assert "<script" not in html
    page = Page(html)
    assert page.words.count(HOSTILE) == 5 - 1 + 2 * (10 + 3 * 7)
    assert page.words.count(f"a:\n    {HOSTILE}") == 2
    tags = [tag for tag, _ in page.tags]
    assert tags.count("tbody") == 2 * 3 * 2
    assert [a["href"] for tag, a in page.tags if tag == "a"] == ["#main"]
    assert [a["colspan"] for _, a in page.tags if a.get("scope") == "rowgroup"] == ["3"] * 12
    assert html.count("<small>below</small>") == 6


def test_only_a_table_of_many_columns_is_wide() -> None:
    for columns, expected in ((6, 0), (7, 1), (12, 1)):
        table = Table("A table", ("a",) * columns, (Row("r", (Cell("1"),) * (columns - 1)),))
        document = Document("A title", "", "", Facts(()), (), (Section("part", "A part", (table,)),))
        assert render_html(document, {}).count('class="scroll wide"') == expected


def test_nothing_dates_the_report(report: str, panel: Panel) -> None:
    assert not re.search(r"20\d\d-\d\d-\d\d", report)
    words = Page(report).words
    assert words[words.index("Seed") + 1] == str(panel.result.study.scenario.seed)
    assert COMMAND in words
