"""The answer of a comparison in plain words: which arm, for whom, and whether it depends on the evidence."""

from __future__ import annotations

from collections.abc import Iterable

from sim.decision.compare import Comparison, Member
from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME
from sim.report.comparison.tables import changed_outcomes
from sim.report.comparison.words import label_of
from sim.report.run.summary import closing
from sim.report.words.numbers import all_of
from sim.report.words.verdict import first_words, name_of

MOST_LISTED = 8


def comparison_headline(comparison: Comparison) -> list[str]:
    """Return the answer as sentences: the first says whether one arm is to be chosen everywhere."""
    return [
        _first(comparison),
        *_by_scenario(comparison),
        *_other_outcomes(comparison),
        *_evidence(comparison),
        *_closing(comparison),
    ]


def _first(comparison: Comparison) -> str:
    n = len(comparison.members)
    if len(comparison.arms) == 1:
        first = comparison.members[0]
        value = _plain(first, comparison.arms[0], comparison.primary)
        arm = name_of(first.panel.result.study.scenario, comparison.arms[0])
        what = BY_NAME[comparison.primary].in_sentence
        return f"In {n} scenarios, {arm} is the only arm in all of them; {what} is {value} in {label_of(first)}."
    chosen = [member.verdict.arm for member in comparison.members]
    if len(set(chosen)) == 1 and chosen[0] is not None:
        arm = name_of(comparison.members[0].panel.result.study.scenario, chosen[0])
        return f"In all {n} scenarios the answer is the same: {arm}."
    return f"The answer depends on the scenario: {_chosen_by_scenario(comparison, range(n))}."


def _chosen_by_scenario(comparison: Comparison, positions: Iterable[int]) -> str:
    """Return which arm is to be chosen in each scenario, the scenarios with the same one together."""
    by_arm: dict[str, list[str]] = {}
    for member in (comparison.members[k] for k in positions):
        arm = member.verdict.arm
        words = name_of(member.panel.result.study.scenario, arm) if arm else "no arm that leads on everything"
        by_arm.setdefault(words, []).append(label_of(member))
    return "; ".join(f"{arm} for {all_of([f'“{label}”' for label in labels])}" for arm, labels in by_arm.items())


def _by_scenario(comparison: Comparison) -> list[str]:
    first, *others = comparison.members
    if len(comparison.arms) == 1:
        arm = comparison.arms[0]
        return [
            f"{label_of(member)}: {_plain(member, arm, comparison.primary)}, "
            f"{_apart(comparison.between(arm, member.name, first.name, comparison.primary))} from {label_of(first)}."
            for member in others[:MOST_LISTED]
        ]
    shown = comparison.members[:MOST_LISTED]
    sentences = [f"{label_of(member)}: {_lowered(first_words(member.panel, member.verdict))}" for member in shown]
    if len(comparison.members) > MOST_LISTED:
        sentences.append(f"The other {len(comparison.members) - MOST_LISTED} scenarios are in the table below.")
    return sentences


def _lowered(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def _plain(member: Member, arm: str, outcome: str) -> str:
    found = member.panel.get(arm, outcome)
    return found.unit.in_words(found.unit.plain(found.estimate))


def _apart(found: Difference) -> str:
    if found.estimate == 0:
        return "no different"
    return f"{found.unit.amount_plain(abs(found.estimate))} {'more' if found.estimate > 0 else 'less'}"


def _closing(comparison: Comparison) -> list[str]:
    """Return the caution of the scenario that rests on claims, if there is one."""
    return max((closing(member.panel) for member in comparison.members), key=lambda words: len(words[0]))


def _other_outcomes(comparison: Comparison) -> list[str]:
    everywhere = range(len(comparison.members))
    changed = [one for one in changed_outcomes(comparison, everywhere) if one.outcome != comparison.primary]
    if not changed or len(comparison.arms) == 1:
        return []
    names = [BY_NAME[one.outcome].in_sentence for one in changed]
    return [f"By the smallest margin, the best arm also depends on the scenario for {all_of(names)}."]


def _evidence(comparison: Comparison) -> list[str]:
    """Say for each scenario that was run under several evidence sets whether the answer survives."""
    groups = comparison.evidence_groups()
    if len(comparison.arms) == 1:
        return []
    chosen = [{comparison.members[k].verdict.arm for k in group} for group in groups]
    if len(groups) > 1 and all(len(arms) == 1 and None not in arms for arms in chosen):
        sets = list(dict.fromkeys(comparison.members[k].variant.evidence for k in groups[0]))
        return [f"The answer survives a change of evidence in every scenario ({', '.join(sets)})."]
    sentences = []
    for group, arms in zip(groups, chosen, strict=True):
        member = comparison.members[group[0]]
        title = member.panel.result.study.scenario.title
        varied = "".join(
            f", {path.rsplit('.', 1)[-1].replace('_', ' ')} {value}" for path, value in member.variant.varied
        )
        survives = len(arms) == 1 and None not in arms
        words = "The answer survives a change of evidence" if survives else "The answer depends on the evidence"
        sentences.append(f"{words} for {title}{varied}: {_by_evidence(comparison, group)}.")
    return sentences


def _by_evidence(comparison: Comparison, group: tuple[int, ...]) -> str:
    words = []
    for member in (comparison.members[k] for k in group):
        arm = member.verdict.arm
        named = name_of(member.panel.result.study.scenario, arm) if arm else "no arm leads on everything"
        words.append(f"by the {member.variant.evidence} evidence {named}")
    return "; ".join(words)
