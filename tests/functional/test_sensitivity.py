"""`simulate sensitivity` as a user types it: what it writes and prints, and what it says about mistakes."""

# ruff: noqa: E501 (one line a case reads best)

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest

from sim.cli.main import main
from sim.report.command import command_line
from tests.oracle.test_uncertainty import FEW, FIXED

SMALL = [
    "--patients", "200", "--draws", "20", "--patients-per-draw", "50", "--workers", "1",
    *(word for change in FEW for word in ("--set", change)),
]  # fmt: skip
SCENARIO = """
extends: acute.yaml
title: A small <b>practice</b> & its doubts
arms: [usual_care, dry_needling, acupuncture]
modalities:
  dry_needling:
    cost: {value: 25, source: our books, status: assumption, uncertainty: {uniform: {low: 5, high: 120}}}
"""


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO, encoding="utf-8")

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["sensitivity", *arguments])
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


def rows(path):
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("patients", "sets", "known"), [(None, [], 4096), (None, ["cohort.size=300"], 300), ("5000", [], 5000)]
)
def test_as_many_patients_are_run_as_are_asked_for_and_not_all_of_the_scenario(simulate, patients, sets, known):
    words = [word for change in (*FEW, *sets) for word in ("--set", change)]
    asked = ["--patients", patients] if patients else []
    assert simulate("acute.yaml", *words, *asked, "--draws", "20", "--patients-per-draw", "50")[0] == 0
    summary = json.loads(Path("outputs/sensitivity-acute/summary.json").read_text(encoding="utf-8"))
    assert summary["patients"] == known


def test_what_inputs_explain_alone_is_listed_from_the_largest_and_is_not_more_than_all(simulate):
    _, out, _ = simulate("acute.yaml", "--patients", "100", "--draws", "20", "--patients-per-draw", "20")
    out = " ".join(out.replace("\N{NO-BREAK SPACE}", " ").split())
    said = out[out.index("one alone explains: ") : out.index("These shares are rough")]
    listed = [float(part.split(" %")[0].split()[-1].lstrip("<")) for part in said.split("; ")]
    assert len(listed) > 1
    assert listed == sorted(listed, reverse=True)
    missed = json.loads(Path("outputs/sensitivity-acute/summary.json").read_text(encoding="utf-8"))["unexplained"]
    assert missed["value"] == missed["upper"] == 1  # the emulator of so few draws misses more than their mean would
    assert "These shares are rough: 100 % of what differs" in out


def test_the_command_writes_everything_and_answers(simulate):
    # At 5,000 usual care would be preferred whatever dry needling costs.
    code, out, err = simulate("small.yaml", "--threshold", "--wtp", "30000", *SMALL)
    assert (code, err) == (0, "")
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "Dry needling minus Acupuncture, net benefit at $30,000 per QALY" in out
    assert "“Dry needling: cost at a visit" in out
    target = Path("outputs/sensitivity-small")
    names = {path.name for path in target.iterdir()}
    assert names == {
        "report.html", "figures", "tornado.csv", "indices.csv", "scan.csv", "thresholds.csv", "map.csv", "summary.json",
        "manifest.json",
    }  # fmt: skip
    figures = {path.stem for path in (target / "figures").iterdir()}
    assert figures == {"tornado", "indices", "thresholds", "map"}
    html = (target / "report.html").read_text(encoding="utf-8")
    assert "<b>practice</b>" not in html
    summary = json.loads((target / "summary.json").read_text(encoding="utf-8"))
    bars = rows(target / "tornado.csv")
    assert [row["input"] for row in bars] == [bar["input"] for bar in summary["tornado"]]
    ends = {}
    for row in bars:
        ends.setdefault(row["input"], []).append(row)
    changes = [[0.0, *(float(row["change"]) for row in each)] for each in ends.values()]
    reach = [max(each) - min(each) for each in changes]
    assert reach == sorted(reach, reverse=True)
    fading = ends.pop("structure.fading")
    assert [row["end"] for row in fading] == ["as_stated", "no_fading", "gone_in_weeks"]
    assert [float(row["weight"]) for row in fading] == [0.5, 0.25, 0.25]
    for low, high in ends.values():
        assert (low["end"], high["end"]) == ("low", "high")
        assert float(low["value"]) < float(low["base"]) < float(high["value"])
        swing = float(high["target"]) - float(low["target"])
        assert float(low["swing"]) == float(high["swing"]) == pytest.approx(swing, abs=1e-6)
    turning = [row for row in rows(target / "thresholds.csv") if row["threshold"]]
    assert [row["input"] for row in turning] == [row["input"] for row in summary["thresholds"] if row["threshold"]]
    assert "modalities.dry_needling.cost" in [row["input"] for row in turning]
    for row in turning:
        assert float(row["low"]) < float(row["threshold"]) < float(row["high"])
        assert float(row["threshold_error"]) > 0
    assert len(rows(target / "map.csv")) == 49
    assert {row["input"] for row in rows(target / "indices.csv")} == {bar["input"] for bar in summary["tornado"]}


def test_the_command_in_the_manifest_gives_the_same_files(simulate):
    assert (
        simulate("small.yaml", "--outcome", "cost", "--arms", "dry_needling", "--set", "costs.visit=50", *SMALL)[0] == 0
    )
    target = Path("outputs/sensitivity-small")
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    first = (target / "tornado.csv").read_bytes()
    again = shlex.split(command_line(manifest["parameters"]))
    assert again[:2] == ["simulate", "sensitivity"]
    assert simulate(*again[2:], "--out", "again", "--workers", "2")[0] == 0
    assert (Path("again") / "tornado.csv").read_bytes() == first
    assert (Path("again") / "indices.csv").read_bytes() == (target / "indices.csv").read_bytes()


def test_json_and_quiet_and_word(simulate):
    code, out, _ = simulate("small.yaml", "--json", "--outcome", "lasting_relief", "--format", "html,docx", *SMALL)
    assert code == 0
    found = json.loads(out)
    assert found["unit"] == "share"
    assert found["target"] == ["dry_needling", "acupuncture"]
    assert found["thresholds"] is None
    assert (Path("outputs/sensitivity-small") / "report.docx").stat().st_size > 10_000
    assert simulate("small.yaml", "--quiet", *SMALL)[:2] == (0, "")


def test_an_outcome_that_nothing_moves_is_said_to_be_so(simulate):
    code, out, _ = simulate("small.yaml", "--outcome", "visits", "--arms", "usual_care", "--threshold", *SMALL,
                            "--set", "attendance.no_show=0", "--set", "attendance.drop_out=0")  # fmt: skip
    assert code == 0
    assert "None of the uncertain inputs makes a difference to it." in " ".join(out.split())


def test_one_arm_has_a_level_and_no_preference(simulate):
    code, out, _ = simulate("small.yaml", "--set", "arms=[dry_needling]", "--threshold", *SMALL)
    text = " ".join(out.split())
    assert code == 0
    assert "Dry needling, pain reduction at day 42:" in text
    assert "Preferred" not in text


BAD = [
    (["small.yaml", "--outcome", "qualy"], "--outcome 'qualy': must be one of"),
    (["small.yaml", "--outcome", "qualy"], "Did you mean 'qaly'?"),
    (["small.yaml", "--outcome", "cost_per_relieved"], "a ratio or a time is no mean over patients"),
    (["small.yaml", "--outcome", "visits_to_relief"], "a ratio or a time is no mean over patients"),
    (["small.yaml", "--wtp", "-5"], "--wtp -5: must be an amount of money"),
    (["small.yaml", "--wtp", "nan"], "--wtp nan: must be an amount of money"),
    (["small.yaml", "--wtp", "lots"], "--wtp"),
    (["small.yaml", "--wtp", "5", "--outcome", "cost"], "cost cannot be weighed against cost"),
    (["small.yaml", "--arms", "acupunture"], "Did you mean 'acupuncture'?"),
    (["small.yaml", "--arms", "combined"], "'combined' is no arm of this scenario (usual_care, dry_needling, acupuncture)"),
    (["small.yaml", "--arms", "dry_needling,dry_needling"], "one arm, or two different ones"),
    (["small.yaml", "--arms", "usual_care,dry_needling,acupuncture"], "one arm, or two different ones"),
    (["small.yaml", "--arms", ""], "--arms: '' is no arm"),
    (["small.yaml", "--map", "followup.horizon"], "'followup.horizon' is no uncertain input"),
    (["small.yaml", "--map", "modalities.dry_needling.cost"], "must name two different inputs"),
    (["small.yaml", "--map", "modalities.dry_needling.costs,response.rho"], "Did you mean 'modalities.dry_needling.cost'?"),
    (["small.yaml", "--outcome", "relapse_3mo_treated"], "--outcome 'relapse_3mo_treated': must be one of"),
    (["small.yaml", "--draws", "5"], "at least 20"),
    (["small.yaml", "--draws", "some"], "draws.number"),
    (["none.yaml"], "none.yaml"),
    ([], "FILE"),
    (["small.yaml", "--set", "claims.dry_needling.satisfied.uncertainty={beta: {low: 0.9, high: 0.2}}"], "claims.dry_needling.satisfied"),
    (["small.yaml", "--set", "modalities.dry_needling.cost.uncertainty={normal: {sd: -1}}"], "modalities.dry_needling.cost"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_a_mistake_is_named_and_nothing_is_written(simulate, arguments, words):
    code, out, err = simulate(*arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())
    assert "Traceback" not in err
    assert not Path("outputs").exists()


def test_nothing_uncertain_says_what_to_do(simulate):
    Path("sure.yaml").write_text("extends: small.yaml\ntitle: Sure\n", encoding="utf-8")
    fixed = [word for change in (*FIXED, "modalities.dry_needling.cost=25") for word in ("--set", change)]
    code, _, err = simulate("sure.yaml", *fixed, *SMALL)
    assert code == 2
    assert "no input of this scenario has a distribution" in err
