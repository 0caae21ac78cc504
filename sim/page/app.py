"""The page itself, run anew at every change of a visitor: what was changed, the controls, and what follows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from sim.decision.verdict import verdict_of
from sim.errors import CoursesimError
from sim.estimate.estimate import Estimate
from sim.page.add_view import add_view
from sim.page.clinic_view import clinic_view
from sim.page.controls import changed, controls
from sim.page.downloads import data_file, report_file_of
from sim.page.explain import claims_said, explanation, target_words
from sim.page.figures import before_and_after, tornado
from sim.page.looked_at import CLINIC, ONE_PATIENT, Choice, choices_of
from sim.page.markdown import as_text
from sim.page.one_patient_view import one_patient_view
from sim.page.results import Comparison, Saved, Target, compared, effects_of
from sim.page.show import show_figure
from sim.page.started import Started
from sim.page.state import (
    added,
    follow_additions,
    follow_address,
    left_out,
    looked_at,
    tuning,
    worked,
    write_address,
)
from sim.page.tables import key_rows
from sim.plain_text import plain_text
from sim.quantities import BY_NAME
from sim.report.words.verdict import verdict_sentences
from sim.study.prepare import Study

STYLE = """
<style>
  .block-container {padding-top: 2rem; max-width: 86rem;}
  img.figure {width: 100%; max-width: 36rem; height: auto;}
  h2 {font-size: 1.75rem !important;}
  div[data-testid="stCaptionContainer"],
  div[data-testid="stCaptionContainer"] * {color: #595959 !important; opacity: 1;}
  .st-key-looked-at div[data-testid="stHorizontalBlock"] {flex-wrap: wrap;}
  .st-key-looked-at div[data-testid="stColumn"]:first-child {min-width: min(100%, 17rem);}
  .st-key-looked-at div[data-testid="stColumn"]:last-child {min-width: 7rem;}
  .st-key-changed div[data-testid="stColumn"]:last-child {min-width: 6.5rem;}
  .st-key-so-far div[data-testid="stHorizontalBlock"] {flex-wrap: wrap;}
  .st-key-so-far div[data-testid="stColumn"] {min-width: 6rem;}
  .st-key-so-far div[data-testid="stColumn"]:nth-child(2) {min-width: min(100%, 13rem);}
  .st-key-so-far div[data-testid="stColumn"]:last-child {min-width: 3rem; flex-grow: 0;}
  .st-key-looked-at div[data-testid="stPopover"] button {height: auto; white-space: normal;}
  .st-key-looked-at div[data-testid="stPopover"] button * {white-space: normal; overflow: visible;}
  button:focus-visible, a:focus-visible, summary:focus-visible {
    outline: 3px solid #00598c !important; outline-offset: 2px;
  }
  @media (min-width: 641px) {
    div[data-testid="stColumn"]:has(img.figure) {
      position: sticky; top: 1rem; align-self: flex-start; max-height: calc(100vh - 2rem); overflow-y: auto;
    }
  }
</style>
"""
CAUTION = (
    "A simulation shows the consequences of what is put into it. It is no evidence that a treatment works, and no "
    "medical advice."
)


def main() -> None:
    """Show the page to one visitor."""
    started = Started.from_text(sys.argv[1])
    st.set_page_config(page_title="Tune a scenario", layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    follow_additions(lambda changes: _saved(started.config, (*started.options, *changes)), started.read_only)
    saved = _saved(started.config, (*started.options, *added().changes))
    scenario = saved.loaded.scenario
    choices = choices_of(saved, started.patients, read_only=started.read_only)

    def can_run(values: Mapping[str, str]) -> None:
        saved.study(values, int(looked_at(choices)["patients"]))

    check = None if started.read_only else can_run
    follow_address(saved.inputs, choices, check)
    address = write_address(saved.inputs, choices)
    patients = int(looked_at(choices)["patients"])
    st.title(as_text(scenario.title), anchor=False)
    use = "Nothing can be changed here." if check is None else "Move a slider or type a number: the results follow."
    st.caption(f"Tuning {as_text(saved.file.name)}. {use} {CAUTION}")
    with st.container():  # a place of its own, so that what follows stays where it is
        if left_out():
            st.warning(as_text(f"Left out of the address: {' '.join(left_out())}"))
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.header("Assumptions", anchor=False)
        with st.container(key="changed"):  # a place of its own, so that what follows stays where it is
            if check is not None:
                changed(saved.inputs, scenario.costs.currency, check)
        controls(saved.inputs, scenario.costs.currency, check)
        if check is not None:
            add_view(saved, patients)
    with right:
        st.header("What follows", anchor=False)
        views = choices["view"].options
        if len(views) > 1:
            st.radio("Show", views, horizontal=True, key="view", format_func=str.capitalize, on_change=worked)
        try:
            view = looked_at(choices)["view"]
            if view == CLINIC:
                clinic_view(saved, dict(tuning().values), patients)
            elif view == ONE_PATIENT:
                tuned = saved.with_values(dict(tuning().values), patients).scenario
                one_patient_view(tuned, is_readable_on_the_way=started.link.startswith("http:"))
            else:
                _results(saved, choices, patients, check is None)
        except CoursesimError as error:  # the saved scenario cannot run with so few patients, say
            st.error(as_text(plain_text(str(error))))
        _link(started, address)


def _results(saved: Saved, choices: Mapping[str, Choice], patients: int, read_only: bool) -> None:
    values = dict(tuning().values)
    before, after = saved.study({}, patients), saved.study(values, patients)
    outcome, target = _looked_at(saved, choices, read_only)
    comparison = compared(before, after, target)
    verdict = verdict_of(comparison.tuned)
    st.markdown("\n\n".join(as_text(sentence) for sentence in verdict_sentences(comparison.tuned, verdict)))
    show_figure(lambda: before_and_after(comparison, outcome, bool(values)))
    with st.container():
        for sentence in claims_said(after):
            st.warning(as_text(sentence))
    together = comparison.effect(target)
    alone = _alone(saved, before, values, target, patients) if len(values) > 1 else dict.fromkeys(values, together)
    st.subheader("Why did this change?", anchor=False)
    why = explanation(saved.inputs, values, comparison, target, alone, together)
    st.markdown("\n".join(f"- {as_text(sentence)}" for sentence in why))
    with st.container():
        if alone:
            labels = {one.path: one.label for one in saved.inputs}
            named = {labels[path]: effect for path, effect in alone.items()}
            what = target_words(after.scenario, target)
            show_figure(lambda: tornado(named, together if len(named) > 1 else None, what))
    _table(comparison, bool(values))
    if not read_only:
        _downloads(saved, after, values, patients)


def _looked_at(saved: Saved, choices: Mapping[str, Choice], read_only: bool) -> tuple[str, Target]:
    """Return the outcome and the target that the visitor chose."""
    label = {arm: saved.loaded.scenario.arm_label(arm) for arm in saved.loaded.scenario.arms}
    with st.container(key="looked-at"):
        one, two = st.columns([2, 1])
        outcome = one.selectbox(
            "Outcome", choices["outcome"].options, format_func=lambda name: BY_NAME[name].label, key="outcome",
            on_change=worked,
        )  # fmt: skip
        two.selectbox(
            "Patients", choices["patients"].options, format_func=lambda n: f"{n:,}", key="patients", on_change=worked,
            help="Patients simulated for this page: more are more exact, and slower.", disabled=read_only,
        )  # fmt: skip
        # No list: it would cut long names of arms, which a button and its radio buttons wrap.
        with st.popover(f"Explain: {as_text(_minus(looked_at(choices)['arms'], label))}", width="stretch"):
            chosen = st.radio(
                "Explain", choices["arms"].options, format_func=lambda arms: as_text(_minus(arms, label)), key="arms",
                on_change=worked,
            )  # fmt: skip
    return outcome, Target(outcome, chosen)


def _minus(arms: Sequence[str], label: Mapping[str, str]) -> str:
    return " minus ".join(label[arm] for arm in arms)


def _alone(
    saved: Saved, before: Study, values: Mapping[str, str], target: Target, patients: int
) -> dict[str, Estimate]:
    """Return what each change does alone, where it can be alone, by path."""
    alone: dict[str, Study] = {}
    for path, text in values.items():
        try:
            alone[path] = saved.study({path: text}, patients)
        except CoursesimError:
            continue
    return dict(zip(alone, effects_of([before, *alone.values()], target), strict=True))


def _table(comparison: Comparison, is_tuned: bool) -> None:
    with st.expander("All key outcomes in numbers", expanded=False):
        st.caption("± is the simulation error; pp: percentage points. Changes are paired: same patients, same luck.")
        st.html(key_rows(comparison, is_tuned))


def _downloads(saved: Saved, after: Study, values: Mapping[str, str], patients: int) -> None:
    st.subheader("Take it with you", anchor=False)
    own = saved.loaded.scenario.cohort.size
    keep = False
    if own != patients:
        keep = st.checkbox(
            f"Keep the file's own {own:,} patients in the scenario",
            key="own patients",
            help=f"Otherwise it gets this page's {patients:,} patients, and gives the same numbers.",
        )
    name = saved.tuned_name
    columns = st.columns(3)
    try:
        text = saved.tuned_file(values, None if keep or own == patients else patients)
    except CoursesimError as error:
        columns[0].error(as_text(plain_text(str(error))))
    else:
        columns[0].download_button(
            "Scenario (YAML)", text, f"{name}.yaml", "application/yaml", key="get yaml", on_click="ignore",
            help="Your file with what was changed; comments and all other lines stay.",
        )  # fmt: skip
    columns[1].download_button(
        "Report (HTML)", lambda: report_file_of(after, name), f"{name}.html", "text/html", key="get report",
        on_click="ignore", help="The whole report of this run; drawing it takes a few seconds.",
    )  # fmt: skip
    columns[2].download_button(
        "Data (ZIP)", lambda: data_file(after, name), f"{name}_data.zip", "application/zip", key="get data",
        on_click="ignore", help="summary.csv, summary.json and trajectories.csv of this run.",
    )  # fmt: skip
    if not keep:
        st.caption(as_text(f"simulate --config {name}.yaml gives the numbers on this page."))
    else:
        st.caption(as_text(f"simulate --config {name}.yaml --patients {patients} gives the numbers on this page."))


@st.cache_resource(show_spinner="Reading the scenario", max_entries=64)
def _saved(config: str, options: tuple[str, ...]) -> Saved:
    return Saved.read(config, options)


def _link(started: Started, address: Mapping[str, str]) -> None:
    """Say how to come back to the page as it is, or how to hand it on."""
    if not started.link:
        if not started.read_only:
            st.caption(
                "The address of this page holds what you changed: a reload or a bookmark brings it back while the page "
                "is served. To hand it on, give the scenario file, and open it with simulate tune."
            )
        return
    host = st.context.headers.get("Host", "")
    st.caption("Whoever opens this link sees the page as it is now:")
    more = f"&{urlencode(address)}" if address else ""
    st.code(started.link.replace("*", host, 1) + more, language=None, wrap_lines=True)


if __name__ == "__main__":
    main()
