"""`simulate check` finds what a run of a scenario or of its draws would refuse, with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from sim.cli import check
from sim.errors import ScenarioError
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.study import possible
from sim.study.inputs import Points, copula, uncertain_inputs, values_at
from sim.study.possible import draw_faults
from tests.conftest import load

CLAIM, OTHER, THIRD = "claims.dry_needling.pain_reduction", "claims.acupuncture.pain_reduction", "relapse.shape"

BAD = f"""\
extends: acute.yaml
title: Wrong in several ways
claims:
  dry_needling:
    relapse_3mo:
      value: 0.34
      source: article
      uncertainty:
        normal: {{sd: 0.6}}
draws:
  correlations:
    - between: [{CLAIM}, {OTHER}]
      correlation: 0.9
    - between: [{CLAIM}, {THIRD}]
      correlation: 0.9
    - {{between: [{OTHER}, {THIRD}], correlation: -0.9}}
    - {{between: [claims.acupuncture.pain_reducton, {THIRD}], correlation: -0.9}}
    - {{between: [{THIRD}, {CLAIM}], correlation: 0.9}}
protocols:
  combined: {{visits: 50, every_days: 7, each_visit: [dry_needling]}}
  acupuncture: {{visits: 50, every_days: 7, each_visit: [acupuncture]}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(text: str, *words: str) -> list[str]:
    Path("bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        CliRunner().invoke(check.command, ["bad.yaml", *words], catch_exceptions=False, standalone_mode=False)
    return caught.value.faults


def test_everything_that_a_run_would_refuse_is_listed_with_its_place(here: Path) -> None:
    faults = refused(BAD)
    for start, rest in [
        ("bad.yaml:20:13: protocols.combined: ", "the course ends on day 344, after the horizon"),
        ("bad.yaml:21:16: protocols.acupuncture: ", "the course ends on day 344, after the horizon"),
        ("bad.yaml:9:9: claims.dry_needling.relapse_3mo.uncertainty: ", "42 % of this distribution lies beyond"),
        ("bad.yaml:17:18: draws.correlations.3.between.0: ", f"of this scenario. Did you mean '{OTHER}'?"),
        ("bad.yaml:18:17: draws.correlations.4.between: ", "the same two inputs as in draws.correlations.1"),
        ("bad.yaml:12:5: draws.correlations: ", "these correlations cannot all hold at once"),
    ]:  # fmt: skip
        assert any(fault.startswith(start) and rest in fault for fault in faults), (start, faults)
    assert len(faults) == 6
    lines = [int(fault.split(":")[1]) for fault in faults]
    assert lines == sorted(lines)


def test_an_input_correlated_with_itself_is_found_where_a_scenario_is_read(here: Path) -> None:
    (fault,) = refused(
        f"extends: acute.yaml\ndraws: {{correlations: [{{between: [{CLAIM}, {CLAIM}], correlation: 1}}]}}\n"
    )
    assert fault.startswith("bad.yaml:2:34: draws.correlations.0.between: must name two different inputs")
    with pytest.raises(ScenarioError, match="two different inputs"):
        load_scenario("bad.yaml", outcomes=OUTCOME_NAMES)


def test_a_fault_that_an_option_brought_names_the_option(here: Path) -> None:
    given = "relapse.shape={value: 0.2, uncertainty: {normal: {sd: 0.5}}}"
    (fault,) = refused("extends: acute.yaml\n", "--set", given)
    assert fault.startswith(f"--set {given}: relapse.shape.uncertainty: ")


def test_numbers_that_cannot_stand_together_in_a_draw_are_found(here: Path) -> None:
    loses = "{value: 0.5, uncertainty: {uniform: {low: 0.1, high: 0.9}}}"
    text = f"extends: acute.yaml\nattendance:\n  drop_out: {loses}\n  drop_out_if_relieved: {loses}\n"
    text += "  drop_out_after_adverse_event: 0\n"
    (fault,) = refused(text)
    assert fault.startswith("bad.yaml:3:3: attendance: ")
    assert "numbers are drawn that cannot stand together: `drop_out` and what is added to it" in fault


def test_alternatives_that_cannot_stand_together_are_found() -> None:
    structure = [
        "structure.leaving={few: {weight: 0.5}, many: {weight: 0.5, set: {attendance.drop_out: 0.6}}}",
        "structure.relieved={stay: {weight: 0.5}, go: {weight: 0.5, set: {attendance.drop_out_if_relieved: 0.6}}}",
    ]
    (fault,) = draw_faults(load("acute.yaml", structure).scenario)
    assert fault.startswith("structure: attendance: `drop_out` and what is added to it must not come to more than 1")


@pytest.mark.parametrize("name", ["acute.yaml", "policies.yaml", "literature.yaml", "article.yaml"])
def test_shipped_scenarios_have_no_fault(name: str) -> None:
    assert draw_faults(load(name).scenario) == []


def joined(*correlations: tuple[str, str, float]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the paths of the inputs, their factor and 4,096 draws of them."""
    given = ", ".join(f"{{between: [{a}, {b}], correlation: {r}}}" for a, b, r in correlations)
    scenario = load("acute.yaml", [f"draws.correlations=[{given}]"]).scenario
    inputs = uncertain_inputs(scenario)
    factor = copula(scenario, inputs)
    return [one.path for one in inputs], factor, values_at(inputs, Points(1, len(inputs)).first(4096), factor)


RULED = {
    "Attendance": "chances that add up to at most 1",
    "Arrivals": "weights that are no quantities",
    "BetaShare": "a mean above 0 and below 1",
    "Booking": "words that are no quantities",
    "Budget": "shares that add up to at most 1, cases above 0, and numbers of shares",
    "Claims": "what is given",
    "Clinic": "shares that add up to 1, and what is given",
    "EventRisk": "what is given",
    "NaturalCourse": "what is given",
    "Plateau": "a mean above 0 and below 1",
    "Practitioner": "days and hours that are no quantities",
    "Relief": "what is given",
    "TruncatedNormal": "the order of three numbers",
}
"""Parts with quantities and a rule between them: what holds for two sets of numbers holds for all between those."""


def parts(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from parts(one)


def test_every_rule_between_numbers_that_are_drawn_is_known_to_hold_between_those_for_which_it_holds() -> None:
    ruled = (one for one in parts(BaseModel) if one.__module__.startswith("sim.scenario") and
             one.__pydantic_decorators__.model_validators)  # fmt: skip
    assert {one.__name__ for one in ruled if "Quantity" in repr(one.model_fields)} - {"Quantity"} <= RULED.keys()


@pytest.mark.parametrize("mean", ["uniform: {low: 4.5, high: 9.95}", "uniform: {low: 4.5, high: 8.0}"])
def test_looking_at_ends_alone_finds_what_looking_at_every_draw_finds(
    mean: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "profiles.acute_strain.baseline_pain"
    settings = [f"{path}.high=9", f"{path}.mean={{value: 6, source: scenario, uncertainty: {{{mean}}}}}"]
    scenario = load("acute.yaml", settings).scenario
    found = draw_faults(scenario)
    monkeypatch.setattr(possible, "_stand_everywhere", lambda *given: False)
    assert draw_faults(scenario) == found
    assert bool(found) == ("9.95" in mean)


@pytest.mark.parametrize("sign", [1, -1])
def test_inputs_that_follow_from_each_other_are_drawn_so(sign: int) -> None:
    paths, _, values = joined((CLAIM, OTHER, sign))
    a, b = (values[:, paths.index(path)] for path in (CLAIM, OTHER))
    order = np.argsort(a)
    steps = sign * np.diff(b[order])
    assert (steps >= -1e-12).all()
    assert b.std() > 0.1
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    "correlations",
    [
        [(CLAIM, OTHER, 1), (CLAIM, THIRD, 0.5), (OTHER, THIRD, 0.5)],
        [(CLAIM, OTHER, 1), (OTHER, THIRD, -1), (CLAIM, THIRD, -1)],
        [(CLAIM, OTHER, 0.6), (CLAIM, THIRD, 0.8)],
        [(CLAIM, OTHER, 0.5), (CLAIM, THIRD, -0.5), (OTHER, THIRD, 0.5)],
    ],
)
def test_correlations_that_are_singular_but_possible_hold_exactly(correlations: list[tuple[str, str, float]]) -> None:
    paths, factor, _ = joined(*correlations)
    wanted = np.eye(len(paths))
    for a, b, r in correlations:
        i, j = paths.index(a), paths.index(b)
        wanted[i, j] = wanted[j, i] = r
    assert np.linalg.eigvalsh(wanted)[0] < 1e-12
    np.testing.assert_allclose(factor @ factor.T, wanted, atol=1e-12)
    np.testing.assert_array_equal(factor, np.tril(factor))


@pytest.mark.parametrize(
    "correlations",
    [
        [(CLAIM, OTHER, 1), (CLAIM, THIRD, 0.5)],
        [(CLAIM, OTHER, 1), (CLAIM, THIRD, 0.5), (OTHER, THIRD, 0.49)],
        [(CLAIM, OTHER, 0.6), (CLAIM, THIRD, 0.81)],
        [(CLAIM, OTHER, 1), (OTHER, THIRD, -1), (CLAIM, THIRD, 1)],
    ],
)
def test_correlations_that_cannot_hold_together_are_refused(correlations: list[tuple[str, str, float]]) -> None:
    with pytest.raises(ScenarioError, match="cannot all hold at once"):
        joined(*correlations)
