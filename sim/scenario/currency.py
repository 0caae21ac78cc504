"""Prices that were given in another currency than the one in which a scenario now reads them."""

from __future__ import annotations

from sim.scenario.evidence import Quantity
from sim.scenario.load import Loaded, read_scenario, shown_path
from sim.scenario.references import Place


def prices_in_another_currency(loaded: Loaded) -> tuple[str, list[str]]:
    """Return the currency of the files that a scenario extends, and the paths of its prices that still come from them.

    Only prices of what the scenario's arms give count, and only those above 0; none if the currency is the same.
    """
    scenario, files = loaded.scenario, [shown_path(file) for file in loaded.files]
    mark = loaded.places[("costs", "currency")].value
    level = files.index(mark.file) if mark.file in files else -1  # set by an option
    if level + 1 >= len(files):
        return scenario.costs.currency, []
    before = read_scenario(str(loaded.files[level + 1])).document.tree["costs"]["currency"]
    if before == scenario.costs.currency:
        return before, []
    prices: dict[Place, Quantity] = {("costs", "visit"): scenario.costs.visit}
    for name in scenario.used_modalities:
        treatment = scenario.modalities[name]
        prices[("modalities", name, "cost")] = treatment.cost
        prices[("modalities", name, "first_visit_cost")] = treatment.first_visit_cost
    older = files[level + 1 :]
    found = [path for path, price in prices.items() if price.value > 0 and loaded.places[path].value.file in older]
    return before, [".".join(map(str, path)) for path in found]
