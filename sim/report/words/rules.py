"""What is done under an arm, in words: its visits, and its rules for ending early or going on with something else."""

from __future__ import annotations

from collections.abc import Sequence

from sim.scenario.policy import Condition, Policy
from sim.scenario.protocol import Phase, Protocol
from sim.scenario.schema import Scenario


def visits_text(scenario: Scenario, arm: str) -> str:
    """Return the visits of an arm in words."""
    policy = scenario.policies.get(arm)
    if policy is None:
        return plan_text(scenario, scenario.protocols[arm])
    if policy.choose is None:
        return (
            f"as {_protocol(scenario, policy.give or '')}: {plan_text(scenario, scenario.protocols[policy.give or ''])}"
        )
    whom = [f"{_condition(scenario, choice.when)}: {_protocol(scenario, choice.give)}" for choice in policy.choose]
    return "; ".join([*whom, f"everybody else: {_protocol(scenario, policy.otherwise or '')}"])


def rules_text(scenario: Scenario, arm: str) -> str:
    """Return the rules of an arm for ending early or going on with something else; empty if it has none."""
    policy = scenario.policies.get(arm)
    if policy is None:
        return "; ".join(_protocol_rules(scenario, scenario.protocols[arm]))
    return "; ".join(_policy_rules(scenario, policy))


def protocol_text(scenario: Scenario, protocol: Protocol) -> str:
    """Return a protocol in words: its visits and its rules."""
    return "; ".join([plan_text(scenario, protocol), *_protocol_rules(scenario, protocol)])


def plan_text(scenario: Scenario, protocol: Protocol) -> str:
    """Return a protocol's visits in words."""
    return ", then ".join(_phase(scenario, phase) for phase in protocol.plan)


def _phase(scenario: Scenario, phase: Phase) -> str:
    gaps = " and ".join(f"{gap:g}" for gap in dict.fromkeys(phase.every_days))
    every = "" if phase.visits == 1 else f", every {gaps} day{'' if gaps == '1' else 's'}"
    done = (
        ", then ".join(_modalities(scenario, names) for names in phase.alternate) + ", in turn"
        if phase.alternate is not None
        else _modalities(scenario, phase.each_visit or ())
    )
    return f"{phase.visits} visit{'s' if phase.visits != 1 else ''}{every}: {done}"


def _modalities(scenario: Scenario, names: Sequence[str]) -> str:
    words = [scenario.modality_label(name).lower() for name in names]
    return " and ".join(words) if words else "review, no needling"


def _protocol_rules(scenario: Scenario, protocol: Protocol) -> list[str]:
    rules = []
    if protocol.stop is not None:
        rules.append(_ends_after(protocol.stop.relief_held_for))
    if protocol.switch is not None:
        other = _modalities(scenario, protocol.switch.to)
        rules.append(f"changes to {other} without relief by visit {protocol.switch.no_relief_by_visit}")
    if protocol.discharge is not None:
        rules.append(f"ends without relief by visit {protocol.discharge.no_relief_by_visit}")
    if rules and protocol.judged_by == "reported_pain":
        rules.append("judged by reported pain")
    return rules


def _policy_rules(scenario: Scenario, policy: Policy) -> list[str]:
    rules: list[str] = []
    for step in policy.steps:
        by = f"without relief by visit {step.no_relief_by_visit}"
        then = " of that" if rules else ""
        rules.append(f"{by}{then}, goes on as {_protocol(scenario, step.give)}")
    if policy.stop is not None:
        rules.append(_ends_after(policy.stop.relief_held_for))
    if rules:
        rules.append("judged by reported pain")
    own = [
        f"{_protocol(scenario, name)} {rule}"
        for name in policy.named_protocols
        for rule in _protocol_rules(scenario, scenario.protocols[name])
    ]
    return [*rules, *own, "the first of these that is met ends the course"] if rules and own else rules + own


def _ends_after(visits: int) -> str:
    return f"ends once relief has held for {visits} visit{'s' if visits != 1 else ''}"


def _condition(scenario: Scenario, when: Condition) -> str:
    words = []
    if when.profile is not None:
        words.append(" or ".join(scenario.profile_label(name).lower() for name in when.profile))
    if when.reported_pain_at_least is not None:
        words.append(f"reported pain at least {when.reported_pain_at_least:g}")
    if when.reported_pain_below is not None:
        words.append(f"reported pain below {when.reported_pain_below:g}")
    return " and ".join(words)


def _protocol(scenario: Scenario, protocol: str) -> str:
    return scenario.protocol_label(protocol).lower()
