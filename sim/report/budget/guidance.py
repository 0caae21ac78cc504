"""The good-practice guidance on budget impact analyses as a check list, filled in from what the scenario states.

Sullivan and others 2014, Value in Health 17:5-14, doi:10.1016/j.jval.2013.08.2291; its elements in our own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sim.decision.budget.assess import Case, Impact
from sim.decision.budget.measures import MARGIN
from sim.report.budget.text import MISSING
from sim.report.checklist.entry import Entry
from sim.report.words.inputs import STATUS_WORDS
from sim.report.words.numbers import all_of, format_count
from sim.scenario.budget import Budget
from sim.scenario.evidence import Quantity
from sim.scenario.places import quantities
from sim.scenario.reporting import Reporting

SHORT = "BIA"
STANDARD = "ISPOR 2014 budget impact analysis"
DESIGN, INPUTS, UNCERTAINTY, REPORT = "Design", "Inputs", "Uncertainty and validation", "Reporting"


def guidance(impact: Impact, cases: Sequence[Case]) -> tuple[Entry, ...]:
    """Return the check list of a budget."""
    scenario, budget, said = impact.scenario, impact.budget, impact.scenario.reporting or Reporting()
    attendance = scenario.attendance
    return (
        _said("1", DESIGN, "Health care system and access rules", said.setting, "setting"),
        Entry("2", DESIGN, "Perspective of the budget holder",
              "The payer's; what patients pay and what the clinic earns and spends stand beside it."
              + (f" {said.perspective}" if said.perspective else ""),
              "" if said.perspective else "who the payer is: reporting.perspective"),
        Entry("3", DESIGN, "Time horizon", f"{budget.years} years, by year, from when the mix changes."
              + (f" {said.time_horizon}" if said.time_horizon else ""),
              "" if said.time_horizon else "why: reporting.time_horizon"),
        Entry("4", DESIGN, "Time and discounting", "Visits count in the year of their day. Nothing is discounted."),
        Entry("5", DESIGN, "Computing framework",
              "Simulation of single patients day by day, added up by year; docs/model.md describes it."
              + (f" {said.model}" if said.model else ""),
              "" if said.model else "why no plain cost calculator: reporting.model"),
        Entry("6", INPUTS, "Eligible population, and how it changes", _population(budget)),
        Entry("7", INPUTS, "Current mix of treatments", _mix(impact, after=False)),
        Entry("8", INPUTS, "Mix with the change, uptake by year", _mix(impact, after=True)),
        Entry("9", INPUTS, "Adherence and persistence",
              f"No-shows {float(attendance.no_show):.0%}, drop-out a visit {float(attendance.drop_out):.0%}, and more "
              "as stated under “What went in”.".replace("%", " %")),
        Entry("10", INPUTS, "Cost of the treatments", "Prices of visits and treatments, the payer's share "
              f"({_share(budget.payer.share)}), and the costs of the change; rebates are not modelled."
              + (f" Prices of {said.price_year}." if said.price_year else ""),
              "" if said.price_year else "the year of the prices: reporting.price_year"),
        _said("11", INPUTS, "Other costs of the condition", said.condition_costs, "condition_costs",
              "only visits are counted; "),
        Entry("12", INPUTS, "Sources of the inputs", _sources(impact)),
        Entry("13", INPUTS, "Capacity and costs of those who treat",
              "Hours, practitioners and rooms by year." if impact.is_known(MARGIN) else "",
              all_of([words for name, words in MISSING.items() if not impact.is_known(name)])
              if not impact.is_known(MARGIN) else ""),
        Entry("14", UNCERTAINTY, "Uncertainty of the inputs",
              f"{format_count(impact.draws)} draws of {impact.model_inputs} inputs of the model and "
              f"{len(impact.uncertain)} of the budget; 95 % ranges." if impact.draws else "",
              "" if impact.draws and impact.uncertain else
              "no input of the budget itself has an uncertainty" if impact.draws else "no draws: --draws"),
        Entry("15", UNCERTAINTY, "Scenario analyses",
              f"{len(cases)} one-way scenarios." if cases else "", "" if cases else "budget.cases or --case"),
        _said("16", UNCERTAINTY, "Face validity, with those who decide", said.face_validity, "face_validity"),
        Entry("17", UNCERTAINTY, "Verification and external validity",
              said.internal_validity or "", _missing_validity(said)),
        _said("18", REPORT, "Objective and background", " ".join(filter(None, (said.question, said.context))),
              "question"),
        Entry("19", REPORT, "Results by year, in all and in parts",
              "Tables by year and arm here and in budget.csv: people, money by who pays, hours, rooms, people helped."),
        Entry("20", REPORT, "Limits", "“Limits” at the end of this report."
              + (f" {said.generalisability}" if said.generalisability else ""),
              "" if said.generalisability else "what they mean here: reporting.generalisability"),
        Entry("21", REPORT, "Funding and conflicts of interest",
              " ".join(filter(None, (said.funding, said.conflicts))),
              ", ".join(f"reporting.{name}" for name in ("funding", "conflicts") if not getattr(said, name))),
    )  # fmt: skip


def _said(item: str, section: str, asks: str, answer: str | None, key: str, before: str = "") -> Entry:
    return Entry(item, section, asks, answer or "", "" if answer else f"{before}reporting.{key}")


def _missing_validity(said: Reporting) -> str:
    checked = "the model against published data: simulate validate"
    return checked if said.internal_validity else f"reporting.internal_validity; {checked}"


def _population(budget: Budget) -> str:
    return (
        f"{float(budget.population):,.0f} people, growing by {float(budget.growth):.2%} a year; "
        f"{float(budget.prevalence):.2%} have it at the start, {float(budget.incidence):.2%} get it in a year, "
        f"{float(budget.eligible):.1%} of these are eligible."
    ).replace("%", " %")


def _mix(impact: Impact, *, after: bool) -> str:
    mix = impact.budget.after if after else impact.budget.now
    given = [f"{impact.arm_label(arm)} {', '.join(_share(one) for one in shares)}" for arm, shares in mix.items()]
    rest = impact.arm_label(impact.budget.otherwise)
    return f"{'; '.join(given) or 'No arm'}; the rest gets {rest.lower()}." + (
        " By year; the last holds on." if after else ""
    )


def _share(share: Quantity) -> str:
    return f"{100 * float(share):.3g} %"


def _sources(impact: Impact) -> str:
    """Return how many numbers have which status."""
    counted = Counter(one.quantity.status for one in quantities(impact.scenario))
    words = [f"{format_count(number)} “{STATUS_WORDS[status]}”" for status, number in counted.most_common()]
    return f"Beside every number under “What went in”; by status: {', '.join(words)}."
