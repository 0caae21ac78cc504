"""Facts of a scenario and its runs in words, as check lists state them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sim.report.checklist.entry import Entry
from sim.report.checklist.known import Known, RunFacts
from sim.report.words.inputs import STATUS_WORDS
from sim.report.words.numbers import all_of, format_count
from sim.scenario.evidence import Quantity
from sim.scenario.places import quantities
from sim.study.inputs import fixed_inputs, uncertain_inputs


def stated(item: str, section: str, asks: str, answer: str | None, key: str) -> Entry:
    """Return an item that only people can answer, and where they can."""
    return Entry(item, section, asks, answer or "", "" if answer else f"reporting.{key}")


def quoted(runs: Sequence[RunFacts]) -> str:
    """Return what the answers of runs say."""
    return " ".join(run.quoted for run in runs if run.quoted)


def doubt_words(known: Known) -> str:
    """Return what runs over draws, and of single inputs, say about the answer: quoted, or where the ranges stand."""
    found = [run.quoted for run in known.of("sensitivity")]
    for run in known.drawn:
        found += [run.quoted_further] if run.analysis == "value" else []
        tables = [f"{name}.csv" for name in ("uncertainty", "budget") if f"{name}.csv" in run.files]
        found += [f"95 % ranges over {format_count(run.draws)} draws: {table} of {run.directory}." for table in tables]
    return " ".join(filter(None, found))


def arms_words(known: Known) -> str:
    """Return the names of the arms."""
    return all_of([known.scenario.arm_label(arm) for arm in known.scenario.arms])


def visits_words(known: Known) -> str:
    """Return every arm with what its description says."""
    scenario = known.scenario
    found = []
    for arm in scenario.arms:
        rule = scenario.policies[arm] if arm in scenario.policies else scenario.protocols[arm]
        described = (rule.description or "").rstrip(".")
        found.append(f"{scenario.arm_label(arm)} ({described})" if described else scenario.arm_label(arm))
    return f"{'; '.join(found)}."


def population_words(known: Known) -> str:
    """Return who is simulated: kinds of patient with their shares and baseline pain, and the entry rule."""
    scenario = known.scenario
    kinds = [
        f"{100 * share:g} % {scenario.profile_label(name)} (baseline pain "
        f"{float(scenario.profiles[name].baseline_pain.mean):g} of 10)"
        for name, share in scenario.cohort.profiles.items()
        if share > 0
    ]
    rule = scenario.cohort.include
    entry = f" Entry: reported pain at least {rule.reported_pain_at_least:g}." if rule else ""
    return f"{', '.join(kinds)}.{entry}"


def price_words(known: Known) -> str:
    """Return what a visit and each treatment cost, and how many of these prices are assumed."""
    scenario = known.scenario
    prices: list[tuple[str, Quantity]] = [("a visit", scenario.costs.visit)]
    prices += [(scenario.modality_label(one), scenario.modalities[one].cost) for one in scenario.used_modalities]
    listed = ", ".join(f"{label} {float(price):g} ({price.source})" for label, price in prices)
    assumed = sum(price.status in ("assumption", "scenario", "unverified") for _, price in prices)
    return (
        f"Attended visits and what is done at them, in {scenario.costs.currency}: {listed}; nothing else is counted. "
        f"{assumed} of these {len(prices)} prices are assumed, set here or unverified."
    )


def inputs_words(known: Known) -> str:
    """Return how many inputs there are, of which status, and how many have a distribution."""
    counted = Counter(one.quantity.status for one in quantities(known.scenario))
    words = ", ".join(f"{number} “{STATUS_WORDS[status]}”" for status, number in counted.most_common())
    drawn, fixed = len(uncertain_inputs(known.scenario)), len(fixed_inputs(known.scenario))
    return f"{format_count(counted.total())} numbers by status: {words}; {drawn} in doubt, {fixed} taken as fixed."


def structure_words(known: Known) -> str:
    """Return which alternatives the form of the model has."""
    kinds = {kind: one for kind, one in known.scenario.structure.items() if len(one) > 1}
    if not kinds:
        return ""
    listed = "; ".join(f"{kind.replace('_', ' ')}: {', '.join(name.replace('_', ' ') for name in one)}"
                       for kind, one in kinds.items())  # fmt: skip
    return f"Forms of the model: {listed}."


def uncertain_words(known: Known) -> str:
    """Return over how many draws each run was, and that single inputs were varied; else only what is in doubt."""
    runs = [f"{format_count(run.draws)} draws in {run.directory} ({run.analysis})" for run in known.drawn]
    runs += [f"single inputs varied in {run.directory}" for run in known.of("sensitivity")]
    number = len(uncertain_inputs(known.scenario))
    doubt = f"{number} inputs have a distribution. {structure_words(known)}".strip() if number else ""
    return " ".join(filter(None, (f"{'; '.join(runs)}." if runs else "", doubt)))
