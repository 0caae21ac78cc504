"""`simulate --config`: what a user types, sees and finds afterwards."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli.main import main
from sim.quantities import OUTCOMES
from sim.report.command import command_line

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from sim.cli.main import main; main()"]
FAST = ("--patients", "600")
COLUMNS = "scenario,arm,subgroup,outcome,statistic,unit,estimate,mc_error,lower,upper"


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def simulate(*arguments):
    """Run in this process and return the exit code."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    return caught.value.code


@pytest.fixture(scope="module")
def acute(tmp_path_factory):
    """Return the directory of a quiet run, for tests that look at what it holds or at what takes its place."""
    place = tmp_path_factory.mktemp("acute")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert simulate("--config", "acute.yaml", *FAST, "--quiet", "--save-patients") == 0
    return place / "outputs/acute"


def test_a_run_leaves_the_promised_files_and_nothing_else(workplace, capsys):
    assert simulate("--config", "acute.yaml", *FAST, "--save-patients") == 0
    target = workplace / "outputs" / "acute"
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    figures = {name for name in found if name.startswith("figures/")}
    assert found - figures == {
        "report.html", "summary.csv", "summary.json", "differences.csv", "calibration.csv", "examples.csv",
        "trajectories.csv", "manifest.json", "patients.parquet",
    }  # fmt: skip
    assert {Path(name).suffix for name in figures} == {".svg", ".png"}
    assert len(list((workplace / "outputs").iterdir())) == 1
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest["program"] == "coursesim"
    assert set(manifest["files"]) == found - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((target / name).read_bytes()).hexdigest() == digest
    captured = capsys.readouterr()
    assert "Combined" in captured.out
    assert "±" in captured.out
    assert "outputs/acute/report.html" in captured.out.replace("\n", "")
    assert captured.err == ""


@pytest.mark.parametrize(
    ("given", "reports"),
    [
        (("html",), ["report.html"]),
        (("docx",), ["report.docx"]),
        (("docx, HTML,docx",), ["report.docx", "report.html"]),
        (("docx", "html"), ["report.docx", "report.html"]),
        (("xlsx,html",), ["report.html", "report.xlsx"]),
        (("pdf",), ["report.pdf"]),
    ],
    ids=["html", "docx", "both at once", "one by one", "a workbook", "pdf"],
)
def test_the_report_comes_in_the_formats_asked_for(workplace, capsys, given, reports):
    assert simulate("--config", "acute.yaml", *FAST, *(word for form in given for word in ("--format", form))) == 0
    target = workplace / "outputs/acute"
    assert sorted(path.name for path in target.glob("report.*")) == reports
    assert list((target / "figures").iterdir())
    manifest = json.loads((target / "manifest.json").read_text())
    assert [name for name in sorted(manifest["files"]) if name.startswith("report")] == reports
    assert ("python-docx" in manifest["versions"]) == ("report.docx" in reports)
    assert ("typst" in manifest["versions"]) == ("report.pdf" in reports)
    assert ("XlsxWriter" in manifest["versions"]) == ("report.xlsx" in reports)
    printed = capsys.readouterr().out
    assert [name for name in reports if f"outputs/acute/{name}" in printed] == reports


@pytest.mark.parametrize("given", ["odt", "html,odt", "", "doxc"])
def test_an_unknown_format_is_refused_with_those_allowed(workplace, capsys, given):
    assert simulate("--config", "acute.yaml", "--patients", "1000000000", "--format", given) == 2
    message = capsys.readouterr().err
    assert "--format" in message
    assert "html, docx" in message
    assert ("Did you mean 'docx'?" in message) == (given == "doxc")
    assert not list(workplace.iterdir())


@pytest.mark.parametrize(("form", "package"), [("docx", "python-docx"), ("xlsx", "XlsxWriter"), ("pdf", "typst")])
def test_a_format_whose_package_is_missing_is_refused_before_anything_runs(
    workplace, capsys, monkeypatch, form, package
):
    monkeypatch.setattr("sim.output.extras.find_spec", lambda name: None)
    assert simulate("--config", "acute.yaml", "--patients", "1000000000", "--format", f"html,{form}") == 2
    said = capsys.readouterr().err
    assert f"--format {form} needs {package}; install it with: " in said
    root = Path(__file__).resolve().parents[2]
    assert f"-m pip install -e '{root}[{form}]'" in said
    assert not list(workplace.iterdir())


def test_without_a_checkout_a_missing_package_is_installed_by_name(workplace, capsys, monkeypatch):
    monkeypatch.setattr("sim.output.extras.find_spec", lambda name: None)
    monkeypatch.setattr("sim.output.extras.CHECKOUT", workplace)
    assert simulate("--config", "acute.yaml", "--format", "xlsx") == 2
    assert "install it with: pip install 'coursesim[xlsx]'" in capsys.readouterr().err


def test_summary_holds_all_outcomes_arms_and_subgroups(workplace):
    assert simulate("--config", "reference.yaml", *FAST, "--quiet") == 0
    text = (workplace / "outputs/reference/summary.csv").read_text()
    assert text.splitlines()[0] == COLUMNS
    rows = list(csv.DictReader(text.splitlines()))
    arms = ("usual_care", "dry_needling", "acupuncture", "combined")
    for arm in arms:
        for subgroup in ("all", "acute_strain", "chronic", "stress_linked"):
            mine = {(r["outcome"], r["statistic"]) for r in rows if r["arm"] == arm and r["subgroup"] == subgroup}
            assert {name for name, _ in mine} == {outcome.name for outcome in OUTCOMES}
            assert {("pain_reduction", s) for s in ("mean", "sd", "p05", "p25", "p50", "p75", "p95")} <= mine
    assert {r["scenario"] for r in rows} == {"reference"}
    for row in rows:
        for column in ("estimate", "mc_error", "lower", "upper"):
            assert row[column] == "" or isinstance(float(row[column]), float)
            assert row[column] != "nan"
        assert row["unit"]


def test_json_goes_to_stdout_and_equals_the_file(workplace, capsys):
    assert simulate("--config", "acute.yaml", *FAST, "--json") == 0
    printed = capsys.readouterr().out
    assert printed == (workplace / "outputs/acute/summary.json").read_text()
    content = json.loads(printed)
    assert content["patients"] == 600
    assert {(d["arm"], d["versus"]) for d in content["differences"]} >= {("combined", "usual_care")}


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(workplace):
    for out, workers in (("one", "1"), ("two", "2"), ("again", "1")):
        options = ("--quiet", "--out", out, "--workers", workers, "--format", "html,docx")
        assert simulate("--config", "acute.yaml", *FAST, *options) == 0
    first = json.loads((workplace / "one/manifest.json").read_text())["files"]
    for out in ("two", "again"):
        assert json.loads((workplace / out / "manifest.json").read_text())["files"] == first
    assert simulate("--config", "acute.yaml", *FAST, "--quiet", "--out", "other", "--seed", "2") == 0
    other = json.loads((workplace / "other/manifest.json").read_text())["files"]
    assert other["summary.csv"] != first["summary.csv"]


def test_the_manifest_can_run_it_again(workplace):
    assert simulate("--config", "acute.yaml", *FAST, "--quiet", "--set", "response.rho=0.8", "--seed", "5") == 0
    manifest = json.loads((workplace / "outputs/acute/manifest.json").read_text())
    (workplace / "acute.yaml").write_text(json.dumps(manifest["configuration"], indent=1))
    assert simulate("--config", str(workplace / "acute.yaml"), "--quiet", "--out", "again") == 0
    again = json.loads((workplace / "again/manifest.json").read_text())
    for name in ("summary.csv", "trajectories.csv", "summary.json"):
        assert again["files"][name] == manifest["files"][name]


def test_an_earlier_run_is_replaced_whole(workplace, acute):
    target = Path(shutil.copytree(acute, workplace / "outputs/acute"))
    assert (target / "patients.parquet").exists()
    before = (target / "summary.csv").read_bytes()
    assert simulate("--config", "acute.yaml", *FAST, "--quiet", "--seed", "3") == 0
    assert not (target / "patients.parquet").exists()
    assert (target / "summary.csv").read_bytes() != before


@pytest.mark.parametrize("stranger", ["notes.txt", "figures/mine.png", ".hidden"])
def test_a_directory_with_anything_else_is_refused_and_untouched(workplace, acute, capsys, stranger):
    target = Path(shutil.copytree(acute, workplace / "outputs/acute"))
    before = (target / "summary.csv").read_bytes()
    (target / stranger).write_text("mine")
    assert simulate("--config", "acute.yaml", *FAST, "--quiet", "--seed", "9") == 2
    message = capsys.readouterr().err
    assert stranger in message
    assert "--out" in message
    assert (target / stranger).read_text() == "mine"
    assert (target / "summary.csv").read_bytes() == before
    assert [p.name for p in (workplace / "outputs").iterdir()] == ["acute"]


def test_a_file_in_the_way_is_refused(workplace, capsys):
    (workplace / "there").write_text("x")
    for out in ("there", "there/below"):
        assert simulate("--config", "acute.yaml", *FAST, "--out", out) == 2
        assert "there" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["/proc/coursesim", "/dev/null/x"])
def test_an_unwritable_directory_is_refused_before_anything_runs(workplace, capsys, where):
    start = time.perf_counter()
    assert simulate("--config", "acute.yaml", "--patients", "1000000000", "--out", where) == 2
    assert time.perf_counter() - start < 30
    message = capsys.readouterr().err
    assert where in message
    assert "Traceback" not in message
    assert not list(workplace.iterdir())


IMPOSSIBLE = ("--set", "claims.dry_needling.pain_reduction=9")
"""More than the pain that patients have to begin with."""


def test_an_impossible_claim_is_met_as_nearly_as_can_be_and_said_to_be_missed(workplace, capsys):
    assert simulate("--config", "acute.yaml", *FAST, *IMPOSSIBLE) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Not all claims can be met together" in said
    assert "Dry needling: pain reduction at the end of the course −" in said
    content = json.loads((workplace / "outputs/acute/summary.json").read_text())
    missed = {claim["place"]: claim for claim in content["calibration"]["claims"] if abs(claim["off"]) > 1}
    impossible = missed["claims.dry_needling.pain_reduction"]
    assert impossible["doubt"] == pytest.approx(0.09)
    assert impossible["reached"] < 6
    assert impossible["off"] == pytest.approx((impossible["reached"] - 9) / 0.09)
    report = (workplace / "outputs/acute/report.html").read_text()
    assert "missed by more than its doubt" in report
    assert "claims.dry_needling.pain_reduction: 9 NRS points is claimed" in report


def test_strict_makes_a_missed_claim_an_error_that_names_what_stands_against_it(workplace, capsys):
    for command in (("--config", "acute.yaml"), ("calibrate", "acute.yaml", "--patients", "100")):
        assert simulate(*command, *IMPOSSIBLE, "--strict") == 2
        message = capsys.readouterr().err
        assert "claims.dry_needling.pain_reduction: 9 NRS points is claimed" in message
        assert "against it: " in message
        assert "`uncertainty`" in message
    assert not list(workplace.glob("outputs/*"))


def test_strict_passes_what_is_met(workplace):
    assert simulate("--config", "acute.yaml", *FAST, "--strict", "--quiet") == 0


def test_ones_own_records_beside_an_articles_claims_are_named(workplace, capsys):
    own = [f"claims.dry_needling.{claim}" for claim in ("pain_reduction=3.5", "visits_to_relief=1.6", "satisfied=0.75",
                                                        "relapse_3mo=0.35")]  # fmt: skip
    given = [word for one in own for word in ("--set", one)]
    assert simulate("--config", "acute.yaml", *FAST, *given) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Your own claims against an article's: Dry needling has claims of your own, Acupuncture keeps" in said
    assert "Your own claims against an article&#39;s." in (workplace / "outputs/acute/report.html").read_text()
    assert simulate("--config", "acute.yaml", *FAST) == 0
    assert "Your records" not in capsys.readouterr().out


def test_a_treatment_that_is_left_no_effect_of_its_own_is_named(workplace, capsys):
    # Without needling, pain falls by 1.9 points in the patients whom the claims describe.
    changes = ("claims.acupuncture.pain_reduction=1.5", "claims.acupuncture.visits_to_relief=null",
               "claims.acupuncture.relapse_3mo=null", "parameters.acupuncture.half_life=3")  # fmt: skip
    given = [word for change in changes for word in ("--set", change)]
    assert simulate("--config", "reference.yaml", *FAST, *given) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "What is claimed of Acupuncture is no more than the natural course and the context effect" in said


def test_the_report_reads_arms_on_the_same_days_first(acute):
    report = (acute / "report.html").read_text()
    assert report.index("The same days for every arm") < report.index("At the end of each arm&#39;s own course")
    assert "have different definitions" in report
    names = [path.stem for path in (acute / "figures").glob("*.svg")]
    assert {"pain_reduction_day42", "pain_reduction_day133", "pain_reduction", "calibration"} <= set(names)


def test_precision_adds_patients_until_the_primary_difference_is_sure(workplace):
    assert simulate("--config", "reference.yaml", *FAST, "--precision", "0.008", "--quiet") == 0
    content = json.loads((workplace / "outputs/reference/summary.json").read_text())
    assert content["patients"] > 600
    primary = [
        d for d in content["differences"]
        if d["outcome"] == "pain_reduction_day42" and d["subgroup"] == "all"
        and {d["arm"], d["versus"]} == {"dry_needling", "acupuncture"}
    ]  # fmt: skip
    assert primary[0]["mc_error"] <= 0.008


@pytest.mark.parametrize("patients", ["1", "2", "300"])
def test_precision_is_not_judged_by_a_few_patients(workplace, patients):
    words = ("--config", "reference.yaml", "--patients", patients, "--precision", "0.5", "--seed", "3", "--quiet")
    assert simulate(*words) == 0
    assert json.loads((workplace / "outputs/reference/summary.json").read_text())["patients"] > 1280


@pytest.mark.parametrize("patients", ["1", "2", "7"])
def test_what_a_few_patients_show_is_not_called_beyond_chance(workplace, capsys, patients):
    for seed in ("2", "3", "4"):
        assert simulate("--config", "reference.yaml", "--patients", patients, "--seed", seed) == 0
        said = " ".join(capsys.readouterr().out.split())
        content = json.loads((workplace / "outputs/reference/summary.json").read_text())
        primary = [
            d for d in content["differences"] if d["outcome"] == "pain_reduction_day42" and d["subgroup"] == "all"
        ]
        if not any((d["lower"] or 0) > 0 or (d["upper"] or 0) < 0 for d in primary):
            assert "beyond chance" not in said
            assert "more than the 2 points" not in said
        assert ("One simulated patient says nothing about which arm is better" in said) == (patients == "1")


@pytest.mark.parametrize("precision", ["0", "-1", "nan", "much"])
def test_a_senseless_precision_is_refused(workplace, capsys, precision):
    assert simulate("--config", "acute.yaml", "--precision", precision) == 2
    assert "--precision" in capsys.readouterr().err


def test_calibrate_prints_claims_values_errors_and_parameters(workplace, capsys):
    assert simulate("calibrate", "reference.yaml", "--set", "claims.dry_needling.pain_reduction=4.1") == 0
    printed = capsys.readouterr().out
    for word in ("dry_needling", "pain_reduction", "4.1", "±", "ceiling", "half-life", "relapse scale"):
        assert word in printed
    assert simulate("calibrate", "reference.yaml", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    natural = [claim for claim in content["claims"] if not claim["modality"]]
    of_treatments = [claim for claim in content["claims"] if claim["modality"]]
    assert (len(of_treatments), len(natural)) == (8, 9)
    assert all(abs(claim["off"]) < 0.05 for claim in of_treatments)  # four parameters each for four claims
    assert all(abs(claim["off"]) < 1 for claim in natural)  # two means each for three days
    assert all(claim["simulated"] is None for claim in natural)


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "a $x^2 b $", "=1+1", "\u202e & \" ' </title>"])
def test_a_hostile_title_appears_as_text(workplace, title):
    (workplace / "odd.yaml").write_text(f"extends: acute.yaml\ntitle: {json.dumps(title)}\n")
    assert simulate("--config", "odd.yaml", "--patients", "100", "--quiet") == 0
    html = (workplace / "outputs/odd/report.html").read_text()
    assert "<script" not in html
    assert "alert(1)" not in title or "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    for figure in (workplace / "outputs/odd/figures").glob("*.svg"):
        assert "<script" not in figure.read_text()


def test_nothing_but_results_in_a_pipe(workplace):
    done = subprocess.run(
        [*PROGRAM, "--config", "acute.yaml", *FAST], capture_output=True, text=True, cwd=workplace, check=True
    )
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("primary.arms=[combined, combined]", "primary"),
        ("relapse.shape=0.01", "relapse.shape"),
        ("followup.horizon=10", "horizon"),
    ],
)
def test_what_cannot_run_is_refused_by_check_too(workplace, capsys, override, words):
    for command in (("--config", "reference.yaml"), ("check", "reference.yaml")):
        assert simulate(*command, "--set", override) == 2
        message = capsys.readouterr().err
        assert words in message
        assert "inf " not in message
    assert not (workplace / "outputs").exists()


def test_an_entry_rule_that_hardly_anybody_passes_is_refused_by_check_too(workplace, capsys):
    milder = "profiles.acute_strain.baseline_pain={mean: 3, sd: 0.5, low: 2, high: 4}"
    rule = "cohort.include={reported_pain_at_least: 9}"
    for command in (("--config", "acute.yaml"), ("check", "acute.yaml")):
        assert simulate(*command, "--set", milder, "--set", rule) == 2
        assert "cohort.include.reported_pain_at_least: of Acute strain fewer than 1 %" in capsys.readouterr().err


def test_precision_needs_two_arms(workplace, capsys):
    assert simulate("--config", "acute.yaml", "--set", "arms=[combined]", "--precision", "0.01") == 2
    assert "two arms" in capsys.readouterr().err


def test_the_directory_one_is_in_is_never_replaced(workplace, capsys):
    assert simulate("--config", "acute.yaml", *FAST, "--out", ".") == 2
    assert "where you are" in capsys.readouterr().err
    assert workplace.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 0, "Usage: simulate"),
        (("--help",), 0, "--precision"),
        (("--version",), 0, "simulate, version"),
        (("--config",), 2, "--config"),
        (("--seed", "1"), 2, "--config FILE"),
        (("--config", "nothing.yaml"), 2, "acute.yaml"),
        (("--config", "acute.yaml", "--workers", "0"), 2, "--workers"),
        (("--config", "acute.yaml", "--patients", "-3"), 2, "cohort.size"),
        (("--config", "acute.yaml", "--patients", "lots"), 2, "cohort.size"),
        (("--config", "acute.yaml", "--nonsense"), 2, "--nonsense"),
        (("frobnicate",), 2, "frobnicate"),
        (("--config", "acute.yaml", "check", "acute.yaml"), 2, "after the command"),
    ],
)
def test_exit_codes_and_messages(workplace, capsys, arguments, code, words):
    assert simulate(*arguments) == code
    captured = capsys.readouterr()
    assert words in captured.out + captured.err
    assert (captured.err == "") == (code == 0)


def test_help_needs_no_heavy_import():
    program = "import sys; sys.argv=['simulate','--help']\nfrom sim.cli.main import cli\n" \
        "cli.main(standalone_mode=False)\n" \
        "heavy = {'numpy','scipy','numba','pydantic','matplotlib','rich','jinja2','ruamel'} & set(sys.modules)\n" \
        "sys.exit(f'imported {heavy}' if heavy else 0)"  # fmt: skip
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=ROOT, env=os.environ)


def test_shipped_schema_is_current(capsys):
    assert simulate("schema") == 0
    assert capsys.readouterr().out == (ROOT / "configs/scenario.schema.json").read_text()


def test_patients_file_has_units_and_agrees_with_the_summary(workplace):
    import pyarrow.parquet as pq

    assert simulate("--config", "reference.yaml", "--patients", "5000", "--save-patients", "--quiet") == 0
    table = pq.read_table(workplace / "outputs/reference/patients.parquet")
    assert table.num_rows == 4 * 5000
    assert table.schema.field("pain_reduction").metadata[b"unit"] == b"NRS points"
    assert table.schema.field("cost").metadata[b"unit"] == b"USD"
    rows = list(csv.DictReader((workplace / "outputs/reference/summary.csv").read_text().splitlines()))
    frame = table.to_pydict()
    for arm in ("usual_care", "combined"):
        mine = [v for v, a in zip(frame["lasting_relief"], frame["arm"], strict=True) if a == arm]
        stated = next(
            float(r["estimate"]) for r in rows
            if (r["arm"], r["outcome"], r["subgroup"], r["statistic"]) == (arm, "lasting_relief", "all", "mean")
        )  # fmt: skip
        assert abs(sum(mine) / len(mine) - stated) < 1e-9


def test_draws_are_reported_beside_the_run(workplace, capsys):
    few = ("--draws", "40", "--patients-per-draw", "100")
    assert simulate("--config", "acute.yaml", *FAST, *few) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "40 draws of 49 uncertain inputs and 4 uncertain parts of the model's form, 100 patients in each" in printed
    assert "other numbers are taken as fixed" in printed
    assert "replaced" not in printed
    assert "is simulation noise" in printed
    target = workplace / "outputs/acute"
    rows = list(csv.DictReader((target / "uncertainty.csv").read_text().splitlines()))
    arm = next(row for row in rows if (row["arm"], row["outcome"]) == ("combined", "pain_reduction_day42"))
    assert float(arm["lower"]) < float(arm["estimate"]) < float(arm["upper"])
    draws = list(csv.DictReader((target / "draws.csv").read_text().splitlines()))
    assert len(draws) == 40
    mean = sum(float(row["combined.pain_reduction_day42"]) for row in draws) / 40
    assert float(arm["estimate"]) == pytest.approx(mean, rel=1e-9)
    uncertainty = json.loads((target / "summary.json").read_text())["uncertainty"]
    assert uncertainty["draws"] == 40
    assert {"response.match", "utility.loss"} & set(uncertainty["fixed"]) == {"utility.loss"}
    without = [row for row in draws if row["structure.fading"] == "no_fading"]
    assert 0 < len(without) < 40
    assert all((row["modalities.dry_needling.fade"] == "") == (row["structure.fading"] != "as_stated") for row in draws)
    by_form = next(
        one for one in uncertainty["alternatives"]
        if (one["kind"], one["name"], one["arm"], one["versus"]) == ("fading", "no_fading", "combined", "")
    )  # fmt: skip
    assert by_form["draws"] == len(without)
    mean = sum(float(row["combined.pain_reduction_day42"]) for row in without) / len(without)
    assert by_form["estimate"] == pytest.approx(mean, rel=1e-9)
    report = (target / "report.html").read_text()
    assert "How sure are the inputs?" in report
    assert "by form of the model" in report
    assert "Numbers taken as fixed" in report
    assert (target / "figures/uncertainty.svg").exists()
    command = command_line(json.loads((target / "manifest.json").read_text())["parameters"])
    assert command.endswith("--draws 40 --patients-per-draw 100")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--draws", "5"), "draws.number: must be 0 (none) or at least 20; given 5"),
        (("--draws", "many"), "draws.number"),
        (("--patients-per-draw", "0"), "draws.patients"),
        (("--draws", "99", "--set", "response.context.ceiling.uncertainty={normal: {sd: 0.2}}"), "at most 5 %"),
        (("--draws", "20", "--set", "attendance.no_show={value: 0.1, uncertainty: {normal: {sd: 9}}}"),
         "attendance.no_show.uncertainty"),
    ],
)  # fmt: skip
def test_bad_draws(workplace, capsys, options, words):
    assert simulate("--config", "acute.yaml", *FAST, *options) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error
    assert not (workplace / "outputs").exists()
