"""The reports in a real browser: nothing is fetched, nothing complains, every figure can be read aloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli.main import cli
from tests.conftest import GIVEN_PARAMETERS

sync_api = pytest.importorskip("playwright.sync_api")

FAST = [word for one in GIVEN_PARAMETERS for word in ("--set", one)]
REPORTS = {
    "run": ["--config", "policies.yaml"],
    "comparison": ["compare", "acute.yaml", "chronic.yaml", "stress.yaml"],
    "sweep": ["compare", "acute.yaml", "--vary", "protocols.combined.visits=2:6:2", "--evidence",
              "article.yaml,literature.yaml"],
    "search": ["optimise", "acute.yaml", "--objective", "lasting_relief", "--budget", "cost<=400", "--visits", "2,4"],
    "doubts": ["--config", "acute.yaml", "--draws", "40", "--patients-per-draw", "50"],
    "sensitivity": ["sensitivity", "acute.yaml", "--threshold", "--wtp", "20000", "--draws", "20",
                    "--patients-per-draw", "50"],
    "trial": ["trial", "acute.yaml", "--n", "20,60", "--outcome", "pain_reduction,responder", "--days", "42,91",
              "--trials", "200", "--draws", "20"],
    "validation": ["validate", "--draws", "10"],
    "pooling": ["pool", str(Path(__file__).parents[1] / "functional" / "arms.csv")],
    "value": ["value", "--table", "*psa.csv", "--parameters", "*params.csv", "--currency", "CHF"],
}  # fmt: skip


def write_tables(where: Path) -> None:
    """Write draws of five strategies, one with a name that is a long word, and of their three inputs."""
    names = ("Usual care", "Needling", "Acupuncture", "W" * 60, "<b>Both</b> & more words than fit a line of a phone")
    table, inputs = ["draw,strategy,cost,effect"], ["draw,response,price,a_parameter_with_a_name_that_is_rather_long"]
    for draw in range(200):
        a, b, c = (draw * k % 200 / 200 for k in (37, 73, 11))
        inputs.append(f"{draw},{a},{b},{c}")
        table += [f'{draw},"{name}",{200 * k * (1 + b)},{0.01 * k * a + 0.001 * c}' for k, name in enumerate(names)]
    (where / "psa.csv").write_text("\n".join(table), encoding="utf-8")
    (where / "params.csv").write_text("\n".join(inputs), encoding="utf-8")


@pytest.fixture(scope="module", params=list(REPORTS))
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(request.param) / "out"
    words = REPORTS[request.param]
    if words[0] == "value":
        write_tables(out.parent)
        words = [word.replace("*", f"{out.parent}/") for word in words]
    elif words[0] != "pool":
        many = [] if words[0] == "trial" else ["--patients", "1280" if words[0] == "validate" else "500"]
        words = [*words, *FAST, *many]
    words = [*words, *(["--workers", "1"] if words[0] != "pool" else []), "--quiet", "--out", str(out)]
    assert CliRunner().invoke(cli, words).exception is None
    return out / "report.html"


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_a_report_opens_quietly_fits_and_describes_its_figures(browser: Any, report: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    requests: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_load_state("networkidle")
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [report.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    figures = page.locator("figure svg")
    assert figures.count() >= 1
    for figure in figures.all():
        assert figure.get_attribute("role") == "img"
        named = [page.locator(f"#{name}").text_content() for name in figure.get_attribute("aria-labelledby").split()]
        assert len(named) == 2
        assert len(named[0]) > 5
        assert len(named[1]) > 60
    names = [figure.get_attribute("aria-labelledby") for figure in figures.all()]
    assert len(set(names)) == len(names)
    assert page.locator("details").count() >= 6
    assert page.locator("details[open]").count() == 0
    assert page.evaluate("document.documentElement.scrollHeight") <= (8000 if width == 1280 else 12_000)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    smallest = page.locator("figure svg text").evaluate_all(
        "all => Math.min(...all.map(one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))"
    )
    assert smallest >= 9
    page.close()


def test_the_first_screen_holds_the_answer_and_the_figure_that_carries_it(browser: Any, report: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    opening = page.locator("main > section").first
    lead, figure = opening.locator(".lead"), opening.locator("figure")
    assert (lead.count(), figure.count()) == (1, 1)
    assert lead.bounding_box()["y"] + lead.bounding_box()["height"] < 450
    assert figure.bounding_box()["y"] < 300
    assert opening.locator("table tbody tr").count() <= 6
    assert opening.bounding_box()["height"] < 1400
    page.close()


def test_the_first_page_of_a_run_fits_three_screens_of_a_phone(browser: Any, tmp_path: Path) -> None:
    words = [
        "--config",
        "acute.yaml",
        *FAST,
        "--patients",
        "500",
        "--workers",
        "1",
        "--quiet",
        "--out",
        str(tmp_path / "o"),
    ]
    assert CliRunner().invoke(cli, words).exception is None
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((tmp_path / "o/report.html").as_uri())
    opening = page.locator("main > section").first.bounding_box()
    assert opening["y"] + opening["height"] <= 3 * 844
    page.close()


def test_simulation_errors_in_tables_can_be_hidden(browser: Any, report: Path) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    errors = page.locator("table .error")
    shown = errors.count()
    if "synthesis of published trials" in page.content().casefold():  # nothing is simulated there
        assert shown == page.locator("#errors").count() == 0
        page.close()
        return
    assert all("±" in text for text in errors.all_text_contents())
    page.locator("#errors").uncheck()
    assert page.locator("table .error:visible").count() == 0
    assert "±" not in "".join(cell.inner_text() for cell in page.locator("td").all()[:400])
    page.locator("#errors").check()
    assert page.locator("table .error:visible").count() == shown > 0
    page.close()


def test_what_is_folded_is_open_in_print(browser: Any, report: Path) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    inside = page.locator("details > div")
    shown = "all => all.map(one => one.checkVisibility({contentVisibilityAuto: true}) && one.offsetHeight > 10)"
    assert inside.count() >= 6
    assert not any(inside.evaluate_all(shown))
    page.emulate_media(media="print")
    for _ in range(100):  # styles follow the medium a moment later, on a busy machine
        if all(inside.evaluate_all(shown)):
            break
        page.wait_for_timeout(200)
    assert all(inside.evaluate_all(shown))
    page.close()
