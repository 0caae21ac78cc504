"""Single patients in a report: chosen as their captions say, relapsing as often as all do."""

from __future__ import annotations

import re

import numpy as np
import pytest

import sim
from sim.study.trajectories import EXAMPLE_RANKS, NEAR

PATIENTS = 1000
CAPTION = re.compile(
    r": (\d+) of 100 patients have less\. .* there is one in (\d+) of these (\d+) courses, and in (\d+) of 100 of all\."
)


@pytest.mark.parametrize("scenario", ["acute.yaml", "chronic.yaml", "reference.yaml"])
def test_captions_are_true_of_the_pictures_and_of_everybody(scenario: str) -> None:
    run = sim.run(scenario, patients=PATIENTS)
    table = run.patients().to_pydict()
    pain = np.zeros(PATIENTS)
    np.add.at(pain, np.array(table["patient"]) - 1, table["pain_day42"])
    examples = run.panel.examples
    figures = [one for one in run.document.figures if re.fullmatch(r"patient_\d", one.name)]
    assert len(figures) == len(examples) == len(EXAMPLE_RANKS)
    relapsing = []
    for figure, patient, rank in zip(figures, examples, EXAMPLE_RANKS, strict=True):
        said = CAPTION.search(figure.caption)
        assert said is not None, figure.caption
        less = float(np.mean(pain < pain[patient.number - 1]))
        assert abs(less - rank) <= NEAR + 1 / PATIENTS
        assert int(said[1]) == round(100 * less)
        courses = [len(course.relapse_days) > 0 for course in patient.courses.values()]
        assert (int(said[2]), int(said[3])) == (sum(courses), len(courses))
        days = {row["day"] for row in figure_rows(run, figure.name)}
        assert {float(d) for course in patient.courses.values() for d in course.path_days} == days
        relapsing.append(np.mean(courses))
    assert abs(np.mean(relapsing) - examples[0].relapsing) <= 1 / (2 * len(courses) * len(examples)) + 1e-9
    assert int(said[4]) == round(100 * examples[0].relapsing)


def figure_rows(run: sim.Run, name: str) -> list[dict[str, float]]:
    """The rows of the data behind a figure."""
    found: list[dict[str, float]] = run.figures[name].data.to_arrow().to_pylist()
    return found
