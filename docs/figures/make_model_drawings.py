"""Draw a patient's year and the order of a day, as docs/model.md shows them; needs nothing but this package.

Run it from anywhere: `python docs/figures/make_model_drawings.py`. The same program gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.luck.numbers import spread_luck
from sim.patient.pathway import Trace
from sim.patient.patients import make_patients
from sim.patient.plans import trace_arm
from sim.quantities import DAY_42, DAY_133, OUTCOME_NAMES, ROW
from sim.scenario.load import load_scenario
from sim.study.prepare import Study, prepare

HERE = Path(__file__).resolve().parent
YEAR = 364
PATIENTS = 4096
NEEDLED, UNTREATED = "dry_needling", "usual_care"
INK, SOFT, PALE = "#1a1a1a", "#6b6b6b", "#e4e4e4"
POINTER = {"arrowstyle": "-", "color": INK, "linewidth": 0.8}


class Seen(NamedTuple):
    """Patients seen day by day: the `diary` of pain in points, (days, patients), and the recorded `rows`."""

    diary: NDArray[np.float64]
    rows: NDArray[np.float64]


def watch(study: Study, arm: str) -> tuple[Seen, NDArray[np.float64]]:
    """Return the first patients of a study under an arm, and their pain at the first visit."""
    luck = spread_luck(study.scenario.seed, 0, 0, study.setting.needs, PATIENTS)
    patients = make_patients(luck, study.law, study.response)
    trace = Trace.empty(0, YEAR + 1, PATIENTS)
    number = list(study.setting.arms).index(arm)
    rows = trace_arm(patients, study.setting.plans, number, study.rules, study.law.soreness_days, trace)
    return Seen(trace.diary, rows), patients.cohort.baseline


def one_who_shows_it(needled: Seen, baseline: NDArray[np.float64]) -> int:
    """Return a patient whose relief lasts past day 133, who relapses once within the year and recovers."""
    once = (needled.rows[ROW["relapses"]] == 1) & (needled.rows[ROW["lasting_relief"]] == 1)
    rise = np.diff(needled.diary, axis=0)
    late = (rise.argmax(axis=0) > DAY_133 + 20) & (rise.argmax(axis=0) < 230)
    recovers = baseline - needled.diary[YEAR] > 2.5
    severe = (baseline > 6.5) & (baseline < 7.5) & (needled.diary[DAY_42] > 1.0)
    return int(np.flatnonzero(once & late & recovers & severe)[0])


def draw_year() -> Figure:
    """Return the year of one patient with chronic pain, with dry needling and with nothing done."""
    scenario = load_scenario("chronic.yaml", [f"followup.horizon={YEAR}"], outcomes=OUTCOME_NAMES).scenario
    study = prepare(scenario)
    needled, baseline = watch(study, NEEDLED)
    untreated, _ = watch(study, UNTREATED)
    i = one_who_shows_it(needled, baseline)
    days, pain, relieved_at = np.arange(YEAR + 1), needled.diary[:, i], baseline[i] - 2.0
    figure = Figure(figsize=(9.0, 4.6))
    axes = figure.add_axes((0.07, 0.12, 0.91, 0.74))
    axes.fill_between(
        days, 0, 10, where=pain <= relieved_at, step="mid", facecolor=PALE, edgecolor="none", label="in relief"
    )
    axes.axhline(relieved_at, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.text(YEAR, relieved_at + 0.12, "2 points below the first day", color=SOFT, ha="right", fontsize=8.5)
    axes.plot(days, untreated.diary[:, i], color=SOFT, linewidth=1.2, linestyle=(0, (5, 2)), label="nothing done")
    axes.plot(days, pain, color=INK, linewidth=1.8, label="dry needling, six weekly visits")
    visits = study.scenario.protocols[NEEDLED].visit_days
    axes.plot(visits, np.full(len(visits), 0.25), linestyle="none", marker="^", color=INK, markersize=6, label="visits")
    read = [0, DAY_42, DAY_133]
    axes.plot(
        read, pain[read], linestyle="none", marker="o", markerfacecolor="white", markeredgecolor=INK, markersize=7,
        label="read on days 0, 42 and 133, with noise",
    )  # fmt: skip
    relapse = int(np.diff(pain).argmax()) + 1
    axes.annotate(
        f"relapse on day {relapse}: a new episode\nbegins, and doses are 0", (relapse, pain[relapse]),
        xytext=(relapse + 18, 8.6), fontsize=9, color=INK, arrowprops=POINTER,
    )  # fmt: skip
    fading = (DAY_42 + DAY_133) // 2 + 25
    axes.annotate(
        "doses fade: pain creeps back", (fading, pain[fading]), xytext=(fading - 42, 0.9), fontsize=9, color=INK,
        arrowprops=POINTER,
    )  # fmt: skip
    for day in (DAY_42, DAY_133):
        axes.axvline(day, color=SOFT, linewidth=0.6)
        axes.text(day + 2, 9.55, f"day {day}", color=SOFT, fontsize=8.5)
    axes.set(xlim=(-3, YEAR + 3), ylim=(0, 10), xlabel="day since the first visit", ylabel="pain, points of the NRS")
    axes.set_xticks(range(0, YEAR + 1, 28))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=8.5, frameon=False, ncols=3)
    return figure


STEPS = (
    ("1  doses fade", "each keeps the share $2^{-1/\\mathrm{fade}}$;\na visit attended on day $d-1$\nthen adds 1"),
    ("2  pain", "the episode's natural course, times\nwhat context and modalities leave\nof it; at most 10 points"),
    ("3  relapse?", "if in relief on the evening before:\nhazard adds up, and at its limit\na new episode begins"),
    ("4  relief?", "yes if pain is at least 2 points\nbelow that of the first day;\nit can be lost again"),
    (
        "5  after a visit",
        "if there was one on day $d-1$:\nsoreness, bruise; drop-out, then\nstop, discharge, next step",
    ),
    ("the diary", "keeps the pain of day $d$; a sore day\ncounts 1.5 points more in QALYs\nand days with little pain"),
)


def draw_day() -> Figure:
    """Return the order of a day: what happens between the evening of day d - 1 and that of day d."""
    figure = Figure(figsize=(9.0, 4.0))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, 90), ylim=(0, 40))
    axes.axis("off")
    width, height, across = 26.0, 11.5, (2.5, 32.0, 61.5)
    places = [(x, y) for y in (21.5, 3.5) for x in across]
    axes.text(2.5, 36.2, "evening of day $d-1$", fontsize=10, color=SOFT)
    axes.text(87.5, 0.9, "evening of day $d$", fontsize=10, color=SOFT, ha="right")
    for (title, words), (x, y) in zip(STEPS, places, strict=True):
        dashed: Any = (0, (4, 2)) if title.startswith("5") else "-"
        box = mpl.patches.FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=0.8", facecolor="white", edgecolor=INK,
            linewidth=1.2, linestyle=dashed,
        )  # fmt: skip
        axes.add_patch(box)
        axes.text(x + 1.2, y + height - 3.2, title, fontsize=11.5, color=INK, weight="bold")
        axes.text(x + 1.2, y + height - 5.0, words, fontsize=8.5, color=INK, va="top", linespacing=1.5)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2}
    for y in (27.2, 9.2):
        for x in across[:2]:
            axes.annotate("", (x + width + 3.4, y), xytext=(x + width + 0.1, y), arrowprops=arrow)
    axes.plot([74.5, 74.5, 15.5, 15.5], [21.5, 18.3, 18.3, 17.0], color=INK, linewidth=1.2)
    axes.annotate("", (15.5, 15.1), xytext=(15.5, 18.3), arrowprops=arrow)
    axes.annotate("", (4.5, 33.1), xytext=(4.5, 35.6), arrowprops=arrow)
    return figure


def main(directory: Path = HERE) -> None:
    """Write both drawings to a directory, by default beside this script."""
    with mpl.rc_context({"svg.hashsalt": "coursesim", "font.family": "DejaVu Sans", "path.simplify": True}):
        for name, figure in (("patient_year", draw_year()), ("order_of_a_day", draw_day())):
            FigureCanvasSVG(figure).print_svg(directory / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
