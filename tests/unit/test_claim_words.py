"""What is said of claims that are not met, and of the forms that the model may have, is what is so."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

import pytest
from rich.console import Console

from sim.calibration.calibrate import calibrate, said_of
from sim.calibration.targets import Calibration, ClaimResult
from sim.report.calibration import terminal
from sim.report.run.alternatives import alternative_sentences
from sim.report.run.figures import build_figures
from sim.report.run.tables import claim_table
from sim.report.words.claims import assumed_effects, no_effect
from sim.report.words.inputs import assumptions
from sim.scenario.schema import Scenario
from sim.study.check import check_calibration
from sim.study.prepare import prepare
from sim.study.results import Panel, build_panel
from sim.study.run import run_study
from tests.conftest import GIVEN_PARAMETERS, load

NO_MORE = "is no more than the natural course and the context effect"


def scenario_of(*overrides: str) -> Scenario:
    return load("acute.yaml", overrides).scenario


def claim(calibration: Calibration, name: str) -> ClaimResult:
    return next(one for one in calibration.claims if one.modality == "dry_needling" and one.name == name)


# ------------------------------------------------------------------ a ceiling near 0, and what is not reached


def test_an_effect_that_nobody_has_claimed_is_said_to_be_assumed() -> None:
    assert list(assumed_effects(scenario_of())) == []
    own = (
        "modalities.massage={label: Massage, needling: false, target: muscular, fade: 90, minutes: 20, cost: 0, "
        "first_visit_cost: 0}",
        "protocols.massage={visits: 4, every_days: 7, each_visit: massage}",
        "arms=[usual_care, massage]",
    )
    assumed = "parameters.massage={ceiling: {value: 0.3, source: assumption}, half_life: 4}"
    (said,) = assumed_effects(scenario_of(*own, assumed))
    assert said.startswith("What Massage does is an assumption of this scenario (`parameters.massage`)")
    measured = assumed.replace("source: assumption", "source: own")
    assert list(assumed_effects(scenario_of(*own, measured))) == []


def test_a_claim_below_the_natural_course_is_said_to_be_no_more_than_it() -> None:
    scenario = scenario_of("claims.dry_needling.pain_reduction=1.5")
    found = calibrate(scenario)
    (said,) = no_effect(scenario, found)
    assert said.startswith(f"What is claimed of Dry needling {NO_MORE}")
    assert "which leave no room for it" in said_of(claim(found, "pain_reduction"))


def test_a_claim_that_another_one_holds_down_is_not() -> None:
    """Relief at the sixth visit leaves dry needling nothing; 3.8 points are more than the natural course."""
    scenario = scenario_of("claims.dry_needling.visits_to_relief={value: 6, uncertainty: {normal: {sd: 0.1}}}")
    found = calibrate(scenario)
    (said,) = no_effect(scenario, found)
    assert NO_MORE not in said
    assert said.startswith("Dry needling is left next to no effect of its own (ceiling 0.0")
    assert said.endswith("but other claims of it stand against that (visits to relief).")


def test_a_claim_that_no_treatment_could_meet_is_not_laid_to_the_natural_course() -> None:
    found = calibrate(scenario_of("claims.dry_needling.pain_reduction=9"))
    assert "against it: the most that any treatment could do in this course." in said_of(claim(found, "pain_reduction"))


@pytest.fixture(scope="module")
def slow() -> Scenario:
    """In chronic pain half of the patients feel no relief in six visits of a treatment that does next to nothing."""
    return scenario_of(
        "claims.dry_needling.pain_reduction=1.2", "calibration.profiles={chronic: 1}", "cohort.size=2000"
    )


def test_a_median_beyond_the_course_is_not_reached(slow: Scenario) -> None:
    study = prepare(slow)
    visits = claim(study.calibration, "visits_to_relief")
    assert visits.reached == math.inf
    assert visits.is_missed
    assert said_of(visits).startswith(
        "claims.dry_needling.visits_to_relief: 1.5 visits is claimed, it is not reached in the course; against it: "
        "claims.dry_needling.pain_reduction (1.2)"
    )
    panel = build_panel(run_study(study))
    table = claim_table(panel)
    assert table is not None
    row = next(row for row in table.rows if row.head == "Dry needling: visits to relief")
    assert row.cells[2].text == "not reached"
    figure = next(one for one in build_figures(panel) if one.name == "calibration")
    assert "not reached" in figure.alt


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    monkeypatch.setattr(terminal, "console_for", lambda: Console(file=written, width=100, highlight=False))
    return written


@pytest.mark.parametrize("override", ["claims.acupuncture.over_sham=0", "parameters.acupuncture.ceiling=0", ""])
def test_units_and_names_are_whole_at_a_hundred_columns(printed: io.StringIO, override: str) -> None:
    scenario = scenario_of("cohort.size=2000", *filter(None, [override]))
    terminal.print_calibration(scenario, check_calibration(scenario))
    text = printed.getvalue()
    assert "…" not in text
    assert "inf" not in text
    assert "nan" not in text
    table = text.partition("A range aims")[0]
    assert sum("  points  " in line for line in table.splitlines()) == 2
    for name in ("stress_linked", "pain_left day_182", "visits_to_relief"):
        assert name in table


def test_a_median_beyond_the_course_has_no_number_in_the_terminal(printed: io.StringIO, slow: Scenario) -> None:
    terminal.print_calibration(slow, check_calibration(slow))
    (line,) = (one for one in printed.getvalue().splitlines() if one.startswith(" dry_needling") and "visits_to" in one)
    assert line.split()[2:] == ["visits", "1", "to", "2", "0.289", "not", "reached", "–", "not", "reached"]


# ------------------------------------------------------------------ forms of the model


@pytest.fixture(scope="module")
def without_relapse() -> Panel:
    overrides = (*GIVEN_PARAMETERS, "relapse.form=none", "cohort.size=300")
    return build_panel(run_study(prepare(scenario_of(*overrides))))


def captions(panel: Panel) -> dict[str, str]:
    return {figure.name: figure.caption for figure in build_figures(panel)}


def test_captions_do_not_speak_of_relapses_where_nobody_has_one(without_relapse: Panel) -> None:
    found = captions(without_relapse)
    assert "Nobody relapses here; pain rises again as doses fade." in found["pain_by_day"]
    assert "those who relapse" not in found["pain_by_day"]
    for number in (1, 2, 3):
        assert "relapse" not in found[f"patient_{number}"].lower()


def test_captions_speak_of_what_makes_pain_rise() -> None:
    panel = build_panel(run_study(prepare(scenario_of(*GIVEN_PARAMETERS, "cohort.size=300"))))
    found = captions(panel)
    assert "Pain rises again in those who relapse, and as doses fade." in found["pain_by_day"]
    assert "A relapse begins a new episode" in found["patient_1"]
    never = ("response.context.fade=null", "modalities.dry_needling.fade=null", "modalities.acupuncture.fade=null")
    panel = build_panel(run_study(prepare(scenario_of(*GIVEN_PARAMETERS, *never, "cohort.size=300"))))
    assert "Pain rises again in those who relapse." in captions(panel)["pain_by_day"]


def test_weights_of_forms_are_assumptions_and_what_a_form_rests_on_is_said() -> None:
    found = {item.path: item for item in assumptions(scenario_of())}
    weights = {path: item for path, item in found.items() if path.startswith("structure.")}
    assert len(weights) == 9
    assert {item.status for item in weights.values()} == {"assumption"}
    assert weights["structure.relapse.episodes"].note.startswith("rests on C1: ")
    assert "; D1: " in weights["structure.relapse.episodes"].note
    assert "rests on" not in weights["structure.several_modalities.best"].note
    assert weights["structure.fading.gone_in_weeks"].note.startswith(
        "what dry needling is ahead by is gone within weeks"
    )


def test_each_form_is_explained_in_a_sentence() -> None:
    own = (
        "structure.course={a: {weight: 0.5}, b: {weight: 0.5, note: slower, set: "
        "{profiles.chronic.natural_course.pain_left: {day_42: 0.9, day_182: 0.8}, relief.points: 1}}}"
    )
    said = list(alternative_sentences(scenario_of(own)))
    assert len(said) == 9 + 2
    several = "time scale of relapse after several treatments: as after"
    assert f"Several modalities: best – {several} the most lasting of them." in said
    assert f"Several modalities: weighted – {several} their average, by visits." in said
    assert any(
        one.startswith("Fading: no fading – dry needling: days in which half of a dose fades: none; ") for one in said
    )
    a, b = (next(one for one in said if one.startswith(f"Course: {name}")) for name in ("a", "b"))
    assert "day_42 0.857" in a
    assert "smallest fall that counts as relief: 2 points" in a
    assert b.startswith("Course: b (slower) – ")
    assert "day_42 0.9, day_182 0.8" in b
    assert "smallest fall that counts as relief: 1 points" in b
