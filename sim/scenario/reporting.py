"""What only people can say of an analysis, for the check lists of reporting standards: in words, never made up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.scenario.evidence import Frozen, Text
from sim.scenario.protocol import Count


def _said(title: str) -> Text | None:
    found: Text | None = Field(default=None, title=title)
    return found


class Reporting(Frozen):
    """Statements for a report, each in a sentence or two. What is left out stays open in a check list."""

    question: Text | None = _said("The question, and the decision that it serves")
    context: Text | None = _said("Background: the condition, its burden, why the question is asked")
    abstract: Text | None = _said("Where the structured summary is")
    plan: Text | None = _said("Whether there was an analysis plan, and where it is")
    population: Text | None = _said("Whom the simulated patients stand for")
    setting: Text | None = _said("Where: country, kind of practice, what the health system allows")
    comparators: Text | None = _said("Why these arms are compared")
    perspective: Text | None = _said("Whose costs are counted, and why")
    time_horizon: Text | None = _said("Why this time horizon")
    discount_rate: Text | None = _said("Discount rate, and why")
    outcomes: Text | None = _said("Why these outcomes")
    valuation: Text | None = _said("Whose values the utilities are, and how they were asked for")
    price_year: Annotated[Count, Field(ge=1900, le=2200)] | None = Field(default=None, title="Year of the prices")
    model: Text | None = _said("Why a model, and why this one")
    data: Text | None = _said("What was done to data before they became inputs")
    heterogeneity: Text | None = _said("How subgroups were looked at")
    distribution: Text | None = _said("How effects are distributed over groups of people, and priority groups")
    engagement: Text | None = _said("How patients, the public or others took part")
    engagement_effect: Text | None = _said("What their part changed")
    generalisability: Text | None = _said("Findings, limits, ethics and equity, and what they mean for practice")
    condition_costs: Text | None = _said("Other costs of the condition: counted or left out, and why")
    face_validity: Text | None = _said("Who has looked at structure, inputs and results, and what they said")
    internal_validity: Text | None = _said("How the computation was checked beyond the program's own tests")
    cross_validity: Text | None = _said("Which other models were compared, and with what result")
    predictive_validity: Text | None = _said("What was predicted before it was known, and how it came out")
    access: Text | None = _said("Where the files of this analysis can be had")
    funding: Text | None = _said("Who paid, and what part they had")
    conflicts: Text | None = _said("Conflicts of interest of the authors")
