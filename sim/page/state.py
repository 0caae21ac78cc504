"""What one visitor's page holds between two runs of its script, and its address, which says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from sim.errors import CoursesimError
from sim.page.adding import Added
from sim.page.address import ADDED, address_of, arrival, shortened
from sim.page.inputs import Input
from sim.page.looked_at import Choice
from sim.page.tuning import Check, Tuning

_TUNING, _LEFT_OUT, _LOOKED_AT = "tuning", "left out", "looked at"
_ADDRESS, _WORKED, _ADDED = "address", "worked", "added"
_NOT_ADDED = "not added by the address"


def tuning() -> Tuning:
    """Return what this visitor has tuned; nobody else sees it."""
    found: Tuning = st.session_state.setdefault(_TUNING, Tuning())
    return found


def hold(state: Tuning) -> None:
    """Hold what a visitor has tuned by one of the controls."""
    st.session_state[_TUNING] = state
    st.session_state.pop(_LEFT_OUT, None)
    worked()


def added() -> Added:
    """Return what this visitor has added; nobody else sees it."""
    found: Added = st.session_state.setdefault(_ADDED, Added())
    return found


def hold_added(more: Added, tuned: Tuning) -> None:
    """Hold what a visitor has added, and what is tuned beside it."""
    st.session_state[_ADDED] = more
    hold(tuned)


def worked() -> None:
    """Note that one of the controls was worked, so that the address follows it, and not it the address."""
    st.session_state[_WORKED] = True


def left_out() -> tuple[str, ...]:
    """Return what was left out of the address by which the visitor came, in words."""
    found: tuple[str, ...] = st.session_state.get(_LEFT_OUT, ())
    return found


def looked_at(choices: Mapping[str, Choice]) -> dict[str, Any]:
    """Return what a visitor looks at, by name, also while its controls are not shown."""
    kept: dict[str, Any] = st.session_state.setdefault(_LOOKED_AT, {})
    for name, choice in choices.items():
        chosen = st.session_state.get(name, kept.get(name, choice.first))
        kept[name] = chosen if chosen in choice.options else choice.first
        if name not in st.session_state or st.session_state[name] != kept[name]:
            st.session_state[name] = kept[name]
    return dict(kept)


def follow_address(inputs: Sequence[Input], choices: Mapping[str, Choice], check: Check | None) -> None:
    """Take over what the address says if a visitor has come by it: a link, a reload, back or forward.

    A run that a control has caused may still come with the address of before, which the browser is only told in it.
    """
    given = st.query_params.to_dict()
    has_come = _has_come(given)
    st.session_state.pop(_WORKED, None)
    if has_come:
        come = arrival({name: text for name, text in given.items() if name != ADDED}, inputs, choices, check)
        refused = st.session_state.pop(_NOT_ADDED, ())
        st.session_state[_TUNING], st.session_state[_LEFT_OUT] = come.tuning, (*refused, *come.left_out)
        for name, choice in choices.items():
            st.session_state[name] = come.looked_at.get(name, choice.first)
        st.session_state[_ADDRESS] = given


def follow_additions(check: Callable[[tuple[str, ...]], object], read_only: bool) -> None:
    """Take over what the address says was added, if a visitor has come by it; `check` refuses what cannot be.

    This comes before `follow_address`, since what was added has inputs of its own.
    """
    given = st.query_params.to_dict()
    if not _has_come(given):
        return
    st.session_state[_ADDED] = Added()
    if read_only or ADDED not in given:
        return
    try:
        found = Added.from_text(given[ADDED])
        check(found.changes)
    except CoursesimError as error:
        st.session_state[_NOT_ADDED] = (f"What was added: {shortened(str(error), 200)}.",)
    else:
        st.session_state[_ADDED] = found


def _has_come(given: Mapping[str, str]) -> bool:
    """Tell whether the address is another than the page has written, without a control having been worked."""
    return not st.session_state.get(_WORKED, False) and given != st.session_state.get(_ADDRESS)


def write_address(inputs: Sequence[Input], choices: Mapping[str, Choice]) -> dict[str, str]:
    """Have the address say what was changed and what is looked at; return it."""
    now = address_of(tuning().values, inputs, looked_at(choices), choices)
    if added().changes:
        now[ADDED] = added().text
    if now != st.query_params.to_dict():
        st.query_params.from_dict(now)
    st.session_state[_ADDRESS] = now
    return now
