"""The controls: a slider and a field for every number, a list for every choice, sliders for a mixture of patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from sim.page.explain import saved_words, value_words
from sim.page.inputs import FIRST, HEADINGS, Input
from sim.page.markdown import as_text
from sim.page.scale import written
from sim.page.search import found
from sim.page.state import hold, tuning, worked
from sim.page.tuning import Check, Tuning, mixed, reset, shares_of, shares_text, touched

GROUP, SEARCH = "group", "search"


def controls(inputs: Sequence[Input], currency: str, check: Check | None) -> None:
    """Show the controls of one group of inputs, or of those found by a search; without `check`, for looking only."""
    sections = [name for name in HEADINGS if any(one.section == name for one in inputs)]
    ordered = [*(name for name in FIRST if name in sections), *(name for name in sections if name not in FIRST)]
    st.text_input(
        "Search all inputs", key=SEARCH, placeholder="such as: price, no-show, relapse", on_change=worked,
        help="Looks in names, paths, sources and notes, and knows other words for them.",
    )  # fmt: skip
    sought = str(st.session_state[SEARCH]).strip()
    if sought:
        shown = found(inputs, sought)
        many = f"{len(shown)} of {len(inputs)} inputs have to do with “{as_text(sought)}”."
        st.caption(many if shown else "No input has to do with these words.")
    else:
        st.selectbox(
            "What would you like to change?" if check else "What would you like to see?", ordered, key=GROUP,
            format_func=HEADINGS.__getitem__, on_change=worked,
        )  # fmt: skip
        shown = [one for one in inputs if one.section == st.session_state[GROUP]]
    for one in shown:
        _control(one, currency, check)


def changed(inputs: Sequence[Input], currency: str, check: Check) -> None:
    """List what was changed, with a button to undo each, and what could not be taken over."""
    state = tuning()
    by_path = {one.path: one for one in inputs}
    for path, refusal in state.refused.items():
        words, button = st.columns([5, 1], vertical_alignment="center")
        name, given, why = (as_text(part) for part in (by_path[path].label, refusal.text, refusal.reason))
        words.error(f"**{name}**: “{given}” was not taken over: {why}")
        button.button("Discard", key=f"discard {path}", on_click=_discard, args=(path,))
    if not state.values:
        return
    for path in state.values:
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.markdown(
            f"**{as_text(by_path[path].label)}**: {as_text(saved_words(by_path[path], currency))} → "
            f"**{as_text(_now(by_path[path], currency))}**"
        )
        button.button(
            "Undo", key=f"undo {path}", help=f"Back to {saved_words(by_path[path], currency)}",
            on_click=_undo, args=(path, by_path[path], check),
        )  # fmt: skip
    st.button("Undo all changes", key="undo all", on_click=_undo_all)


def _control(one: Input, currency: str, check: Check | None) -> None:
    with st.container(border=True):
        if one.kind == "choice":
            _choice(one, check)
        elif one.kind == "shares":
            _shares(one, check)
        else:
            _number(one, check)
        _about(one, currency)


def _number(one: Input, check: Check | None) -> None:
    state = tuning()
    text = state.values.get(one.path, _text(one))
    refusal = state.refused.get(one.path)
    assert one.scale is not None
    scale = one.scale.reaching(float(text))
    slider, field = st.columns([3, 1], vertical_alignment="bottom")
    low, high, step = (float(part) for part in (scale.low, scale.high, scale.step))
    _set(_key(one, "slider"), min(max(float(text), low), high))
    _set(_key(one, "field"), refusal.text if refusal is not None else text)
    whole = one.kind == "count"
    ends = tuple(int(v) for v in (low, high, step)) if whole else (low, high, step)
    if whole:
        _set(_key(one, "slider"), round(float(text)))
    unit = f" ({one.unit.on_axis})" if one.unit.on_axis and not one.unit.is_share else ""
    with slider:
        if ends[1] > ends[0]:
            st.slider(
                as_text(one.label + unit), ends[0], ends[1], step=ends[2], key=_key(one, "slider"),
                format="percent" if one.unit.is_share else None, **_worked_by(check, _slid, one),
            )  # fmt: skip
        else:
            st.markdown(as_text(one.label + unit))
    with field:
        st.text_input(
            f"{as_text(one.label)}, as a number", key=_key(one, "field"), label_visibility="collapsed",
            **_worked_by(check, _typed, one),
        )  # fmt: skip
    if refusal is not None:
        st.error(f"Not taken over: {as_text(refusal.reason)}")


def _choice(one: Input, check: Check | None) -> None:
    assert one.options is not None
    _set(_key(one, "choice"), tuning().values.get(one.path, str(one.value)))
    words = {option: as_text(text) for option, text in one.options.items()}
    st.radio(  # no list, which would cut what is long
        as_text(one.label), list(one.options), key=_key(one, "choice"), format_func=words.__getitem__,
        **_worked_by(check, _chosen, one),
    )  # fmt: skip


def _shares(one: Input, check: Check | None) -> None:
    assert one.options is not None
    st.markdown(f"**{as_text(one.label)}**")
    for name, share in _current_shares(one).items():
        _set(_key(one, name), share)
        st.slider(
            as_text(one.options[name]), 0.0, 1.0, step=0.01, format="percent", key=_key(one, name),
            **_worked_by(check, _mixed, one, name),
        )  # fmt: skip


def _worked_by(check: Check | None, taken: Callable[..., None], *what: object) -> dict[str, Any]:
    """Return what a control does; without `check`, it does nothing, whatever a browser sends."""
    return {"disabled": True} if check is None else {"on_change": taken, "args": (*what, check)}


def _about(one: Input, currency: str) -> None:
    """Say what stands beside an input: saved value, range, source and status."""
    scale = ""
    if one.scale is not None and one.scale_note:
        low, high = (one.unit.as_given(float(end)) for end in (one.scale.low, one.scale.high))
        scale = f" · {one.scale_note}: {low.split(' ')[0]} to {high}"
    more = (f"Status “{one.status}”: {one.meaning}", one.note, f"May be {one.allowed}" if one.allowed else "")
    st.caption(
        as_text(f"Saved: {saved_words(one, currency)} · {one.status}: {one.source}{scale}"),
        help=as_text("; ".join(part for part in (*more, f"in the file: {one.path}") if part)),
    )


def _slid(one: Input, check: Check) -> None:
    assert one.scale is not None
    text = one.scale.snapped(float(st.session_state[_key(one, "slider")]))
    _take(one, text, check)


def _typed(one: Input, check: Check) -> None:
    _take(one, str(st.session_state[_key(one, "field")]), check)


def _chosen(one: Input, check: Check) -> None:
    _take(one, str(st.session_state[_key(one, "choice")]), check)


def _mixed(one: Input, name: str, check: Check) -> None:
    assert isinstance(one.value, Mapping)
    shares = mixed(_current_shares(one), name, float(st.session_state[_key(one, name)]))
    _take(one, shares_text(shares, one.value, {}), check)


def _take(one: Input, text: str, check: Check) -> None:
    hold(touched(tuning(), one, text, check))


def _discard(path: str) -> None:
    state = tuning()
    refused = {known: refusal for known, refusal in state.refused.items() if known != path}
    hold(Tuning(state.values, refused))


def _undo(path: str, one: Input, check: Check) -> None:
    hold(reset(tuning(), path, check))


def _undo_all() -> None:
    hold(Tuning())


def _current_shares(one: Input) -> dict[str, float]:
    assert isinstance(one.value, Mapping)
    text = tuning().values.get(one.path)
    return dict(one.value) if text is None else {**dict.fromkeys(one.value, 0.0), **shares_of(text)}


def _now(one: Input, currency: str) -> str:
    return value_words(one, tuning().values[one.path], currency)


def _text(one: Input) -> str:
    assert isinstance(one.value, int | float)
    return written(float(one.value))


def _key(one: Input, part: str) -> str:
    return f"{one.path} {part}"


def _set(key: str, value: Any) -> None:
    """Give a widget the value that the state holds, before it is drawn.

    A slider that already stands there is left alone: to set it again, only because its 0.07 is not quite ours, would
    take it back from a visitor who has moved on in the meantime.
    """
    has = st.session_state.get(key)
    if isinstance(has, float) and isinstance(value, float) and math.isclose(has, value, rel_tol=1e-9, abs_tol=1e-12):
        return
    if has != value:
        st.session_state[key] = value
