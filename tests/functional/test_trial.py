"""`simulate trial`: what a planner gets, and what is refused, in one line and with its place."""

from __future__ import annotations

import csv
import json
import math

import pytest

import sim
from sim.decision.virtual_trial.assess import run_virtual_trial
from sim.decision.virtual_trial.design import Wanted, design_of
from sim.errors import ScenarioError, UsageError
from tests.conftest import GIVEN_PARAMETERS
from tests.functional.commands import ended, is_complete, is_one_message
from tests.functional.test_resume import StopError, StopsAfter, checkpoint

GIVEN = tuple(word for one in GIVEN_PARAMETERS for word in ("--set", one))
QUICK = ("--trials", "200", "--n", "20,60", "--draws", "0")


@pytest.fixture(scope="module")
def scenario():
    return sim.Scenario.read("acute.yaml", GIVEN_PARAMETERS)


@pytest.fixture(scope="module")
def result(scenario):
    return sim.trial(
        scenario, arms="usual_care,acupuncture,dry_needling", n="10:80", outcome="pain_reduction,responder",
        days=[28, 42], dropout={"usual_care": 0.1}, trials=300, draws=20,
    )  # fmt: skip


def rows(result, statistic, **where):
    return list(result.tables["power"].where(statistic=statistic, **where))


def test_every_comparison_and_size_has_power_assurance_formula_and_width(result):
    assert {(row["arm"], row["outcome"]) for row in rows(result, "power")} == {
        (arm, f"{what}_day{day}")
        for arm in ("acupuncture", "dry_needling") for what in ("pain_reduction", "responder") for day in (28, 42)
    }  # fmt: skip
    for statistic in ("power", "assurance", "formula_power", "interval_width", "coverage", "significantly_worse"):
        found = rows(result, statistic)
        assert len(found) == 8 * 12
        if statistic not in ("interval_width",):
            assert all(0 <= row["estimate"] <= 1 for row in found)
    assert len(rows(result, "type_one_error")) == 4 * 12
    assert all(row["mc_error"] > 0 for row in rows(result, "power") + rows(result, "assurance"))
    width = [row["estimate"] for row in rows(result, "interval_width", arm="acupuncture", outcome="responder_day42")]
    assert width == sorted(width, reverse=True)


def test_what_it_takes_is_said_by_power_assurance_and_formula(result):
    needed = result.tables["needed"]
    assert len(needed) == 8 * 2 * 3
    for row in needed:
        assert (row["where"] == "found") == math.isfinite(row["patients"])
    spread = result.tables["spread"].where(arm="acupuncture", outcome="pain_reduction_day42")
    assert "correlation_of_readings" in spread["statistic"]
    said = json.loads(result.summary_json())
    assert "in 8 of 10 trials" in said["answer"][0]
    assert said["design"]["dropout"] == {"usual_care": 0.1, "acupuncture": 0.0, "dry_needling": 0.0}


def test_a_directory_is_complete_and_can_be_made_again(tmp_path):
    words = ("trial", "acute.yaml", "--arms", "usual_care,acupuncture", *QUICK, *GIVEN, "--out", "there")
    code, out, err = ended((*words, "--format", "html,docx,xlsx,pdf"), tmp_path)
    assert (code, err) == (0, "")
    assert "To find Acupuncture better than Usual care" in " ".join(out.split())
    assert is_complete(tmp_path / "there")
    code, out, err = ended(("reproduce", "there/manifest.json"), tmp_path)
    assert (code, err) == (0, "")
    assert "files the same" in out
    with (tmp_path / "there" / "power.csv").open(encoding="utf-8", newline="") as file:
        assert {row["unit"] for row in csv.DictReader(file)} == {"share", "NRS points", ""}


def test_it_says_where_published_trials_scatter_otherwise():
    chronic = sim.Scenario.read("chronic.yaml", GIVEN_PARAMETERS)
    found = sim.trial(chronic, arms="usual_care,acupuncture", n=40, trials=100, draws=0)
    published = found.tables["published"]
    assert {"GERAC 2007", "Brinkhaus (ART) 2006"} == set(published["trial"])
    for row in published:
        assert row["ratio"] == pytest.approx(row["published_sd"] / row["model_sd"], rel=1e-6)
    assert any("published results of the fall in pain" in sentence for sentence in found.sentences)


def test_without_a_published_trial_of_the_kind_it_says_so(result):
    assert "published" not in result.tables
    assert any("No published trial" in sentence for sentence in result.sentences)


def test_an_arm_with_itself_shows_the_type_one_error_alone(scenario):
    found = sim.trial(scenario, arms=["acupuncture", "acupuncture"], n="30", trials=400)
    assert set(found.tables) == {"power"}
    (row,) = found.tables["power"]
    assert (row["statistic"], row["arm"], row["versus"]) == ("type_one_error", "acupuncture", "acupuncture")
    assert row["estimate"] == pytest.approx(0.05, abs=5 * math.sqrt(0.05 * 0.95 / 400))
    assert found.document.sections
    assert found.report("html")


def test_an_assurance_that_cannot_be_reached_is_said(scenario):
    found = sim.trial(scenario, arms="dry_needling,acupuncture", n="20,100", trials=200, draws=20)
    said = " ".join(found.sentences)
    assert "no number of patients is enough" in said
    assert [row["where"] for row in found.tables["needed"] if row["by"] == "power"] == ["never", "never"]


REFUSED = {
    "an unknown arm": (("--arms", "usual_care,needling"), "--arms", "needling"),
    "one arm": (("--arms", "usual_care"), "--arms", "at least two arms"),
    "an arm twice": (("--arms", "usual_care,acupuncture,usual_care"), "--arms", "twice"),
    "a reference that is no arm of it": (
        ("--arms", "usual_care,acupuncture", "--reference", "combined"), "--reference", "combined",
    ),
    "one patient": (("--n", "1:20"), "--n", "from 2"),
    "no number": (("--n", "many"), "--n", "many"),
    "a falling range": (("--n", "80:20"), "--n", "rise"),
    "an unknown outcome": (("--outcome", "happiness"), "--outcome", "happiness"),
    "an outcome without a day": (("--outcome", "responder"), "--outcome", "--days"),
    "a time": (("--outcome", "days_to_relief"), "--outcome", "days_to_relief"),
    "a day beyond the horizon": (("--days", "42,400"), "--days", "day 133"),
    "such a day in the name": (("--outcome", "responder_day400"), "--outcome", "day 133"),
    "a day before the first visit": (("--days", "0"), "--days", "0"),
    "an outcome of no day with one": (("--outcome", "qaly", "--days", "42"), "--days", "qaly"),
    "an analysis for shares": (("--analysis", "odds_ratio"), "--analysis", "mean"),
    "an analysis for means": (("--outcome", "responder_day42", "--analysis", "ancova"), "--analysis", "share"),
    "an unknown analysis": (("--analysis", "anova"), "--analysis", "ancova"),
    "drop-out of everybody": (("--dropout", "1"), "--dropout", "below 1"),
    "negative drop-out": (("--dropout", "-0.1"), "--dropout", "from 0"),
    "drop-out of an unknown arm": (("--dropout", "sham=0.1"), "--dropout", "sham"),
    "one therapist": (("--therapists", "1"), "--therapists", "at least 2"),
    "more therapists than patients": (("--therapists", "30"), "--therapists", "20 patients"),
    "likeness without therapists": (("--icc", "0.1"), "--icc", "--therapists"),
    "likeness twice": (("--therapists", "4", "--icc", "0.1", "--therapist-sd", "1"), "--icc", "not both"),
    "likeness beyond 1": (("--therapists", "4", "--icc", "1.2"), "--icc", "0.9"),
    "therapists and an outcome that is not read": (
        ("--therapists", "4", "--outcome", "qaly"), "--therapists", "qaly",
    ),
    "an entry rule that nobody meets": (
        ("--entry", "10", *GIVEN, "--set", "profiles.acute_strain.baseline_pain.mean=3",
         "--set", "profiles.acute_strain.baseline_pain.sd=0.5"), "reported_pain_at_least", "fewer than 1 %",
    ),
    "an entry rule off the scale": (("--entry", "12"), "--entry 12", "from 0 to 10"),
    "a margin of nothing": (("--margin", "1"), "--margin", "--hypothesis"),
    "a margin below 0": (("--margin", "-1", "--hypothesis", "non_inferiority"), "--margin", "above 0"),
    "a margin that is not known": (("--outcome", "qaly", "--hypothesis", "non_inferiority"), "--margin", "qaly"),
    "a level of 0": (("--alpha", "0"), "--alpha", "0.0001"),
    "few trials": (("--trials", "3"), "--trials", "20"),
    "too much at once": (("--trials", "1000000", "--n", "20:400"), "--trials", "fewer"),
    "patients": (("--patients", "100"), "--patients", "--n"),
    "few draws": (("--draws", "3"), "draws.number", "at least 20"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_its_place(name, scenario):
    words, place, why = REFUSED[name]
    from click import ClickException
    from click.testing import CliRunner

    from sim.cli.main import cli

    found = CliRunner().invoke(cli, ["trial", "acute.yaml", *QUICK, *words], standalone_mode=False)
    assert isinstance(found.exception, UsageError | ScenarioError | ClickException), found
    said = getattr(found.exception, "message", None) or str(found.exception)
    assert place in said
    assert why in said


def test_a_mistake_is_one_message_without_a_traceback(tmp_path):
    code, out, err = ended(("trial", "acute.yaml", "--arms", "usual_care,needling"), tmp_path)
    assert (code, out) == (2, "")
    assert is_one_message(err)
    assert not (tmp_path / "outputs").exists()


def test_an_outcome_in_which_all_are_alike_is_said_to_be_untestable(scenario):
    found = sim.trial(scenario, arms="usual_care,acupuncture", n="20,40", outcome="cost", trials=50, draws=0)
    assert "all patients of a group are alike" in found.sentences[0]


@pytest.mark.parametrize("times", [1, 2, 6])
def test_what_was_interrupted_goes_on_to_the_same(tmp_path, scenario, times):
    wanted = Wanted(arms="usual_care,acupuncture", n="20,60", trials=170)
    design = design_of(scenario.model, wanted)

    def run(saved):
        return run_virtual_trial(scenario.model, design, 10, 1, saved=saved)[0]

    with pytest.raises(StopError):
        run(StopsAfter(checkpoint(tmp_path / "there"), times))
    went_on = run(checkpoint(tmp_path / "there", resume=True))
    whole = run_virtual_trial(scenario.model, design, 10, 1)[0]
    assert repr(went_on.comparisons) == repr(whole.comparisons)
    assert repr(went_on.type_one) == repr(whole.type_one)
