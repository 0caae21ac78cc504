"""A validation statement: the five kinds of validity, each with what was done, or that nothing is known of it.

Eddy and others 2012, ISPOR-SMDM Modeling Good Research Practices Task Force 7, doi:10.1016/j.jval.2012.04.012.
"""

from __future__ import annotations

from sim.report.checklist.entry import Entry
from sim.report.checklist.known import VALIDATE, Known
from sim.report.words.numbers import format_count

STANDARD = "ISPOR-SMDM validation"
SHORT = "VALIDITY"
SOURCE = "Eddy and others 2012, doi:10.1016/j.jval.2012.04.012"


def validity(known: Known) -> tuple[Entry, ...]:
    """Return the five kinds of validity."""
    said, section = known.said, "Validation"
    tested = (
        "The program's own tests compare it with closed forms, a second program and its uncompiled twin "
        "(docs/validation.md)."
    )
    return (
        Entry("1", section, "Face validity: experts looked at structure, inputs and results",
              said.face_validity or "", "" if said.face_validity else "reporting.face_validity"),
        Entry("2", section, "Internal validity: the computation does what it should",
              f"{tested} {said.internal_validity or ''}".strip(),
              "" if said.internal_validity else "whether these tests were run where this was computed, and what else "
              "was checked: reporting.internal_validity"),
        Entry("3", section, "Cross validity: other models of the same question",
              said.cross_validity or "", "" if said.cross_validity else "reporting.cross_validity"),
        _external(known),
        Entry("5", section, "Predictive validity: predicted before it was known",
              said.predictive_validity or "", "" if said.predictive_validity else "reporting.predictive_validity"),
    )  # fmt: skip


def _external(known: Known) -> Entry:
    """Return what `simulate validate` found, word for word, or that it was not run."""
    asks = "External validity: against published results"
    runs = [run for run in known.runs if run.analysis == VALIDATE]
    if not runs:
        missing = f"not run: simulate validate {known.file}, then --run with its directory"
        return Entry("4", "Validation", asks, "", missing)
    quotes = [
        f"{run.directory} (scenario {run.scenario}, {_draws(run.draws)}): {' '.join(run.sentences)}" for run in runs
    ]
    own = any(run.is_of_scenario for run in runs)
    missing = "" if own else f"this scenario itself: simulate validate {known.file}; the figures are of another"
    return Entry("4", "Validation", asks, " ".join(quotes), missing)


def _draws(number: int) -> str:
    return f"{format_count(number)} draws" if number else "no draws of the inputs, which are taken as they stand"
