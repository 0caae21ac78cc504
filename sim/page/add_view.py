"""The view that adds an arm or a treatment to the scenario on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import streamlit as st

from sim.errors import CoursesimError
from sim.page.adding import Added, TypedArm, with_arm, with_treatment, without
from sim.page.markdown import as_text
from sim.page.results import Saved
from sim.page.state import added, hold_added, tuning
from sim.plain_text import plain_text

_REFUSED = "not added"
_ABOUT = {
    "minutes": ("Minutes, on top of the visit itself", "20"),
    "price": ("Price in {money}, on top of the visit itself", "0"),
    "removes": ("Share of muscular pain that it takes away at most (an assumption)", "30 %"),
    "half_after": ("Visits after which half of that is reached (an assumption)", "4"),
}
_PLAN = ("Visits", "Days from one visit to the next", "Boosters after them", "Days from one booster to the next")
"""What the numbers of an arm are called, in the order of `TypedArm`."""


def add_view(saved: Saved, patients: int) -> None:
    """Show the forms for a treatment and an arm, what was added, and a way to take it away again."""
    scenario = saved.loaded.scenario
    with st.expander("Add an arm or a treatment", expanded=bool(st.session_state.get(_REFUSED))):
        if said := st.session_state.get(_REFUSED):
            st.error(as_text(f"Not added: {said}"))
        if added().labels:
            st.markdown("\n".join(f"- {as_text(label)}" for label in added().labels))
            st.button("Take away what was added", on_click=_take_away)
        with st.form("new arm", border=True):
            st.markdown("**An arm**")
            names = {scenario.modality_label(name): name for name in scenario.modalities}
            st.multiselect("What is done at each visit", list(names), key="arm given")
            for label, number in zip(_PLAN, fields(TypedArm), strict=False):
                st.text_input(label, number.default, key=f"arm {number.name}")
            st.text_input("What you call it", key="arm name", placeholder="as what is done")
            st.form_submit_button("Add this arm", on_click=_add_arm, args=(saved, patients))
        with st.form("new treatment", border=True):
            st.markdown("**A treatment without needles**, to be given by an arm")
            st.text_input("Its name", key="treatment name", placeholder="for example: Massage")
            for key, (label, usual) in _ABOUT.items():
                st.text_input(label.format(money=as_text(scenario.costs.currency)), usual, key=f"treatment {key}")
            st.form_submit_button("Add this treatment", on_click=_add_treatment, args=(saved, patients))


def _add_arm(saved: Saved, patients: int) -> None:
    scenario = saved.loaded.scenario
    names = {scenario.modality_label(name): name for name in scenario.modalities}
    given = tuple(names[label] for label in st.session_state["arm given"])
    typed = TypedArm(*(str(st.session_state[f"arm {one.name}"]) for one in fields(TypedArm)))
    _take(lambda: with_arm(added(), scenario, given, typed, lambda changes: _check(saved, patients, changes)))


def _add_treatment(saved: Saved, patients: int) -> None:
    scenario = saved.loaded.scenario
    typed = {key: str(st.session_state[f"treatment {key}"]) for key in ("name", *_ABOUT)}
    _take(lambda: with_treatment(added(), scenario, typed, lambda changes: _check(saved, patients, changes)))


def _take(step: Callable[[], Added]) -> None:
    try:
        hold_added(step(), tuning())
    except CoursesimError as error:
        st.session_state[_REFUSED] = plain_text(str(error))
        return
    st.session_state.pop(_REFUSED, None)


def _take_away() -> None:
    hold_added(Added(), without(tuning(), added()))
    for key in (_REFUSED, "arm given"):
        st.session_state.pop(key, None)


def _check(saved: Saved, patients: int, changes: tuple[str, ...]) -> None:
    """Raise CoursesimError if the scenario cannot be run with changes in place of those that were added before."""
    options = (*saved.options[: len(saved.options) - len(added().changes)], *changes)
    Saved.read(str(saved.file), options).study(tuning().values, patients)
