"""What `simulate pool` leaves: a report, tables, and a piece of evidence that a scenario extends and runs with."""

from __future__ import annotations

import json
import math

import pytest
from ruamel.yaml import YAML

import sim
from sim.errors import ScenarioError, UsageError
from tests.functional.test_run import simulate

ARMS = """\
trial,year,arm,n,reduction,sd,source,doi
Haake,2007,acupuncture,370,1.91,1.9,table 6,10.1001/archinte.167.17.1892
Haake,2007,sham,375,1.68,1.9,table 6,10.1001/archinte.167.17.1892
Brinkhaus,2006,acupuncture,146,2.87,3.03,abstract,10.1001/archinte.166.4.450
Brinkhaus,2006,sham,73,2.36,3.10,abstract,10.1001/archinte.166.4.450
"""
SHARES = "trial,arm,n,events\nA,acupuncture,100,70\nB,acupuncture,120,80\nC,acupuncture,90,66\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "arms.csv").write_text(ARMS, encoding="utf-8")
    (tmp_path / "shares.csv").write_text(SHARES, encoding="utf-8")
    return tmp_path


def test_a_scenario_that_extends_the_piece_of_evidence_loads_and_runs(here):
    assert simulate("pool", "arms.csv", "--quiet") == 0
    out = here / "outputs" / "pool-arms"
    (here / "pooled.yaml").write_text((out / "pooled.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (here / "mine.yaml").write_text(
        "extends: pooled.yaml\ntitle: Mine\ncohort: {size: 400, profiles: {chronic: 1.0}}\narms: [sham, acupuncture]\n",
        encoding="utf-8",
    )
    scenario = sim.load("mine.yaml")
    claim = scenario.model.claims["acupuncture"].over_sham
    pooled = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert claim.value == pytest.approx(pooled["pooled"]["mean"], abs=1e-4)
    assert claim.uncertainty.normal.sd == pytest.approx(pooled["claim"]["sd"], rel=0.01)
    assert claim.source == "P1, P2"
    assert scenario.model.sources["P1"].title == "Haake 2007"
    assert scenario.model.sources["P2"].reference == "abstract, 10.1001/archinte.166.4.450"
    run = sim.run(scenario)
    assert math.isfinite(next(iter(run.summary))["estimate"])
    assert len(sim.compare(["acute.yaml"], evidence=["pooled.yaml", "literature.yaml"], patients=200).summary) > 0


def test_the_piece_of_evidence_is_plain_yaml_with_its_command(here):
    text = sim.pool("arms.csv", of="acupuncture", versus="sham").fragment
    assert text.startswith("# Made by coursesim ")
    assert "simulate pool arms.csv --of acupuncture --versus sham" in text
    tree = YAML(typ="safe").load(text)
    assert tree["extends"] == "literature.yaml"
    assert tree["claims"]["acupuncture"]["pain_reduction"] is None


def test_a_share_becomes_a_claim_that_is_named(here):
    result = sim.pool("shares.csv", of="acupuncture", claim="acupuncture.satisfied")
    assert 0.6 < result.claim.value < 0.8
    claims = YAML(typ="safe").load(result.fragment)["claims"]["acupuncture"]
    assert set(claims) == {"satisfied"}
    assert claims["satisfied"]["uncertainty"]["beta"]["sd"] == pytest.approx(result.claim.sd, rel=0.01)
    assert sim.pool("shares.csv", of="acupuncture").fragment == ""


def test_it_lies_over_the_article_too(here):
    tree = YAML(typ="safe").load(sim.pool("arms.csv", extends="article.yaml").fragment)
    assert tree["extends"] == "article.yaml"
    assert tree["claims"]["acupuncture"] | {"over_sham": 0} == {"pain_reduction": None, "over": None, "over_sham": 0}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"claim": "acupuncture.satisfied"}, "the result is a number of points"),
        ({"claim": "acupunctur.over_sham"}, "Did you mean 'acupuncture'?"),
        ({"claim": "acupuncture.over"}, "write acupuncture.over.OTHER"),
        ({"spread": "remml"}, "Did you mean 'reml'?"),
        ({"scale": 0.5}, "--spread half_normal"),
        ({"spread": "half_normal", "scale": -1}, "above 0"),
        ({"columns": ["pain"]}, "write it as NAME=VALUE"),
        ({"columns": {"pian": "x"}}, "Did you mean 'pain'?"),
        ({"only": {"week": "6"}}, "column week is missing in the heading"),
        ({"extends": "nowhere.yaml"}, "no scenario 'nowhere.yaml'"),
    ],
)
def test_options_that_cannot_be_are_refused(here, options, words):
    with pytest.raises((UsageError, ScenarioError)) as error:
        sim.pool("arms.csv", **options)
    assert words in str(error.value)


def test_the_command_refuses_in_one_line(here, capsys):
    (here / "arms.csv").write_text(ARMS.replace("3.03", "0"), encoding="utf-8")
    assert simulate("pool", "arms.csv", "--quiet") == 2
    assert capsys.readouterr().err == "error: arms.csv:4: Brinkhaus 2006: column sd: must be above 0; given 0\n"
    assert not (here / "outputs").exists()


def test_the_prior_and_the_options_are_in_the_command(here):
    result = sim.pool("arms.csv", of="acupuncture", versus="sham", spread="half_normal", scale=0.3,
                      columns={"reduction": "reduction"})  # fmt: skip
    assert result.command == (
        "simulate pool arms.csv --of acupuncture --versus sham --columns reduction=reduction --spread half_normal "
        "--scale 0.3"
    )
    assert result.found.scale == 0.3
    assert result.summary["spread"] == ["half_normal"]
