"""What an assessment found, in sentences: what to prefer, how sure that is, and what is worth checking first."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from sim.decision.frontier import Place
from sim.decision.value.assess import Assessment
from sim.decision.value.efficiency import Efficiency
from sim.decision.value.structure import Choice
from sim.estimate.estimate import Estimate
from sim.estimate.rounding import levelled
from sim.report.value.knowing import MOST_NAMED, check_first
from sim.report.value.new_study import study_sentences
from sim.report.value.words import (
    discounted,
    extra_effect,
    labels,
    money,
    per_effect,
    rounded,
    spaced,
    whole_percent,
)
from sim.report.words.numbers import all_of, format_count
from sim.units import GAP

OTHER_ANSWER = (
    "A run (“simulate --config”) may name another arm, since it sets no price on what is gained: an arm that is better "
    "in a way that matters is preferred whatever it costs, and of arms that cannot be told apart it names the cheapest."
    " Its numbers differ too: they are of the stated inputs and form of the model, these are means over draws of both."
)
SURE = 0.05
"""Chance that another strategy is better up to which nothing is said to be left to weigh up."""


def sentences(found: Assessment) -> list[str]:
    """Return the answer first, then what a study that was asked about is worth, the frontier, what to check first, what
    that is worth, in which form of the model the answer is another, and how the range was chosen.
    """
    return [
        preferred_sentence(found), *study_sentences(found), *frontier_sentences(found), *check_first(found),
        perfect_sentence(found), *form_sentences(found),
        *([f"The range of willingness to pay was {found.question.note}."] if found.question.note else []),
    ]  # fmt: skip


def preferred_sentence(found: Assessment) -> str:
    """Return which strategy has the highest net benefit, by how much, and how often it is best."""
    at, names = found.question.at, list(labels(found.psa).values())
    net = found.curves.net_benefit[at]
    order = sorted(range(len(names)), key=lambda k: (k != found.preferred, -net[k]))
    next_one = order[1]
    behind = float(net[order[0]] - net[next_one])
    price, other = per_effect(found.psa, found.question.price), names[next_one]
    if behind:
        stands = f"is {rounded(found.psa, behind)} per patient ahead of {other}"
    else:
        stands = f"is level with {other}, {_tie_words(found, next_one)}"
    return (
        f"At {price}, {names[found.preferred]} is preferred: by what is gained at that price, less what it costs, it "
        f"{stands}. It is the best in {whole_percent(float(found.curves.frontier[at]))} of the draws."
    )


def _tie_words(found: Assessment, other: int) -> str:
    """Return by what the preferred strategy comes before another one of the same net benefit."""
    if found.psa.only_net:
        return "which comes after it in the table"
    costs = {one.strategy: one.cost.estimate for one in found.strategies}
    mine, of_other = levelled([costs[found.psa.strategies[k]] for k in (found.preferred, other)])
    return "which costs more" if of_other > mine else "which costs as much and comes after it"


def form_sentences(found: Assessment) -> list[str]:
    """Return in which forms of the model another strategy is preferred, or that there is none."""
    if not found.by_form:
        return []
    named = list(labels(found.psa).values())
    turned = [
        f"with “{form_label(one)}” (in {format_count(one.draws)} draws) {named[one.preferred]}"
        for one in found.by_form
        if one.preferred != found.preferred
    ]
    if not turned:
        return [f"{named[found.preferred]} is preferred in every form of the model that was drawn, kind by kind."]
    return [f"In another form of the model another strategy is preferred: {'; '.join(turned)}."]


def form_label(one: Choice) -> str:
    """Return the name of an alternative with its kind, as `fading: no fading`."""
    return f"{spaced(one.kind.removeprefix('structure.'))}: {spaced(one.alternative)}"


def frontier_sentences(found: Assessment) -> list[str]:
    """Return what every step along the frontier costs and gains, and who is not on it; of net benefits, nothing."""
    if found.psa.only_net:
        return []
    named = labels(found.psa)
    steps = [one for one in found.strategies if one.ratio is not None]
    said = [step_sentence(found, one) for one in steps[:MOST_NAMED]]
    if not steps:
        said.append(f"{named[found.strategies[0].strategy]} costs least and gains most on average{_left(found)}.")
    off = [one for one in found.strategies if one.place is not Place.FRONTIER]
    if off:
        listed = "; ".join(f"{named[one.strategy]}: {beaten_words(found, one)}" for one in off[:MOST_NAMED])
        more = f"; and {len(off) - MOST_NAMED} more" if len(off) > MOST_NAMED else ""
        said.append(f"At no price the best: {listed}{more}.")
    return said


def _left(found: Assessment) -> str:
    """Return whether anything is left to weigh up where one strategy costs least and gains most."""
    if found.chance_not_best <= SURE:
        return ": nothing is left to weigh up"
    return f", but another is better in {whole_percent(found.chance_not_best)} of the draws"


def step_sentence(found: Assessment, one: Efficiency) -> str:
    """Return what a strategy costs more and gains more than the one before it on the frontier."""
    assert one.versus is not None
    assert one.extra_cost is not None
    assert one.extra_gain is not None
    assert one.ratio is not None
    psa, named = found.psa, labels(found.psa)
    gains = "gains" if psa.effect_better == "higher" else "avoids"
    return (
        f"Going from {named[one.versus]} to {named[one.strategy]} costs {money(psa, one.extra_cost.estimate)} more and "
        f"{gains} {extra_effect(psa, one.extra_gain.estimate)}: {rounded(psa, one.ratio.estimate)} per {psa.per} "
        f"({interval_words(found, one.ratio)})."
    )


def interval_words(found: Assessment, ratio: Estimate) -> str:
    """Return the uncertainty interval of a ratio, or that it has none."""
    if math.isnan(ratio.lower):
        return f"no finite 95{GAP}% interval: the gain may be 0"
    return f"95{GAP}% interval {rounded(found.psa, ratio.lower)} to {rounded(found.psa, ratio.upper)}"


def place_words(found: Assessment, one: Efficiency) -> str:
    """Return where a strategy stands, and by whom it is dominated."""
    named = labels(found.psa)
    by = " and ".join(named[name] for name in one.by)
    if one.place is Place.FRONTIER:
        return "on the frontier"
    if one.place is Place.SAME:
        return f"same cost and effect as {by}"
    mixture = "a mixture of " if one.place is Place.EXTENDED else ""
    return f"{one.place} by {mixture}{by}"


def beaten_words(found: Assessment, one: Efficiency) -> str:
    """Return why a strategy is the best at no price."""
    named = labels(found.psa)
    by = [named[name] for name in one.by]
    if one.place is Place.SAME:
        return f"the same cost and effect as {all_of(by)}"
    if one.place is Place.EXTENDED:
        return f"{all_of(by)}, each for some patients, give as much for less"
    return f"{all_of(by)} {'gives' if len(by) == 1 else 'give'} at least as much for no more"


def perfect_sentence(found: Assessment) -> str:
    """Return what knowing everything would be worth at most."""
    question, worth = found.question, found.perfect
    if worth.chance == 0:
        return "The choice is the same in every draw: knowing the inputs better would not change it."
    everything = "every input exactly and the form of the model" if found.psa.kinds else "every input exactly"
    return (
        f"The chance that another strategy is better is {whole_percent(found.chance_not_best)}. Knowing {everything} "
        f"before choosing would be worth {rounded(found.psa, worth.estimate)} per patient: "
        f"{rounded(found.psa, worth.per_year)} a year for {format_count(question.patients_per_year)} patients, and "
        f"{rounded(found.psa, worth.over_years)} over {question.years:g} years, "
        f"{discounted(question.stated.discount)}. No study can be worth more."
    )


def preferences(found: Assessment) -> list[tuple[float, float, int]]:
    """Return over which willingness to pay each strategy is preferred: from, to, and its place."""
    wtp, optimal = found.curves.wtp, found.curves.optimal
    edges = [0, *(np.flatnonzero(np.diff(optimal)) + 1).tolist(), len(wtp)]
    return [(float(wtp[a]), float(wtp[b - 1]), int(optimal[a])) for a, b in pairwise(edges)]
