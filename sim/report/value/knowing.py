"""What knowing inputs is worth: sentences, the table of the report and rows of its files."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from sim.decision.value.assess import Assessment, Worth
from sim.decision.value.information import LEAST_DRAWS
from sim.decision.value.psa import Floats
from sim.decision.value.subjects import FORM, Kind
from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Rows
from sim.report.table import json_record
from sim.report.value.words import (
    digits,
    discounted,
    input_label,
    labels,
    money,
    money_at,
    percent,
    rounded,
    whole_percent,
)
from sim.report.words.numbers import all_of
from sim.units import GAP, UNDEFINED

MOST_NAMED = 6
EVPPI = (
    "wtp", "input", "kind", "evppi", "evppi_error", "evppi_bias", "share_of_draws_that_would_change", "explained",
    "misfit",
)  # fmt: skip
BY_INPUT = ("input", "value", "strategy", "net_benefit_ahead", "net_benefit_ahead_error")
NOTHING_EXPLAINED = (
    "The inputs explain nothing of costs and effects, not even all together, so nothing can be said about which one to "
    "check first."
)
DO_ROWS_FIT = "Do the rows of the two tables belong together?"


def worth_label(found: Assessment, one: Worth) -> str:
    """Return what would be known, as people read it."""
    if one.subject is None:
        return "Everything (EVPI)"
    if one.subject.kind is Kind.ALL:
        return "All inputs together"
    if one.subject.kind is Kind.INPUT:
        return input_label(found.psa, one.name)
    return "Form of the model, every kind" if one.name == FORM else one.name


def worth_words(found: Assessment, one: Worth) -> str:
    """Return a worth with its error; all have as many digits, so that rounding keeps their order."""
    return money_at(found.psa, one.estimate, one.mc_error, found.perfect.estimate)


def check_first(found: Assessment) -> list[str]:
    """Return which inputs are worth checking first, and at which values the choice would change."""
    if not found.psa.parameters:
        return ["No inputs were given, so nothing can be said about which one to check first (--parameters)."]
    if not found.inputs:
        return [f"Inputs are not ranked: that takes at least {LEAST_DRAWS} draws."]
    if found.odd:
        of_scenario = found.psa.distributions or found.psa.kinds
        return [NOTHING_EXPLAINED if of_scenario else f"{NOTHING_EXPLAINED} {DO_ROWS_FIT}"]
    return [*_singles(found), *_together(found), *_withheld(found)]


def _singles(found: Assessment) -> list[str]:
    worth = [one for one in found.inputs if one.is_beyond_noise]
    if not worth:
        return ["No single input is worth checking by itself: none would change the choice beyond chance."]
    first = worth[0]
    said = [
        f"The input to check first is {worth_label(found, first)}: knowing it exactly would be worth "
        f"{rounded(found.psa, first.estimate)} per patient.{switch_words(found, first)}"
    ]
    if worth[1:]:
        listed = (f"{worth_label(found, one)} ({rounded(found.psa, one.estimate)})" for one in worth[1:MOST_NAMED])
        said.append(f"Next: {', '.join(listed)}.")
    return said


def _together(found: Assessment) -> list[str]:
    """Return what groups that were asked for are worth."""
    asked = [one for one in found.groups if not one.is_withheld and one.name != FORM]
    if not asked:
        return []
    listed = (f"{worth_label(found, one)} {rounded(found.psa, one.estimate)}" for one in asked[:MOST_NAMED])
    return [f"Known together: {', '.join(listed)} per patient."]


def _withheld(found: Assessment) -> list[str]:
    """Return of which inputs no value is given, and why."""
    whole = [] if found.together is None else [found.together]
    untold = [one for one in (*found.inputs, *found.groups, *whole) if one.is_withheld]
    if not untold:
        return []
    named = all_of([worth_label(found, one) for one in untold[:MOST_NAMED]])
    return [
        f"No value is given for {named}: the regression misses what draws with alike inputs show, by more than a tenth "
        "of the EVPI."
    ]


def share_of_perfect(found: Assessment, one: Worth) -> str:
    """Return how much of the value of perfect information an input carries, in words."""
    if not found.perfect.estimate > 0 or one.is_withheld:
        return ""
    return f"{min(one.estimate / found.perfect.estimate, 1):.0%} of the EVPI".replace("%", f"{GAP}%")


def switch_words(found: Assessment, one: Worth) -> str:
    """Return at which values of an input that is worth knowing the choice would change, as a sentence after another."""
    switches, named = found.partial(one).switches, labels(found.psa)
    if not (switches and one.estimate > 0):
        return ""
    parts = [f"below {digits(switches[0].value)} {named[switches[0].below]}"]
    for switch, after in zip(switches, [*switches[1:], None], strict=True):
        upper = "" if after is None else f" to {digits(after.value)}"
        start = "above" if after is None else "from"
        parts.append(f"{start} {digits(switch.value)}{upper} {named[switch.above]}")
    return f" The best choice would be: {'; '.join(parts)}."


def worth_table(found: Assessment) -> Table:
    """Return what knowing inputs would be worth, per patient and to the clinic."""
    whole = [*found.groups, *([] if found.together is None else [found.together]), found.perfect]
    rows = [_worth_row(found, one, "One input by itself") for one in found.inputs]
    rows += [_worth_row(found, one, "Taken together" if found.inputs else "") for one in whole]
    columns = (
        "Knowing", "Worth per patient", "Explains", "Chance that it changes the choice",
        f"Worth a year, {found.question.patients_per_year:,d} patients",
        f"Worth over {found.question.years:g} years",
    )  # fmt: skip
    money_words = discounted(found.question.stated.discount)
    return Table(f"What knowing an input exactly would be worth ± standard error, {money_words}", columns, tuple(rows))


def _worth_row(found: Assessment, one: Worth, group: str) -> Row:
    psa, is_all = found.psa, one is found.perfect
    detail = "" if is_all else " ".join(filter(None, (switch_words(found, one).strip(), _fit_words(found, one))))
    cells = (
        Cell(worth_words(found, one), "" if is_all else share_of_perfect(found, one)),
        Cell(UNDEFINED if is_all else whole_percent(one.explained)),
        Cell(UNDEFINED if one.is_withheld else percent(one.chance)),
        Cell(money(psa, one.per_year)),
        Cell(money(psa, one.over_years)),
    )
    return Row(worth_label(found, one), cells, detail, group=group)


def _fit_words(found: Assessment, one: Worth) -> str:
    """Return which products of inputs the regression has, and how far a second estimator differs."""
    said = []
    products = found.partial(one).products
    if products:
        listed = "; ".join(" × ".join(input_label(found.psa, name) for name in product) for product in products)
        said.append(f"With the product of {listed}.")
    if one.is_withheld:
        said.append("Withheld: the regression misses what draws with alike inputs show.")
    elif one.misfit:
        more = money(found.psa, abs(one.misfit))
        said.append(f"A second estimator finds {more} {'more' if one.misfit > 0 else 'less'}; that is in the error.")
    return " ".join(said)


def prices(found: Assessment, wtp: Floats) -> list[float]:
    """Return willingness to pay as files have it: NaN where it is not known, as of net benefits."""
    return [math.nan] * len(wtp) if found.psa.only_net else wtp.tolist()


def evppi_rows(found: Assessment) -> Rows:
    """Return a row for everything that could be learnt and every willingness to pay at which that was estimated."""
    rows = []
    for one in found.partials:
        for i, price in enumerate(prices(found, found.thin.wtp)):
            withheld = math.isnan(one.value[i])
            values = (
                price, one.name, str(one.subject.kind), float(one.value[i]), float(one.error[i]), float(one.bias[i]),
                math.nan if withheld else float(one.other[i]), float(one.explained[i]), float(one.misfit[i]),
            )  # fmt: skip
            rows.append(dict(zip(EVPPI, values, strict=True)))
    return Rows(EVPPI, rows)


def by_input_rows(found: Assessment) -> Rows:
    """Return a row for every input that is a number, value of it and strategy, at the price of interest."""
    rows = []
    for partial in found.partials:
        if partial.trace is None:
            continue
        for value, ahead, error in zip(partial.trace.at, partial.trace.ahead, partial.trace.error, strict=True):
            for k, strategy in enumerate(found.psa.strategies):
                row = (partial.name, float(value), strategy, float(ahead[k]), float(error[k]))
                rows.append(dict(zip(BY_INPUT, row, strict=True)))
    return Rows(BY_INPUT, rows)


def input_record(found: Assessment, one: Worth) -> dict[str, Any]:
    """Return what JSON says of an input."""
    partial = found.partial(one)
    return {
        **worth_record(one), "is_beyond_noise": one.is_beyond_noise,
        "switches": [asdict(switch) for switch in partial.switches],
    }  # fmt: skip


def worth_record(one: Worth) -> dict[str, Any]:
    """Return what JSON says of what knowing something is worth; what is withheld is null."""
    fit = {} if one.subject is None else {"explained": one.explained, "misfit": one.misfit, "bias": one.bias}
    inputs = {} if one.subject is None else {"inputs": list(one.subject.members)}
    return inputs | json_record(
        {
            "name": one.name, "per_patient": one.estimate, "error": one.mc_error, **fit, "chance": one.chance,
            "per_year": one.per_year, "over_years": one.over_years,
        }
    )  # fmt: skip
