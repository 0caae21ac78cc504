"""Comparisons of scenarios with prices in several currencies, and with arms that not all of them have."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.main import cli
from sim.errors import CoursesimError
from sim.quantities import OUTCOMES
from sim.report.command import command_line
from sim.units import CURRENCY
from tests.conftest import GIVEN_PARAMETERS

FEW = (*(word for one in GIVEN_PARAMETERS for word in ("--set", one)), "--patients", "600", "--workers", "1")
OWN = """
extends: article.yaml
title: Own practice
cohort: {size: 600, profiles: {acute_strain: 1.0}}
arms: [usual_care, dry_needling, massage]
costs: {currency: EUR}
modalities: {massage: {label: Massage, needling: false, target: muscular, fade: 60, minutes: 30, cost: 35,
                       first_visit_cost: 0}}
parameters: {massage: {ceiling: 0.3, half_life: 3}}
protocols: {massage: {label: Massage, visits: 4, every_days: 7, each_visit: massage}}
"""
MONEY = {outcome.name for outcome in OUTCOMES if outcome.unit == CURRENCY}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(OWN)
    return tmp_path


def compare(*words: str) -> Result:
    return CliRunner().invoke(cli, ["compare", *words, *FEW, "--out", "o"])


def done(*words: str) -> str:
    result = compare(*words)
    assert result.exception is None, result.exception
    return result.output


def rows(name: str) -> list[dict[str, str]]:
    with Path(f"o/{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def between(name: str = "outcome") -> set[str]:
    """The outcomes (or another column) of the differences between two scenarios."""
    return {row[name] for row in rows("differences") if row["scenario"] != row["versus_scenario"]}


def test_several_currencies_are_compared_in_everything_but_money(here: Path) -> None:
    said = " ".join(done("own.yaml", "acute.yaml").split())
    assert "Prices are in EUR and USD: scenarios are compared in everything but money." in said
    assert between() == {one.name for one in OUTCOMES if one.kind != "time"} - MONEY
    costs = {(row["scenario"], row["unit"]) for row in rows("summary") if row["outcome"] == "cost"}
    assert costs == {("own", "EUR"), ("acute", "USD")}
    page = Path("o/report.html").read_text(encoding="utf-8")
    assert "€" in page
    assert "$" in page


def test_with_a_rate_money_is_compared_and_is_the_price_times_the_rate(here: Path) -> None:
    done("own.yaml", "acute.yaml", "--rate", "USD=0.92 EUR")
    assert between() >= MONEY
    found = {(row["scenario"], row["arm"]): float(row["estimate"]) for row in rows("summary")
             if (row["outcome"], row["statistic"], row["subgroup"]) == ("cost", "mean", "all")}  # fmt: skip
    assert {row["unit"] for row in rows("summary") if row["outcome"] == "cost"} == {"EUR"}
    # The same prices in numbers: those of the one are euros, those of the other dollars.
    assert found["acute", "dry_needling"] == pytest.approx(0.92 * found["own", "dry_needling"], rel=1e-12)
    assert "stated rates: 1 USD = 0.92 EUR" in Path("o/report.html").read_text(encoding="utf-8")


def test_a_comparison_at_a_rate_is_made_again_by_its_command(here: Path) -> None:
    done("own.yaml", "acute.yaml", "--rate", "USD=0,92EUR")
    first = Path("o/summary.csv").read_bytes()
    command = command_line(json.loads(Path("o/manifest.json").read_text())["parameters"])
    result = CliRunner().invoke(cli, [*shlex.split(command)[1:], "--out", "p", "--quiet"])
    assert result.exception is None, result.exception
    assert Path("p/summary.csv").read_bytes() == first


def test_doubt_and_origin_of_a_price_go_with_it() -> None:
    from sim.scenario.rates import converted, rates_from

    doubt = {"value": 60, "range": [50, 70], "uncertainty": {"lognormal": {"low": 50, "high": 70}}, "source": "article"}
    scenario = sim.load("acute.yaml", set={"costs.visit": doubt}).loaded.scenario
    changed = converted(scenario, rates_from(["USD=0.5 EUR"])[0])
    visit = changed.costs.visit
    assert (changed.costs.currency, visit.value, visit.range, visit.source) == ("EUR", 30, (25, 35), "article")
    assert visit.note == "60 USD, at 1 USD = 0.5 EUR"
    assert visit.uncertainty is not None
    assert visit.uncertainty.describe() == "lognormal, low 25, high 35"
    assert changed.costs.visit_minutes == scenario.costs.visit_minutes
    for name, modality in scenario.modalities.items():
        assert changed.modalities[name].cost.value == 0.5 * modality.cost.value
        assert changed.modalities[name].minutes == modality.minutes
    assert changed.profiles == scenario.profiles


def test_arms_that_not_all_scenarios_have_are_shown_where_they_are(here: Path) -> None:
    said = done("own.yaml", "acute.yaml")
    assert "Massage" in said
    assert "Combined" in said
    assert between("arm") == {"usual_care", "dry_needling"}
    page = Path("o/report.html").read_text(encoding="utf-8")
    assert "not in all scenarios: Massage, Acupuncture, Combined" in page
    found = sim.compare(["own.yaml", "acute.yaml"], patients=600, set=list(GIVEN_PARAMETERS))
    results = next(table for section in found.document.sections if section.id == "results"
                   for table in section.blocks if hasattr(table, "rows"))  # fmt: skip
    assert results.columns == ("Scenario", "Usual care", "Dry needling", "Massage", "Acupuncture", "Combined")
    own, acute = results.rows[0], results.rows[1]
    assert [cell.text == "–" for cell in own.cells] == [False, False, False, True, True]
    assert [cell.text == "–" for cell in acute.cells] == [False, False, True, False, False]
    assert [bool(cell.detail) for cell in acute.cells] == [True, True, False, False, False]
    pain = found.figures["pain_by_day"].data
    arms = {(row["scenario"], row["arm"]) for row in pain.to_arrow().to_pylist()}
    assert ("own", "massage") in arms
    assert ("acute", "combined") in arms


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rate", "USD=0"], "--rate USD=0: must read 'CURRENCY=NUMBER CURRENCY' in quotes, as 'USD=0.92 EUR'"),
        (["--rate", "USD=0 EUR"], "must be between 1e-06 and 1e+06, is 0"),
        (["--rate", "USD=-1 EUR"], "must read 'CURRENCY=NUMBER CURRENCY'"),
        (["--rate", "USD=1 USD"], "is from a currency into itself"),
        (["--rate", "GBP=1.1 EUR"], "give what it is in EUR, as USD=0.92 EUR"),
        (["--rate", "USD=0.9 EUR", "--rate", "GBP=1.1 EUR"], "--rate 1 GBP = 1.1 EUR: no scenario has prices in GBP"),
        (["--rate", "USD=0.9 EUR", "--rate", "EUR=1.1 USD"], "give all rates into one currency"),
        (["--rate", "USD=0.9 EUR", "--rate", "USD=0.8 EUR"], "USD is given twice"),
        (["--set", "primary.outcome=cost"], "cost cannot be compared in EUR and USD: state a rate, as --rate 'USD="),
    ],
)
def test_a_rate_that_does_not_fit_is_refused(here: Path, words: list[str], message: str) -> None:
    result = compare("own.yaml", "acute.yaml", *words)
    assert isinstance(result.exception, CoursesimError), result.exception
    assert result.exception.exit_code == 2
    assert message in str(result.exception)
    assert not Path("o").exists()
