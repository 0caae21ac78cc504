"""The verdict in words: what happens to 100 patients, what to choose, and what that depends on."""

from __future__ import annotations

import math

from sim.decision.inclusion import is_ahead_by_assumption
from sim.decision.verdict import Choice, Dependence, Needed, Verdict, carrying_outcome
from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME, COST, Outcome
from sim.report.words.inputs import alternative_name
from sim.report.words.numbers import all_of, capital, in_plain_words, of_hundred
from sim.scenario.schema import Scenario
from sim.study.results import Panel
from sim.units import POINTS, Unit

SMALL, MODERATE, LARGE = 0.5, 1.0, 2.0
"""Differences between groups in points that reviews call small, moderate and large (Skelly 2020, AHRQ CER 227)."""
HALFWAY = 0.2
"""From how far off a whole number a number of patients is said to lie between two."""
MOST_ALSO = 2
"""Other arms that the first sentences set beside the one that is taken."""


def verdict_sentences(panel: Panel, verdict: Verdict) -> list[str]:
    """Return the verdict: what happens to 100 patients, then what to choose, then what it depends on."""
    return [first_words(panel, verdict), *filter(None, (choice_words(panel, verdict),)), *_on(panel, verdict)]


def first_words(panel: Panel, verdict: Verdict) -> str:
    """Return what happens to 100 patients, in whole numbers, with what is taken and what it is set against."""
    scenario = panel.result.study.scenario
    if verdict.kind == "nothing":
        what = BY_NAME[verdict.outcome].in_sentence
        return f"Nothing can be said about {what}: there is nobody to average over."
    if verdict.kind == "unclear":
        n = panel.result.patients
        few = "One simulated patient says" if n == 1 else "These simulated patients say"
        return f"{few} nothing about which arm is better: simulate more."
    outcome = BY_NAME[carrying_outcome(scenario)]
    if verdict.versus is None:
        only = "the only arm" if len(scenario.arms) == 1 else "the only arm for which that is defined"
        return f"{_alone(panel, verdict, outcome)} It is {only}, so nothing is compared."
    assert verdict.choice is not None
    arm = verdict.arm or verdict.choice.leads[0].arms[0]
    primary = BY_NAME[verdict.outcome]
    if primary.name != outcome.name and primary.unit != POINTS:
        values = [
            f"{in_plain_words(panel.get(one, primary.name))} with {name_of(scenario, one)}"
            for one in (arm, verdict.versus)
        ]
        start = f"{primary.label}: {all_of(values)}."
    else:
        counts = [
            f"{of_hundred(panel.get(one, outcome.name).estimate)} with {name_of(scenario, one)}"
            for one in (arm, verdict.versus)
        ]
        start = f"Of 100 patients, {all_of(counts)} {outcome.of_patients}{_needed(verdict.needed)}."
    others = [one for one in verdict.choice.leads[0].arms if one not in (arm, verdict.versus)][:MOST_ALSO]
    if verdict.versus in verdict.choice.arms:
        others = [verdict.versus, *others]
    shown = primary if primary.name != outcome.name and primary.unit != POINTS else outcome
    told = [_cost_words(panel, one, arm) if one == verdict.versus else _also(panel, shown, one, arm) for one in others]
    return " ".join([start, *told])


def chosen_words(scenario: Scenario, verdict: Verdict) -> str:
    """Return which arm to choose, in a few words within a sentence, or what is to be said where none is named."""
    if verdict.arm is not None:
        return name_of(scenario, verdict.arm)
    if verdict.says_nothing:
        return "nothing that can be told"
    return " or ".join(name_of(scenario, arm) for arm in verdict.equivalent) or "no arm that leads on everything"


def choice_words(panel: Panel, verdict: Verdict) -> str:
    """Return which arm to take and why, or what the answer depends on, in a sentence."""
    scenario, choice = panel.result.study.scenario, verdict.choice
    if choice is None or verdict.versus is None or verdict.kind == "unclear":
        return ""
    if not choice.arms:
        words = [
            f"{all_of([name_of(scenario, arm) for arm in lead.arms])} on {BY_NAME[lead.outcome].in_sentence}"
            for lead in choice.leads
        ]
        return f"No arm leads on everything that decides: {'; '.join(words)}."
    margins = margin_words(scenario)
    if len(choice.arms) == 1:
        return (
            f"{capital(name_of(scenario, choice.arms[0]))} is preferred: no other arm is as good on everything that "
            f"decides, to within {margins}."
        )
    start = _equal_words(scenario, choice, margins)
    if choice.arm is None:
        will_do = "either will do" if len(choice.tied) == 2 else "any of them will do"
        if choice.tied == choice.arms:
            return f"{start}, nor in what they cost and take: {will_do}."
        least = all_of([name_of(scenario, arm) for arm in choice.tied])
        return f"{start}; {least} cost and take least, and the same: {will_do}."
    least = (
        "costs least" if choice.because == "cheaper" else "costs the same and takes least of the practitioners’ time"
    )
    return f"{start}; {name_of(scenario, choice.arm)} {least}."


def _equal_words(scenario: Scenario, choice: Choice, margins: str) -> str:
    """Return which arms cannot be told apart, and of which it cannot be said whether they are behind."""
    sure = [name_of(scenario, arm) for arm in choice.arms if arm not in choice.unsure]
    unsure = [name_of(scenario, arm) for arm in choice.arms if arm in choice.unsure]
    if not unsure:
        return f"{capital(all_of(sure))} cannot be told apart in any way that matters (to within {margins})"
    are = "is" if len(unsure) == 1 else "are"
    if len(sure) < 2:
        return f"Whether {all_of(unsure)} {are} behind by more than {margins}, these patients are too few to say"
    return (
        f"{capital(all_of(sure))} cannot be told apart in any way that matters (to within {margins}), and whether "
        f"{all_of(unsure)} {are} behind, these patients are too few to say"
    )


def assumed_words(panel: Panel, verdict: Verdict) -> str:
    """Return which arm is ahead of which by assumption, of the one that is taken and another; empty if none is."""
    scenario, draws, arm = panel.result.study.scenario, panel.uncertainty is not None, verdict.arm
    if arm is None:
        return ""
    others = [one for one in scenario.arms if one != arm]
    above = [one for one in others if is_ahead_by_assumption(scenario, one, arm, draws)]
    below = [one for one in others if is_ahead_by_assumption(scenario, arm, one, draws)]
    told = [*((one, arm) for one in above), *((arm, one) for one in below)]
    return " ".join(
        f"{capital(name_of(scenario, more))} gives all that {name_of(scenario, less)} gives and more, and treatments "
        "are taken not to get in each other’s way: that it is ahead on pain was put in, and only by how much is a "
        "result."
        for more, less in told
    )


def name_of(scenario: Scenario, arm: str) -> str:
    """Return an arm's label as it stands within a sentence: small, unless it has capitals that its name does not
    explain.
    """
    label = scenario.arm_label(arm)
    return label.lower() if label.lower() == arm.replace("_", " ") else label


def margin_words(scenario: Scenario) -> str:
    """Return the margins that matter, as `0.5 points of pain and 5 of 100 patients`."""
    margin = scenario.decision.margin
    return f"{margin.points.value:g} points of pain and {100 * margin.share.value:g} of 100 patients"


def size_words(unit: Unit, value: float) -> str:
    """Return what reviews call a difference in pain between groups, as a clause; empty for what is not in points.

    >>> size_words(POINTS, 1.5), size_words(POINTS, -0.07)
    ('which between groups counts as moderate', 'less than what between groups counts as small')
    """
    if unit != POINTS:
        return ""
    size = abs(value)
    if size < SMALL:
        return "less than what between groups counts as small"
    name = "large" if size > LARGE else "moderate" if size >= MODERATE else "small"
    return f"which between groups counts as {name}"


def _alone(panel: Panel, verdict: Verdict, outcome: Outcome) -> str:
    scenario = panel.result.study.scenario
    arm = verdict.arm or scenario.arms[0]
    primary = BY_NAME[verdict.outcome]
    if primary.name != outcome.name and primary.unit != POINTS:
        return f"{primary.label} with {name_of(scenario, arm)}: {in_plain_words(panel.get(arm, primary.name))}."
    share = of_hundred(panel.get(arm, outcome.name).estimate)
    return f"Of 100 patients, {share} with {name_of(scenario, arm)} {outcome.of_patients}."


def _also(panel: Panel, outcome: Outcome, arm: str, taken: str) -> str:
    """Return what it is with another arm, and how much more or less that costs than the one that is taken."""
    scenario = panel.result.study.scenario
    found = panel.get(arm, outcome.name)
    value = of_hundred(found.estimate) if outcome.of_patients else in_plain_words(found)
    price = dearer_words(panel.difference(arm, taken, COST))
    return f"With {name_of(scenario, arm)} it is {value}, for {f'{price} each' if price else 'the same money'}."


def _cost_words(panel: Panel, arm: str, taken: str) -> str:
    """Return how much more or less an arm costs than the one that is taken, as a sentence."""
    price = dearer_words(panel.difference(arm, taken, COST))
    return f"{capital(name_of(panel.result.study.scenario, arm))} costs {f'{price} each' if price else 'the same'}."


def dearer_words(found: Difference) -> str:
    """Return how much more or less one costs than the other, as `$272 more`; empty if it comes to nothing."""
    if round(found.estimate) == 0:
        return ""
    return f"{found.unit.plain(abs(found.estimate))} {'more' if found.estimate > 0 else 'less'}"


def _needed(found: Needed | None) -> str:
    """Return how many have to be treated for one more, as a range of whole numbers."""
    if found is None:
        return ""
    if math.isinf(found.upper):
        return f" ({max(round(found.lower), 1)} or more treated for one more, or none gains)"
    low, high = max(round(found.lower), 1), max(round(found.upper), 1)
    if low == high and abs(found.estimate - low) > HALFWAY:  # between two whole numbers
        low, high = math.floor(found.estimate), math.ceil(found.estimate)
    treated = f"about {low}" if low == high else f"{low} to {high}"
    return f" ({treated} treated for one more)"


def _on(panel: Panel, verdict: Verdict) -> list[str]:
    """Return for whom, and with which form of the model, something else would be chosen."""
    scenario = panel.result.study.scenario
    sentences = []
    for on, start in (
        ("profile", "It depends on the kind of patient"),
        ("structure", "It depends on the model’s form"),
    ):
        found = [one for one in verdict.depends_on if one.on == on]
        if found:
            sentences.append(f"{start}: {'; '.join(_one_of(scenario, one) for one in found)}.")
    return sentences


def _one_of(scenario: Scenario, one: Dependence) -> str:
    arms = all_of([name_of(scenario, arm) for arm in one.arms]) if one.arms else "no arm that leads on everything"
    if one.on == "profile":
        label = scenario.profile_label(one.name)
        return f"for {label[0].lower()}{label[1:]}, {arms}"
    kind, _, name = one.name.partition(": ")
    return f"with “{alternative_name(kind, name)}”, {arms}"
