"""The answer in plain words, written from the numbers of a run: which arm, how much better, how sure, at what price."""

from __future__ import annotations

import math
from dataclasses import replace

from sim.decision.ranking import Ranking, is_sure, rank
from sim.estimate.estimate import Difference, Estimate
from sim.quantities import BY_NAME, COST, COST_PER_LASTING_RELIEF, LASTING_RELIEF, PRACTITIONER_MINUTES, VISITS_ATTENDED
from sim.report.run.policies import gain_sentences
from sim.report.words.claims import claim_sentences
from sim.report.words.numbers import format_count, of_hundred, with_error
from sim.scenario.schema import Scenario
from sim.study.results import Panel
from sim.units import POINTS, SHARE

SHOWN_ARMS = 5
"""Arms that a sentence names; of more, it names the best three and the first."""


def headline(panel: Panel) -> list[str]:
    """Return the answer as a few sentences; the first says which arm is ahead and by how much."""
    scenario = panel.result.study.scenario
    ranking = rank(panel, scenario.primary.outcome)
    if ranking is None:
        outcome = BY_NAME[scenario.primary.outcome].in_sentence
        return [
            f"In this simulation nothing can be said about {outcome}: there is nobody to average over.",
            *closing(panel),
        ]
    sentences = [_first(panel, ranking)]
    if len(ranking.arms) > 1:
        sentences += _how_sure(panel, ranking)
    sentences += [*_lasting(panel), *_price(panel, ranking), *gain_sentences(panel)]
    sentences += claim_sentences(scenario, panel.result.study.calibration)
    if panel.result.patients == 1:
        sentences.append("With one patient there is no telling how far chance reaches: simulate more.")
    sentences += closing(panel)
    return sentences


def noticeable(scenario: Scenario) -> float | None:
    """Return the change in points that counts as noticeable to a patient, where the scenario states it in points."""
    return scenario.relief.points.value if scenario.relief.points is not None else None


def _first(panel: Panel, ranking: Ranking) -> str:
    scenario, outcome = panel.result.study.scenario, ranking.outcome
    n = panel.result.patients
    start = f"In this simulation of {format_count(n)} patient{'s' if n != 1 else ''}"
    what = outcome.in_sentence
    best = _amount(panel, ranking.best, outcome.name)
    if len(scenario.arms) == 1:
        only = _name(scenario, ranking.best)
        return f"{start}, {what} with {only} is {best}. It is the only arm, so nothing is compared."
    rest = [arm for arm in ranking.arms if arm != ranking.best]
    if not rest:
        return f"{start}, {what} is defined for {_name(scenario, ranking.best)} only: {best}."
    if set(ranking.tied) == set(rest):
        values = "; ".join(f"{_name(scenario, arm)} {_amount(panel, arm, outcome.name)}" for arm in ranking.arms)
        return f"{start}, no arm is ahead on {what}: the arms cannot be told apart ({values})."
    if ranking.tied:
        names = _all_of([_name(scenario, arm) for arm in (ranking.best, *ranking.tied)])
        behind = next(arm for arm in rest if arm not in ranking.tied)
        return (
            f"{start}, {names} share the lead on {what} (about {best}); "
            f"next is {_name(scenario, behind)} with {_amount(panel, behind, outcome.name)}."
        )
    reference = scenario.arms[0] if scenario.arms[0] in rest else rest[-1]
    return (
        f"{start}, {_name(scenario, ranking.best)} does best on {what}: {best}, against "
        f"{_amount(panel, reference, outcome.name)} with {_name(scenario, reference)}."
    )


def _how_sure(panel: Panel, ranking: Ranking) -> list[str]:
    """Say how far the best is ahead of the next and of the first arm, and what the primary pair shows."""
    scenario, name = panel.result.study.scenario, ranking.outcome.name
    pairs = [(ranking.best, ranking.arms[1])]
    if scenario.arms[0] in ranking.arms[2:]:
        pairs.append((ranking.best, scenario.arms[0]))
    primary = scenario.primary_arms
    if primary and set(primary) <= set(ranking.arms) and primary not in pairs and primary[::-1] not in pairs:
        pairs.append(primary)
    return [compared(panel, panel.difference(*pair, name)) for pair in pairs]


def compared(panel: Panel, found: Difference) -> str:
    """Return a difference as a sentence: how large, whether beyond chance, whether large enough to notice."""
    scenario = panel.result.study.scenario
    arm, versus = _name(scenario, found.arm), _name(scenario, found.versus)
    if math.isnan(found.mc_error):
        return f"Whether {arm} and {versus} differ by more than chance cannot be told from one patient."
    if not is_sure(found):
        return f"{arm} and {versus} differ by no more than chance in the simulation explains ({_difference(found)})."
    better = BY_NAME[found.outcome].better
    place = "ahead of" if (found.estimate > 0) == (better != "lower") else "behind"
    apart = _difference(replace(found, estimate=abs(found.estimate))).removeprefix("+")
    sentence = f"{arm} is {place if better else 'above' if found.estimate > 0 else 'below'} {versus} by {apart}"
    change = noticeable(scenario)
    if found.unit != POINTS or change is None:
        return f"{sentence}: more than chance in the simulation explains."
    size, reach = abs(found.estimate), found.upper - found.estimate
    words = f"the {change:g} points that count as a noticeable change"
    if size - reach > change:
        return f"{sentence}: more than {words}."
    if size + reach < change:
        return f"{sentence}: beyond chance in the simulation, but less than {words}."
    return f"{sentence}: beyond chance in the simulation, and about as large as {words}."


def _lasting(panel: Panel) -> list[str]:
    scenario = panel.result.study.scenario
    ranking = rank(panel, LASTING_RELIEF)
    if ranking is None or scenario.primary.outcome == LASTING_RELIEF:
        return []
    shares = {arm: panel.get(arm, LASTING_RELIEF) for arm in ranking.arms}
    if not any(found.estimate > 0 for found in shares.values()):
        return [f"Nobody has lasting relief: in nobody {BY_NAME[LASTING_RELIEF].definition}."]
    shown = ranking.arms
    if len(shown) > SHOWN_ARMS:
        shown = tuple(dict.fromkeys((*shown[:3], *(arm for arm in scenario.arms[:1] if arm in shown))))
    listed = ", ".join(f"{of_hundred(shares[arm].estimate)} with {_name(scenario, arm)}" for arm in shown)
    what = f"Lasting relief ({BY_NAME[LASTING_RELIEF].definition})"
    error = max(shares[arm].mc_error for arm in shown)
    sure = f"; each give or take {SHARE.number(error, error)}" if error > 0 else ""
    return [f"{what}, of 100 patients: {listed}{sure}."]


def _price(panel: Panel, ranking: Ranking) -> list[str]:
    """Say what the best arm takes in visits, minutes and money, and which arm buys lasting relief most cheaply."""
    scenario, best = panel.result.study.scenario, ranking.best
    minutes = f"{_prose(panel.get(best, PRACTITIONER_MINUTES))} {BY_NAME[PRACTITIONER_MINUTES].in_sentence}"
    takes = [_amount(panel, best, VISITS_ATTENDED), minutes, _amount(panel, best, COST)]
    sentences = [f"{_name(scenario, best)} takes {_all_of(takes)} per patient."]
    cheapest = rank(panel, COST_PER_LASTING_RELIEF)
    if cheapest is None or len(cheapest.arms) < 2:
        return sentences
    least = _prose(panel.get(cheapest.best, COST_PER_LASTING_RELIEF))
    if cheapest.tied:
        names = _all_of([_name(scenario, arm) for arm in (cheapest.best, *cheapest.tied)])
        return [*sentences, f"Per patient with lasting relief, {names} cost about the same, the least: {least}."]
    other = best if best != cheapest.best and best in cheapest.arms else cheapest.arms[1]
    return [
        *sentences,
        f"Per patient with lasting relief, {_name(scenario, cheapest.best)} costs least: {least}, against "
        f"{_prose(panel.get(other, COST_PER_LASTING_RELIEF))} with {_name(scenario, other)}.",
    ]


def closing(panel: Panel) -> list[str]:
    """Return what must be said of every result: where it comes from, and what it is not."""
    scenario = panel.result.study.scenario
    claims = [
        claim.claimed for claim in panel.result.study.calibration.claims if claim.modality in scenario.used_modalities
    ]
    if any(claimed.status == "claim" for claimed in claims):
        return [
            "All this follows from what was put in, above all from numbers that an article claims and that could not "
            "be traced to a study. It is no evidence that a treatment works."
        ]
    return ["All this follows from what was put in. It is no evidence that a treatment works."]


def _amount(panel: Panel, arm: str, outcome: str) -> str:
    found = panel.get(arm, outcome)
    return found.unit.in_words(_prose(found))


def _prose(found: Estimate) -> str:
    """Return a number with its error; without it where there is none, or it is not known."""
    return with_error(found) if found.mc_error > 0 else found.unit.number(found.estimate, found.mc_error)


def _difference(found: Difference) -> str:
    return found.unit.difference_in_words(found.estimate, found.mc_error)


def _name(scenario: Scenario, arm: str) -> str:
    return scenario.arm_label(arm)


def _all_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
