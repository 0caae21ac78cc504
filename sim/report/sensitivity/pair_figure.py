"""The map of two inputs: in every cell the preferred arm's mark and the target."""

from __future__ import annotations

import numpy as np

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.pairs import PairMap
from sim.report.drawing.appearance import INK, NOTE_SIZE, PALE, SOFT, TEXT_SIZE, looks, text_width, wrapped
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source
from sim.report.drawing.figure import legend as draw_legend
from sim.report.sensitivity.words import Words

CELL_HEIGHT = 32.0


def pair_figure(found: Sensitivity, pairs: PairMap) -> FigureFile:
    """Return the map; the base case is ringed."""
    words, arms = Words(found), looks(found.scenario)
    across, up = words.name(pairs.across), words.name(pairs.up)
    title = "Two inputs at once"
    marks = " Mark: preferred arm." if _has_arms(found) else ""
    sheet = Sheet(title, f"Number: {words.target}, {words.measure} ({words.unit}).{marks}")
    shown = [look for a, look in enumerate(arms) if (pairs.preferred == a).any()] if _has_arms(found) else []
    if shown:
        draw_legend(sheet, shown)
    sheet.y += 4
    _named(sheet, f"Upwards: {up} ({words.input_unit(pairs.up)})")
    labels = [words.value(pairs.up, float(v), bare=True) for v in pairs.up_values]
    left = LEFT + max(text_width(label, NOTE_SIZE) for label in labels) + 6
    rows, columns = pairs.target.shape
    width = (RIGHT - left) / columns
    top = sheet.y + 2
    error = found.one_way.base.mc_error
    texts = {
        (row, column): words.bare(float(pairs.target[row, column]), error)
        for row in range(rows) for column in range(columns)
    }  # fmt: skip
    size = NOTE_SIZE
    while max((text_width(text, size) for text in texts.values()), default=0) > width - 2 and size > 6:
        size -= 0.5
    for row in range(rows):
        y = top + (rows - 1 - row) * CELL_HEIGHT
        sheet.text(left - 4, y + CELL_HEIGHT / 2 + 4, labels[row], size=NOTE_SIZE, colour=SOFT, align="right")
        for column in range(columns):
            x = left + column * width
            best = int(pairs.preferred[row, column])
            if shown:
                sheet.look(x + width / 2, y + 9, arms[best], 7.0)
            sheet.text(x + width / 2, y + CELL_HEIGHT - 6, texts[row, column], size=size, align="center")
    edges_x = [left + k * width for k in range(columns + 1)]
    edges_y = [top + k * CELL_HEIGHT for k in range(rows + 1)]
    sheet.lines([(x, edges_y[0], x, edges_y[-1]) for x in edges_x], PALE, 1.0)
    sheet.lines([(edges_x[0], y, edges_x[-1], y) for y in edges_y], PALE, 1.0)
    _ring(sheet, pairs, (left, width), (top, rows))
    sheet.y = edges_y[-1] + 13
    for column, value in enumerate(pairs.across_values):
        text = words.value(pairs.across, float(value), bare=True)
        sheet.text(left + (column + 0.5) * width, sheet.y, text, size=NOTE_SIZE, colour=SOFT, align="center")
    sheet.y += 6
    _named(sheet, f"To the right: {across} ({words.input_unit(pairs.across)})")
    counts = ", ".join(f"{look.label} in {int((pairs.preferred == arms.index(look)).sum())}" for look in shown)
    low, high = (words.bare(v, error) for v in (float(pairs.target.min()), float(pairs.target.max())))
    return FigureFile(
        "map",
        "map",
        title,
        f"Map of {across} (to the right, {words.span(pairs.across, *_ends(pairs.across_values))}) and {up} (upwards, "
        f"{words.span(pairs.up, *_ends(pairs.up_values))}): {words.target} from {low} to {high} {words.unit}."
        + (f" Cells by preferred arm: {counts}." if counts else ""),
        "Both inputs go through their 95 % ranges, all others stay as they stand. Frame: the cell nearest to the "
        "inputs as they stand.",
        sheet.finish(),
        Source("map"),
    )


def _has_arms(found: Sensitivity) -> bool:
    return found.question.measure.better is not None and len(found.question.arms) > 1


def _named(sheet: Sheet, text: str) -> None:
    """Write the name of an axis, on a second line if need be."""
    for line in wrapped(text.replace(" ()", ""), RIGHT - LEFT, TEXT_SIZE, lines=2):
        sheet.y += 13
        sheet.text(LEFT, sheet.y - 2, line)
    sheet.y += 2


def _ends(values: np.typing.NDArray[np.float64]) -> tuple[float, float]:
    return float(values[0]), float(values[-1])


def _ring(sheet: Sheet, pairs: PairMap, columns: tuple[float, float], rows: tuple[float, int]) -> None:
    (left, width), (top, count) = columns, rows
    column = int(np.argmin(np.abs(pairs.across_values - pairs.across.quantity.value)))
    row = int(np.argmin(np.abs(pairs.up_values - pairs.up.quantity.value)))
    x, y = left + column * width, top + (count - 1 - row) * CELL_HEIGHT
    sheet.line([x, x + width, x + width, x, x], [y, y, y + CELL_HEIGHT, y + CELL_HEIGHT, y], INK, 1.8)
