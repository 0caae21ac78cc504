"""What follows for the clinic: in words, in figures, and in numbers beside those of the saved scenario."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from sim.page.clinic import ROWS, YEARS, ClinicChange, clinic_change, measure_label
from sim.page.figures import exclusively
from sim.page.markdown import as_text
from sim.page.results import Saved
from sim.page.show import show_figure
from sim.page.tables import table
from sim.report.clinic.figures import clinic_figures
from sim.report.clinic.text import sentences
from sim.report.clinic.words import of, signed
from sim.report.drawing.figure import FigureFile


def clinic_view(saved: Saved, values: Mapping[str, str], patients: int) -> None:
    """Show the clinic as tuned; raises what makes it impossible."""
    with st.spinner("Simulating the clinic"):
        found = clinic_change(saved, values, patients)
    st.markdown("\n".join(f"- {as_text(sentence)}" for sentence in sentences(found.tuned)))
    for figure in exclusively(lambda: clinic_figures(found.tuned)):
        _show(figure)
    with st.expander("The clinic in numbers", expanded=bool(values)):
        st.caption(
            f"{YEARS} replications of {found.tuned.model.clinic.weeks} weeks, the first "
            f"{found.tuned.base.warm_up.weeks} left out; ± is the simulation error. Changes are paired: same patients, "
            "same luck. `simulate clinic` takes more replications, and is more exact."
        )
        st.html(table(("Measure", "Saved", "Now", "Change"), [_row(found, name) for name in ROWS]))


def _show(figure: FigureFile) -> None:
    show_figure(lambda: figure)


def _row(found: ClinicChange, name: str) -> tuple[str, ...]:
    change = found.change(name)
    moved = change is not None and (change.estimate != 0 or change.mc_error != 0)
    return (
        measure_label(name),
        of(found.saved.base, name),
        of(found.tuned.base, name),
        signed(change) if change is not None and moved else "",
    )
