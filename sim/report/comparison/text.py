"""The answer of a comparison in plain words: which arm, for whom, and whether it depends on the evidence."""

from __future__ import annotations

from dataclasses import replace

from sim.decision.compare import Comparison, Member, Verdict
from sim.decision.ranking import Ranking
from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME
from sim.report.comparison.tables import changed_outcomes, leaders_text
from sim.report.comparison.words import label_of
from sim.report.run.summary import closing, noticeable
from sim.report.words.numbers import format_count, with_error
from sim.units import POINTS

MOST_LISTED = 8


def comparison_headline(comparison: Comparison) -> list[str]:
    """Return the answer as sentences: the first says whether one arm is best everywhere, the last is a caution."""
    verdict = comparison.verdict(comparison.primary)
    return [
        _first(comparison, verdict),
        *_by_scenario(comparison, verdict),
        *_other_outcomes(comparison),
        *_evidence(comparison),
        *_closing(comparison),
    ]


def _first(comparison: Comparison, verdict: Verdict) -> str:
    n = len(comparison.members)
    patients = f"{format_count(comparison.patients)} simulated patient{'s' if comparison.patients != 1 else ''}"
    start = f"In {n} scenarios of {patients} each"
    what = BY_NAME[verdict.outcome].in_sentence
    if len(comparison.arms) == 1:
        first = comparison.members[0]
        value = with_error(first.panel.get(comparison.arms[0], verdict.outcome))
        arm = first.panel.result.study.scenario.arm_label(comparison.arms[0])
        return f"{start}, {arm} is the only arm in all of them; {what} is {value} in {label_of(first)}."
    if verdict.answer == "same":
        ranking = verdict.rankings[0]
        assert ranking is not None
        name = leaders_text(comparison.members[0], ranking)
        return f"{start}, {name} does best on {what} in every one."
    if verdict.answer == "changes":
        return f"{start}, which arm does best on {what} depends on the scenario."
    return f"{start}, no scenario contradicts another on which arm does best on {what}, but not all can tell."


def _by_scenario(comparison: Comparison, verdict: Verdict) -> list[str]:
    if len(comparison.arms) == 1:
        first, arm = comparison.members[0], comparison.arms[0]
        return [
            f"{label_of(member)}: {with_error(member.panel.get(arm, verdict.outcome))}, "
            f"{_apart(comparison.between(arm, member.name, first.name, verdict.outcome))} from {label_of(first)}."
            for member in comparison.members[1 : MOST_LISTED + 1]
        ]
    pairs = list(zip(verdict.members, verdict.rankings, strict=True))
    sentences = [_scenario_sentence(comparison, k, ranking) for k, ranking in pairs[:MOST_LISTED]]
    if len(pairs) > MOST_LISTED:
        sentences.append(f"The other {len(pairs) - MOST_LISTED} scenarios are in the table below.")
    return sentences


def _scenario_sentence(comparison: Comparison, position: int, ranking: Ranking | None) -> str:
    member = comparison.members[position]
    if ranking is None:
        return f"{label_of(member)}: nothing can be said, there is nobody to average over."
    found = member.panel.get(ranking.best, ranking.outcome.name)
    value = found.unit.in_words(with_error(found))
    if ranking.tied:
        return f"{label_of(member)}: {leaders_text(member, ranking)}, which cannot be told apart (about {value})."
    if len(ranking.arms) < 2:
        return f"{label_of(member)}: {leaders_text(member, ranking)} alone, {value}."
    lead = member.panel.difference(ranking.arms[0], ranking.arms[1], ranking.outcome.name)
    other = member.panel.result.study.scenario.arm_label(lead.versus)
    apart = _apart(replace(lead, estimate=abs(lead.estimate))).removeprefix("+")
    best = f"{leaders_text(member, ranking)} ({value})"
    than = "less than" if ranking.outcome.better == "lower" else "ahead of"
    return f"{label_of(member)}: {best}, {apart} {than} {other}{_size(member, lead)}."


def _apart(found: Difference) -> str:
    return found.unit.difference_in_words(found.estimate, found.mc_error)


def _closing(comparison: Comparison) -> list[str]:
    """Return the caution of the scenario that rests on claims, if there is one."""
    return max((closing(member.panel) for member in comparison.members), key=lambda words: len(words[0]))


def _size(member: Member, lead: Difference) -> str:
    """Return how a lead in points compares with a change that a patient would notice."""
    change = noticeable(member.panel.result.study.scenario)
    if lead.unit != POINTS or change is None:
        return ""
    size, reach = abs(lead.estimate), lead.upper - lead.estimate
    words = "more than" if size - reach > change else "less than" if size + reach < change else "about"
    return f" ({words} the {change:g} points that a patient would notice)"


def _other_outcomes(comparison: Comparison) -> list[str]:
    everywhere = range(len(comparison.members))
    changed = [v for v in changed_outcomes(comparison, everywhere) if v.outcome != comparison.primary]
    if not changed or len(comparison.arms) == 1:
        return []
    names = [BY_NAME[verdict.outcome].in_sentence for verdict in changed]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return [f"For other outcomes the best arm depends on the scenario: {listed}."]


def _evidence(comparison: Comparison) -> list[str]:
    """Say for each scenario that was run under several evidence sets whether the recommendation survives."""
    groups = comparison.evidence_groups()
    if len(comparison.arms) == 1:
        return []
    if len(groups) > 1 and all(comparison.verdict(comparison.primary, group).answer == "same" for group in groups):
        sets = list(dict.fromkeys(comparison.members[k].variant.evidence for k in groups[0]))
        return [f"The recommendation survives a change of evidence in every scenario ({', '.join(sets)})."]
    sentences = []
    for group in groups:
        member = comparison.members[group[0]]
        verdict = comparison.verdict(comparison.primary, group)
        title = member.panel.result.study.scenario.title
        varied = "".join(
            f", {path.rsplit('.', 1)[-1].replace('_', ' ')} {value}" for path, value in member.variant.varied
        )
        answers = "; ".join(
            f"by the {comparison.members[k].variant.evidence} evidence "
            f"{leaders_text(comparison.members[k], ranking) if ranking else 'nobody can tell'}"
            for k, ranking in zip(verdict.members, verdict.rankings, strict=True)
        )
        words = {
            "same": "The recommendation survives a change of evidence",
            "changes": "The recommendation flips with the evidence",
            "not clear": "Whether the recommendation survives a change of evidence is not clear",
        }[verdict.answer]
        sentences.append(f"{words} for {title}{varied}: {answers}.")
    return sentences
