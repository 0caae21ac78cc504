"""What a run of a scenario's draws would refuse, found without simulating anybody."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.places import with_values
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form, Structure
from sim.study.given_draws import given_draws
from sim.study.inputs import Floats, Input, Points, copula, input_faults, uncertain_inputs, values_at

LOOKED_AT = 1000
"""Draws that are looked at where the scenario does not say how many; the number that an analysis takes by itself."""
MOST_FORMS = 64
"""Forms of the model that are looked at; where there are more, those that the draws take."""


def draw_faults(scenario: Scenario) -> list[str]:
    """Return everything for which drawing the inputs and the form of the model would be refused, each with its path."""
    if faults := input_faults(scenario):
        return faults
    try:
        given_draws(scenario)
    except ScenarioError as error:
        return list(error.faults)
    inputs = uncertain_inputs(scenario)
    structure = Structure(scenario)
    number = scenario.draws.number or LOOKED_AT
    ranks = Points(scenario.seed, len(scenario.structure), "structure").first(number)
    forms = [structure.chosen(of_draw) for of_draw in ranks]
    few = math.prod(map(len, scenario.structure.values())) <= MOST_FORMS
    for form in structure.forms if few else {form.chosen: form for form in forms}.values():
        try:
            structure.variant(form)
        except ScenarioError as error:
            faults += error.faults
    if faults:
        return list(dict.fromkeys(faults))
    values = values_at(inputs, Points(scenario.seed, len(inputs)).first(number), copula(scenario, inputs))
    drawn = zip(values, forms, strict=True)
    found = [_faults_at(structure, inputs, *one) for one in (*drawn, *_ends(inputs, structure))]
    return list(dict.fromkeys(fault for faults in found for fault in faults))


def _ends(inputs: tuple[Input, ...], structure: Structure) -> Iterator[tuple[Floats, Form]]:
    """Yield the values with each input at either end of its range, as a sensitivity analysis takes them."""
    stated = np.array([one.quantity.value for one in inputs])
    form = structure.chosen(np.zeros(len(structure.kinds)))  # what the scenario states
    for k, one in enumerate(inputs):
        for end in one.range95:
            values = stated.copy()
            values[k] = end
            yield values, form


def _faults_at(structure: Structure, inputs: tuple[Input, ...], values: Floats, form: Form) -> list[str]:
    """Return why numbers that were drawn cannot stand together."""
    given: dict[Place, float] = {
        one.place: float(value)
        for one, value in zip(inputs, values, strict=True)
        if not structure.sets(form, one.place)
    }
    scenario = structure.variant(form)
    try:
        with_values(scenario, given)
    except ValidationError:
        return [fault for section in dict.fromkeys(place[0] for place in given)
                for fault in _section_faults(scenario, str(section), given)]  # fmt: skip
    return []


def _section_faults(scenario: Scenario, section: str, given: dict[Place, float]) -> list[str]:
    try:
        with_values(scenario, {place: value for place, value in given.items() if place[0] == section})
    except ValidationError as error:
        return [f"{section}: numbers are drawn that cannot stand together: {one['msg']}" for one in error.errors()]
    return []
