"""What a run of a scenario's draws would refuse, found without simulating anybody."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.places import part_at, ruled_part, with_values
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form, Structure
from sim.study.given_draws import given_draws
from sim.study.inputs import Floats, Input, Points, copula, input_faults, uncertain_inputs, values_at

LOOKED_AT = 1000
"""Draws that are looked at where the scenario does not say how many; the number that an analysis takes by itself."""
MOST_FORMS = 64
"""Forms of the model that are looked at; where there are more, those that the draws take."""
MOST_TOGETHER = 6
"""Inputs of one part of which every combination of ends is looked at."""


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
    few = math.prod(map(len, scenario.structure.values())) <= MOST_FORMS
    number = scenario.draws.number or LOOKED_AT
    forms = list(structure.forms) if few else _forms_drawn(structure, number)
    for form in forms if few else {form.chosen: form for form in forms}.values():
        try:
            structure.variant(form)
        except ScenarioError as error:
            faults += error.faults
    if faults:
        return list(dict.fromkeys(faults))
    if few and _stand_everywhere(structure, inputs, forms):
        return []
    values = values_at(inputs, Points(scenario.seed, len(inputs)).first(number), copula(scenario, inputs))
    drawn = zip(values, _forms_drawn(structure, number) if few else forms, strict=True)
    found = [_faults_at(structure, inputs, *one) for one in (*drawn, *_ends(inputs, structure))]
    return list(dict.fromkeys(fault for faults in found for fault in faults))


def _forms_drawn(structure: Structure, number: int) -> list[Form]:
    """Return the form of every draw."""
    ranks = Points(structure.scenario.seed, len(structure.kinds), "structure").first(number)
    return [structure.chosen(of_draw) for of_draw in ranks]


def _stand_everywhere(structure: Structure, inputs: tuple[Input, ...], forms: Iterable[Form]) -> bool:
    """Tell whether the numbers of every part can stand together whatever is drawn.

    Rules between the numbers of a part hold between any two sets of numbers for which they hold (a sum or an order is
    kept, or a number is given), so they hold for all draws if they do at all combinations of their ends.
    """
    ends = [tuple(map(float, one.quantile(np.array([0.0, 1.0])))) for one in inputs]
    seen: dict[tuple[Place, ...], list[object]] = {}
    for form in forms:
        scenario = structure.variant(form)
        together: dict[Place, list[int]] = {}
        for k, one in enumerate(inputs):
            if not structure.sets(form, one.place) and (around := ruled_part(scenario, one.place)) is not None:
                together.setdefault(around, []).append(k)
        for around, places in together.items():
            part, known = part_at(scenario, around), seen.setdefault(tuple(inputs[k].place for k in places), [])
            if part in known:
                continue
            if not _stands(part, len(around), [(inputs[k].place, ends[k]) for k in places]):
                return False
            known.append(part)
    return True


def _stands(part: object, depth: int, given: list[tuple[Place, tuple[float, ...]]]) -> bool:
    """Tell whether numbers of a part, given by place and ends, can stand together at all combinations of their ends."""
    if len(given) > MOST_TOGETHER:
        return False
    places = [place[depth:] for place, _ in given]
    try:
        for values in itertools.product(*(ends for _, ends in given)):
            with_values(part, dict(zip(places, values, strict=True)))
    except ValidationError:
        return False
    return True


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
