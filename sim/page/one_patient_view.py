"""The view of one patient: what was done and reported is typed, and what the model expects follows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.errors import CoursesimError
from sim.learn.outlook import Outlook
from sim.page.markdown import as_text
from sim.page.one_patient import DAY, GIVEN, HEADS, PAIN, Typed, checked, outlook_of, ways_table
from sim.page.show import show_figure
from sim.page.state import worked
from sim.page.tables import table
from sim.plain_text import plain_text
from sim.report.outlook.figure import outlook_figures
from sim.report.outlook.text import CAUTION, sentences, shown_day
from sim.scenario.schema import Scenario

_TYPED, _PROFILE = "one patient typed", "one patient kind"
_ANYBODY = "any of the cohort"


def one_patient_view(scenario: Scenario, *, is_readable_on_the_way: bool) -> None:
    """Show the fields, and the outlook of what was typed in them; raises what makes the scenario impossible.

    `is_readable_on_the_way`: what is typed is sent to another computer, and is not encrypted.
    """
    st.info(as_text(CAUTION))
    kept = "What you type is kept in no file and not in the address of this page; a reload forgets it."
    st.caption(kept + " Type no names: none are needed.")
    if is_readable_on_the_way:
        st.warning("What you type is sent unencrypted: who can listen in on this network can read it.")
    _fields(scenario)
    typed = _typed()
    if checked(scenario, typed).faults:
        st.error("Nothing is worked out until what is marked above is put right.")
        return
    try:
        with st.spinner("Looking ahead"):
            found = outlook_of(scenario, typed)
    except CoursesimError as error:
        st.error(as_text(plain_text(str(error))))
        return
    _answer(found)


def _answer(found: Outlook) -> None:
    first, moved, *others = sentences(found)
    st.markdown(f"**{as_text(first)}**\n\n{as_text(moved)}")
    show_figure(lambda: outlook_figures(found)[0])
    st.html(table(HEADS, ways_table(found), f"What is expected on day {shown_day(found)}"))
    st.caption(
        f"On day {shown_day(found)}, with the assumptions as they are set on this page. “Of all of the kind”: mean "
        "pain of all who are treated in this way, whatever they reported. ± is the simulation error; the doubt about "
        "the assumptions is not in it."
    )
    with st.expander("In words, for every way to go on"):
        st.markdown("\n".join(f"- {as_text(sentence)}" for sentence in others))


def _fields(scenario: Scenario) -> None:
    typed = _typed()
    kinds = {"": _ANYBODY} | {name: scenario.profile_label(name) for name in scenario.profiles}
    _set(_PROFILE, typed.profile if typed.profile in kinds else "")
    st.radio(
        "Kind of patient", list(kinds), key=_PROFILE, format_func=lambda name: as_text(kinds[name]), horizontal=True,
        on_change=_kind_chosen,
    )  # fmt: skip
    found = checked(scenario, typed)
    labels = {name: as_text(scenario.modality_label(name)) for name in scenario.modalities}
    st.caption(
        "One line for each day, in their order. Days count from the first visit, which is day 0; pain is what the "
        "patient reported on that day, from 0 to 10, before the treatment."
    )
    with st.container(key="so-far"):
        for number, row in enumerate(typed.rows):
            day, given, pain, button = st.columns([2, 5, 2, 1], vertical_alignment="bottom")
            place = f"line {number + 1}"
            _set(_key(number, DAY), row.day)
            _set(_key(number, GIVEN), [name for name in row.given if name in labels])
            _set(_key(number, PAIN), row.pain)
            day.text_input(f"Day, {place}", **_field(number, DAY))
            given.multiselect(
                f"Done, {place}", list(labels), format_func=labels.__getitem__, placeholder="nothing", **_given(number)
            )  # fmt: skip
            pain.text_input(f"Pain, {place}", placeholder="0 to 10", **_field(number, PAIN))
            button.button(
                "✕", key=f"one patient remove {number}", help=f"Remove {place}", on_click=_remove, args=(number,)
            )  # fmt: skip
            for (where, _), text in found.faults.items():
                if where == number:
                    st.error(as_text(text))
            if number in found.unfinished:
                st.caption("Nothing was done or reported on this day: it does not count yet.")
    if any(not row.is_empty for row in typed.rows):
        st.button("Forget what was typed", key="one patient clear", on_click=_clear)


def _field(number: int, name: str) -> dict[str, Any]:
    # Browsers would keep what is typed into a field that may be completed, and offer it to the next one.
    return {"key": _key(number, name), "on_change": _field_typed, "args": (number, name), "autocomplete": "off"}


def _given(number: int) -> dict[str, Any]:
    return {"key": _key(number, GIVEN), "on_change": _field_typed, "args": (number, GIVEN)}


def _typed() -> Typed:
    found: Typed = st.session_state.setdefault(_TYPED, Typed())
    return found


def _hold(typed: Typed) -> None:
    st.session_state[_TYPED] = typed
    worked()


def _field_typed(number: int, name: str) -> None:
    value = st.session_state[_key(number, name)]
    _hold(_typed().with_field(number, name, tuple(value) if name == GIVEN else str(value)))


def _kind_chosen() -> None:
    _hold(Typed(st.session_state[_PROFILE] or None, _typed().rows))


def _remove(number: int) -> None:
    _hold(_typed().without_row(number))


def _clear() -> None:
    _hold(Typed(_typed().profile))


def _key(number: int, name: str) -> str:
    return f"one patient {number} {name}"


def _set(key: str, value: Any) -> None:
    """Give a field the value that is held, before it is drawn."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
