"""The answer of a comparison in plain words: which arm, for whom, and whether it depends on the evidence."""

from __future__ import annotations

from sim.decision.compare import Comparison, Member
from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME
from sim.report.comparison.tables import changed_outcomes
from sim.report.comparison.words import label_of
from sim.report.run.summary import closing
from sim.report.words.numbers import all_of, in_plain_words
from sim.report.words.verdict import chosen_words, first_words, name_of

MOST_LISTED = 8


def comparison_headline(comparison: Comparison) -> list[str]:
    """Return the answer as sentences: the first says whether one arm is to be chosen everywhere."""
    return [
        _first(comparison),
        *_by_scenario(comparison),
        *_other_outcomes(comparison),
        *_evidence(comparison),
        *_currencies(comparison),
        *_closing(comparison),
    ]


def _first(comparison: Comparison) -> str:
    n = len(comparison.members)
    if _is_one_arm(comparison):
        first = comparison.members[0]
        value = in_plain_words(first.panel.get(comparison.arms[0], comparison.primary))
        arm = name_of(first.scenario, comparison.arms[0])
        what = BY_NAME[comparison.primary].in_sentence
        return f"In {n} scenarios, {arm} is the only arm in all of them; {what} is {value} in {label_of(first)}."
    if all(member.verdict.says_nothing for member in comparison.members):
        return f"In none of the {n} scenarios can it be told which arm is better: simulate more."
    by_answer: dict[str, list[str]] = {}
    for member in comparison.members:
        by_answer.setdefault(_chosen(member), []).append(f"“{label_of(member)}”")
    if len(by_answer) == 1:
        return f"In {'both' if n == 2 else f'all {n}'} scenarios the answer is the same: {next(iter(by_answer))}."
    told = "; ".join(f"{answer} for {all_of(labels)}" for answer, labels in by_answer.items())
    return f"The answer depends on the scenario: {told}."


def _chosen(member: Member) -> str:
    return chosen_words(member.scenario, member.verdict)


def _by_scenario(comparison: Comparison) -> list[str]:
    first, *others = comparison.members
    if _is_one_arm(comparison):
        arm = comparison.arms[0]
        return [
            f"{label_of(member)}: {in_plain_words(member.panel.get(arm, comparison.primary))}, "
            f"{_apart(comparison.between(arm, member.name, first.name, comparison.primary))} in {label_of(first)}."
            for member in others[:MOST_LISTED]
        ]
    shown = comparison.members[:MOST_LISTED]
    sentences = [f"{label_of(member)}: {_lowered(first_words(member.panel, member.verdict))}" for member in shown]
    if len(comparison.members) > MOST_LISTED:
        sentences.append(f"The other {len(comparison.members) - MOST_LISTED} scenarios are in the table below.")
    return sentences


def _lowered(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def _apart(found: Difference) -> str:
    if found.estimate == 0:
        return "the same as"
    return f"{found.unit.amount_plain(abs(found.estimate))} {'more' if found.estimate > 0 else 'less'} than"


def _is_one_arm(comparison: Comparison) -> bool:
    """Tell whether there is nothing to choose in any scenario."""
    return len(comparison.labels) == 1


def _currencies(comparison: Comparison) -> list[str]:
    """Say that money is left out where prices are in several currencies."""
    if len(comparison.currencies) == 1:
        return []
    first, other = comparison.currencies[:2]
    return [
        f"Prices are in {all_of(comparison.currencies)}: scenarios are compared in everything but money. "
        f"With a rate, as --rate '{other}=0.92 {first}', they are compared in money too."
    ]


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
    if _is_one_arm(comparison):
        return []
    chosen = [[_chosen(comparison.members[k]) for k in group] for group in groups]
    if len(groups) > 1 and all(len(set(answers)) == 1 for answers in chosen):
        sets = list(dict.fromkeys(comparison.members[k].variant.evidence for k in groups[0]))
        return [f"The answer survives a change of evidence in every scenario ({', '.join(sets)})."]
    sentences = []
    for group, answers in zip(groups, chosen, strict=True):
        member = comparison.members[group[0]]
        title = member.scenario.title
        varied = "".join(
            f", {path.rsplit('.', 1)[-1].replace('_', ' ')} {value}" for path, value in member.variant.varied
        )
        words = "survives a change of evidence" if len(set(answers)) == 1 else "depends on the evidence"
        told = "; ".join(
            f"by the {comparison.members[k].variant.evidence} evidence {answer}"
            for k, answer in zip(group, answers, strict=True)
        )
        sentences.append(f"The answer {words} for {title}{varied}: {told}.")
    return sentences
