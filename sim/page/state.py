"""What one visitor's page holds between two runs of its script, and its address, which says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from sim.page.address import address_of, arrival
from sim.page.inputs import Input
from sim.page.looked_at import Choice
from sim.page.tuning import Check, Tuning

_TUNING, _LEFT_OUT, _LOOKED_AT = "tuning", "left out", "looked at"
_ADDRESS, _WORKED = "address", "worked"


def tuning() -> Tuning:
    """Return what this visitor has tuned; nobody else sees it."""
    found: Tuning = st.session_state.setdefault(_TUNING, Tuning())
    return found


def hold(state: Tuning) -> None:
    """Hold what a visitor has tuned by one of the controls."""
    st.session_state[_TUNING] = state
    st.session_state.pop(_LEFT_OUT, None)
    worked()


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
        st.session_state.setdefault(name, kept.get(name, choice.first))
        kept[name] = st.session_state[name]
    return dict(kept)


def follow_address(inputs: Sequence[Input], choices: Mapping[str, Choice], check: Check | None) -> None:
    """Take over what the address says if a visitor has come by it: a link, a reload, back or forward.

    A run that a control has caused may still come with the address of before, which the browser is only told in it.
    """
    given = st.query_params.to_dict()
    if not st.session_state.pop(_WORKED, False) and given != st.session_state.get(_ADDRESS):
        come = arrival(given, inputs, choices, check)
        st.session_state[_TUNING], st.session_state[_LEFT_OUT] = come.tuning, come.left_out
        for name, choice in choices.items():
            st.session_state[name] = come.looked_at.get(name, choice.first)
        st.session_state[_ADDRESS] = given


def write_address(inputs: Sequence[Input], choices: Mapping[str, Choice]) -> dict[str, str]:
    """Have the address say what was changed and what is looked at; return it."""
    now = address_of(tuning().values, inputs, looked_at(choices), choices)
    if now != st.query_params.to_dict():
        st.query_params.from_dict(now)
    st.session_state[_ADDRESS] = now
    return now
