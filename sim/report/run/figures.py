"""All figures of a run."""

from __future__ import annotations

from collections.abc import Iterator

from sim.decision.verdict import verdict_of
from sim.report.drawing.appearance import settings
from sim.report.drawing.figure import FigureFile
from sim.report.run.pain_figures import pain_figures
from sim.report.run.patient_figures import patient_figures
from sim.report.run.row_figures import (
    calibration_figure,
    difference_figures,
    effort_figures,
    event_figure,
    profile_figures,
)
from sim.report.run.time_figures import time_figures
from sim.report.run.uncertainty_figure import uncertainty_figure
from sim.report.run.verdict_figure import verdict_figure
from sim.study.results import Panel


def build_figures(panel: Panel) -> list[FigureFile]:
    """Return every figure that the panel has something to show in."""
    with settings():
        return list(_all(panel))


def _all(panel: Panel) -> Iterator[FigureFile]:
    yield verdict_figure(panel, verdict_of(panel))
    yield from pain_figures(panel)
    yield from time_figures(panel)
    yield event_figure(panel)
    yield from effort_figures(panel)
    yield from difference_figures(panel)
    if (uncertainty := uncertainty_figure(panel)) is not None:
        yield uncertainty
    yield from profile_figures(panel)
    yield from patient_figures(panel)
    if (calibration := calibration_figure(panel)) is not None:
        yield calibration
