"""The answer in plain words, written from the numbers of a run: what to choose, how much better, and at what price."""

from __future__ import annotations

import math

from sim.decision.ranking import is_sure, rank
from sim.decision.verdict import Verdict, verdict_of
from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME, COST, LASTING_RELIEF, PRACTITIONER_MINUTES, VISITS_ATTENDED
from sim.report.run.policies import gain_sentences
from sim.report.words.claims import claim_sentences
from sim.report.words.numbers import all_of, capital, in_plain_words, of_hundred
from sim.report.words.verdict import assumed_words, dearer_words, name_of, size_words, verdict_sentences
from sim.scenario.schema import Scenario
from sim.study.results import Panel

SHOWN_ARMS = 5
"""Arms that a sentence names; of more, it names the best three and the first."""


def headline(panel: Panel) -> list[str]:
    """Return the answer as a few sentences: the first is the verdict in words that a patient would understand, the last
    a caution.
    """
    scenario = panel.result.study.scenario
    verdict = verdict_of(panel)
    sentences = verdict_sentences(panel, verdict)
    if not verdict.says_nothing:
        sentences += [*filter(None, (assumed_words(panel, verdict),)), _primary(panel, verdict), *_lasting(panel)]
        sentences += [*_price(panel, verdict), *gain_sentences(panel)]
    sentences += claim_sentences(scenario, panel.result.study.calibration)
    return [*sentences, *closing(panel)]


def _primary(panel: Panel, verdict: Verdict) -> str:
    """Return the primary outcome of every arm, best first, and how large the difference of the verdict is."""
    scenario, outcome = panel.result.study.scenario, BY_NAME[verdict.outcome]
    ranking = rank(panel, outcome.name)
    assert ranking is not None
    shown = _shown(scenario, ranking.arms)
    values = [in_plain_words(panel.get(shown[0], outcome.name))]  # the unit is said once
    values += [_number(panel, arm, outcome.name) for arm in shown[1:]]
    told = [f"{value} with {name_of(scenario, arm)}" for value, arm in zip(values, shown, strict=True)]
    sentence = f"{outcome.label}: {all_of(told)}."
    arm = verdict.arm or ranking.best
    if verdict.versus is None or verdict.versus == arm:
        return sentence
    return f"{sentence} {compared(scenario, panel.difference(arm, verdict.versus, outcome.name))}"


def compared(scenario: Scenario, found: Difference) -> str:
    """Return a difference as a sentence: how large it is, and whether it is more than chance."""
    pair = f"{name_of(scenario, found.arm)} and {name_of(scenario, found.versus)}"
    if math.isnan(found.mc_error):
        return f"Whether {pair} differ by more than chance cannot be told from one patient."
    if found.estimate == 0 and found.mc_error == 0:
        return f"Between {pair} there is no difference at all."
    if not is_sure(found):
        return f"Between {pair} there is no difference that chance in the simulation does not explain."
    size = size_words(found.unit, round(found.estimate, 1))  # as it is written
    amount = found.unit.amount_plain(abs(found.estimate))
    called = f", {size}" if size else ""
    return f"The difference between {pair} is {amount}{called}."


def _shown(scenario: Scenario, arms: tuple[str, ...]) -> tuple[str, ...]:
    if len(arms) <= SHOWN_ARMS:
        return arms
    return tuple(dict.fromkeys((*arms[:3], *(arm for arm in scenario.arms[:1] if arm in arms))))


def _lasting(panel: Panel) -> list[str]:
    scenario = panel.result.study.scenario
    ranking = rank(panel, LASTING_RELIEF)
    if ranking is None or scenario.primary.outcome == LASTING_RELIEF:
        return []
    shares = {arm: panel.get(arm, LASTING_RELIEF) for arm in ranking.arms}
    if not any(found.estimate > 0 for found in shares.values()):
        return [f"Nobody has lasting relief: in nobody {BY_NAME[LASTING_RELIEF].definition}."]
    shown = _shown(scenario, ranking.arms)
    listed = all_of([f"{of_hundred(shares[arm].estimate)} with {name_of(scenario, arm)}" for arm in shown])
    return [f"Lasting relief ({BY_NAME[LASTING_RELIEF].definition}), of 100 patients: {listed}."]


def _price(panel: Panel, verdict: Verdict) -> list[str]:
    """Say what an arm takes in visits, minutes and money, and which arm buys lasting relief most cheaply."""
    scenario = panel.result.study.scenario
    assert verdict.choice is not None
    arm = verdict.arm or verdict.choice.leads[0].arms[0]
    minutes = f"{_number(panel, arm, PRACTITIONER_MINUTES)} {BY_NAME[PRACTITIONER_MINUTES].in_sentence}"
    takes = [in_plain_words(panel.get(arm, VISITS_ATTENDED)), minutes, in_plain_words(panel.get(arm, COST))]
    taken = f"{capital(name_of(scenario, arm))} takes {all_of(takes)} per patient{_dearer(panel, verdict, arm)}."
    return [taken, *_one_more(panel, verdict, arm)]


def _one_more(panel: Panel, verdict: Verdict, arm: str) -> list[str]:
    """Return what one more patient with lasting relief costs, against the arm that it is set against; if it costs."""
    if verdict.versus is None:
        return []
    gained, spent = (panel.difference(arm, verdict.versus, outcome) for outcome in (LASTING_RELIEF, COST))
    if not (gained.lower > 0 and spent.lower > 0):
        return []
    price = spent.unit.plain(spent.estimate / gained.estimate)
    return [f"That is {price} for each patient more who has lasting relief."]


def _dearer(panel: Panel, verdict: Verdict, arm: str) -> str:
    """Return how much more or less an arm costs than the one that it is set against; empty if neither."""
    if verdict.versus is None:
        return ""
    price = dearer_words(panel.difference(arm, verdict.versus, COST))
    return f", {price} than {name_of(panel.result.study.scenario, verdict.versus)}" if price else ""


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


def _number(panel: Panel, arm: str, outcome: str) -> str:
    found = panel.get(arm, outcome)
    return found.unit.plain(found.estimate)
