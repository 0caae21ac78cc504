"""A scenario as the arrays that the kernel reads: arms, rules, and the effects of calibrated parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.patient.arms import Arm, build_arm, with_day_rows, with_numbers
from sim.patient.effects import COMPONENTS, Response, ResponseParameters
from sim.patient.luck import Needs
from sim.patient.natural import FIRST_DAYS
from sim.patient.pathway import Rules
from sim.patient.plans import Plans, build_plans
from sim.patient.utility import utility_of
from sim.scenario.protocol import MAX_VISITS, Phase, Protocol
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Everything about a scenario that does not depend on luck or calibration.

    `days`: the days on which natural courses are needed: 0, 42, then the day after each visit of any arm; `plans`: the
    arms as the kernel takes them.
    """

    arms: Mapping[str, Arm]
    rules: Rules
    needs: Needs
    days: Floats
    plans: Plans


def build_setting(scenario: Scenario, arms: Mapping[str, Arm] | None = None) -> Setting:
    """Return the kernel's view of a scenario, with its own arms or the ones given.

    Raises ScenarioError if a course would outlast the horizon or has too many visits.
    """
    built = dict(arms) if arms is not None else {name: build_arm(scenario, name) for name in scenario.arms}
    for name, arm in built.items():
        if arm.longest > MAX_VISITS:
            raise ScenarioError(
                [f"{_place(scenario, name)}: a patient could have {arm.longest} visits; allowed: at most {MAX_VISITS}"]
            )
    days = np.array([*FIRST_DAYS, *sorted({day for arm in built.values() for day in arm.days_after_visits})])
    return _setting(scenario, {name: with_day_rows(arm, days) for name, arm in built.items()}, days)


def with_numbers_of(scenario: Scenario, setting: Setting) -> Setting:
    """Return the setting of a scenario that differs from that of `setting` in the values of its quantities only.

    Raises ScenarioError if a course would outlast the horizon.
    """
    return _setting(scenario, with_numbers(setting.arms, scenario), setting.days)


def _setting(scenario: Scenario, arms: Mapping[str, Arm], days: Floats) -> Setting:
    horizon = float(scenario.followup.horizon)
    for name, arm in arms.items():
        if arm.last_day > horizon:
            raise ScenarioError(
                [
                    f"{_place(scenario, name)}: the course ends on day {arm.last_day:g}, after the horizon; "
                    f"allowed: end by day {horizon:g}, or raise `followup.horizon`"
                ]
            )
    if horizon < 42:
        raise ScenarioError([f"followup.horizon: must be at least 42 days (the day-42 reading); given {horizon:g}"])
    pathways = [pathway for arm in arms.values() for pathway in arm.pathways]
    rules = _rules(scenario)
    plans = build_plans(arms, rules, len(scenario.profiles))
    leaving = rules.drop_out + max(rules.drop_out_if_relieved, rules.drop_out_if_not_relieved)
    needs = Needs(
        modalities=tuple(scenario.modalities),
        visits=max((arm.longest for arm in arms.values()), default=1),
        soreness=max((float(pathway.event_risk[0].max()) for pathway in pathways), default=0.0),
        bruising=max((float(pathway.event_risk[1].max()) for pathway in pathways), default=0.0),
        attendance=rules.no_show > 0,
        drop_out=leaving > 0,
        readings=any(pathway.judged_by_reading for pathway in pathways),
        one_by_one=not plans.alike.all(),
    )
    return Setting(arms, rules, needs, days, plans)


def _place(scenario: Scenario, arm: str) -> str:
    return f"policies.{arm}" if arm in scenario.policies else f"protocols.{arm}"


def build_response(scenario: Scenario, parameters: Mapping[str, ResponseParameters], visits: int) -> Response:
    """Return how patients respond, for courses of up to `visits` visits.

    Off target the odds of a modality's ceiling are `match` times as high; what n visits reach of a ceiling is
    1 - 2**(-n / half_life).
    """
    response, modalities = scenario.response, scenario.modalities
    n = np.arange(visits + 1.0)
    reach = np.empty((len(modalities), len(COMPONENTS)))
    for m, (name, modality) in enumerate(modalities.items()):
        odds = parameters[name].ceiling / (1 - parameters[name].ceiling)
        for j, component in enumerate(COMPONENTS):
            reach[m, j] = odds if component == modality.target else odds * float(response.match)
    context = float(response.context.ceiling)
    found = [parameters[name] for name in modalities]
    return Response(
        reach=reach,
        context_reach=context / (1 - context),
        dose=np.stack([1 - 2 ** (-n / one.half_life) for one in found]),
        context_dose=1 - 2 ** (-n / float(response.context.half_life)),
        threshold=np.array([one.satisfaction_threshold for one in found]),
        scale=np.array([one.relapse_scale for one in found]),
    )


def reference_protocol(course: Phase) -> Protocol:
    """Return the course that a modality's claims describe as a protocol without rules."""
    return Protocol(phases=(course,))


def _rules(scenario: Scenario) -> Rules:
    relapse, followup, attendance, booster = (
        scenario.relapse, scenario.followup, scenario.attendance, scenario.costs.booster,
    )  # fmt: skip
    relief = scenario.relief
    loss_at_points = np.array([0.0, *scenario.utility.loss])
    return Rules(
        relief_points=float(relief.points) if relief.points else 0.0,
        relief_share=float(relief.percent) / 100 if relief.percent else 0.0,
        rho=float(scenario.response.rho),
        reading_sd=float(scenario.reading_sd),
        no_show=float(attendance.no_show),
        drop_out=float(attendance.drop_out),
        drop_out_if_relieved=float(attendance.drop_out_if_relieved),
        drop_out_if_not_relieved=float(attendance.drop_out_if_not_relieved),
        first_visit_cost=np.array([float(scenario.modalities[name].first_visit_cost) for name in scenario.modalities]),
        adverse_event_penalty=float(scenario.satisfaction.adverse_event_penalty),
        relapse_shape=float(relapse.shape),
        log_hazard_ratio=math.log(float(relapse.hazard_ratio)),
        reference_pain=float(relapse.reference_pain),
        scale_without_needling=float(relapse.scale_without_needling),
        weighted_scale=relapse.several_modalities == "visit_weighted",
        rebound=float(relapse.rebound),
        horizon=float(followup.horizon),
        held=followup.natural_course == "held",
        booster_share=float(booster.share),
        booster_visits=float(booster.visits),
        booster_days=float(booster.days),
        utility=utility_of(loss_at_points, float(scenario.pain_free_below)),
    )
