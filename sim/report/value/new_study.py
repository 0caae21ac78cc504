"""What a study before choosing would be worth: sentence, table and figure of the report, and its files."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.decision.value.assess import Assessment
from sim.decision.value.sampling import Sampled, Sampling
from sim.quantities import BY_NAME
from sim.report.document.document import Cell, Row, Table
from sim.report.drawing.appearance import look_at
from sim.report.drawing.figure import FigureFile, Sheet, Source, legend, nice_ticks
from sim.report.table import Table as Rows
from sim.report.table import json_record
from sim.report.value.frames import axis_money, curve, framed
from sim.report.value.words import digits, discounted, input_label, labels, money, money_with_error, rounded
from sim.report.words.numbers import format_count
from sim.units import MINUS

EVSI = (
    "patients_per_group", "patients", "evsi", "evsi_error", "worth_to_all", "cost", "net_benefit_of_sampling",
    "net_benefit_of_sampling_error", "is_best",
)  # fmt: skip
METHOD = (
    "EVSI: in each draw the result of the study is simulated, normal around what the study estimates, and net benefits "
    "are regressed on it (Strong, Oakley, Brennan and Breeze 2015, doi:10.1177/0272989X15575286). It is worth no more "
    "than a study without end, and a larger study no less than a smaller one; estimates are held to that. Expected net "
    "benefit of sampling: what all later patients gain, less what the study costs (doi:10.1002/sim.2069)."
)


def about(found: Assessment, one: Sampling) -> str:
    """Return what the study looks at, as it stands within a sentence."""
    if one.study.arms is None:
        scatter = f"single observations scatter by {digits(one.study.sd)}"
        return f"{input_label(found.psa, one.study.input)} ({scatter})"
    first, second = (labels(found.psa)[arm] for arm in one.study.arms)
    return f"{first} against {second} by {BY_NAME[one.study.outcome].in_sentence}"


def study_sentences(found: Assessment) -> list[str]:
    """Return whether the study that was asked about pays, and how large it should be; nothing if none was."""
    one = found.sampling
    if one is None:
        return []
    best, what = one.best, f"A study of {about(found, one)}"
    if not one.limit.estimate > 0:
        return [f"{what} would not change the choice, however large, so it is worth nothing here."]
    if best is None:
        top = one.sampled[-1]
        return [
            f"{what} does not pay: with {_patients(top)} it would be worth {rounded(found.psa, top.population)} to "
            f"all later patients and cost {rounded(found.psa, top.cost)}."
        ]
    unsure = abs(best.net.estimate) < 2 * best.net.mc_error
    return [
        f"{what} pays best with {_patients(best)}: it would be worth {rounded(found.psa, best.population)} to all "
        f"later patients and cost {rounded(found.psa, best.cost)}."
        + (" That it pays at all is within chance of these draws; take more --draws." if unsure else "")
    ]


def _patients(one: Sampled) -> str:
    groups = one.patients // one.size
    return f"{format_count(one.size)} patients" + (" in each group" if groups > 1 else "")


def study_table(found: Assessment, one: Sampling) -> Table:
    """Return what the study is worth and costs by its size."""
    psa = found.psa
    rows = tuple(
        Row(
            _patients(each),
            (
                Cell(money_with_error(psa, each.value.estimate, each.value.mc_error)),
                Cell(money(psa, each.population)),
                Cell(money(psa, each.cost)),
                Cell(
                    money_with_error(psa, each.net.estimate, each.net.mc_error), "best size" if each is one.best else ""
                ),
            ),
        )
        for each in one.sampled
    )
    columns = ("Size", "Worth per later patient", "Worth to all later patients", "Cost", "Worth less cost")
    caption = (
        f"A study of {about(found, one)}, for {format_count(round(one.reached))} later patients over "
        f"{found.question.years:g} years, {discounted(found.question.stated.discount)}"
    )
    return Table(caption, columns, rows)


def study_figure(found: Assessment, one: Sampling) -> FigureFile:
    """Return what the study is worth to all, what it costs, and the difference, by its size."""
    title = "What the study is worth, and what it costs"
    sheet = Sheet(title, f"A study of {about(found, one)}, by how many patients are in each group.")
    lines = {
        "Worth to all later patients": [each.population for each in one.sampled],
        "Cost": [each.cost for each in one.sampled],
        "Worth less cost": [each.net.estimate for each in one.sampled],
    }
    looks = [look_at(k + 1, label, label) for k, label in enumerate(lines)]
    legend(sheet, looks)
    sizes = np.array([each.size for each in one.sampled], dtype=np.float64)
    ends = (float(sizes[0]), float(sizes[-1]) if len(sizes) > 1 else float(sizes[0]) + 1)
    ups = [value for line in lines.values() for value in line]
    y_ticks = nice_ticks(min(0.0, *ups), max(0.0, *ups) or 1.0, 5)
    x_ticks = [v for v in nice_ticks(*ends, 5) if ends[0] <= v <= ends[1]]
    plot = framed(
        sheet, x_ticks, y_ticks, ends, x_text=lambda v: f"{v:,.6g}".replace("-", MINUS),
        y_text=lambda v: axis_money(found, v), x_title="Patients in each group", height=180,
    )  # fmt: skip
    for look, line in zip(looks, lines.values(), strict=True):
        curve(sheet, look, plot.x.of(sizes), plot.y.of(np.array(line)))
    said = "; ".join(
        f"{label} {money(found.psa, line[0])} to {money(found.psa, line[-1])}" for label, line in lines.items()
    )
    return FigureFile(
        "study", "study", title,
        f"From {_patients(one.sampled[0])} to {format_count(one.sampled[-1].size)}: {said}.",
        "For analysts: expected value of sample information, and expected net benefit of sampling. Where the last line "
        "is highest, the study pays best; below 0 it does not pay.",
        sheet.finish(), Source("evsi"),
    )  # fmt: skip


def study_rows(one: Sampling) -> Rows:
    """Return a row for every size of the study."""
    return Rows(EVSI, _rows(one))


def _rows(one: Sampling) -> list[dict[str, Any]]:
    values = (
        (each.size, each.patients, each.value.estimate, each.value.mc_error, each.population, each.cost,
         each.net.estimate, each.net.mc_error, each is one.best)
        for each in one.sampled
    )  # fmt: skip
    return [dict(zip(EVSI, row, strict=True)) for row in values]


def study_record(one: Sampling | None) -> dict[str, Any] | None:
    """Return what JSON says of the study; None if none was asked about."""
    if one is None:
        return None
    study = one.study
    by_arms, by_input = {"arms": study.arms, "outcome": study.outcome}, {"input": study.input, "sd": study.sd}
    return {
        **(by_arms if study.arms else by_input), "uptake": study.uptake, "after": study.after,
        "later_patients": one.reached, "worth_without_end": one.limit.estimate,
        "worth_without_end_error": one.limit.mc_error,
        "best_patients_per_group": None if one.best is None else one.best.size,
        "sizes": [json_record(row) for row in _rows(one)],
    }  # fmt: skip
