"""What the workbook of an assessment holds: the strategies with their numbers, charts, and the units of its tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sim.decision.frontier import Place
from sim.decision.value.assess import Assessment
from sim.estimate.estimate import Estimate
from sim.report.document.workbook_parts import Chart, Grid, Number, UnitOf, Value, WorkbookParts, curves, usual_unit
from sim.report.table import Table
from sim.report.value.figures import shown_looks
from sim.report.value.words import currency_words, effect_words, labels, per_effect
from sim.report.words.input_table import input_data
from sim.scenario.schema import Scenario
from sim.units import SHARE, Unit

MONEY = ("cost", "extra_cost", "icer", "wtp", "net_benefit", "expected_loss", "evpi", "evppi", "misfit",
         "net_benefit_ahead")  # fmt: skip
EFFECT = ("effect", "extra_gain")
FRONTIER, OTHERS = "On the frontier", "Not on the frontier"


def value_workbook(
    found: Assessment, name: str, scenario: Scenario | None, tables: Mapping[str, Table]
) -> WorkbookParts:
    """Return what the workbook of an assessment holds; draws from a table have no scenario, and no inputs."""
    inputs = None if scenario is None else input_data([(name, scenario)])
    return WorkbookParts(tables, _units(found), _key(found), tuple(_charts(found, tables)), inputs)


def _key(found: Assessment) -> Grid:
    named, spent = labels(found.psa), found.psa.cost_unit
    rows: list[tuple[Value, ...]] = []
    for one in found.strategies:
        k = found.psa.strategies.index(one.strategy)
        rows.append(
            (
                named[one.strategy], str(one.place), _number(one.cost), _number(one.effect),
                _number(one.extra_cost), _number(one.extra_gain), _number(one.ratio),
                Number(float(found.curves.best[found.question.at, k]), SHARE),
                Number(float(found.curves.net_benefit[found.question.at, k]), spent),
            )
        )  # fmt: skip
    price = per_effect(found.psa, found.question.price)
    columns = (
        "Strategy", "Place", f"Cost ({currency_words(found.psa)})", f"Effect ({effect_words(found.psa)})",
        "Extra cost of this step", "Extra gain of this step", "Cost of one more unit of effect",
        f"Share of draws in which it is worth most, at {price}", f"Net benefit at {price}",
    )  # fmt: skip
    title, shown = "The strategies, from the cheapest on the frontier up", slice(1, None)
    if found.psa.only_net:  # nothing is known of costs, effects and places
        title, shown = "The strategies, the best first", slice(-2, None)
    return Grid(title, (columns[0], *columns[shown]), tuple((row[0], *row[shown]) for row in rows))


def _number(one: Estimate | None) -> Value:
    return "" if one is None else Number(one.estimate, one.unit, one.mc_error)


def _charts(found: Assessment, tables: Mapping[str, Table]) -> list[Chart]:
    price = f"Willingness to pay ({currency_words(found.psa)} per {found.psa.per})"
    if found.psa.only_net:
        return []
    drawn = [_plane(found)]
    for title, column, up, unit in (
        ("How likely each strategy is to be the best", "probability_best", "Share of draws", SHARE),
        ("What choosing wrongly may cost", "expected_loss", "Expected loss per patient", found.psa.cost_unit),
    ):
        series = [(look.label, {"strategy": look.arm}) for look in shown_looks(found)]
        grid = curves(tables["curves"], title, ("wtp", "Willingness to pay"), series, column, unit)
        drawn.append(Chart("lines", grid, price, up))
    return drawn


def _plane(found: Assessment) -> Chart:
    """Return costs over effects, a point a strategy; a line joins those on the frontier."""
    spent, gained = found.psa.cost_unit, found.psa.gain_unit
    rows = tuple(
        (
            Number(one.effect.estimate, gained),
            *(Number(one.cost.estimate if here else math.nan, spent)
              for here in (one.place is Place.FRONTIER, one.place is not Place.FRONTIER)),
        )
        for one in sorted(found.strategies, key=lambda one: one.effect.estimate)
    )  # fmt: skip
    grid = Grid("Cost and effect of each strategy", (effect_words(found.psa), FRONTIER, OTHERS), rows)
    return Chart("points", grid, effect_words(found.psa), f"Cost ({currency_words(found.psa)})", frozenset((FRONTIER,)))


def _units(found: Assessment) -> UnitOf:
    spent, gained = found.psa.cost_unit, found.psa.gain_unit

    def unit_of(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
        stem = next((column.removesuffix(end) for end in ("_error", "_lower", "_upper", "_bias")
                     if column.endswith(end)), column)  # fmt: skip
        if stem in MONEY:
            return spent
        return gained if stem in EFFECT else usual_unit(table, column, row)

    return unit_of
