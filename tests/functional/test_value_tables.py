"""`simulate value` on tables of other shapes, with several effects, and with what is stated about money."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from tests.functional.test_value import FULL, HEADING, NAMES, ONE, rows, simulate, write_tables

__all__ = ["simulate"]


def test_the_draws_that_were_written_give_the_same_answer(simulate):
    write_tables()
    _, once, _ = simulate(*FULL, "--json")
    again = ["--table", "outputs/value-psa/draws.csv", "--parameters", "outputs/value-psa/draws_inputs.csv"]
    code, other, _ = simulate(*again, *FULL[4:], "--json", "--out", "again")
    assert code == 0
    one, two = json.loads(once), json.loads(other)
    assert two["evpi"]["per_patient"] == pytest.approx(one["evpi"]["per_patient"], rel=1e-8)
    assert [row["per_patient"] for row in two["evppi"]] == pytest.approx(
        [row["per_patient"] for row in one["evppi"]], rel=1e-5, abs=1e-9
    )


def wide_tables():
    """Write the first three strategies as columns, as net benefits, and with a second effect."""
    by_draw = {}
    for row in rows("psa.csv"):
        by_draw.setdefault(row["draw"], {})[row["strategy"]] = row
    names = NAMES[:3]
    wide = ["draw," + ",".join(f"cost_{name},Effect.{name}" for name in names)]
    net, net_wide = ["draw,strategy,net_benefit"], ["draw;" + ";".join(f"Net benefit: {name}" for name in names)]
    long, two = [HEADING], [f"{HEADING},days in pain"]
    for draw, of in by_draw.items():
        wide.append(f"{draw}," + ",".join(f"{of[name]['cost']},{of[name]['effect']}" for name in names))
        worth = {name: 20_000 * float(of[name]["effect"]) - float(of[name]["cost"]) for name in names}
        net += [f"{draw},{name},{worth[name]}" for name in names]
        net_wide.append(f"{draw};" + ";".join(str(worth[name]) for name in names))
        plain = [f"{draw},{name},{of[name]['cost']},{of[name]['effect']}" for name in names]
        long += plain
        two += [f"{row},{100 * (1 - float(of[name]['effect']))}" for row, name in zip(plain, names, strict=True)]
    for file, lines in (("wide", wide), ("net", net), ("net_wide", net_wide), ("long", long), ("two", two)):
        Path(f"{file}.csv").write_text("\n".join(lines), encoding="utf-8")


def test_a_wide_table_and_one_of_net_benefits_give_the_same_answer(simulate):
    write_tables()
    wide_tables()
    found = {}
    for file in ("long", "wide", "net", "net_wide"):
        more = ("--currency", "EUR") if file.startswith("net") else ("--effect", "QALY", "--currency", "EUR")
        options = ("--parameters", "params.csv", *more, *ONE, "--format", "html,xlsx")
        code, _, err = simulate("--table", f"{file}.csv", *options)
        assert (code, err) == (0, "")
        found[file] = json.loads(Path(f"outputs/value-{file}/summary.json").read_text(encoding="utf-8"))
    assert {**found["wide"], "name": ""} == {**found["long"], "name": ""}
    assert {**found["net_wide"], "name": ""} == {**found["net"], "name": ""}
    for name in ("per_patient", "error", "chance"):
        assert found["net"]["evpi"][name] == pytest.approx(found["long"]["evpi"][name], rel=1e-6)
    assert [one["per_patient"] for one in found["net"]["evppi"]] == pytest.approx(
        [one["per_patient"] for one in found["long"]["evppi"]], rel=0.02, abs=1e-6
    )  # cost and effect by themselves are not known, so products of inputs are looked for in other residuals
    assert found["net"]["wtp"] is None
    assert found["net"]["strategies"][0]["cost"] is None
    assert "the price behind the net benefits" in found["net"]["sentences"][0]
    assert not Path("outputs/value-net/frontier.csv").exists()
    assert {row["wtp"] for row in rows("outputs/value-net/curves.csv")} == {""}
    again = [*("--table", "outputs/value-net/draws.csv", "--currency", "EUR"), *ONE, "--json"]
    assert json.loads(simulate(*again)[1])["preferred"] == found["net"]["preferred"]


def test_workbooks_have_the_same_shapes(simulate):
    write_tables()
    wide_tables()
    for file, delimiter in (("wide", ","), ("net", ","), ("net_wide", ";")):
        book = openpyxl.Workbook()
        book.active.append(["A note about the tables"])
        sheet = book.create_sheet("Draws")
        for row in csv.reader(Path(f"{file}.csv").read_text(encoding="utf-8").splitlines(), delimiter=delimiter):
            sheet.append([float(cell) if cell[:1].isdigit() or cell[:1] == "-" else cell for cell in row])
        book.save(f"{file}.xlsx")
        more = ("--currency", "EUR") if file.startswith("net") else ("--effect", "QALY", "--currency", "EUR")
        found = []
        for ending in ("csv", "xlsx"):
            options = ("--parameters", "params.csv", *more, *ONE, "--json")
            code, out, err = simulate("--table", f"{file}.{ending}", *options, "--out", f"{file}_{ending}")
            assert (code, err) == (0, "")
            found.append({**json.loads(out), "name": ""})
        for name in ("preferred", "sentences"):
            assert found[0][name] == found[1][name]
        one, other = ([row["per_patient"] for row in (of["evpi"], *of["evppi"])] for of in found)
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)  # a workbook has 16 digits


def test_a_strategy_without_a_cost_is_named_in_a_workbook_too(simulate):
    book = openpyxl.Workbook()
    book.active.append(["Draw", "cost_A", "effect_A", "effect_B"])
    book.active.append([1, 2, 3, 4])
    book.save("wide.xlsx")
    code, _, err = simulate("--table", "wide.xlsx", *ONE)
    assert code == 2
    assert "wide.xlsx: strategy 'B' has no column 'cost_B'" in err


@pytest.mark.parametrize("option", [("--wtp", "0:3"), ("--at", "3"), ("--effect", "QALY"), ("--lower-is-better",)])
def test_net_benefits_have_a_price_and_an_effect_of_their_own(simulate, option):
    write_tables(20)
    wide_tables()
    code, _, err = simulate("--table", "net.csv", *option, *ONE)
    assert code == 2
    assert f"{option[0]}: " in err
    assert "holds net benefits" in err


def test_several_effects_are_each_held_against_cost(simulate):
    write_tables()
    wide_tables()
    code, _, err = simulate("--table", "two.csv", "--effect", "QALY,-days in pain", *ONE)
    assert (code, err) == (0, "")
    by_cost = {row["strategy"]: row for row in rows("outputs/value-two/frontier.csv")}
    other = rows("outputs/value-two/by_effect.csv")
    assert {row["by_effect"] for row in other} == {"days in pain"}
    for row in other:
        once = by_cost[row["strategy"]]
        assert (row["place"], row["cost"]) == (once["place"], once["cost"])
        if once["icer"]:
            assert float(row["icer"]) == pytest.approx(float(once["icer"]) / 100, rel=1e-6)
    assert "By other effects" in Path("outputs/value-two/report.html").read_text(encoding="utf-8")


def test_what_is_stated_about_money_is_used_and_shown(simulate):
    write_tables()
    options = ["--discount", "0.05", "--price-year", "2024", "--perspective", "health insurer", "--rate", "EUR=1.1 USD"]
    _, once, _ = simulate(*FULL, "--json", "--wtp", "10000,30000", "--years", "2.5")
    code, out, _ = simulate(*FULL, *options, "--wtp", "11000,33000", "--years", "2.5")
    assert code == 0
    assert "discounted at 5 % a year" in " ".join(out.split()).replace("\N{NO-BREAK SPACE}", " ")
    summary = json.loads(Path("outputs/value-psa/summary.json").read_text(encoding="utf-8"))
    said = [summary[name] for name in ("discount", "price_year", "perspective", "currency", "rate")]
    assert said == [0.05, 2024, "health insurer", "USD", "1 EUR = 1.1 USD"]
    before = json.loads(once)
    assert before["wtp"] == 10000
    assert {float(row["wtp"]) for row in rows("outputs/value-psa/curves.csv")} == {11000, 33000}
    assert summary["evpi"]["per_patient"] == pytest.approx(1.1 * before["evpi"]["per_patient"], rel=1e-8)
    year = summary["evpi"]["per_year"]
    assert summary["evpi"]["over_years"] == pytest.approx(year * (1 + 1 / 1.05 + 0.5 / 1.05**2), rel=1e-8)
    report = Path("outputs/value-psa/report.html").read_text(encoding="utf-8")
    assert all(word in report for word in ("health insurer", "2024", "1 EUR = 1.1 USD"))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--table", "psa.csv", "--discount", "3"], "--discount 3: must be from 0 to 0.5; for 3 % write 0.03"),
        (["--table", "psa.csv", "--price-year", "24"], "--price-year 24: must be from 1900 to 2100"),
        (["--table", "psa.csv", "--perspective", " "], "--perspective ' ': must be 1 to 60 characters"),
        (["--table", "psa.csv", "--rate", "USD=0.9 EUR"], "--rate 1 USD = 0.9 EUR: costs are in no stated currency"),
        (["acute.yaml", "--rate", "CHF=0.9 EUR"], "--rate 1 CHF = 0.9 EUR: costs are in 'USD'"),
        (["--table", "psa.csv", "--effect", "QALY,days"], "psa.csv:1: column days is missing"),
    ],
)
def test_what_cannot_be_stated_is_one_message(simulate, arguments, part):
    write_tables(12)
    code, out, err = simulate(*arguments, *ONE)
    assert (code, out) == (2, "")
    assert part in " ".join(err.split())
    assert not Path("outputs").exists()


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (["draw,cost_a,cost_b,effect_a", "1,2,3,4"], "t.csv:1: strategy 'b' has no column 'effect_b'"),
        (["draw,net_benefit_a", *(f"{d},1" for d in range(20))], "t.csv: column strategy: has one strategy, 'a'"),
        (["draw,net_benefit_a,net_benefit_b", "1,2,3", "1,2,3"], "t.csv:3: column draw: draw '1' is given twice"),
        (["net_benefit_a,net_benefit_b", "1,2"], "t.csv:1: column draw is missing"),
        (["draw,cost_a,effect_a,cost_b,effect_b", "1,2,x,3,4"], "t.csv:2: column effect_a: must be a finite number"),
    ],
)
def test_a_bad_wide_table_is_one_message(simulate, lines, part):
    Path("t.csv").write_text("\n".join(lines), encoding="utf-8")
    code, out, err = simulate("--table", "t.csv", *ONE)
    assert (code, out) == (2, "")
    assert part in err
