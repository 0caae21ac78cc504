"""`simulate value` as a user types it: what it writes and prints, and what it says about mistakes."""

# ruff: noqa: E501 (one line a case reads best)

from __future__ import annotations

import csv
import json
import random
import shlex
from pathlib import Path

import pytest

from sim.cli.main import main
from sim.report.command import command_line
from sim.study.inputs import fixed_inputs
from tests.conftest import GIVEN_PARAMETERS, load
from tests.oracle.test_uncertainty import FIXED

ONE = ["--workers", "1"]
HEADING = "draw,strategy,cost,effect"
NAMES = ("Usual care", "Needling", "Both", "=cmd|'/C calc'!A0", "<script>alert(1)</script> & $x$")


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["value", *arguments])
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


def write_tables(draws=300):
    luck = random.Random(5)
    table, inputs = [HEADING], ["draw,p_response,price,idle"]
    for draw in range(1, draws + 1):
        p, price, idle = luck.betavariate(20, 30), luck.gauss(60, 3), luck.random()
        inputs.append(f"{draw},{p:.5f},{price:.4f},{idle:.5f}")
        values = ((100, 0.70), (4 * price, 0.70 + 0.018 * p), (9 * price, 0.70 + 0.020 * p), (500, 0.69), (900, 0.66))
        for name, (cost, effect) in zip(NAMES, values, strict=True):
            table.append(f'{draw},"{name}",{cost:.4f},{effect + luck.gauss(0, 0.002):.6f}')
    Path("psa.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    Path("params.csv").write_text("\n".join(inputs) + "\n", encoding="utf-8")


def rows(path):
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


FULL = ["--table", "psa.csv", "--parameters", "params.csv", "--currency", "EUR", "--effect", "QALY", *ONE]


def test_the_command_writes_everything_and_answers(simulate):
    write_tables()
    code, out, err = simulate(*FULL)
    assert (code, err) == (0, "")
    assert all(len(line) <= 80 for line in out.splitlines())
    said = " ".join(out.split())
    for part in ("300 draws", "At €20,000 per QALY,", "is preferred", "No study can be worth more.", "input to check first is p_response",
                 "The best choice would be: below 0.", "Usual care gives at least as much for no more", "500 patients",
                 "over 5 years"):  # fmt: skip
        assert part in said, part
    words = said.partition("At €20,000")[2]
    assert not any(term in words for term in ("EVPI", "EVPPI", "dominated", "net benefit", "±"))
    target = Path("outputs/value-psa")
    written = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    names = ("plane", "acceptability", "loss", "inputs", "inputs_by_wtp", "by_input_1")
    figures = {f"figures/{name}.{kind}" for name in names for kind in ("svg", "png")}
    assert written == {
        "frontier.csv", "curves.csv", "draws.csv", "draws_inputs.csv", "evppi.csv", "by_input.csv", "reference.csv", "reference_curves.csv", "summary.json",
        "manifest.json", "report.html", *figures,
    }  # fmt: skip
    curves = rows(target / "curves.csv")
    assert len(curves) == 101 * 5
    by_wtp = {}
    for row in curves:
        by_wtp.setdefault(float(row["wtp"]), []).append(row)
    assert sorted(by_wtp)[::100] == [0, 50000]
    for each in by_wtp.values():
        assert sum(float(row["probability_best"]) for row in each) == pytest.approx(1, abs=1e-6)
        (preferred,) = [row for row in each if row["is_preferred"] == "True"]
        assert preferred["expected_loss"] == preferred["evpi"]
    summary = json.loads((target / "summary.json").read_text(encoding="utf-8"))
    assert summary["evppi"][0]["name"] == "p_response"
    assert summary["evppi_together"]["per_patient"] <= summary["evpi"]["per_patient"]
    assert summary["strategies"][1]["icer"]["value"] == pytest.approx(
        float(next(row["icer"] for row in rows(target / "frontier.csv") if row["icer"]))
    )
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["tables"]) == {"psa.csv", "params.csv"}
    code, again, _ = simulate(*shlex.split(command_line(manifest["parameters"]))[2:], "--json")
    assert json.loads(again) == summary


def test_every_strategy_is_held_against_a_named_reference(simulate):
    write_tables()
    code, out, _ = simulate(*FULL, "--reference", "Both")
    assert code == 0
    said = " ".join(out.split())
    assert "Against Both, Needling costs" in said
    assert "saved per QALY given up" in said
    assert "it is the better of the two in" in said
    target = Path("outputs/value-psa")
    found = {row["strategy"]: row for row in rows(target / "reference.csv")}
    assert set(found) == set(NAMES) - {"Both"} - {NAMES[3]} | {f"'{NAMES[3]}"}
    curves = [row for row in rows(target / "reference_curves.csv") if row["strategy"] == "Needling"]
    assert len(curves) == 101
    one = next(row for row in curves if float(row["wtp"]) == 20000)
    assert one["probability_better"] == found["Needling"]["probability_better"]
    assert float(one["net_benefit"]) == pytest.approx(float(found["Needling"]["net_benefit"]))
    assert sum(float(value) for name, value in found["Needling"].items() if name.startswith("share_")) == pytest.approx(
        1
    )
    summary = json.loads((target / "summary.json").read_text(encoding="utf-8"))
    assert summary["reference"] == "Both"
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    assert "--reference Both" in command_line(manifest["parameters"])


def test_inputs_are_chosen_and_grouped(simulate):
    write_tables()
    code, out, _ = simulate(*FULL, "--inputs", "price,p_response", "--group", "both of them=p_response,price")
    assert code == 0
    assert "Known together: both of them €" in " ".join(out.split())
    target = Path("outputs/value-psa")
    kinds = {(row["input"], row["kind"]) for row in rows(target / "evppi.csv")}
    assert kinds == {
        ("price", "input"),
        ("p_response", "input"),
        ("both of them", "group"),
        ("all inputs together", "all"),
    }
    summary = json.loads((target / "summary.json").read_text(encoding="utf-8"))
    (group,) = summary["evppi_groups"]
    assert group["inputs"] == ["p_response", "price"]
    assert summary["evppi"][0]["per_patient"] <= group["per_patient"] <= summary["evppi_together"]["per_patient"]
    report = (target / "report.html").read_text(encoding="utf-8")
    assert "both of them" in report
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    code, again, _ = simulate(*shlex.split(command_line(manifest["parameters"]))[2:], "--json")
    assert json.loads(again) == summary


def test_hostile_names_are_text_in_report_and_tables(simulate):
    write_tables(20)
    code, out, _ = simulate("--table", "psa.csv", *ONE)
    assert code == 0
    report = Path("outputs/value-psa/report.html").read_text(encoding="utf-8")
    assert "<script" not in report
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report
    text = Path("outputs/value-psa/frontier.csv").read_text(encoding="utf-8")
    assert not any(line.startswith(("=", "+", "-", "@")) for line in text.splitlines())
    assert "No inputs were given" in " ".join(out.split())
    assert not Path("outputs/value-psa/evppi.csv").exists()


def test_quiet_json_out_and_word(simulate):
    write_tables(120)
    code, out, _ = simulate(*FULL, "--quiet", "--out", "here", "--format", "html,docx")
    assert (code, out) == (0, "")
    assert Path("here/report.docx").stat().st_size > 10_000
    code, out, _ = simulate(*FULL, "--json", "--wtp", "0:30000:10000", "--at", "12000", "--patients-per-year", "80",
                            "--years", "2")  # fmt: skip
    summary = json.loads(out)
    assert summary["wtp"] == 12000
    assert summary["evpi"]["over_years"] == pytest.approx(160 * summary["evpi"]["per_patient"])
    assert {float(row["wtp"]) for row in rows("outputs/value-psa/curves.csv")} == {0, 10000, 12000, 20000, 30000}


def test_another_effect_gets_a_range_from_the_ratios_and_says_so(simulate):
    lines = [
        HEADING,
        *(f"{d},{s},{c + d % 3},{e + d % 2}" for d in range(30) for s, c, e in (("a", 10, 50), ("b", 100, 20))),
    ]
    Path("days.csv").write_text("\n".join(lines), encoding="utf-8")
    code, out, _ = simulate("--table", "days.csv", "--effect", "days in pain", "--lower-is-better", *ONE)
    assert code == 0
    said = " ".join(out.split())
    assert "3 per day in pain" in said
    assert "The range of willingness to pay was chosen to span" in said
    assert "Going from a to b costs 90 more and avoids 30" in said


def test_no_number_is_long_and_none_is_missing_in_words(simulate):
    write_tables(40)
    _, out, _ = simulate(*FULL)
    report = Path("outputs/value-psa/report.html").read_text(encoding="utf-8")
    import re

    for text in (out, re.sub(r"<svg.*?</svg>", "", report, flags=re.DOTALL)):
        assert not re.search(r"\d\.\d{7,}", text)
        assert not re.search(r"\b(nan|inf)\b", text.lower())
    assert "at least 100 draws" in " ".join(out.split())


def test_rows_in_any_order_give_the_same_draws(simulate):
    from sim.decision.value.table import read_psa

    write_tables(40)
    heading, *body = Path("psa.csv").read_text(encoding="utf-8").splitlines()
    once = read_psa(Path("psa.csv"), Path("params.csv"))
    first, rest = body[: len(NAMES)], body[len(NAMES) :]
    random.Random(1).shuffle(rest)
    Path("mixed.csv").write_text("\n".join([heading, *first, *rest]), encoding="utf-8")
    other = read_psa(Path("mixed.csv"), Path("params.csv"))
    assert other.strategies == once.strategies
    for name, values in once.parameters.items():
        assert sorted(zip(values, once.cost.tolist(), once.effect.tolist(), strict=True)) == sorted(
            zip(other.parameters[name], other.cost.tolist(), other.effect.tolist(), strict=True)
        )


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_line_ends_byte_order_marks_extra_columns_and_spaces_do_not_matter(simulate, ending, start):
    body = [f'"{d}", {s} ,{10 * d + k}.5,+1e{k},note' for d in range(12) for k, s in enumerate(("a", "b"))]
    text = start + ending.join(['"draw","strategy",cost,effect,""', *body, "", " , ,,,"]) + ending
    Path("t.csv").write_bytes(text.encode())
    code, out, err = simulate("--table", "t.csv", "--json", *ONE)
    assert (code, err) == (0, "")
    assert json.loads(out)["strategies"][0]["cost"]["mean"] == pytest.approx(55.5)


def good(draws=12):
    return [f"{d},{s},{10 * d},{k}" for d in range(draws) for k, s in enumerate(("a", "b"))]


BAD_TABLES = [
    (["draw;strategy;cost;effect"], "t.csv:1: has a heading but no rows"),
    (["draw,strategy,cost", "1,a,1"], "t.csv:1: column effect is missing; needed: draw, strategy, cost, effect; given"),
    (["draw,stratgy,cost,effect"], "column strategy is missing", "Did you mean 'stratgy'?"),
    (["draw,strategy,cost,cost,effect"], "t.csv:1: column 'cost' is there twice"),
    ([HEADING], "t.csv:1: has a heading but no rows"),
    ([HEADING, *good(), "12,a,NA,1"], "t.csv:26: column cost: must be a finite number; given 'NA'"),
    ([HEADING, *good(), "12,a,1,nan"], "t.csv:26: column effect: must be a finite number; given 'nan'"),
    ([HEADING, *good(), "12,a,inf,1"], "t.csv:26: column cost: must be a finite number; given 'inf'"),
    ([HEADING, *good(), "12,a,,1"], "t.csv:26: column cost: must be a finite number; given ''"),
    ([HEADING, "1,a,1,5,1"], "t.csv:2: has 5 columns; allowed: 4, as in the heading. With decimal commas, separate"),
    ([HEADING, '1,a,"1,500",1'], "t.csv:2: column cost: must be a finite number; write 1.5 or 1500; given '1,500'"),
    ([HEADING, "1,a,1e13,1"], "t.csv:2: column cost: must be from -1e+12 to 1e+12; given '1e13'"),
    ([HEADING, "1,a,1_0,1"], "must be a finite number; given '1_0'"),
    ([HEADING, "1,a,1"], "t.csv:2: has 3 columns; allowed: 4, as in the heading"),
    ([HEADING, "1,,1,1"], "t.csv:2: column strategy: must not be empty"),
    ([HEADING, ",a,1,1"], "t.csv:2: column draw: must not be empty"),
    ([HEADING, *good(), "3,b,1,1"], "t.csv:26: column draw: draw '3', strategy 'b' is given twice (first in line 9)"),
    ([HEADING, *good(), "12,a,1,1"], "t.csv:26: column strategy: draw '12' has no row for strategy 'b'"),
    ([HEADING, "", *good(), "", "12,a,1,1"], "t.csv:28: column strategy: draw '12' has no row for strategy 'b'"),
    ([HEADING, '0,"x\ny",1,1', "0,b,z,1"], "t.csv:4: column cost: must be a finite number; given 'z'"),
    ([HEADING, *good(9)], "t.csv: column draw: has 9 draws; allowed: at least 10"),
    ([HEADING, *(f"{d},a,1,1" for d in range(20))], "t.csv: column strategy: has one strategy, 'a'; allowed: at least 2"),
    ([HEADING, *(f"1,{d},1,1" for d in range(60))], "t.csv:52: column strategy: 60 strategies are named; allowed: at m"),
    ([HEADING, "1," + "x" * 101 + ",1,1"], "t.csv:2: column strategy: must be at most 100 characters long; given 101"),
    ([HEADING, *good(), "12,\0,1,1"], "t.csv:26: holds a NUL character"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "parts"), [(lines, parts) for lines, *parts in BAD_TABLES])
def test_a_bad_table_is_one_message_with_file_line_and_column(simulate, lines, parts):
    Path("t.csv").write_bytes("\n".join(lines).encode())
    code, out, err = simulate("--table", "t.csv", *ONE)
    assert (code, out) == (2, "")
    assert err.startswith("error: t.csv")
    assert len(err.splitlines()) == 1
    assert all(part in err for part in parts), err
    assert not Path("outputs").exists()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "t.csv: is empty"),
        (b" \n\n", "t.csv: is empty"),
        (HEADING.encode() + b"\n1,\xe9,1,1\n", "t.csv:2: is not UTF-8 text"),
        ("draw".encode("utf-16"), "t.csv:1: is not UTF-8 text"),
        (b"PK\x03\x04\x00\x00", "t.csv:1: holds a NUL"),
        (HEADING.encode() + b'\n1,"a,1,1\n' + b"x" * 200_000, "t.csv:"),
    ],
)
def test_what_is_no_table_is_said(simulate, content, part):
    Path("t.csv").write_bytes(content)
    code, _, err = simulate("--table", "t.csv", *ONE)
    assert code == 2
    assert part in err


def test_a_directory_a_missing_file_and_a_huge_one(simulate, monkeypatch):
    Path("d").mkdir()
    assert "error: d: is a directory; allowed: a CSV file or an Excel workbook" in simulate("--table", "d", *ONE)[2]
    assert "error: no.csv: there is no such file" in simulate("--table", "no.csv", *ONE)[2]
    write_tables(10)
    monkeypatch.setattr("sim.tables.rows.MOST_BYTES", 100)
    code, _, err = simulate("--table", "psa.csv", *ONE)
    assert code == 2
    assert "MB; allowed: at most" in err


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (["draw", *map(str, range(12))], "p.csv:1: has no parameter; allowed: draw and a column for every parameter"),
        (["x,y", "1,2"], "p.csv:1: column draw is missing"),
        (["draw,x", *(f"{d},1" for d in range(11))], "p.csv: column draw: has no '11', a draw of t.csv"),
        (["draw,x", *(f"{d},1" for d in range(13))], "p.csv:14: column draw: '12' is no draw of t.csv"),
        (["draw,x", "0,1", "0,2"], "p.csv:3: column draw: draw '0' is given twice (first in line 2)"),
        (["draw,x", "0,high"], "p.csv:2: column x: must be a finite number; given 'high'"),
        (["draw,x,x", "0,1,1"], "p.csv:1: column 'x' is there twice"),
    ],
)
def test_bad_parameters_are_one_message(simulate, lines, part):
    Path("t.csv").write_text("\n".join([HEADING, *good()]), encoding="utf-8")
    Path("p.csv").write_text("\n".join(lines), encoding="utf-8")
    code, _, err = simulate("--table", "t.csv", "--parameters", "p.csv", *ONE)
    assert code == 2
    assert part in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "give either a scenario FILE or --table CSV"),
        (["acute.yaml", "--table", "psa.csv"], "give either a scenario FILE or --table CSV"),
        (["--table", "psa.csv", "--set", "seed=3"], "--set is for a scenario"),
        (["--table", "psa.csv", "--seed", "3"], "--seed is for a scenario"),
        (["--table", "psa.csv", "--draws", "30"], "--draws is for a scenario"),
        (["acute.yaml", "--parameters", "p.csv"], "--parameters is for a table"),
        (["acute.yaml", "--currency", "EUR"], "--currency is for a table"),
        (["--table", "psa.csv", "--wtp", "50000"], "--wtp 50000: must be at least two values; allowed: a range"),
        (["--table", "psa.csv", "--wtp", "5:1"], "--wtp 5:1: the range must rise"),
        (["--table", "psa.csv", "--wtp", "0:10:0"], "--wtp 0:10:0: the step must be above 0"),
        (["--table", "psa.csv", "--wtp", "0:10:20"], "the step must be above 0 and at most the range"),
        (["--table", "psa.csv", "--wtp=-5:10"], "--wtp -5:10: must be numbers from 0 up; allowed: a range 0:50000"),
        (["--table", "psa.csv", "--wtp", "0:nan"], "--wtp 0:nan: must be numbers"),
        (["--table", "psa.csv", "--wtp", "0:1e12"], "--wtp 0:1e12: must be at most 1000000000"),
        (["--table", "psa.csv", "--wtp", "0:50000:1"], "has 50,001 values; allowed: at most 1001"),
        (["--table", "psa.csv", "--at", "60000"], "--at 60000: must be within the willingness to pay, 0 to 50000"),
        (
            ["--table", "psa.csv", "--reference", "Neddling"],
            "--reference 'Neddling': is no strategy; allowed: 'Usual care', 'Needling'",
        ),
        (
            ["--table", "psa.csv", "--parameters", "params.csv", "--group", "a=prize"],
            "--group 'a': 'prize' is no input; allowed: 'p_response', 'price', 'idle'. Did you mean 'price'?",
        ),
        (
            ["--table", "psa.csv", "--inputs", "price"],
            "--inputs: 'price' is no input; allowed: none, as there are no inputs (--parameters)",
        ),
        (["acute.yaml", "--inputs", "costs.visit,x"], "--inputs: 'x' is no input; allowed: "),
        (["acute.yaml", "--reference", "usual_car"], "--reference 'usual_car': is no strategy; allowed: 'usual_care'"),
        (["--table", "psa.csv", "--at", "nan"], "--at nan: must be within"),
        (["--table", "psa.csv", "--patients-per-year", "0"], "--patients-per-year 0: must be from 1 to"),
        (["--table", "psa.csv", "--years", "0"], "--years 0: must be above 0"),
        (["--table", "psa.csv", "--years", "nan"], "--years nan: must be above 0"),
        (["--table", "psa.csv", "--currency", ""], "--currency '': must be 1 to 12 characters"),
        (["--table", "psa.csv", "--effect", "x" * 50], "must be 1 to 40 characters"),
        (["--table", "psa.csv", "--format", "odt"], "--format: unknown format 'odt'"),
    ],
)
def test_a_bad_option_is_one_message_that_names_it(simulate, arguments, part):
    write_tables(12)
    code, out, err = simulate(*arguments, *ONE)
    assert (code, out) == (2, "")
    assert part in " ".join(err.split())
    assert not Path("outputs").exists()


SCENARIO = ("acute.yaml", *ONE, "--patients-per-draw", "60")
DRY_NEEDLING_KNOWN = (GIVEN_PARAMETERS[0], *(change for change in FIXED if change.startswith("profiles.")))
"""Half as much is calibrated in every draw: claims about acupuncture alone."""
PRICES_AND_FORMS = (
    *GIVEN_PARAMETERS,
    *(change for change in FIXED if not change.startswith(("costs.", "response.", "structure.fading="))),
)
"""Nothing is calibrated; prices, how patients respond and how effects fade are uncertain."""


def sets(changes):
    return [word for change in changes for word in ("--set", change)]


def test_the_value_of_a_scenario(simulate):
    options = ("--draws", "100", "--effect", "lasting_relief", *sets(DRY_NEEDLING_KNOWN))
    code, printed, _ = simulate(*SCENARIO, *options)
    assert code == 0
    assert "Acute back spasm: 100 draws" in printed
    out = Path("outputs/value-acute")
    content = json.loads((out / "summary.json").read_text())
    assert content["draws"] == 100
    report = (out / "report.html").read_text()
    assert "Acupuncture: fall in pain by the end of the course" in report
    known = {row["input"] for row in rows(out / "evppi.csv")}
    assert {"claims.acupuncture.relapse_3mo", "structure.fading", "structure.matching"} <= known
    by_form = rows(out / "structure.csv")
    kinds = {"relapse": 2, "fading": 3, "matching": 2, "several_modalities": 2}
    assert {kind: len({row["alternative"] for row in by_form if row["kind"] == kind}) for kind in kinds} == kinds
    overall = {row["strategy"]: float(row["cost"]) for row in rows(out / "frontier.csv")}
    for kind in kinds:
        of_kind = [row for row in by_form if row["kind"] == kind]
        for strategy, cost in overall.items():
            parts = [(int(row["draws"]), float(row["cost"])) for row in of_kind if row["strategy"] == strategy]
            assert sum(draws for draws, _ in parts) == 100
            assert sum(draws * part for draws, part in parts) / 100 == pytest.approx(cost, rel=1e-8)
    assert len(content["structure"]) == len(by_form)
    assert "In each form of the model" in report
    # Every number that is not drawn is listed as fixed, but for one that an alternative of the model's form sets.
    fixed = {placed.path for placed in fixed_inputs(load("acute.yaml", DRY_NEEDLING_KNOWN).scenario)}
    assert {"relief.points", "followup.horizon", "response.match"} <= fixed
    listed = report[report.index('id="fixed"') : report.index('id="assumptions"')]
    assert all(path in listed for path in fixed - {"response.match"})
    assert "response.match" not in listed


def test_doubling_every_cost_of_a_scenario_doubles_every_icer(simulate):
    prices = {"costs.visit": 40, "modalities.dry_needling.cost": 25, "modalities.acupuncture.cost": 40,
              "modalities.acupuncture.first_visit_cost": 32}  # fmt: skip

    def ratios(factor):
        changes = sets([*PRICES_AND_FORMS, *(f"{path}={factor * price}" for path, price in prices.items())])
        assert simulate(*SCENARIO, "--draws", "20", *changes, "--out", f"times-{factor}")[0] == 0
        return {row["strategy"]: float(row["icer"]) for row in rows(f"times-{factor}/frontier.csv") if row["icer"]}

    once, twice = ratios(1), ratios(2)
    assert once
    assert twice == pytest.approx({name: 2 * ratio for name, ratio in once.items()}, rel=1e-9)  # ten digits are written


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("acute.yaml", "--effect", "visits_to_relief"), "--effect 'visits_to_relief': must be one of"),
        (("acute.yaml", "--effect", "lasting_releif"), "lasting_relief"),
        (("acute.yaml", "--patients", "100"), "--patients-per-draw"),
        (("acute.yaml", "--draws", "3"), "at least 20"),
        (("acute.yaml", "--set", "arms=[combined]"), "one arm"),
        (("nowhere.yaml",), "no scenario"),
    ],
)
def test_a_bad_question_about_a_scenario_is_one_message(simulate, arguments, part):
    code, _, error = simulate(*arguments)
    assert code == 2
    assert part in error
    assert "Traceback" not in error


def test_a_study_of_an_input_of_a_table_is_in_every_output(simulate):
    write_tables()
    code, out, err = simulate(
        *FULL, "--at", "20000", "--study", "n=20/200,input=p_response,sd=0.5,cost=1000+10,after=1"
    )
    assert code == 0, err
    assert "A study of p_response (single observations scatter by 0.5" in " ".join(out.split())
    written = rows("outputs/value-psa/evsi.csv")
    assert [row["patients_per_group"] for row in written] == ["20", "200"]
    summary = json.loads(Path("outputs/value-psa/summary.json").read_text(encoding="utf-8"))
    assert summary["study"]["input"] == "p_response"
    evppi = next(one["per_patient"] for one in summary["evppi"] if one["name"] == "p_response")
    assert 0 <= float(written[0]["evsi"]) <= float(written[1]["evsi"]) <= evppi <= summary["evpi"]["per_patient"]
    report = Path("outputs/value-psa/report.html").read_text(encoding="utf-8")
    assert "What the study would be worth" in report


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("n=50,arms=a/b,outcome=qaly", "a table holds no outcomes of patients"),
        ("n=50,input=p_respond,sd=1", "is no input; allowed: 'p_response', 'price', 'idle'"),
        ("n=1,input=idle,sd=1", "from 2 to"),
    ],
)
def test_a_study_that_a_table_cannot_tell_is_refused(simulate, study, said):
    write_tables()
    code, out, err = simulate(*FULL, "--study", study)
    assert (code, out) == (2, "")
    assert said in err
    assert not Path("outputs").exists()


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("n=50,arms=needling/usual_care,outcome=qaly", "is no arm"),
        ("n=50,arms=dry_needling/usual_care,outcome=days_to_relief", "is no outcome"),
        ("n=50,input=costs.visits,sd=1", "is no input"),
        ("n=50,arms=dry_needling/usual_care,outcome=qaly,after=5", "must be before the end of the 5 years"),
    ],
)
def test_a_study_that_a_scenario_cannot_have_is_refused_before_anything_is_run(simulate, study, said):
    code, out, err = simulate("acute.yaml", "--study", study, *ONE)
    assert (code, out) == (2, "")
    assert said in err
