"""Arms as arrays: each protocol, with what may follow it, as a pathway, and the rule that says who takes which."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.patient.pathway import Pathway
from sim.scenario.modality import EventRisk
from sim.scenario.policy import Policy
from sim.scenario.protocol import Protocol
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]
Members = NDArray[np.int64]

EVENTS = ("soreness", "bruising")


@dataclass(frozen=True)
class _Step:
    """One step of a pathway: its visits from the first one on, and what ends it or leads on (visit 0: never)."""

    days: tuple[int, ...]
    given: tuple[tuple[str, ...], ...]
    stop_after: int = 0
    step_at: int = 0
    discharge_by: int = 0


@dataclass(frozen=True)
class Choices:
    """Who takes which pathway: the first rule that holds decides.

    `profiles`: whether a profile is meant, (rules, profiles); `low` and `high`: bounds of reported baseline pain in
    points, the upper one excluded, (rules,); `pathway`: index, (rules + 1,), the last for everybody else.
    """

    profiles: NDArray[np.bool_]
    low: Floats
    high: Floats
    pathway: Members


@dataclass(frozen=True)
class Arm:
    """What is done under one arm: its pathways, and who takes which (None: everybody the only one)."""

    pathways: tuple[Pathway, ...]
    choices: Choices | None = None

    @property
    def longest(self) -> int:
        """Most visits that a patient can have."""
        return max(int(pathway.visits.max()) for pathway in self.pathways)

    @property
    def last_day(self) -> int:
        """The last day of a course, the day after the last visit."""
        return max(int(pathway.days.max()) for pathway in self.pathways) + 1


def build_arm(scenario: Scenario, name: str) -> Arm:
    """Return the arm of a name: a policy's or a protocol's."""
    if name in scenario.policies:
        return _policy_arm(scenario, scenario.policies[name])
    return protocol_arm(scenario, scenario.protocols[name])


def protocol_arm(scenario: Scenario, protocol: Protocol) -> Arm:
    """Return the arm in which everybody gets one protocol."""
    return Arm((_pathway(scenario, _steps([protocol], []), protocol.judged_by == "reported_pain"),))


def _policy_arm(scenario: Scenario, policy: Policy) -> Arm:
    """Return a policy as an arm."""
    pathways = []
    for start in policy.starts:
        protocols = [scenario.protocols[start], *(scenario.protocols[step.give] for step in policy.steps)]
        stop_after = policy.stop.relief_held_for if policy.stop else 0
        steps = _steps(protocols, [step.no_relief_by_visit for step in policy.steps], stop_after)
        pathways.append(_pathway(scenario, steps, judged_by_reading=_has_rules(steps)))
    if policy.choose is None:
        return Arm((pathways[0],))
    profiles, when = list(scenario.profiles), [choice.when for choice in policy.choose]
    gives = [policy.starts.index(give) for give in (*(choice.give for choice in policy.choose), policy.otherwise or "")]
    choices = Choices(
        profiles=np.array([[one.profile is None or name in one.profile for name in profiles] for one in when]),
        low=np.array([-np.inf if one.reported_pain_at_least is None else one.reported_pain_at_least for one in when]),
        high=np.array([np.inf if one.reported_pain_below is None else one.reported_pain_below for one in when]),
        pathway=np.array(gives),
    )
    return Arm(tuple(pathways), choices)


def with_numbers(arms: Mapping[str, Arm], scenario: Scenario) -> dict[str, Arm]:
    """Return arms with the costs, minutes and risks of a scenario in which their visits are the same."""
    risk = event_risks(scenario)
    return {
        name: replace(arm, pathways=tuple(_with_numbers(one, scenario, risk) for one in arm.pathways))
        for name, arm in arms.items()
    }


def event_risks(scenario: Scenario) -> Floats:
    """Return the risk per visit of each event by modality, (events, modalities).

    A risk per course P over the reference course of v visits is 1 - (1 - P)**(1 / v) at each.
    """
    risk = np.zeros((len(EVENTS), len(scenario.modalities)))
    for m, name in enumerate(scenario.modalities):
        for e, event in enumerate(EVENTS):
            given: EventRisk | None = getattr(scenario.modalities[name].adverse_events, event)
            if given is not None and given.per_visit is not None:
                risk[e, m] = float(given.per_visit)
            elif given is not None and given.per_course is not None:
                visits = scenario.claims[name].course.visits if name in scenario.claims else 1
                risk[e, m] = 1 - (1 - float(given.per_course)) ** (1 / visits)
    return risk


def _steps(protocols: Sequence[Protocol], step_visits: Sequence[int], stop_after: int = 0) -> list[_Step]:
    """Return the steps of a pathway: each protocol, from the visit at which the one before gave way.

    `step_visits`: visits without relief of one protocol after which the next follows; one beyond a protocol's last
    visit is never reached. A protocol that switches modalities makes two steps of its own. Of the rule to stop of a
    policy and that of its protocol, the one that is met first ends the course.
    """
    steps: list[_Step] = []
    days: tuple[int, ...] = ()
    given: tuple[tuple[str, ...], ...] = ()
    for index, protocol in enumerate(protocols):
        before = len(days)
        start = days[-1] + math.floor(protocol.plan[0].every_days[0]) if days else 0
        days += tuple(start + day for day in protocol.visit_days)
        given += protocol.visit_modalities
        own_stop = protocol.stop.relief_held_for if protocol.stop else 0
        stop = min((n for n in (stop_after, own_stop) if n), default=0)
        discharge = before + protocol.discharge.no_relief_by_visit if protocol.discharge else 0
        one = _Step(days, given, stop, discharge_by=discharge)
        if protocol.switch is not None and protocol.switch.no_relief_by_visit < len(days):
            at = protocol.switch.no_relief_by_visit
            switched = given[:at] + (protocol.switch.to,) * (len(days) - at)
            return [*steps, replace(one, step_at=at), replace(one, given=switched)]
        leads_on = index < len(step_visits) and step_visits[index] <= len(protocol.visit_days)
        if not leads_on:
            return [*steps, one]
        at = before + step_visits[index]
        steps.append(replace(one, step_at=at))
        days, given = days[:at], given[:at]
    return steps


def _has_rules(steps: Sequence[_Step]) -> bool:
    return len(steps) > 1 or any(step.stop_after or step.discharge_by for step in steps)


def _pathway(scenario: Scenario, steps: Sequence[_Step], judged_by_reading: bool) -> Pathway:
    modalities = tuple(scenario.modalities)
    longest = max(len(step.days) for step in steps)
    days = np.array([(*step.days, *step.days[-1:] * (longest - len(step.days))) for step in steps])
    visit_on = np.zeros((len(steps), int(days.max()) + 1), np.int64)
    for s, step in enumerate(steps):
        visit_on[s, list(step.days)] = np.arange(1, len(step.days) + 1)
    planned = [(*step.given, *((),) * (longest - len(step.given))) for step in steps]
    given = np.array([[[name in at for name in modalities] for at in each] for each in planned])
    active = np.array([any(name in at for each in planned for at in each) for name in modalities], dtype=np.uint8)
    pathway = Pathway(
        visits=np.array([len(step.days) for step in steps]),
        days=days,
        visit_on=visit_on,
        given=given.astype(np.uint8),
        treatment=np.cumsum(given.any(axis=2), axis=1) - given.any(axis=2),
        cost=np.zeros(days.shape),
        minutes=np.zeros(days.shape),
        serious=np.zeros(days.shape),
        event_risk=np.zeros((len(EVENTS), *days.shape)),
        stop_after=np.array([step.stop_after for step in steps]),
        step_at=np.array([step.step_at for step in steps]),
        discharge_by=np.array([step.discharge_by for step in steps]),
        active=active,
        judged_by_reading=judged_by_reading,
        needles=any(scenario.modalities[name].needling for m, name in enumerate(modalities) if active[m]),
    )
    return _with_numbers(pathway, scenario, event_risks(scenario))


def _with_numbers(pathway: Pathway, scenario: Scenario, risk: Floats) -> Pathway:
    costs, modalities = scenario.costs, scenario.modalities.values()
    cost_of = np.array([float(modality.cost) for modality in modalities])
    minutes_of = np.array([float(modality.minutes) for modality in modalities])
    serious_of = np.array([float(one.serious_events) / 10 if one.serious_events else 0.0 for one in modalities])
    spared = np.where(pathway.given[None], 1 - risk[:, None, None, :], 1.0).prod(axis=-1)
    return pathway._replace(
        cost=float(costs.visit) + pathway.given @ cost_of,
        minutes=float(costs.visit_minutes) + pathway.given @ minutes_of,
        serious=pathway.given @ serious_of,
        event_risk=1 - spared,
    )
