"""What `simulate validate` leaves and says: published and predicted side by side, by evidence set and form."""

from __future__ import annotations

import json
import math

import pytest

import sim
from sim.errors import ScenarioError, UsageError
from sim.report.validation.figures import validation_figures
from sim.report.validation.terminal import print_validation
from tests.functional.test_run import simulate

MINE = """\
title: My own
trials:
  mine:
    name: Mine
    year: 2020
    source: a drawer
    evidence: [L5]
    who: {profile: chronic, baseline: {mean: 6.5, sd: 1.4}}
    arms:
      needled:
        what: {visits: 10, every_days: 3.5, each_visit: acupuncture}
        results:
          - {day: 42, outcome: pain, value: 4.4, sd: 2.0, n: 100}
          - {day: 42, outcome: responders, value: 0.5, n: 100, fell_by: {percent: 30}}
      usual:
        what: {visits: 2, every_days: 42, each_visit: []}
        results:
          - {day: 42, outcome: pain, value: 9.0, sd: 2.0, n: 100}
"""


@pytest.fixture(scope="module")
def shipped():
    return sim.validate(draws=12, patients=1280)


@pytest.fixture
def mine(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(MINE, encoding="utf-8")
    return file


def test_every_sure_figure_is_beside_its_prediction_for_both_evidence_sets(shipped):
    table = shipped.tables["validation"]
    for evidence in ("literature", "article"):
        sure = table.where(evidence=evidence, is_sure=True, is_difference=False)
        assert len(sure) == 12
        for row in sure:
            assert row["lower"] < row["upper"]
            assert row["sampling_error"] > 0 < row["mc_error"]
            total = math.sqrt(row["doubt"] ** 2 + row["sampling_error"] ** 2 + row["mc_error"] ** 2)
            assert row["z"] == pytest.approx((row["published"] - row["draws_mean"]) / total, rel=1e-6)
            assert row["within95"] == (0.025 <= row["rank"] <= 0.975)
        marked = table.where(evidence=evidence, certainty="marked", is_difference=False)
        assert len(marked) == 6
        assert not any(marked["is_sure"])


def test_scores_count_what_is_sure(shipped):
    table, scores = shipped.tables["validation"], shipped.tables["scores"]
    (score,) = [row for row in scores.where(evidence="literature", of="arms") if row["alternative"] == ""]
    rows = list(table.where(evidence="literature", is_sure=True, is_difference=False))
    assert score["n"] == len(rows)
    assert score["rms_z"] == pytest.approx(math.sqrt(sum(row["z"] ** 2 for row in rows) / len(rows)), rel=1e-6)
    assert score["within95"] == sum(row["within95"] for row in rows)


def test_what_the_trials_had_a_part_in_is_said(shipped):
    answer = json.loads(shipped.summary_json())["answer"]
    assert any("GERAC 2007 (claims.acupuncture.over_sham, response.context.ceiling)" in line for line in answer)


def test_a_file_of_ones_own_works_the_same_way(mine):
    result = sim.validate("chronic.yaml", trials=mine, draws=0, patients=1280)
    table = result.tables["validation"]
    assert set(table["evidence"]) == {"chronic", "literature", "article"}
    share = next(iter(table.where(evidence="chronic", outcome="responders")))
    assert share["fell_by"] == "30 %"
    assert 0 < share["predicted"] < 1
    answer = json.loads(result.summary_json())["answer"]
    assert any(line.startswith("Furthest off: Mine 2020, usual, day 42: pain 9.00 was published") for line in answer)
    assert all(one["doubt"] == 0 for one in table)


@pytest.mark.parametrize("drawn", [False, True])
def test_without_draws_nothing_is_said_of_doubt_or_of_how_sure_the_model_is(drawn, shipped, tmp_path, capsys):
    result = shipped if drawn else sim.validate(draws=0, patients=1280)
    print_validation(result.found, (), [])
    html = tmp_path / "report.html"
    html.write_bytes(result.report("html"))
    terminal, report = (" ".join(text.split()) for text in (capsys.readouterr().out, html.read_text(encoding="utf-8")))
    answer = " ".join(json.loads(result.summary_json())["answer"])
    with_doubt = ("doubt about the inputs, sampling error", "holds the doubt about the inputs", "the model expects",
                  "times the doubt", "too sure of itself", "An honest model", "Expected, 95")  # fmt: skip
    for words in with_doubt:
        assert any(words in said for said in (terminal, report, answer)) == drawn, words
    for said in (terminal, report, answer):
        assert ("inputs are taken as they stand" in said) != drawn
    (figure,) = [one for one in validation_figures(result.found) if one.name == "forest"]
    assert ("the doubt about them is not in it" in figure.caption) != drawn


def test_a_set_that_lacks_a_treatment_is_left_out_and_said(tmp_path):
    (tmp_path / "laser.yaml").write_text(
        "extends: literature.yaml\ntitle: Laser\narms: [usual_care]\n"
        "modalities: {laser: {needling: false, minutes: 10, cost: 10, first_visit_cost: 0}}\n"
        "parameters: {laser: {ceiling: 0.3, half_life: 2, satisfaction_threshold: 1.5, relapse_scale: 268}}\n",
        encoding="utf-8",
    )
    trials = tmp_path / "mine.yaml"
    trials.write_text(MINE.replace("each_visit: acupuncture", "each_visit: laser"), encoding="utf-8")
    result = sim.validate(tmp_path / "laser.yaml", trials=trials, draws=0, patients=1280)
    assert set(result.tables["validation"]["evidence"]) == {"laser"}
    assert [line.split(" is left out")[0] for line in result.left_out] == [
        "The evidence set literature", "The evidence set article",
    ]  # fmt: skip
    with pytest.raises(
        ScenarioError, match=r"mine.yaml:\d+:\d+: trials.mine.arms.needled.what: the scenario has no such"
    ):
        sim.validate("literature.yaml", trials=trials, draws=0, patients=1280)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"draws": 3}, "--draws: given 3; allowed: 0, or 10"),
     ({"patients": 100}, "--patients: given 100; allowed: 1,280"),
     ({"trials": "nowhere.yaml"}, "no file of trials 'nowhere.yaml'")],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(options, words):
    with pytest.raises(UsageError) as error:
        sim.validate(**options)
    assert words in str(error.value)


def test_the_same_comes_out_whoever_works(mine):
    one, two = (sim.validate(trials=mine, draws=12, patients=1280, workers=n) for n in (1, 2))
    assert one.tables["validation"] == two.tables["validation"]


def test_bad_trials_are_refused_in_one_line_with_exit_code_2(mine, monkeypatch, capsys):
    monkeypatch.chdir(mine.parent)
    mine.write_text(MINE.replace("value: 0.5, n: 100", "value: 1.5, n: 100"), encoding="utf-8")
    assert simulate("validate", "--trials", "mine.yaml", "--quiet") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: mine.yaml:14:13: trials.mine.arms.needled.results.1: `value` of responders must lie")
    assert not (mine.parent / "outputs").exists()
