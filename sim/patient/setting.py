"""A scenario as the arrays that the engine reads: arms, rules, and the effects of calibrated parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.luck.numbers import Needs
from sim.patient import plans
from sim.patient.arms import Arm, build_arm, with_numbers
from sim.patient.day import Effects, Relapse
from sim.patient.effects import COMPONENTS, Response, ResponseParameters
from sim.patient.pathway import Rules
from sim.patient.plans import Plans, build_plans
from sim.patient.utility import utility_of
from sim.patient.visit import intensity_of
from sim.scenario.evidence import Quantity
from sim.scenario.protocol import MAX_VISITS, Phase, Protocol
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

LONGEST_DIARY = 3660
"""Days of a diary, at most: that of a clinic simulated for ten years."""


@dataclass(frozen=True)
class Setting:
    """Everything about a scenario that depends neither on luck nor on calibration.

    `plans`: the arms as the engine takes them.
    """

    arms: Mapping[str, Arm]
    needs: Needs
    plans: Plans


def build_setting(scenario: Scenario, arms: Mapping[str, Arm] | None = None) -> Setting:
    """Return the engine's view of a scenario, with its own arms or the ones given.

    Raises ScenarioError if a course would outlast the horizon or has too many visits.
    """
    built = dict(arms) if arms is not None else {name: build_arm(scenario, name) for name in scenario.arms}
    if faults := [
        f"{_place(scenario, name)}: a patient could have {arm.longest} visits; allowed: at most {MAX_VISITS}"
        for name, arm in built.items()
        if arm.longest > MAX_VISITS
    ]:
        raise ScenarioError(faults)
    return _setting(scenario, built)


def with_numbers_of(scenario: Scenario, setting: Setting) -> Setting:
    """Return the setting of a scenario that differs from that of `setting` in the values of its quantities only.

    Raises ScenarioError if a course would outlast the horizon.
    """
    arms = with_numbers(setting.arms, scenario)
    return _setting(scenario, arms, plans.with_numbers(setting.plans, arms))


def _setting(scenario: Scenario, arms: Mapping[str, Arm], like: Plans | None = None) -> Setting:
    """`like`: the arms as plans, where they are known."""
    horizon = horizon_of(scenario)
    if faults := [
        f"{_place(scenario, name)}: the course ends on day {arm.last_day}, after the horizon; "
        f"allowed: end by day {horizon}, or raise `followup.horizon`"
        for name, arm in arms.items()
        if arm.last_day > horizon
    ]:
        raise ScenarioError(faults)
    pathways = [pathway for arm in arms.values() for pathway in arm.pathways]
    attendance = scenario.attendance
    leaving = (
        float(attendance.drop_out) + float(attendance.drop_out_if_relieved)
        + float(attendance.drop_out_if_not_relieved) + float(attendance.drop_out_after_adverse_event)
    )  # fmt: skip
    needs = Needs(
        modalities=tuple(scenario.modalities),
        visits=max((arm.longest for arm in arms.values()), default=1),
        soreness=max((float(pathway.event_risk[0].max()) for pathway in pathways), default=0.0),
        bruising=max((float(pathway.event_risk[1].max()) for pathway in pathways), default=0.0),
        attendance=float(attendance.no_show) > 0,
        drop_out=leaving > 0,
        readings=any(pathway.judged_by_reading for pathway in pathways),
    )
    return Setting(arms, needs, like or build_plans(arms, len(scenario.profiles)))


def _place(scenario: Scenario, arm: str) -> str:
    return f"policies.{arm}" if arm in scenario.policies else f"protocols.{arm}"


def horizon_of(scenario: Scenario) -> int:
    """Return the last day of the diary."""
    return int(float(scenario.followup.horizon))


def build_response(scenario: Scenario, parameters: Mapping[str, ResponseParameters]) -> Response:
    """Return the ceilings of an average patient: off target the odds are `match` times as high."""
    response, modalities = scenario.response, scenario.modalities
    reach = np.empty((len(modalities), len(COMPONENTS)))
    for m, (name, modality) in enumerate(modalities.items()):
        odds = parameters[name].ceiling / (1 - parameters[name].ceiling)
        for j, component in enumerate(COMPONENTS):
            reach[m, j] = odds if component == modality.target else odds * float(response.match)
    context = float(response.context.ceiling)
    return Response(reach, context / (1 - context))


def reference_protocol(course: Phase) -> Protocol:
    """Return the course that a modality's claims describe as a protocol without rules."""
    return Protocol(phases=(course,))


def build_rules(scenario: Scenario, parameters: Mapping[str, ResponseParameters], horizon: int | None = None) -> Rules:
    """Return the assumptions that all arms share, with what calibration found; to another horizon if one is given."""
    relapse, attendance, relief = scenario.relapse, scenario.attendance, scenario.relief
    modalities, power = scenario.modalities, float(relapse.shape)
    per_dose, scale, intensity, threshold = _of_parameters(scenario, parameters, power)
    return Rules(
        effects=Effects(
            keeps=np.array([_kept(modality.fade) for modality in modalities.values()]),
            per_dose=per_dose,
            context_keeps=_kept(scenario.response.context.fade),
            context_per_dose=1 / float(scenario.response.context.half_life),
            rho=float(scenario.response.rho),
        ),
        relapse=Relapse(
            happens=relapse.form == "episodes",
            weight=_weights(power),
            log_ratio=math.log2(float(relapse.hazard_ratio)),
            reference_pain=float(relapse.reference_pain),
            rebound=float(relapse.rebound),
        ),
        utility=utility_of(np.array([0.0, *scenario.utility.loss]), float(scenario.pain_free_below)),
        relief_points=float(relief.points) if relief.points else 0.0,
        relief_share=float(relief.percent) / 100 if relief.percent else 0.0,
        needling=np.array([one.needling for one in modalities.values()], dtype=np.uint8),
        first_visit_cost=np.array([float(one.first_visit_cost) for one in modalities.values()]),
        scale=scale,
        intensity=intensity,
        intensity_without=intensity_of(float(relapse.scale_without_needling), power),
        scale_power=power,
        weighted_scale=relapse.several_modalities == "visit_weighted",
        no_show=float(attendance.no_show),
        drop_out=float(attendance.drop_out),
        drop_out_if_relieved=float(attendance.drop_out_if_relieved),
        drop_out_if_not_relieved=float(attendance.drop_out_if_not_relieved),
        drop_out_after_event=float(attendance.drop_out_after_adverse_event),
        threshold=threshold,
        adverse_event_penalty=float(scenario.satisfaction.adverse_event_penalty),
        satisfaction_width=float(scenario.satisfaction.width),
        sore_points=float(scenario.soreness.points),
        horizon=horizon_of(scenario) if horizon is None else horizon,
        keeps_days=True,
    )


def with_parameters(rules: Rules, scenario: Scenario, parameters: Mapping[str, ResponseParameters]) -> Rules:
    """Return the assumptions with what calibration found elsewhere."""
    per_dose, scale, intensity, threshold = _of_parameters(scenario, parameters, rules.scale_power)
    effects = rules.effects._replace(per_dose=per_dose)
    return rules._replace(effects=effects, scale=scale, intensity=intensity, threshold=threshold)


def _of_parameters(
    scenario: Scenario, parameters: Mapping[str, ResponseParameters], power: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return by modality the halvings of a dose, relapse scale and intensity, and threshold of satisfaction."""
    found = [parameters[name] for name in scenario.modalities]
    # What has no effect of its own protects nobody either.
    scale = [one.relapse_scale if one.ceiling > 0 and one.relapse_scale > 0 else 0.0 for one in found]
    return (
        np.array([1 / one.half_life for one in found]),
        np.array(scale),
        np.array([intensity_of(one, power) if one > 0 else 0.0 for one in scale]),
        np.array([one.satisfaction_threshold for one in found]),
    )


def _kept(fade: Quantity | None) -> float:
    """Return the share of a dose that is left a day later, by its half-life in days; without one it stays."""
    return 1.0 if fade is None else float(2.0 ** (-1 / float(fade)))


@lru_cache(maxsize=256)
def _weights(power: float) -> Floats:
    """Return by days in relief what a day adds to the cumulative hazard of a Weibull distribution of scale 1."""
    weight: Floats = np.diff(np.arange(LONGEST_DIARY + 1.0) ** power, prepend=0.0)
    return weight
