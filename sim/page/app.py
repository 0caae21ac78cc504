"""The page itself, run anew at every change of a visitor: what was changed, the controls, and what follows."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from sim.decision.verdict import verdict_of
from sim.errors import CoursesimError
from sim.estimate.estimate import Estimate
from sim.page.add_view import add_view, added
from sim.page.clinic_view import clinic_view
from sim.page.controls import changed, controls, tuning
from sim.page.downloads import data_file, report_file_of
from sim.page.explain import claims_said, explanation, target_words
from sim.page.figures import before_and_after, tornado
from sim.page.markdown import as_text
from sim.page.results import MOST_PATIENTS, Comparison, Saved, Target, compared, effects_of
from sim.page.show import show_figure
from sim.page.tables import key_rows
from sim.plain_text import plain_text
from sim.quantities import BY_NAME, OUTCOMES
from sim.report.words.verdict import verdict_sentences
from sim.study.prepare import Study

SHOWN = [one.name for one in OUTCOMES if one.kind in ("number", "share")]
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
STYLE = """
<style>
  .block-container {padding-top: 2rem; max-width: 86rem;}
  img.figure {width: 100%; max-width: 36rem; height: auto;}
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


class _Started(NamedTuple):
    """What the page was started with."""

    config: str
    options: tuple[str, ...]
    patients: int


def main() -> None:
    """Show the page to one visitor."""
    started = _started()
    st.set_page_config(page_title="Tune a scenario", layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    saved = _saved(started.config, (*started.options, *added().changes))
    scenario = saved.loaded.scenario
    st.title(as_text(scenario.title), anchor=False)
    what = f"Tuning {as_text(saved.file.name)}. Move a slider or type a number: the results follow at once."
    st.caption(f"{what} {CAUTION}")
    left, right = st.columns([5, 6], gap="large")
    patients = int(st.session_state.get("patients", started.patients))
    currency = scenario.costs.currency

    def check(values: Mapping[str, str]) -> None:
        saved.study(values, patients)

    with left:
        st.subheader("Assumptions", anchor=False)
        with st.container():  # a place of its own, so that what follows stays where it is
            changed(saved.inputs, currency, check)
        controls(saved.inputs, currency, check)
        add_view(saved, patients)
    with right:
        st.subheader("What follows", anchor=False)
        views = ["Patients", "Clinic"] if scenario.clinic is not None else ["Patients"]
        view = views[0]
        if len(views) > 1:
            view = st.radio("Show", views, horizontal=True, key="view")
        try:
            if view == "Clinic":
                clinic_view(saved, dict(tuning().values), patients)
            else:
                _results(saved, started.patients, patients)
        except CoursesimError as error:  # the saved scenario cannot run with so few patients, say
            st.error(as_text(plain_text(str(error))))


def _results(saved: Saved, usual: int, patients: int) -> None:
    values = dict(tuning().values)
    before, after = saved.study({}, patients), saved.study(values, patients)
    outcome, target = _looked_at(saved, usual)
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
    _downloads(saved, after, values, patients)


def _looked_at(saved: Saved, usual: int) -> tuple[str, Target]:
    """Return the outcome and the target that the visitor chose."""
    scenario = saved.loaded.scenario
    one, two, three = st.columns([5, 6, 3])
    first = scenario.primary.outcome if scenario.primary.outcome in SHOWN else SHOWN[0]
    outcome = one.selectbox(
        "Outcome", SHOWN, index=SHOWN.index(first), format_func=lambda name: BY_NAME[name].label, key="outcome"
    )
    label = {arm: scenario.arm_label(arm) for arm in scenario.arms}
    pairs = [scenario.primary_arms] if scenario.primary_arms else []
    others = ((later, arm) for i, arm in enumerate(scenario.arms) for later in scenario.arms[i + 1 :])
    pairs += [pair for pair in others if not pairs or set(pair) != set(pairs[0])]
    targets: list[tuple[str, ...]] = [*pairs, *((arm,) for arm in scenario.arms)]
    chosen = two.selectbox(
        "Explain", targets, format_func=lambda arms: " minus ".join(label[arm] for arm in arms), key="target"
    )
    sizes = sorted({*SIZES, usual, min(scenario.cohort.size, MOST_PATIENTS)})
    three.selectbox(
        "Patients", sizes, index=sizes.index(usual), format_func=lambda n: f"{n:,}", key="patients",
        help="Patients simulated for this page: more are more exact, and slower.",
    )  # fmt: skip
    return outcome, Target(outcome, chosen)


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


def _started() -> _Started:
    given = json.loads(sys.argv[1])
    return _Started(given["config"], tuple(given["options"]), given["patients"])


if __name__ == "__main__":
    main()
