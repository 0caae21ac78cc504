"""How long draws take to be calibrated, and what they miss beyond the least that could be missed.

    python -m tests.benchmarks.draws [number of draws]

What is missed is looked at on many more patients than draws are calibrated on, and compared with the least there, found
by a long search on them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.calibration.calibrate import in_order, used_profiles
from sim.calibration.least_squares import Fit
from sim.calibration.natural import NaturalTargets
from sim.calibration.reference import EvenPatients
from sim.calibration.response import ResponseTargets
from sim.luck.lattice import FINE, MIDDLE
from sim.scenario.schema import Scenario
from sim.study.draws import Drawing
from sim.study.inputs import Points, copula, uncertain_inputs, values_at
from sim.study.prepare import Study, prepare
from tests.conftest import load

LEFT = 1e-3


def drawn_studies(number: int) -> tuple[Scenario, list[Study]]:
    """Return the stated scenario and calibrated draws of it, and print what one takes."""
    study = prepare(load("acute.yaml").scenario)
    scenario, inputs = study.scenario, uncertain_inputs(study.scenario)
    drawing = Drawing(study, inputs)
    points = Points(scenario.seed, len(inputs)).first(number)
    values = values_at(inputs, points, copula(scenario, inputs))
    ranks = Points(scenario.seed, len(scenario.structure), "structure").first(number)
    forms = [drawing.structure.chosen(of_draw) for of_draw in ranks]
    for round_, told in enumerate(("with the forms of the model", "once they are known")):
        start = time.process_time()
        found = [drawing.study_at(one + 1e-9 * round_, form) for one, form in zip(values, forms, strict=True)]
        print(f"{1e3 * (time.process_time() - start) / number:.1f} ms of a processor per draw, {told}")
    return scenario, found


def excess(study: Study, stated: Scenario) -> Iterator[tuple[str, float]]:
    """Yield what each natural course and each response misses beyond the least, in squared doubts."""
    drawn, natural = study.scenario, study.calibration.natural
    for name in used_profiles(drawn):
        course = NaturalTargets(drawn, name, stated)
        plateau, time_constant = natural[name]
        x = np.array([np.log(plateau / (1 - plateau)), np.log(time_constant)])[list(course.sought)]
        yield "natural course", _excess(course.missed_by(MIDDLE)(x), course.fit(MIDDLE, x, left=LEFT))
    many = EvenPatients(drawn, drawn.calibration.profiles, natural, FINE)
    for name in in_order(drawn):
        found = study.calibration.parameters[name]
        response = ResponseTargets(drawn, name, many, study.calibration.parameters, stated)
        if response.course is None or not response.targets:
            continue
        x = np.array([np.log(found.ceiling / (1 - found.ceiling)), np.log(found.half_life)])[list(response.sought)]
        got = response.reached(response.course.end(found), found, response.targets)
        missed = np.array([(got[k] - float(one)) / response.doubts[k] for k, one in response.targets.items()])
        yield "response", _excess(missed, response.fit(x, left=LEFT))


def _excess(missed: NDArray[np.float64], best: Fit) -> float:
    return float(missed @ missed - best.misses @ best.misses)


def main(number: int) -> None:
    """Print both."""
    stated, studies = drawn_studies(number)
    found: dict[str, list[float]] = {}
    for study in studies:
        for name, one in excess(study, stated):
            found.setdefault(name, []).append(one)
    for name, all_of_it in found.items():
        shown = [np.mean(all_of_it), *np.quantile(all_of_it, [0.5, 0.9, 0.99, 1])]
        told = zip(("mean", "median", "90 %", "99 %", "most"), shown, strict=True)
        print(f"{name}, squared doubts missed beyond the least:", ", ".join(f"{name} {one:.3f}" for name, one in told))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 96)
