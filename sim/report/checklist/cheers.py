"""CHEERS 2022, all 28 items, filled in from a scenario, what is stated in it, and runs of it; the rest stays open.

Husereau and others 2022, doi:10.1016/j.jval.2021.11.1351; its items in our own words, short.
"""

from __future__ import annotations

from sim.quantities import BY_NAME, COST, shown_in
from sim.report.checklist.entry import Entry
from sim.report.checklist.facts import (
    arms_words,
    doubt_words,
    inputs_words,
    population_words,
    price_words,
    quoted,
    stated,
    structure_words,
    uncertain_words,
    visits_words,
)
from sim.report.checklist.known import Known

STANDARD = "CHEERS 2022"
SHORT = "CHEERS"
SOURCE = "Husereau and others 2022, doi:10.1016/j.jval.2021.11.1351"
_ECONOMIC = ("economic", COST, "budget")


def cheers(known: Known) -> tuple[Entry, ...]:
    """Return the 28 items in their order."""
    return (*_opening(known), *_methods(known), *_measures(known), *_model(known), *_results(known))


def _opening(known: Known) -> tuple[Entry, ...]:
    said, title = known.said, known.scenario.title
    is_named = any(word in title.lower() for word in _ECONOMIC)
    return (
        Entry("1", "Title", "An economic evaluation by its title, with what is compared",
              f"“{title}”. Compared: {arms_words(known)}.",
              "" if is_named else "that it is an economic evaluation: title"),
        stated("2", "Abstract", "Structured summary", said.abstract, "abstract"),
        Entry("3", "Introduction", "Context, question, and what it is for",
              " ".join(filter(None, (said.context, said.question))),
              ", ".join(f"reporting.{name}" for name in ("context", "question") if not getattr(said, name))),
        stated("4", "Methods", "Analysis plan, and where it is", said.plan, "plan"),
    )  # fmt: skip


def _methods(known: Known) -> tuple[Entry, ...]:
    scenario, said, part = known.scenario, known.said, "Methods"
    perspective, rate = known.option("perspective"), known.option("discount")
    budget = scenario.budget
    horizon = f"{scenario.followup.horizon.value:g} days after the first visit"
    horizon += f"; the budget {budget.years} years" if budget is not None and known.of("budget") else ""
    discount = f"Money over years {100 * rate:g} % a year (simulate value --discount)." if rate else ""
    return (
        Entry("5", part, "Study population", f"{population_words(known)} {said.population or ''}".strip(),
              "" if said.population else "age, sex and setting of the people, none of which is modelled: "
              "reporting.population"),
        stated("6", part, "Setting and location", said.setting, "setting"),
        Entry("7", part, "Comparators, and why these", f"{visits_words(known)} {said.comparators or ''}".strip(),
              "" if said.comparators else "reporting.comparators"),
        Entry("8", part, "Perspective, and why",
              " ".join(filter(None, (f"{perspective} (simulate value --perspective)." if perspective else "",
                                     said.perspective))),
              "" if said.perspective else "reporting.perspective"),
        Entry("9", part, "Time horizon, and why", f"{horizon}. {said.time_horizon or ''}".strip(),
              "" if said.time_horizon else "reporting.time_horizon"),
        Entry("10", part, "Discount rate, and why", " ".join(filter(None, (discount, said.discount_rate))),
              "" if said.discount_rate else "reporting.discount_rate"),
    )  # fmt: skip


def _measures(known: Known) -> tuple[Entry, ...]:
    scenario, said, part = known.scenario, known.said, "Methods"
    primary, utility = BY_NAME[scenario.primary.outcome], scenario.utility
    others = ", ".join(BY_NAME[name].in_sentence for name in shown_in("rank") if name != primary.name)
    year = said.price_year or known.option("price_year")
    rates = known.option("rate")
    rate = ", ".join(rates) if isinstance(rates, list) else rates or ""
    return (
        Entry("11", part, "Outcomes of benefit and harm, and why these",
              f"Primary: {primary.in_sentence}. Also {others}, soreness, bruising and expected serious events. "
              f"{said.outcomes or ''}".strip(), "" if said.outcomes else "reporting.outcomes"),
        Entry("12", part, "How outcomes are measured",
              "Simulated, not measured: pain from 0 to 10 as it is reported, with the noise of a reading, on days 42 "
              f"and 133 in every arm. {primary.label}: {primary.definition}."),
        Entry("13", part, "How outcomes are valued, and by whom",
              f"Loss of utility by pain from {utility.source} ({utility.status}). {said.valuation or ''}".strip(),
              "" if said.valuation else "reporting.valuation"),
        Entry("14", part, "Resources and costs", price_words(known)),
        Entry("15", part, "Currency, price date, conversion",
              f"{scenario.costs.currency}{f', prices of {year}' if year else ''}. "
              + (f"Converted at {rate}." if rate else "No price is converted."),
              "" if year else "the year of the prices: reporting.price_year"),
    )  # fmt: skip


def _model(known: Known) -> tuple[Entry, ...]:
    said, part = known.said, "Methods"
    several = len([share for share in known.scenario.cohort.profiles.values() if share > 0]) > 1
    by_kind = [run for run in known.of("run") if several and "summary.csv" in run.files]
    kinds = f"Results by kind of patient: summary.csv of {by_kind[0].directory}." if by_kind else ""
    return (
        Entry("16", part, "The model, and why one",
              "Simulation of single patients, day by day (coursesim, MIT licence; docs/model.md describes it). "
              f"{said.model or ''}".strip(), "" if said.model else "reporting.model"),
        Entry("17", part, "Analysis and assumptions",
              "Response that is not given is calibrated to the claims by least squares; arms see the same patients "
              f"with the same luck; errors are from independent nets of patients, of a clinic from replications. "
              f"{inputs_words(known)} "
              f"{structure_words(known)}".strip()),
        Entry("18", part, "Heterogeneity", " ".join(filter(None, (kinds, said.heterogeneity))),
              "" if said.heterogeneity else "reporting.heterogeneity"),
        stated("19", part, "Distribution of effects over people", said.distribution, "distribution"),
        Entry("20", part, "Characterising uncertainty", uncertain_words(known),
              "" if known.drawn or known.of("sensitivity") else "a run over draws: --run DIR"),
        stated("21", part, "Engagement of patients and others", said.engagement, "engagement"),
    )  # fmt: skip


def _results(known: Known) -> tuple[Entry, ...]:
    said = known.said
    main = quoted(known.of("value", "run", "compare", "budget", "clinic", "optimise"))
    sure = doubt_words(known)
    results, discussion, other = "Results", "Discussion", "Other"
    return (
        Entry("22", results, "All inputs with their doubts and sources",
              f"{inputs_words(known)} They are listed under “What went in”."),
        Entry("23", results, "Main results", main, "" if main else "a run: --run DIR"),
        Entry("24", results, "What uncertainty does to them", sure, "" if sure else "a run over draws: --run DIR"),
        stated("25", results, "What engagement changed", said.engagement_effect, "engagement_effect"),
        Entry("26", discussion, "Findings, limits, generalisability, ethics and equity",
              said.generalisability or "Limits of the model are listed under “Limits”.",
              "" if said.generalisability else "reporting.generalisability"),
        stated("27", other, "Funding, and the part of who paid", said.funding, "funding"),
        stated("28", other, "Conflicts of interest", said.conflicts, "conflicts"),
    )  # fmt: skip
